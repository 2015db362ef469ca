"""Failures over time, in which 0 is told from what nobody watched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.clock_hours import clock_hours
from analytics.frames import HISTOGRAM
from analytics.heat_map import HOURS, WEEKDAYS
from analytics.presence import Presence
from analytics.window import Window

MOST_BUCKETS = 31  # a month of days, a week of six hours, a day of 25 hours
_MINUTES = (1, 5, 15, 30, 60, 180, 360, 720, 1440, 10_080)

Counts = tuple[int | None, ...]
Flags = npt.NDArray[np.bool_]


def spark_minutes(window: Window) -> int:
    """Return the width of bucket that cuts *window* into at most 31 pieces [min].

    Examples
    --------
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> spark_minutes(day), spark_minutes(Window.between(day.start, day.end, "UTC").previous())
    (60, 60)
    """
    least = window.hours * 60 / MOST_BUCKETS
    fitting = [minutes for minutes in _MINUTES if minutes >= least]
    return fitting[0] if fitting else -int(-least // _MINUTES[-1]) * _MINUTES[-1]


def known_counts(histogram: pd.DataFrame, known: Presence) -> pd.DataFrame:
    """Turn the zeros of buckets in which nobody watched into missing values.

    Parameters
    ----------
    histogram
        HISTOGRAM contract, with or without grouping columns; each group has every bucket, in order.
    known
        Of the same window. With ``cluster`` among the columns a bucket is taken for its own
        cluster, else for all clusters together.

    Returns
    -------
    pd.DataFrame
        The same with ``failures`` as Int64: 0 is a bucket in which somebody watched or nobody can
        know, missing is one in which nobody watched and no failure is known.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    HISTOGRAM.check(histogram)
    missing = np.zeros(len(histogram), dtype=bool)
    buckets = histogram[["start", "end"]].drop_duplicates()
    if len(buckets):
        edges = pd.DatetimeIndex([*buckets["start"], buckets["end"].iloc[-1]]).as_unit("us")
        place = edges.searchsorted(histogram["start"])
        for name, mine in _by_cluster(histogram):
            missing |= mine & known.unwatched(edges, name)[place]
    failures = histogram["failures"].astype("Int64")
    return histogram.assign(failures=failures.mask(missing & (failures == 0).to_numpy(dtype=bool)))


def known_hours(cells: pd.DataFrame, known: Presence) -> pd.DataFrame:
    """Turn the zeros of clock hours during which nobody ever watched into missing values.

    Parameters
    ----------
    cells
        HOUR_OF_DAY or HEAT_MAP contract, with or without grouping columns.
    known
        Of the same window, whose zone is the clock.

    Returns
    -------
    pd.DataFrame
        The same with ``failures`` as Int64: missing, as is ``rate_per_hour``, where the window's
        clock showed that hour, nobody watched at any of these times, and no failure is known.
        Hours that the clock did not show keep their 0.

    Raises
    ------
    WindowError
        The window has more than 100,000 hours.
    """
    clock = clock_hours(known.window)
    weekday = cells["weekday"].to_numpy() if "weekday" in cells.columns else 0
    stretches = clock.hour + (HOURS * clock.weekday if "weekday" in cells.columns else 0)
    place = cells["hour"].to_numpy() + HOURS * weekday
    missing = np.zeros(len(cells), dtype=bool)
    for name, mine in _by_cluster(cells):
        watched = ~known.unwatched(clock.edges, name)
        seen = np.bincount(stretches, weights=watched, minlength=HOURS * WEEKDAYS) > 0
        missing |= mine & ~seen[place]
    missing &= ((cells["failures"] == 0) & (cells["hours"] > 0)).to_numpy(dtype=bool)
    return cells.assign(
        failures=cells["failures"].astype("Int64").mask(missing),
        rate_per_hour=cells["rate_per_hour"].mask(missing),
    )


def sparklines(histogram: pd.DataFrame, keys: pd.DataFrame, by: Sequence[str]) -> list[Counts]:
    """Return the counts of each group, in the order of *keys*.

    Parameters
    ----------
    histogram
        From `known_counts`, after the columns *by*.
    keys
        One row a group of *histogram*, with the columns *by*.
    by
        What a group is.
    """
    columns = list(by)
    names = histogram[columns].astype("str").itertuples(index=False, name=None)
    found: dict[tuple[str, ...], list[int | None]] = {}
    for name, count in zip(names, histogram["failures"], strict=True):
        found.setdefault(name, []).append(None if pd.isna(count) else int(count))
    wanted = keys[columns].astype("str").itertuples(index=False, name=None)
    return [tuple(found[name]) for name in wanted]


def _by_cluster(frame: pd.DataFrame) -> list[tuple[str | None, Flags]]:
    """Return each cluster of a frame and where its rows are; None for all clusters together."""
    if "cluster" not in frame.columns:
        return [(None, np.ones(len(frame), dtype=bool))]
    names = [str(name) for name in frame["cluster"].unique()]
    return [(name, (frame["cluster"] == name).to_numpy(dtype=bool)) for name in names]

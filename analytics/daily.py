"""The long trend: failures of each of the last local days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.coverage import COVERED
from analytics.digest import Day
from analytics.frames import DAILY, SPANS
from analytics.source import Source
from analytics.spread import microseconds
from analytics.window import Window

DAYS = 30


def day_edges(window: Window, *, days: int = DAYS) -> pd.DatetimeIndex:
    """Return the edges of the local days up to the window's last one.

    Parameters
    ----------
    window
        Its zone says when a day begins; nothing after its end is part of the last day.
    days
        How many, at least 1.

    Returns
    -------
    pd.DatetimeIndex
        Strictly increasing midnights in UTC, one more than *days*; the last edge is the window's
        end.

    Examples
    --------
    >>> window = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "Europe/Berlin")
    >>> edges = day_edges(window)
    >>> len(edges), str(edges[0]), str(edges[3])  # summer time ended on 25 October
    (31, '2026-10-22 22:00:00+00:00', '2026-10-25 23:00:00+00:00')
    """
    last = (window.local_end - timedelta(microseconds=1)).date()
    starts = [last - timedelta(days=back) for back in reversed(range(days))]
    midnights = [datetime.combine(day, time(), window.zone) for day in starts]
    return pd.to_datetime([*midnights, window.end], utc=True).as_unit("us")


def occurrences_by_day(source: Source, edges: pd.DatetimeIndex) -> pd.DataFrame:
    """Count what a source holds of each day.

    Parameters
    ----------
    source
        Points or the roll-up.
    edges
        Strictly increasing edges in UTC, from `day_edges`.

    Returns
    -------
    pd.DataFrame
        DAILY contract, counted occurrences of every meaning, sorted by its columns.
    """
    found = source.totals(edges).join(source.reasons(), on="reason_id")
    found = found.assign(start=edges[found["bucket"].to_numpy()])
    columns = [column.name for column in DAILY.columns]
    summed = found.groupby(columns[:-1])["occurrences"].sum().reset_index()
    return DAILY.check(summed.astype({column.name: column.dtype for column in DAILY.columns}))


def failures_by_day(
    daily: pd.DataFrame,
    edges: pd.DatetimeIndex,
    window: Window,
    *,
    catalogue: Catalogue,
    spans: pd.DataFrame,
) -> tuple[Day, ...]:
    """Return the failures of each day, None where nobody watched and nothing is stored.

    Parameters
    ----------
    daily
        DAILY contract over *edges*, every meaning.
    edges
        From `day_edges`.
    window
        For the zone of the days.
    catalogue
        Says what a failure is.
    spans
        SPANS contract over *edges*: of a day that was watched for a part, no event is 0 failures.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    DAILY.check(daily)
    failing = (catalogue.classify(daily) == "failure").to_numpy()
    # a sum over nothing is 0, and a day without a row is missing
    failures = daily["occurrences"].where(failing, 0).groupby(daily["start"]).sum()
    counts = failures.reindex(edges[:-1])
    counts = counts.mask(counts.isna() & _watched(spans, edges), 0)
    return tuple(
        Day(
            start=start.to_pydatetime().astimezone(window.zone),
            failures=None if pd.isna(count) else int(count),
        )
        for start, count in zip(edges, counts, strict=False)
    )


def _watched(spans: pd.DataFrame, edges: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    """Return for each day whether any cluster was watched for a part of it."""
    covered = SPANS.check(spans)[spans["state"].isin(COVERED) & (spans["end"] > spans["start"])]
    start, end = (microseconds(covered[name])[:, None] for name in ("start", "end"))
    bounds = microseconds(edges.to_series())
    meets = (start < bounds[1:]) & (end > bounds[:-1])
    return cast("npt.NDArray[np.bool_]", meets.any(axis=0))


def clusters_before(daily: pd.DataFrame, window: Window) -> set[str]:
    """Return the clusters that have an occurrence from before the period before *window*.

    Parameters
    ----------
    daily
        DAILY contract over ``day_edges(window)``, every meaning.
    window
        The period; a day counts where it is over when ``window.previous()`` begins.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    edges = day_edges(window)
    over = edges[edges <= pd.Timestamp(window.previous().start)].max()  # NaT: no day is
    return set(DAILY.check(daily)["cluster"][daily["start"] < over])

"""Frames as people look at them: local times, a week as a grid, a table with bars."""

from __future__ import annotations

import calendar
import itertools
import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from analytics.errors import FrameError
from analytics.frames import HEAT_MAP
from analytics.histogram import time_histogram
from analytics.inert import printable
from kubedigest.errors import UsageError
from kubedigest.frame_context import catalogue_of, window_of
from reports.chart import sparkline

DAYS = list(calendar.day_abbr)
SPARKS = 24
Format = str | Callable[[object], str]
BAR_COLOUR = "#e8a39b"


def local(frame: pd.DataFrame) -> pd.DataFrame:
    """Return *frame* with its times in the zone of its window.

    Parameters
    ----------
    frame
        One that knows its window.

    Returns
    -------
    pd.DataFrame
        A copy; every column of aware times has that zone, and plots show its clock.

    Raises
    ------
    UsageError
        The frame does not know its window.
    """
    zone = window_of(frame).zone
    return frame.assign(
        **{name: frame[name].dt.tz_convert(zone) for name in frame.columns if _is_time(frame[name])}
    )


def grid(cells: pd.DataFrame, values: str = "failures") -> pd.DataFrame:
    """Return a heat map as a table of seven days by 24 hours.

    Parameters
    ----------
    cells
        HEAT_MAP contract without groups, from `heat_map`.
    values
        ``failures``, ``rate_per_hour`` or ``hours``.

    Returns
    -------
    pd.DataFrame
        Index ``weekday`` from Mon to Sun, columns ``hour`` from 0 to 23.

    Raises
    ------
    UsageError
        There are groups, or no such column.
    FrameError
        *cells* is no heat map.

    Examples
    --------
    >>> from analytics.frames import POINTS
    >>> from analytics.heat_map import heat_map
    >>> from analytics.window import Window
    >>> week = Window.weekly(pd.Timestamp("2026-10-26T08:00Z").to_pydatetime(), "Europe/Berlin")
    >>> grid(heat_map(POINTS.empty(), week), "hours").loc["Sun", [1, 2, 3]].tolist()
    [1.0, 2.0, 1.0]
    """
    HEAT_MAP.check(cells)
    if values not in {"failures", "rate_per_hour", "hours"}:
        raise UsageError(f"a heat map has no column {values[:60]!r} to show")
    if len(cells) != len(DAYS) * 24:
        raise UsageError("a grid shows one heat map; pick one group, or leave by out")
    found = cells.pivot(index="weekday", columns="hour", values=values)
    found.index = pd.Index([DAYS[day] for day in found.index], name="weekday")
    found.attrs = dict(cells.attrs)
    return found


def table(frame: pd.DataFrame, failures: pd.DataFrame | None = None) -> Styler:
    """Return an answer as a table for a notebook: bars, local times, and when it failed.

    Parameters
    ----------
    frame
        An answer with a column ``failures``, as `failure_frequency` gives; a few rows.
    failures
        The frame it was made from. With it each row gets ``when``: its failures over the window
        as up to 24 characters, where *frame* has columns of *failures* in front.

    Returns
    -------
    Styler
        What a notebook shows as HTML. Names and messages in it are inert text.

    Raises
    ------
    UsageError
        A frame does not know its window.
    FrameError
        There is no column ``failures``.
    """
    columns = list(frame.columns)
    if "failures" not in columns:
        raise FrameError("the table has no column 'failures'")
    shown = local(frame)
    if failures is not None:
        shown.insert(columns.index("failures") + 1, "when", _sparks(frame, failures))
    formats: dict[Any, Format | None] = {name: _format(name, shown[name]) for name in shown.columns}
    texts: list[Hashable] = [name for name in shown.columns if not _is_number(shown[name])]
    style = shown.style.format(formats, na_rep="–", escape="html").hide(axis="index")
    style = style.set_properties(None, **{"white-space": "pre"})
    style = style.set_properties(subset=texts, **{"text-align": "left"})
    if failures is not None:
        style = style.set_properties(subset=["when"], **{"font-family": "monospace"})
    return style.bar(subset=["failures"], color=BAR_COLOUR, vmin=0)


def _is_time(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.DatetimeTZDtype)


def _is_number(column: pd.Series) -> bool:
    return str(column.dtype) in {"int64", "float64"}


def _format(name: str, column: pd.Series) -> Format:
    if _is_time(column):
        return "{:%a %d %b %H:%M}"
    if name == "share":
        return "{:.1%}"
    if column.dtype == "float64":
        return lambda value: f"{value:,.0f}" if abs(float(str(value))) >= 100 else f"{value:.3g}"
    return "{:,}" if column.dtype == "int64" else lambda value: printable(str(value))


def _sparks(frame: pd.DataFrame, failures: pd.DataFrame) -> Sequence[str]:
    names = itertools.takewhile(lambda name: name != "failures", frame.columns)
    by = [name for name in names if name in failures.columns]
    window = window_of(frame)
    minutes = max(1, math.ceil(window.hours * 60 / SPARKS))
    buckets = time_histogram(
        failures, window, width_minutes=minutes, by=by, catalogue=catalogue_of(failures)
    )
    parts = buckets.groupby(by) if by else [((), buckets)]
    counts = {key: part["failures"].to_list() for key, part in parts}
    keys = frame[by].itertuples(index=False, name=None)
    return [sparkline(counts.get(key, [0])) for key in keys]

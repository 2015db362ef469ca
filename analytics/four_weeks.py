"""At which hours of the week it failed in the last four weeks, for a digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.clock_hours import ClockHours, clock_hours
from analytics.daily import day_edges
from analytics.digest import Day, HeatMap
from analytics.exposure import exposures
from analytics.heat_map import HOURS, WEEKDAYS, heat_map
from analytics.source import Source
from analytics.spread import microsecond, microseconds
from analytics.window import Window

DAYS = 28
CELLS = WEEKDAYS * HOURS


def four_weeks(
    source: Source,
    window: Window,
    daily: Sequence[Day],
    *,
    catalogue: Catalogue,
    spans: pd.DataFrame,
) -> HeatMap | None:
    """Count failures by hour of the week over the 28 local days up to the end of *window*.

    Parameters
    ----------
    source
        Points or the roll-up, over these days.
    window
        The last of its local days is the last of the 28, cut where the window ends.
    daily
        From `daily.failures_by_day`, of at least these days.
    catalogue
        Says what a failure is.
    spans
        SPANS contract over these days.

    Returns
    -------
    HeatMap
        ``None`` where not one of the days has data. An hour is known where a cluster was watched
        in it; of clusters that were only ever imported, from their first occurrence on, on days
        that have data.
    """
    edges = day_edges(window, days=DAYS)
    stretch = Window.between(edges[0].to_pydatetime(), window.end, window.timezone)
    with_data = {day.start.date() for day in daily if day.failures is not None}
    clock = clock_hours(stretch)
    is_known = _of_days(clock, stretch, with_data) & _watched(clock, source, spans, stretch)
    cell = clock.weekday * HOURS + clock.hour
    hours = clock.hours_in(np.where(is_known, cell, CELLS), CELLS + 1)[:-1]
    failures = heat_map(source, stretch, catalogue=catalogue)["failures"].to_numpy()
    # what a first list brought from before the watch
    hours = np.where((failures > 0) & (hours == 0), clock.hours_in(cell, CELLS), hours)
    if not hours.any():
        return None
    counts = [int(count) if length else None for count, length in zip(failures, hours, strict=True)]
    lengths = [float(length) for length in hours]
    weekdays = [slice(HOURS * day, HOURS * (day + 1)) for day in range(WEEKDAYS)]
    return HeatMap(
        start=stretch.local_start,
        end=stretch.local_end,
        failures=tuple(tuple(counts[day]) for day in weekdays),
        hours=tuple(tuple(lengths[day]) for day in weekdays),
    )


def _of_days(clock: ClockHours, window: Window, days: set[date]) -> npt.NDArray[np.bool_]:
    local = clock.edges[:-1].tz_convert(window.zone).date
    return np.array([day in days for day in local], dtype=bool)


def _watched(
    clock: ClockHours, source: Source, spans: pd.DataFrame, window: Window
) -> npt.NDArray[np.bool_]:
    """Tell of each hour whether somebody watched, or nobody can know."""
    bounds = microseconds(clock.edges.to_series())
    known = np.zeros(len(bounds) - 1, dtype=bool)
    exposed = exposures(spans, window)
    for one in exposed.values():
        known |= one.now.hours_between(bounds) > 0
    for name, first in source.first_quarters().items():
        if name not in exposed:
            known |= bounds[1:] > microsecond(first)
    return known

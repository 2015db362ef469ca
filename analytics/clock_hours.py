"""The hours that a local clock shows during a window, whatever is done to the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from analytics.significance import Floats
from analytics.spread import Integers, microseconds, timestamps
from analytics.window import Window

HOUR_MICROSECONDS = timedelta(hours=1) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class ClockHours:
    """Stretches of a window, in each of which the clock shows one hour of one day."""

    edges: pd.DatetimeIndex  # one more than there are stretches, in UTC
    weekday: Integers  # 0 is Monday
    hour: Integers  # 0..23

    def hours_in(self, cell: Integers, cells: int) -> Floats:
        """Return how long the clock showed each cell, given the cell of each stretch [h]."""
        lengths = np.diff(microseconds(self.edges)) / HOUR_MICROSECONDS
        hours: Floats = np.bincount(cell, weights=lengths, minlength=cells).astype(np.float64)
        return hours


def clock_hours(window: Window) -> ClockHours:
    """Cut a window wherever the clock of its zone begins an hour or is turned.

    Parameters
    ----------
    window
        Half-open; its zone is the clock.

    Returns
    -------
    ClockHours
        An hour that the clock shows twice has two stretches, one that it skips has none.

    Raises
    ------
    WindowError
        The window has more than 100,000 hours.

    Examples
    --------
    >>> day = Window.daily(pd.Timestamp("2026-10-26T08:00Z").to_pydatetime(), "Europe/Berlin")
    >>> clock_hours(day).hour.tolist()[:5]  # summer time ended at 3
    [0, 1, 2, 2, 3]
    """
    turns = _turns(window)
    offsets = _offsets(turns[:-1], window)
    parts = [
        _whole_hours(start, end, offset)
        for start, end, offset in zip(turns[:-1], turns[1:], offsets, strict=True)
    ]
    edges = timestamps(np.unique(np.concatenate([turns, *parts])))
    local = edges[:-1].tz_convert(window.zone)
    return ClockHours(
        edges, local.day_of_week.to_numpy(dtype=np.int64), local.hour.to_numpy(dtype=np.int64)
    )


def _turns(window: Window) -> Integers:
    """Return the window's start, the instants at which its clock is turned, and its end."""
    sampled = microseconds(window.edges(60))
    found = [sampled[[0, -1]]]
    for place in np.flatnonzero(np.diff(_offsets(sampled, window))):
        # clocks are turned at whole seconds
        seconds = np.arange(sampled[place] // 10**6 + 1, -(-sampled[place + 1] // 10**6) + 1)
        times = np.concatenate([sampled[[place]], seconds * 10**6])
        found.append(times[1:][np.diff(_offsets(times, window)) != 0])
    edges = np.unique(np.concatenate(found))
    inside: Integers = edges[edges <= sampled[-1]]
    return inside


def _offsets(times: Integers, window: Window) -> Integers:
    utc = timestamps(times)
    local = utc.tz_convert(window.zone).tz_localize(None)
    return microseconds(local) - times


def _whole_hours(start: int, end: int, offset: int) -> Integers:
    first = (start + offset) // HOUR_MICROSECONDS + 1
    last = (end + offset) // HOUR_MICROSECONDS
    whole: Integers = np.arange(first, last + 1)
    hours: Integers = whole * HOUR_MICROSECONDS - offset
    return hours

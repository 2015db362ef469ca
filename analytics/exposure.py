"""How long each cluster was watched in two periods, so that half a day is not half the failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from analytics.coverage import COVERED, LONGEST_IDLE, began, cluster_coverage, coverage
from analytics.significance import Flags, Floats
from analytics.spread import Integers, microsecond, microseconds
from analytics.window import Window

LEAST_BASELINE_SHARE = 0.8  # of the period before, for anything to be called new
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """The parts of a period in which a cluster was watched: a clock that stops in between."""

    edges: Integers  # start and end of each part in turn [us since 1970]

    @classmethod
    def all_of(cls, window: Window) -> Watched:
        """Return a clock that never stops."""
        return cls(np.array([microsecond(window.start), microsecond(window.end)]))

    @property
    def hours(self) -> float:
        """Return how long it was watched [h]."""
        return float(self._lengths().sum() / (HOUR // MICROSECOND))

    def saw(self, times: Integers) -> Flags:
        """Tell of each time whether the cluster was watched then [us since 1970]."""
        watched: Flags = np.searchsorted(self.edges, times, side="right") % 2 == 1
        return watched

    def hours_between(self, bounds: Integers) -> Floats:
        """Return how long it was watched between each bound and the next [h]."""
        if not len(self.edges):
            return np.zeros(len(bounds) - 1, dtype=np.float64)
        ran = np.repeat(np.cumsum(self._lengths()), 2)
        ran[::2] -= self._lengths()
        hours: Floats = np.diff(np.interp(bounds, self.edges, ran)) / (HOUR // MICROSECOND)
        return hours

    def _lengths(self) -> Integers:
        lengths: Integers = self.edges[1::2] - self.edges[::2]
        return lengths


class Exposure(NamedTuple):
    """What was watched of one cluster."""

    now: Watched
    before: Watched
    share: float  # of the window [0..1]
    previous_share: float
    whole: bool  # no gap in the window, and no more than ten minutes of it unknown
    began: datetime  # of its watch
    weeks: tuple[Watched, ...] = ()  # of the baseline, where they were asked for
    week_shares: tuple[float, ...] = ()

    @property
    def has_baseline(self) -> bool:
        """Tell whether the two periods can be compared at all."""
        return self.previous_share >= LEAST_BASELINE_SHARE and self.share > 0


def exposures(
    spans: pd.DataFrame, window: Window, *, weeks: Sequence[Window] = ()
) -> dict[str, Exposure]:
    """Return the exposure of each cluster that was watched before the window's end.

    Parameters
    ----------
    spans
        SPANS contract over both periods and *weeks*, from `load.load_coverage`. What no span
        speaks of was not watched.
    window
        The period; it is compared with ``window.previous()``.
    weeks
        Further periods to compare with, from ``window.baseline()``.

    Returns
    -------
    dict
        Cluster -> exposure. A cluster whose watch began after the window, or that was only ever
        imported, is absent: nothing is known of how long it was watched.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    known = spans[spans["cluster"].isin(list(began(spans)))]
    periods = (window, window.previous(), *weeks)
    now, *others = (cluster_coverage(coverage(known, period), period) for period in periods)
    since = began(spans)
    found = {}
    for cluster, stretches in now.groupby("cluster"):
        name = str(cluster)
        clocks = [_watched(other[other["cluster"] == cluster]) for other in (now, *others)]
        shares = [  # rounded, since 19.2 / 24 is less than 0.8 in floating point
            round(clock.hours / period.hours, 12)
            for clock, period in zip(clocks, periods, strict=True)
        ]
        found[name] = Exposure(
            now=clocks[0],
            before=clocks[1],
            share=shares[0],
            previous_share=shares[1],
            whole=is_whole(stretches),
            began=since[name],
            weeks=tuple(clocks[2:]),
            week_shares=tuple(shares[2:]),
        )
    return found


def is_whole(stretches: pd.DataFrame) -> bool:
    """Tell whether the stretches of one cluster hold no gap and next to nothing unknown."""
    hours = stretches.groupby("state")["hours"].sum()
    return bool(hours.get("gap", 0.0) == 0 and hours.get("unknown", 0.0) <= LONGEST_IDLE / HOUR)


def since_began(
    points: pd.DataFrame, window: Window, exposed: Mapping[str, Exposure]
) -> list[tuple[pd.DataFrame, Window]]:
    """Cut points to the time since their cluster was watched.

    Parameters
    ----------
    points
        POINTS contract.
    window
        The period that they are of.
    exposed
        From `exposures`, for when each watch began; other clusters keep the whole window.

    Returns
    -------
    list
        Points and the part of the window that is theirs; clusters whose watch began after the
        window have none.
    """
    late = {name: one.began for name, one in exposed.items() if one.began > window.start}
    parts = [(points[~points["cluster"].isin(list(late))], window)]
    for name, since in late.items():
        if since < window.end:
            rest = Window.between(since, window.end, window.timezone)
            parts.append((points[points["cluster"] == name], rest))
    return parts


def _watched(stretches: pd.DataFrame) -> Watched:
    covered = stretches[stretches["state"].isin(COVERED)]
    edges = np.column_stack([microseconds(covered[name]) for name in ("start", "end")])
    return Watched(edges.reshape(-1))

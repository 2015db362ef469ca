"""How long each cluster was watched in two periods, so that half a day is not half the failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from analytics.coverage import COVERED, LONGEST_IDLE, began, cluster_coverage, coverage
from analytics.significance import Floats
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

    def slots(self, times: Integers, number: int) -> Integers:
        """Return in which of so many equal slots of watched time each time lies, else -1."""
        before = np.concatenate([[0], np.cumsum(self._lengths())])
        position = np.searchsorted(self.edges, times, side="right")
        inside = position % 2 == 1
        part = np.where(inside, position // 2, 0)
        since = times - self.edges[2 * part] if len(self.edges) else times
        slot = (before[part] + since) * number // max(1, int(before[-1]))
        return np.where(inside, slot, -1)

    def hours_between(self, times: Integers) -> Floats:
        """Return how long it was watched between each time and the next [h]."""
        if not len(self.edges):
            return np.zeros(len(times) - 1)
        passed = np.cumsum(
            np.diff(self.edges, prepend=self.edges[:1]) * (np.arange(len(self.edges)) % 2)
        )
        watched: Floats = np.diff(np.interp(times, self.edges, passed)) / (HOUR // MICROSECOND)
        return watched

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

    @property
    def has_baseline(self) -> bool:
        """Tell whether the two periods can be compared at all."""
        return self.previous_share >= LEAST_BASELINE_SHARE and self.share > 0


def exposures(spans: pd.DataFrame, window: Window) -> dict[str, Exposure]:
    """Return the exposure of each cluster that was watched before the window's end.

    Parameters
    ----------
    spans
        SPANS contract over both periods, from `load.load_coverage`.
    window
        The period; it is compared with ``window.previous()``.

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
    before = window.previous()
    known = spans[spans["cluster"].isin(list(began(spans)))]
    now = cluster_coverage(coverage(known, window), window)
    earlier = cluster_coverage(coverage(known, before), before)
    since = began(spans)
    found = {}
    for cluster, stretches in now.groupby("cluster"):
        clocks = _watched(stretches), _watched(earlier[earlier["cluster"] == cluster])
        shares = clocks[0].hours / window.hours, clocks[1].hours / before.hours
        name = str(cluster)
        found[name] = Exposure(*clocks, *shares, is_whole(stretches), since[name])
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

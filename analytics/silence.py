"""Silences: stretches in which nothing at all was seen of a cluster."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from analytics.episodes import intervals, join
from analytics.frames import POINTS, SILENCES
from analytics.grouping import group
from analytics.spread import Integers, microseconds, runs, timestamps
from analytics.window import Window

SHORTEST = timedelta(hours=1)
SLOT = timedelta(minutes=5)
TIMES_USUAL = 4
USUAL_QUANTILE = 0.95


def silences(points: pd.DataFrame, window: Window, *, most: int = 5) -> pd.DataFrame:
    """Find unusually long stretches without a sighting of any event.

    Parameters
    ----------
    points
        POINTS contract; counted points of every meaning are used.
    window
        Half-open; stretches before a cluster's first and after its last sighting in it are no
        silences, since nothing says that the cluster was watched by then.
    most
        How many to return at most.

    Returns
    -------
    pd.DataFrame
        SILENCES contract, longest first, ties by cluster and start. ``start`` and ``end`` are the
        sightings on either side [UTC].

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Notes
    -----
    A point is a sighting at its own time. The occurrences of an event's first point are sightings
    too: they were seen together when the event was first read. Occurrences that a later point adds
    are none, since their times between the two points are only inferred; a count that jumps across
    a break of the collector does not hide the break.

    A silence lasts at least an hour and at least 4 times the cluster's usual distance: the 95th
    percentile of the distances between neighbouring sightings, each taken as at least 5 minutes
    (a stretch without a gap of 5 minutes gives one distance for every 5 minutes). So a busy
    cluster shows a hole of an hour or two, and a cluster with an event every few hours shows none.
    The rule is ours; it was tried on clusters with an event every 1 to 300 minutes.

    Examples
    --------
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> silences(POINTS.empty(), day).columns.tolist()
    ['cluster', 'start', 'end']
    """
    counted = POINTS.check(points)[points["counted"]]
    clusters = group(counted, ("cluster",))
    seen = join(_sightings(counted, window), clusters.number, SLOT)
    parts = [SILENCES.empty()]
    for number, activity in seen.groupby("group"):
        start, end = _holes(activity["start"].to_numpy(), activity["end"].to_numpy())
        name = clusters.keys["cluster"].iloc[int(str(number))]
        parts.append(_frame(name, start, end))
    return SILENCES.check(_longest(pd.concat(parts), most))


def _sightings(points: pd.DataFrame, window: Window) -> pd.DataFrame:
    first = points["previous_time"].isna()
    spread = intervals(runs(points.assign(counted=first)), window, SLOT)
    inside = (points["time"] >= window.start) & (points["time"] < window.end)
    row = np.flatnonzero(inside & (points["occurrences"] > 0))
    time = microseconds(points["time"])[row]
    claimed = pd.DataFrame({"row": row, "start": time, "end": time, "occurrences": 1})
    return pd.concat([spread, claimed], ignore_index=True)


def _holes(start: Integers, end: Integers) -> tuple[Integers, Integers]:
    slot = SLOT // timedelta(microseconds=1)
    distances = start[1:] - end[:-1]
    busy = np.full(int((end - start).sum() // slot), slot)
    if not len(distances):
        return start[:0], start[:0]
    usual = np.quantile(np.concatenate([distances, busy]), USUAL_QUANTILE, method="higher")
    shortest = max(TIMES_USUAL * int(usual), SHORTEST // timedelta(microseconds=1))
    long = distances >= shortest
    return end[:-1][long], start[1:][long]


def _frame(cluster: str, start: Integers, end: Integers) -> pd.DataFrame:
    names = pd.Series([cluster] * len(start), dtype="str")
    return pd.DataFrame({"cluster": names, "start": timestamps(start), "end": timestamps(end)})


def _longest(found: pd.DataFrame, most: int) -> pd.DataFrame:
    length = found["end"] - found["start"]
    ordered = found.assign(length=length).sort_values(
        ["length", "cluster", "start"], ascending=[False, True, True]
    )
    return ordered.drop(columns="length").head(most).reset_index(drop=True)

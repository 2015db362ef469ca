"""What part of a window was watched, and every gap."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import numpy as np
import pandas as pd

from analytics.frames import CLUSTER_COVERAGE, COVERAGE, SPANS, Contract
from analytics.spread import Integers, microsecond, microseconds, timestamps
from analytics.window import Window

SCOPE = ("cluster", "namespace", "field_selector")
STATES = ("unknown", "gap", "recovered", "watched")  # of spans that overlap the last one holds
WORST_FIRST = ("gap", "unknown", "recovered", "watched")  # of several watches of one cluster
COVERED = ("watched", "recovered")
LONGEST_IDLE = timedelta(minutes=10)  # a watch that is alive proves so within five minutes


def coverage(spans: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Tell for each watch what is known of every moment of a window.

    Parameters
    ----------
    spans
        SPANS contract, in any order, overlapping as they like: where spans of one watch do,
        watched holds over recovered, and recovered over gap. Spans outside the window tell when
        the watch began and when it was last proved.
    window
        Half-open, as the spans are.

    Returns
    -------
    pd.DataFrame
        COVERAGE contract, sorted by its first three columns and ``start``: for each watch
        stretches that fill the window, neighbours of different ``state``:

        - *watched*: the watch was alive
        - *recovered*: it was not, and all that happened was fetched afterwards
        - *gap*: it was not, and events may have been lost
        - *unknown*: no span speaks of it; ``unproven`` where this is the end of the window and the
          watch was not proved at any later time

        ``hours`` and ``share`` are the stretch's part of the window. [h, 0..1] Watches without a
        span in the window are left out where the cluster has another that has one, and so are
        watches that began after the window. Empty in, empty out.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Examples
    --------
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> spans = pd.DataFrame({"cluster": "prod", "namespace": "", "field_selector": "",
    ...     "state": ["watched", "gap", "watched"],
    ...     "start": pd.to_datetime(["2026-11-20T09Z", "2026-11-21T03Z", "2026-11-21T09Z"]),
    ...     "end": pd.to_datetime(["2026-11-21T03Z", "2026-11-21T09Z", "2026-11-21T18Z"])})
    >>> spans = spans.astype({column.name: column.dtype for column in SPANS.columns})
    >>> coverage(spans, day)[["state", "hours", "share", "unproven"]].to_numpy().tolist()
    [['watched', 3.0, 0.125, False], ['gap', 6.0, 0.25, False], ['watched', 9.0, 0.375, False],
     ['unknown', 6.0, 0.25, True]]
    """
    found = SPANS.check(spans)[spans["start"] < window.end]
    proofs = spans[spans["state"] != "gap"].groupby(list(SCOPE))["end"].max().to_dict()
    inside = found[(found["end"] > window.start) & (found["end"] > found["start"])]
    in_force = set(inside[list(SCOPE)].itertuples(index=False, name=None))
    seen = set(inside["cluster"])
    parts = []
    for key, watch in found.groupby(list(SCOPE)):
        scope = cast("tuple[str, ...]", key)
        if scope in in_force or scope[0] not in seen:
            stretches = _of_watch(watch, window, proofs.get(scope))
            named = {name: str(value) for name, value in zip(SCOPE, scope, strict=True)}
            parts.append(stretches.assign(**named))
    return _joined(parts, COVERAGE)


def cluster_coverage(found: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Tell for each cluster what is known of every moment of a window.

    Parameters
    ----------
    found
        COVERAGE contract, from `coverage`.
    window
        The same.

    Returns
    -------
    pd.DataFrame
        CLUSTER_COVERAGE contract, sorted by cluster and start. A cluster that is watched as a
        whole is known as far as that watch goes. One that is watched in some namespaces only, or
        by field selectors, is known where all of these watches are: a gap of one is a gap of the
        cluster, and what is unknown of one is unknown of the cluster.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    parts = []
    for cluster, watches in COVERAGE.check(found).groupby("cluster"):
        stretches = _of_cluster(_decisive(watches), window)
        parts.append(stretches.assign(cluster=str(cluster)))
    return _joined(parts, CLUSTER_COVERAGE)


def began(spans: pd.DataFrame) -> dict[str, datetime]:
    """Return when the watch of each cluster began; what is older came with its first list.

    Parameters
    ----------
    spans
        SPANS contract.

    Returns
    -------
    dict
        Cluster -> the start of its first span that is no gap, in UTC.
    """
    first = SPANS.check(spans)[spans["state"] != "gap"].groupby("cluster")["start"].min()
    return {str(cluster): start.to_pydatetime() for cluster, start in first.items()}


def narrowed(found: pd.DataFrame) -> pd.DataFrame:
    """Return the watches of COVERAGE that bound what is known of their clusters, one row each."""
    parts = [watches for _, watches in found.groupby("cluster")]
    kept = [_decisive(watches)[list(SCOPE)].drop_duplicates() for watches in parts]
    return pd.concat([COVERAGE.empty()[list(SCOPE)], *kept], ignore_index=True)


def _of_watch(watch: pd.DataFrame, window: Window, proved: pd.Timestamp | None) -> pd.DataFrame:
    bounds = microsecond(window.start), microsecond(window.end)
    start = microseconds(watch["start"]).clip(*bounds)
    end = microseconds(watch["end"]).clip(*bounds)
    edges = np.unique(np.concatenate([start, end, bounds]))
    rank = np.zeros(len(edges) - 1, dtype=np.int64)
    for number, state in enumerate(STATES[1:], start=1):
        of_state = (watch["state"] == state).to_numpy()
        rank[_depth(edges, start[of_state], end[of_state]) > 0] = number
    return _stretches(edges, rank, STATES, window, unproven=_is_over(proved, edges, rank))


def _depth(edges: Integers, start: Integers, end: Integers) -> Integers:
    """Return how many of the spans lie over each of the cells between *edges*."""
    opened = np.bincount(np.searchsorted(edges, start), minlength=len(edges))
    closed = np.bincount(np.searchsorted(edges, end), minlength=len(edges))
    return np.cumsum(opened - closed)[:-1]


def _is_over(proved: pd.Timestamp | None, edges: Integers, rank: Integers) -> bool:
    known = np.flatnonzero(rank)
    last = edges[known[-1] + 1] if len(known) else edges[0]
    return bool(proved is None or microsecond(proved.to_pydatetime()) <= last)


def _decisive(watches: pd.DataFrame) -> pd.DataFrame:
    whole = watches[(watches["namespace"] == "") & (watches["field_selector"] == "")]
    return watches if whole.empty else whole


def _of_cluster(watches: pd.DataFrame, window: Window) -> pd.DataFrame:
    edges = np.unique(np.concatenate([microseconds(watches[name]) for name in ("start", "end")]))
    rank = np.full(len(edges) - 1, len(WORST_FIRST), dtype=np.int64)
    for _, watch in watches.groupby(list(SCOPE[1:])):
        states = watch["state"].map(WORST_FIRST.index).to_numpy(dtype=np.int64)
        at = np.searchsorted(microseconds(watch["start"]), edges[:-1], side="right") - 1
        rank = np.minimum(rank, states[at])
    unproven = bool(watches["unproven"].any())
    return _stretches(edges, rank, WORST_FIRST, window, unproven=unproven)


def _stretches(
    edges: Integers, rank: Integers, states: tuple[str, ...], window: Window, *, unproven: bool
) -> pd.DataFrame:
    first = np.flatnonzero(np.diff(rank, prepend=-1))
    start, end = edges[first], np.append(edges[first[1:]], edges[-1])
    hours = (end - start) / (timedelta(hours=1) // timedelta(microseconds=1))
    state = np.array(states)[rank[first]]
    is_last = np.arange(len(first)) == len(first) - 1
    return pd.DataFrame(
        {
            "state": state,
            "start": timestamps(start),
            "end": timestamps(end),
            "hours": hours,
            "share": hours / window.hours,
            "unproven": is_last & (state == "unknown") & unproven,
        }
    )


def _joined(parts: list[pd.DataFrame], contract: Contract) -> pd.DataFrame:
    joined = pd.concat([contract.empty(), *parts], ignore_index=True)
    return contract.check(joined[[column.name for column in contract.columns]])

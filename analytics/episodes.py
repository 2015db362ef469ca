"""Episodes: bursts of failures that are one problem."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.cells import GAP, begins_episode, pieces
from analytics.frames import EPISODES
from analytics.grouping import PROBLEM, failing, group
from analytics.source import KEY
from analytics.spread import microsecond, runs, timestamps
from analytics.window import Window


def episodes(
    points: pd.DataFrame,
    window: Window,
    *,
    by: Sequence[str] = PROBLEM,
    gap: timedelta = GAP,
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Find the runs of failures without a long gap.

    Parameters
    ----------
    points
        POINTS contract; only counted points that *catalogue* calls failures are used.
    window
        Only occurrences inside it are seen: an episode that began earlier starts with its first
        failure inside the window.
    by
        Columns of POINTS to show. Failures of different workloads or reasons never share an
        episode, nor do those of different components, types or ways of counting; failures that
        differ in a column *by* do not either. So coarser columns show the same episodes.
    gap
        Two failures belong to one episode where the time between them is at most this.
    catalogue
        ``None`` takes the one that comes with the package.

    Returns
    -------
    pd.DataFrame
        EPISODES contract after the columns *by*, sorted by these and ``start``. ``start`` and
        ``end`` are the times of the first and last failure, equal for a single one. Empty input
        gives an empty frame with the same columns.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Notes
    -----
    A point whose occurrences lie at most *gap* apart is one interval, whatever its count; the
    occurrences of the others are few, since the window bounds them, and stand for themselves.
    Intervals are then joined in the order of their starts, as in interval-union sweeps.

    Examples
    --------
    >>> from analytics.frames import POINTS
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> list(episodes(POINTS.empty(), day, by=("workload",)).columns)
    ['workload', 'start', 'end', 'failures']
    """
    failures = failing(points, catalogue)
    shown = group(failures, by)
    keys = group(failures, [*KEY, *(column for column in by if column not in KEY)]).number
    bounds = np.array([microsecond(window.start), microsecond(window.end)])
    found = pieces(runs(failures), bounds, gap)
    order = np.lexsort((found.start, keys[found.row]))
    row, start, end = found.row[order], found.start[order], found.end[order]
    heads = np.flatnonzero(begins_episode(keys[row], start, end, gap))
    number, first = shown.number[row][heads], start[heads]
    made = shown.keys.iloc[number].reset_index(drop=True)
    made = made.assign(
        start=timestamps(first),
        end=timestamps(np.maximum.reduceat(end, heads)),
        failures=np.add.reduceat(found.occurrences[order], heads),
    )
    ordered = made.iloc[np.lexsort((first, number))].reset_index(drop=True)
    return EPISODES.check(ordered)

"""Episodes: bursts of failures that are one problem."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.frames import EPISODES
from analytics.grouping import PROBLEM, failing, group
from analytics.spread import Integers, Runs, expand, microsecond, runs, timestamps
from analytics.window import Window

GAP = timedelta(minutes=10)


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
        Columns of POINTS; the failures of different groups never share an episode.
    gap
        Two failures of a group belong to one episode where the time between them is at most this.
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
    groups = group(failures, by)
    found = join(intervals(runs(failures), window, gap), groups.number, gap)
    keys = groups.keys.iloc[found["group"].to_numpy()].reset_index(drop=True)
    times = {name: timestamps(found[name].to_numpy()) for name in ("start", "end")}
    return EPISODES.check(keys.assign(**times, failures=found["occurrences"].to_numpy()))


def intervals(found: Runs, window: Window, gap: timedelta) -> pd.DataFrame:
    """Cut runs to the window, as intervals in which no two neighbours are further than *gap*.

    The columns are ``row``, ``start``, ``end`` [us since 1970] and ``occurrences``, all int64.
    """
    low, high = found.before(microsecond(window.start)), found.before(microsecond(window.end))
    inside = high > low
    found, low, high = found.take(inside), low[inside], high[inside]
    widest_microseconds = -(-found.span // found.count)
    dense = widest_microseconds <= gap // timedelta(microseconds=1)
    whole, single = found.take(dense), found.take(~dense)
    owner, place = expand(high[~dense] - low[~dense])
    times = single.take(owner).time_of(low[~dense][owner] + 1 + place)
    return pd.DataFrame(
        {
            "row": np.concatenate([whole.row, single.row[owner]]),
            "start": np.concatenate([whole.time_of(low[dense] + 1), times]),
            "end": np.concatenate([whole.time_of(high[dense]), times]),
            "occurrences": np.concatenate([high[dense] - low[dense], np.ones_like(times)]),
        }
    )


def join(spans: pd.DataFrame, group_of_row: Integers, gap: timedelta) -> pd.DataFrame:
    """Join the intervals of each group that lie at most *gap* apart.

    The columns are ``group``, ``start``, ``end`` [us since 1970] and ``occurrences``, sorted by
    group and start.
    """
    ordered = spans.assign(group=group_of_row[spans["row"]]).sort_values(["group", "start"])
    reach = ordered.groupby("group")["end"].cummax().shift(fill_value=0)
    other_group = ordered["group"] != ordered["group"].shift()
    apart = ordered["start"] - reach > gap // timedelta(microseconds=1)
    return (
        ordered.groupby((other_group | apart).cumsum().to_numpy())
        .agg(
            group=("group", "first"),
            start=("start", "first"),
            end=("end", "max"),
            occurrences=("occurrences", "sum"),
        )
        .reset_index(drop=True)
        .astype("int64")
    )

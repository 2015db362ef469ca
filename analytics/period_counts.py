"""Episodes -> what is counted of them in a period, and in the blocks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from analytics.burstiness import block_length, positions
from analytics.exposure import Watched
from analytics.frames import EPISODE_BLOCKS, EPISODES, PERIOD_COUNTS
from analytics.grouping import group
from analytics.significance import Flags
from analytics.spread import Integers, microseconds, timestamps
from analytics.window import Window


def period_counts(
    found: pd.DataFrame, by: Sequence[str], clocks: Mapping[str, Watched]
) -> pd.DataFrame:
    """Count failures and episodes of each group, and what of them was seen.

    Parameters
    ----------
    found
        EPISODES contract after the columns *by*, of one period.
    by
        The columns to group by.
    clocks
        When clusters were watched; others count as watched all the time. Without ``cluster``
        among *by* not used.

    Returns
    -------
    pd.DataFrame
        PERIOD_COUNTS contract after the columns *by*. An episode and its failures were seen where
        it began while its cluster was watched.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    EPISODES.check(found)
    groups = group(found, by)
    seen = _seen(found, by, clocks)
    failures = found["failures"].to_numpy()
    one = np.ones_like(failures)
    figures = {"failures": failures, "episodes": one}
    figures |= {f"seen_{name}": values * seen for name, values in figures.items()}
    totals = {name: _summed(groups.number, v, len(groups.keys)) for name, v in figures.items()}
    return PERIOD_COUNTS.check(groups.keys.assign(**totals))


def episode_blocks(
    periods: Sequence[tuple[Window, pd.DataFrame, Mapping[str, Watched]]],
    by: Sequence[str],
    groups: pd.DataFrame,
) -> pd.DataFrame:
    """Count the episodes that began in each block of time.

    Parameters
    ----------
    periods
        The window, the previous period and the weeks: each with its EPISODES after the columns
        *by*, and the clocks of its clusters as for `period_counts`. The first one decides on the
        length of the blocks.
    by
        The columns to group by.
    groups
        The groups (columns *by*) to count, from `comparison.candidates`; the others are left out.

    Returns
    -------
    pd.DataFrame
        EPISODE_BLOCKS contract after the columns *by*.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    width = block_length(periods[0][0]) // timedelta(microseconds=1)
    columns = list(by)
    parts = []
    for number, (_, found, clocks) in enumerate(periods):
        EPISODES.check(found)
        wanted = _seen(found, by, clocks) & (positions(found[columns], groups[columns]) >= 0)
        start = microseconds(found["start"])[wanted] // width * width
        rows = found.loc[wanted, columns].assign(period=number, block=timestamps(start))
        parts.append(
            rows.groupby([*columns, "period", "block"]).size().reset_index(name="episodes")
        )
    joined = pd.concat(parts, ignore_index=True)
    return EPISODE_BLOCKS.check(joined.astype({c.name: c.dtype for c in EPISODE_BLOCKS.columns}))


def _seen(found: pd.DataFrame, by: Sequence[str], clocks: Mapping[str, Watched]) -> Flags:
    seen = np.ones(len(found), dtype=bool)
    if "cluster" not in by:
        return seen
    start = microseconds(found["start"])
    for name, clock in clocks.items():
        of_cluster = (found["cluster"] == name).to_numpy()
        seen[of_cluster] = clock.saw(start[of_cluster])
    return seen


def _summed(number: Integers, values: Integers, groups: int) -> Integers:
    total = np.zeros(groups, dtype=np.int64)
    np.add.at(total, number, values)
    return total

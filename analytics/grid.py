"""Failures counted into a full grid of cells, the empty ones included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.grouping import failing, group
from analytics.spread import Integers, occurrences_in


def count_in_cells(
    points: pd.DataFrame,
    edges: pd.DatetimeIndex,
    cell: Integers,
    cells: int,
    *,
    by: Sequence[str],
    catalogue: Catalogue | None,
) -> pd.DataFrame:
    """Count the failures of each group in each cell.

    Parameters
    ----------
    points
        POINTS contract; only counted points that *catalogue* calls failures are used.
    edges
        Strictly increasing edges in UTC; bucket i holds ``edges[i] <= time < edges[i + 1]``.
    cell
        Of each bucket, from 0 to below *cells*; buckets may share one.
    cells
        How many cells there are.
    by
        Columns of POINTS; without any, everything is one group.
    catalogue
        ``None`` takes the one that comes with the package.

    Returns
    -------
    pd.DataFrame
        The columns *by*, ``cell`` and ``failures`` (int64), sorted by these: every cell for every
        group with a failure. Without *by* every cell, also where there is no failure.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    failures = failing(points, catalogue)
    groups = group(failures, by)
    found = occurrences_in(failures, edges)
    counts = np.zeros((len(groups.keys), cells), dtype=np.int64)
    np.add.at(counts, (groups.number[found["row"]], cell[found["bucket"]]), found["occurrences"])
    kept = counts.any(axis=1) if by else np.ones(len(counts), dtype=bool)
    keys, counts = groups.keys[kept], counts[kept]
    frame = keys.loc[keys.index.repeat(cells)].reset_index(drop=True)
    numbers = np.tile(np.arange(cells, dtype=np.int64), len(counts))
    return frame.assign(cell=numbers, failures=counts.ravel())

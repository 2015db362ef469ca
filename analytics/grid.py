"""Failures counted into a full grid of cells, the empty ones included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.grouping import group
from analytics.source import Source, as_source
from analytics.spread import Integers


def count_in_cells(
    points: pd.DataFrame | Source,
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
        POINTS contract, or a source; only counted points that *catalogue* calls failures are used.
    edges
        Strictly increasing edges in UTC; bucket i holds ``edges[i] <= time < edges[i + 1]``.
    cell
        Of each bucket, from 0 to below *cells*; buckets may share one.
    cells
        How many cells there are.
    by
        Columns of POINTS, of a source those of KEYS; without any, everything is one group.
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
    source = as_source(points, catalogue, by)
    catalogue = catalogue or Catalogue.load()
    keys, number, found = (_by_group if by else _in_all)(source, edges, catalogue, by)
    counts = np.zeros((len(keys), cells), dtype=np.int64)
    bucket, occurrences = found["bucket"].to_numpy(), found["occurrences"].to_numpy()
    np.add.at(counts, (number, cell[bucket]), occurrences)
    frame = keys.loc[keys.index.repeat(cells)].reset_index(drop=True)
    numbers = np.tile(np.arange(cells, dtype=np.int64), len(counts))
    return frame.assign(cell=numbers, failures=counts.ravel())


def _by_group(
    source: Source, edges: pd.DatetimeIndex, catalogue: Catalogue, by: Sequence[str]
) -> tuple[pd.DataFrame, Integers, pd.DataFrame]:
    """Return the groups, the group of each count, and the counts by bucket."""
    found = source.cells(edges)
    numbers = np.unique(found["key"].to_numpy())
    keys = source.keys(numbers)
    failing = (catalogue.classify(keys) == "failure").to_numpy()
    found = found[np.isin(found["key"].to_numpy(), numbers[failing])]
    groups = group(keys[failing], by)
    place = np.searchsorted(numbers[failing], found["key"].to_numpy())
    every = len(groups.keys) if failing.any() else 0
    return groups.keys.iloc[:every], groups.number[place], found


def _in_all(
    source: Source, edges: pd.DatetimeIndex, catalogue: Catalogue, by: Sequence[str]
) -> tuple[pd.DataFrame, Integers, pd.DataFrame]:
    reasons = source.reasons()
    failing = reasons.index[(catalogue.classify(reasons) == "failure").to_numpy()]
    found = source.totals(edges)
    found = found[found["reason_id"].isin(failing)]
    return pd.DataFrame(index=range(1)), np.zeros(len(found), dtype=np.int64), found

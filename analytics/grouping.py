"""Which points are failures, and which group each of them belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.errors import FrameError
from analytics.frames import POINTS
from analytics.spread import Integers

PROBLEM = ("cluster", "namespace", "workload_kind", "workload", "reason")
WORKLOAD = PROBLEM[:-1]


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of some rows, numbered in the order of their keys."""

    number: Integers  # group of each row
    keys: pd.DataFrame  # one row a group, on a RangeIndex; categories turned into text


def failing(points: pd.DataFrame, catalogue: Catalogue | None) -> pd.DataFrame:
    """Return the counted points that mean a failure, after checking the POINTS contract."""
    POINTS.check(points)
    counted = points[points["counted"]]
    meaning = (catalogue or Catalogue.load()).classify(counted)
    return counted[(meaning == "failure").to_numpy()]


def group(points: pd.DataFrame, by: Sequence[str]) -> Groups:
    """Return the group of each row by the columns *by*; without columns all are one group."""
    columns = list(by)
    for column in columns:
        if column not in points.columns:
            raise FrameError(f"POINTS: there is no column {column!r} to group by")
    if not columns:
        return Groups(np.zeros(len(points), dtype=np.int64), pd.DataFrame(index=range(1)))
    seen = points.groupby(columns, observed=True, sort=False, dropna=False).ngroup()
    keys = points.loc[~seen.duplicated().to_numpy(), columns]
    texts = {column: "str" for column in columns if keys[column].dtype == "category"}
    keys = keys.astype(texts).reset_index(drop=True).sort_values(columns)
    rank = np.empty(len(keys), dtype=np.int64)
    rank[keys.index.to_numpy()] = np.arange(len(keys))
    return Groups(rank[seen.to_numpy()], keys.reset_index(drop=True))

"""Failures in cells."""

import numpy as np
import pandas as pd

from analytics.grid import count_in_cells

EDGES = pd.date_range("2026-11-21", periods=4, freq="h", tz="UTC").as_unit("us")


def test_buckets_may_share_a_cell(points):
    """Of three hours the first and the last are cell 0."""
    frame = points({"time": "00:30"}, {"time": "01:30", "occurrences": 5}, {"time": "02:30"})
    cell = np.array([0, 1, 0])
    found = count_in_cells(frame, EDGES, cell, 3, by=(), catalogue=None)
    assert found.to_dict("list") == {"cell": [0, 1, 2], "failures": [2, 5, 0]}


def test_groups_without_a_failure_are_absent(points):
    """A workload whose failure lies outside, and one with a Normal event."""
    frame = points(
        {"time": "01:30", "workload": "b"},
        {"time": "05:30", "workload": "a"},
        {"time": "01:30", "workload": "c", "type": "Normal", "reason": "Pulled"},
    )
    found = count_in_cells(frame, EDGES, np.arange(3), 3, by=["workload"], catalogue=None)
    assert found["workload"].tolist() == ["b"] * 3
    assert found["failures"].tolist() == [0, 1, 0]


def test_without_groups_every_cell_is_there_without_a_failure(points):
    """Counts are whole numbers, also none."""
    found = count_in_cells(points(), EDGES, np.arange(3), 3, by=(), catalogue=None)
    assert found.to_dict("list") == {"cell": [0, 1, 2], "failures": [0, 0, 0]}
    assert found.dtypes.astype(str).tolist() == ["int64", "int64"]


def test_rows_of_several_groups_are_numbered_through(points):
    """Two groups of three cells on the index 0 to 5."""
    frame = points({"time": "01:30", "workload": "b"}, {"time": "00:30", "workload": "a"})
    found = count_in_cells(frame, EDGES, np.arange(3), 3, by=["workload"], catalogue=None)
    assert found.index.tolist() == [0, 1, 2, 3, 4, 5]
    assert found["failures"].tolist() == [1, 0, 0, 0, 1, 0]

"""Groups do not depend on the order of rows or categories."""

import numpy as np
import pytest

from analytics.catalogue import Catalogue
from analytics.errors import FrameError
from analytics.grouping import PROBLEM, WORKLOAD, failing, group


def test_a_workload_has_problems_for_reasons():
    """A problem is a reason of a workload."""
    assert (*WORKLOAD, "reason") == PROBLEM


def test_groups_are_numbered_by_their_keys(points):
    """The number follows the text, not the first appearance or the category."""
    frame = points(*({"time": "01:00", "workload": name} for name in ("b", "a", "b", "c")))
    frame["workload"] = frame["workload"].cat.reorder_categories(["c", "b", "a"])
    groups = group(frame, ["workload"])
    assert groups.number.tolist() == [1, 0, 1, 2]
    assert groups.keys["workload"].tolist() == ["a", "b", "c"]
    assert str(groups.keys["workload"].dtype) == "str"


def test_columns_keep_what_they_are(points):
    """Categories become text; numbers stay numbers, from zero and without the old index."""
    frame = points(*({"time": "01:00", "occurrences": n, "host": "a"} for n in (10, 9, 10)))
    groups = group(frame.iloc[[2, 1]], ["host", "occurrences"])
    assert groups.number.dtype == np.int64
    assert groups.number.tolist() == [1, 0]
    assert groups.keys.to_dict("list") == {"host": ["a", "a"], "occurrences": [9, 10]}
    assert groups.keys.index.tolist() == [0, 1]
    assert groups.keys.dtypes.astype(str).tolist() == ["str", "int64"]


def test_pairs_that_do_not_occur_are_no_groups(points):
    """Two clusters with a namespace each are two groups, not four."""
    frame = points(
        {"time": "01:00", "cluster": "b", "namespace": "y"},
        {"time": "01:00", "cluster": "a", "namespace": "x"},
    )
    groups = group(frame, ["cluster", "namespace"])
    assert groups.number.tolist() == [1, 0]
    assert groups.keys.to_numpy().tolist() == [["a", "x"], ["b", "y"]]


def test_a_missing_key_is_a_group_of_its_own(points):
    """Points without a previous time stand together, after those that have one."""
    frame = points(
        {"time": "01:00"}, {"time": "02:00", "previous_time": "01:00"}, {"time": "03:00"}
    )
    groups = group(frame, ["previous_time"])
    assert groups.number.tolist() == [1, 0, 1]
    assert groups.keys["previous_time"].isna().tolist() == [False, True]


def test_without_columns_there_is_one_group(points):
    """All rows together, also when there is none."""
    number = group(points({"time": "01:00"}), []).number
    assert (number.tolist(), number.dtype) == ([0], np.int64)
    assert len(group(points(), []).keys) == 1


def test_an_unknown_column_is_named(points):
    """The error says which column is not there."""
    with pytest.raises(FrameError, match="no column 'colour'"):
        group(points(), ["colour"])


def test_only_counted_failures_are_failing(points):
    """Normal events, suspect rows and rows set aside are left out."""
    frame = points(
        {"time": "01:00"},
        {"time": "01:00", "type": "Normal", "reason": "Pulled"},
        {"time": "01:00", "counted": False, "suspect": True},
        {"time": "01:00", "counted": False, "counting": "requests"},
    )
    assert failing(frame, None).index.tolist() == [0]


def test_the_catalogue_that_is_given_decides(points):
    """What is a failure elsewhere may be noise here."""
    frame = points({"time": "01:00"}, {"time": "01:00", "reason": "Killing", "type": "Normal"})
    entries = [
        {"reason": "BackOff", "meaning": "noise"},
        {"reason": "Killing", "meaning": "failure"},
    ]
    catalogue = Catalogue.load().with_overrides(entries)
    assert failing(frame, catalogue)["reason"].tolist() == ["Killing"]


def test_the_contract_is_checked(points):
    """A column of another type is refused before anything is counted."""
    frame = points({"time": "01:00"})
    with pytest.raises(FrameError, match="'occurrences' has dtype float64"):
        failing(frame.assign(occurrences=1.0), None)

"""Groups do not depend on the order of rows or categories."""

import pytest

from analytics.errors import FrameError
from analytics.grouping import failing, group


def test_groups_are_numbered_by_their_keys(points):
    """The number follows the text, not the first appearance or the category."""
    frame = points(*({"time": "01:00", "workload": name} for name in ("b", "a", "b", "c")))
    frame["workload"] = frame["workload"].cat.reorder_categories(["c", "b", "a"])
    groups = group(frame, ["workload"])
    assert groups.number.tolist() == [1, 0, 1, 2]
    assert groups.keys["workload"].tolist() == ["a", "b", "c"]
    assert str(groups.keys["workload"].dtype) == "str"


def test_without_columns_there_is_one_group(points):
    """All rows together, also when there is none."""
    assert group(points({"time": "01:00"}), []).number.tolist() == [0]
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

"""Tests of hot spots as rows of top."""

from __future__ import annotations

import json
from datetime import UTC

import pandas as pd

from analytics.frames import HOTSPOTS
from reports.hot_spots import hot, hot_listing, none_hot
from reports.listing import render_listing

PLACE = {
    "cluster": "prod", "shared": "host", "name": "n1", "failures": 12, "share": 0.6, "objects": 5,
    "workloads": 6, "failing_workloads": 5, "expected_workloads": 1.25, "ratio": 4.0,
    "p_value": 0.001, "q_value": 0.004, "verdict": "hot",
}  # fmt: skip


def places(*changes: dict[str, object]) -> pd.DataFrame:
    """Return HOTSPOTS of places that differ from the usual one."""
    frame = pd.DataFrame([PLACE | change for change in changes], columns=list(PLACE))
    return HOTSPOTS.check(frame.astype({column.name: column.dtype for column in HOTSPOTS.columns}))


def test_only_hot_places_are_hot_spots_and_most_failures_come_first() -> None:
    """The order is that of top, whatever the workloads."""
    found = places({}, {"name": "n2", "failures": 90}, {"name": "n3", "verdict": "even"})
    assert hot(found)["name"].tolist() == ["n2", "n1"]
    assert none_hot(found) == ""


def test_a_hot_spot_is_a_row_of_top() -> None:
    """Cluster, namespace, kind, name and failures, then what makes it hot."""
    found = places({}, {"shared": "namespace", "name": "shop"}, {"shared": "rack", "name": "r"})
    rows = json.loads(render_listing(hot_listing(hot(found), UTC), "json"))
    assert [tuple(row.values())[:5] for row in rows] == [
        ("prod", "", "Node", "n1", 12),
        ("prod", "shop", "Namespace", "shop", 12),
        ("prod", "", "rack", "r", 12),
    ]
    assert set(rows[0]) == set(PLACE) - {"shared", "verdict"} | {"namespace", "kind"}
    table = render_listing(hot_listing(hot(found), UTC), "table").splitlines()
    assert table[1].split() == ["prod", "Node", "n1", "12", "60%", "5", "6", "1.25", "4"]


def test_nothing_hot_is_not_nothing_tested() -> None:
    """An even spread is an answer; too few workloads are none."""
    few = {"verdict": "insufficient"}
    assert none_hot(places({"verdict": "even"}, {"verdict": "even"}, few)) == (
        "no hot spot: 2 places tested, and failures spread evenly over them"
    )
    assert none_hot(places(few)).startswith("no hot spot can be told")
    assert none_hot(places()) == ""

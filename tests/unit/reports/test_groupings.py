"""Tests of what a row stands for."""

from __future__ import annotations

import pytest

from analytics.frames import POINTS
from reports.groupings import GROUPINGS

VALUES = {
    "cluster": "prod", "namespace": "shop", "workload_kind": "Deployment", "workload": "web",
    "reason": "BackOff", "host": "n1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("by", "identity"),
    [
        ("workload", ("prod", "shop", "Deployment", "web")),
        ("problem", ("prod", "shop", "Deployment", "web", "BackOff")),
        ("namespace", ("prod", "shop", "Namespace", "shop")),
        ("node", ("prod", "", "Node", "n1")),
        ("reason", ("prod", "", "Reason", "BackOff")),
    ],
)
def test_every_row_says_cluster_namespace_kind_and_name(by: str, identity: tuple[str, ...]) -> None:
    """The names are columns of POINTS; a problem has its reason besides."""
    grouping = GROUPINGS[by]
    found = grouping.identity({name: VALUES[name] for name in grouping.by})
    assert tuple(found.values()) == identity
    assert list(found)[:4] == ["cluster", "namespace", "kind", "name"]
    assert {column.name for column in grouping.columns} == set(found)
    assert set(grouping.by) <= {column.name for column in POINTS.columns}

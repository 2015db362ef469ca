"""What a row of an answer stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.grouping import PROBLEM, WORKLOAD
from reports.listing import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Columns of POINTS that name a group, and how they read as cluster, namespace, kind, name."""

    by: tuple[str, ...]
    name: str  # the column whose text is the name
    kind: str = ""  # fixed where no column holds it
    heading: str = ""  # of the name in tables, where kind and name would say the same twice

    def identity(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the fields that every answer begins with, of a row that has the columns *by*."""
        named = {
            "cluster": values["cluster"],
            "namespace": values.get("namespace", ""),
            "kind": self.kind or values["workload_kind"],
            "name": values[self.name],
        }
        return named | ({"reason": values["reason"]} if self.has_reason else {})

    @property
    def has_reason(self) -> bool:
        """Tell whether a row is one reason of something."""
        return "reason" in self.by and self.name != "reason"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return how these fields are shown."""
        if self.heading:
            hidden = (Column(name="namespace", where="data"), Column(name="kind", where="data"))
            return (Column(name="cluster"), *hidden, Column(name="name", heading=self.heading))
        names = ("cluster", "namespace", "kind", "name", *(("reason",) if self.has_reason else ()))
        return tuple(Column(name=name) for name in names)


GROUPINGS: Mapping[str, Grouping] = {
    "workload": Grouping(by=WORKLOAD, name="workload"),
    "problem": Grouping(by=PROBLEM, name="workload"),
    "namespace": Grouping(
        by=("cluster", "namespace"), name="namespace", kind="Namespace", heading="namespace"
    ),
    "node": Grouping(by=("cluster", "host"), name="host", kind="Node", heading="node"),
    "reason": Grouping(by=("cluster", "reason"), name="reason", kind="Reason", heading="reason"),
}

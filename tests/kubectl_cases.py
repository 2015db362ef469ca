"""Fault-injection cases: a text of ``kubectl get events``, its time, and what was broken."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from analytics.frames import POINTS, TIME
from analytics.window import Window
from collector.approximate import match_identities
from collector.json_stream import Record
from collector.kubectl_text import EventRow, iterate_rows, observation_of
from collector.observation import Observation

_SUFFIXES = r"(-[a-z0-9]{1,10}){0,2}"  # of a replica set, and of a pod of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One text, with the broken object as kind ("app" for a workload) and name."""

    name: str
    kind: str
    broken: str
    taken: datetime
    texts: dict[str, str]  # by namespace

    def window(self, hours: float) -> Window:
        """Return that time up to the text, its second included."""
        end = self.taken.replace(microsecond=0) + timedelta(seconds=1)
        return Window.between(end - timedelta(hours=hours), end, "UTC")

    def points(self) -> pd.DataFrame:
        """Read the text as an import would, into the POINTS contract."""
        observations = [
            observation_of(
                record.value,
                cluster="lab",
                namespace=namespace,
                taken=self.taken,
                received=self.taken,
            )
            for namespace, text in self.texts.items()
            for record in iterate_rows(io.StringIO(text))
            if isinstance(record, Record) and isinstance(record.value, EventRow)
        ]
        return _points(match_identities(observations, {}))

    def tells_of_the_broken(self, row: pd.Series) -> bool:
        """Tell whether an event is of the broken object, or of its pods and replica sets."""
        if self.kind != "app":
            return bool(row["kind"].lower() == self.kind and row["object"] == self.broken)
        kinds = {"Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job"}
        named = re.fullmatch(re.escape(self.broken) + _SUFFIXES, row["object"])
        return row["kind"] in kinds and named is not None

    def names_the_broken(self, row: pd.Series) -> bool:
        """Tell whether the workload of a row is the broken object."""
        is_node = row["workload_kind"] == "Node"
        return bool(row["workload"] == self.broken and is_node == (self.kind == "node"))


def cases(file: Path) -> Iterator[Case]:
    """Read a file of cases, one a line."""
    for line in file.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        kind, _, broken = one["fault_object"].partition("/")
        offset = re.match(r"[+-]\d\d:\d\d", one["utc_offset"])
        assert offset, one["utc_offset"]
        yield Case(
            name=one["case"],
            kind=kind,
            broken=broken,
            taken=datetime.fromisoformat(one["collected"] + offset[0]),
            texts=one["kubectl_get_events"],
        )


def _points(observations: list[Observation]) -> pd.DataFrame:
    """Do what the store does: occurrences are what a count is above the one before."""
    rows = pd.DataFrame(
        [{n: getattr(one, n) for n in one.__struct_fields__} for one in observations]
    )
    identity = ["birth", "cluster", "namespace", "name"]
    rows = rows.sort_values([*identity, "cumulative", "time"]).drop_duplicates(
        [*identity, "cumulative"]
    )
    before = rows.groupby(identity)
    rows = rows.assign(
        previous_time=before["time"].shift(),
        occurrences=rows["cumulative"] - before["cumulative"].shift(fill_value=0),
        counted=True,
        suspect=False,
        skewed=False,
    )
    times = [column.name for column in POINTS.columns if column.dtype == TIME]
    rows = rows.assign(**{name: pd.to_datetime(rows[name], utc=True) for name in times})
    dtypes = {column.name: column.dtype for column in POINTS.columns}
    return POINTS.check(rows[list(dtypes)].astype(dtypes).reset_index(drop=True))

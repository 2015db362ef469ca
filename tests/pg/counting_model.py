"""The counting rules once more, as plain Python over a set of observations: the tests' oracle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.observation import Observation
from collector.stage_rows import WORKLOAD_RANK

Identity = tuple[datetime, str, str, str]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What one point stands for."""

    time: datetime
    occurrences: int
    previous_time: datetime | None
    message: str
    suspect: bool


def points(observations: Iterable[Observation]) -> dict[tuple[Identity, int], Counted]:
    """Return every point, worked out from the whole set at once."""
    seen: dict[Identity, dict[int, list[Observation]]] = defaultdict(lambda: defaultdict(list))
    for one in observations:
        seen[(one.birth, one.cluster, one.namespace, one.name)][one.cumulative].append(one)
    result = {}
    for identity, by_count in seen.items():
        below, before = 0, None
        for cumulative in sorted(by_count):
            same = by_count[cumulative]
            claimed, received = min(o.time for o in same), min(o.received for o in same)
            time = received if claimed - received > timedelta(minutes=5) else claimed
            occurrences = cumulative - below
            since = before or identity[0]
            pace = 10 * min(time - since, timedelta(days=1)).total_seconds()
            result[identity, cumulative] = Counted(
                time=time,
                occurrences=occurrences,
                previous_time=before,
                message=min(o.message for o in same),
                suspect=occurrences > max(1000, pace)
                or time - min(since, identity[0]) > timedelta(days=400),
            )
            below, before = cumulative, time
    return result


def attributes(observations: Iterable[Observation]) -> dict[Identity, tuple[object, ...]]:
    """Return (workload_kind, workload, host, labels) of every event, merged."""
    seen: dict[Identity, list[Observation]] = defaultdict(list)
    for one in observations:
        seen[(one.birth, one.cluster, one.namespace, one.name)].append(one)
    result = {}
    for identity, same in seen.items():
        best = min(same, key=lambda o: (WORKLOAD_RANK[o.workload_by], o.workload_kind, o.workload))
        result[identity] = (
            best.workload_kind,
            best.workload,
            min((o.host for o in same if o.host), default=None),
            min((o.labels for o in same if o.labels), default=None),
        )
    return result

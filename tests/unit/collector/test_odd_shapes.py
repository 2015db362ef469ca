"""The shapes that break naive parsers, one small example each."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.errors import InputError
from collector.files import EventReader, Ignored, Item, Observed, Rejected
from collector.observation import Observation

RECEIVED = datetime(2026, 1, 10, 12, tzinfo=UTC)
AT = datetime(2026, 1, 10, 10, tzinfo=UTC)
BARE: dict[str, Any] = {
    "metadata": {"name": "web-0.1889555e5fe52000", "namespace": "shop"},
    "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-0"},
    "reason": "BackOff",
    "message": "Back-off",
    "type": "Warning",
    "firstTimestamp": "2026-01-10T10:00:00Z",
    "lastTimestamp": "2026-01-10T11:00:00Z",
    "count": 4,
}
TIMELESS = {"firstTimestamp": None, "lastTimestamp": None, "eventTime": None, "count": None}


def read(text: str) -> list[Item]:
    """Read a file."""
    stream = io.BytesIO(text.encode())
    return list(EventReader("x", stream, cluster="c", received=RECEIVED))


def seen(**fields: object) -> Observation:
    """Read the event with other fields."""
    [item] = read(json.dumps(BARE | fields))
    assert isinstance(item, Observed)
    return item.observation


def refused(value: object) -> str:
    """Return why a value is refused."""
    [item] = read(json.dumps(value))
    assert isinstance(item, Rejected)
    return item.rejection.reason


def test_1_all_times_are_null() -> None:
    """The creation is the birth; the time is in the event's name."""
    name = f"api.{int(AT.timestamp()) * 10**9:x}"
    metadata = {"name": name, "creationTimestamp": "2026-01-10T10:30:00Z"}
    one = seen(**TIMELESS, metadata=metadata)
    assert (one.birth, one.time, one.cumulative) == (AT.replace(minute=30), AT, 1)
    bare = seen(**TIMELESS, metadata=metadata | {"name": "bootstrap-finished"})
    assert bare.birth == bare.time == AT.replace(minute=30)


def test_2_only_the_event_time_is_set() -> None:
    """It is birth and time; a series says when it was last observed."""
    fields = TIMELESS | {"eventTime": "2026-01-10T10:00:00.000001Z"}
    assert seen(**fields).birth == seen(**fields).time == AT.replace(microsecond=1)
    series = {"count": 1, "lastObservedTime": "2026-01-10T11:00:00.000000Z"}
    assert seen(**fields, series=series).time == AT.replace(hour=11)


def test_3_a_series_of_one_has_been_seen_twice() -> None:
    """Old clients began to count behind the first repetition."""
    assert seen(count=None, series={"count": 1}).cumulative == 2


def test_4_counts_are_cumulative() -> None:
    """Two copies with the counts 1 and 4 are two sightings of one event."""
    first, second = seen(count=1), seen()
    assert (first.birth, first.name) == (second.birth, second.name)
    assert (first.cumulative, second.cumulative) == (1, 4)


@pytest.mark.parametrize("involved", [{}, {"namespace": "shop"}, {"kind": "Lease"}, None])
def test_5_objects_that_say_little(involved: object) -> None:
    """Without the object's name, the event's name has it."""
    assert seen(involvedObject=involved).object == "web-0"


def test_6_node_events() -> None:
    """Uids are no part of the identity, and a node is its own workload."""
    node = {"kind": "Node", "name": "node-1", "uid": "node-1"}
    one = seen(involvedObject=node, metadata={"name": "node-1.1", "namespace": "default"})
    assert one == seen(
        involvedObject=node | {"uid": "x"}, metadata={"name": "node-1.1", "namespace": "default"}
    )
    assert (one.workload_kind, one.workload, one.object_namespace) == ("Node", "node-1", "")


def test_7_no_reason_no_type_no_message() -> None:
    """They are kept as absent; odd reasons as they are."""
    one = seen(reason=None, type=None, message="")
    assert (one.reason, one.type, one.message, one.counting) == ("", "", "", "exact")
    assert seen(reason="Status upgrade").reason == "Status upgrade"


def test_8_combined_events() -> None:
    """The newest message stands with its prefix; the count is what it says."""
    assert seen(message="(combined from similar events): x").cumulative == 4


def test_9_messages_of_any_kind() -> None:
    """Lines, length, blanks and other characters stay."""
    message = " a\n" + "x" * 9927 + "\u00a0\t"
    assert seen(message=message).message == message


def test_10_exporters_add_labels() -> None:
    """Labels of the object are kept, annotations are not."""
    involved = BARE["involvedObject"] | {"labels": {"app": "web"}, "annotations": {"a": "b"}}
    assert seen(involvedObject=involved).labels == '{"app":"web"}'


@pytest.mark.parametrize(
    "container",
    [
        [BARE],
        {"kind": "List", "items": [BARE]},
        {"type": "MODIFIED", "object": BARE},
        {"object": BARE, "type": "MODIFIED", "timestamp": 1},
        {"event": BARE, "old_event": None},
        {"specversion": "1.0", "type": "dev.knative.apiserver.resource.update", "data": BARE},
    ],
)
def test_11_containers(container: object) -> None:
    """Items may lack kind and apiVersion; cluster-info dump has logs between its documents."""
    dump = f"{json.dumps(container)}\n==== START logs for a ====\n[x]\n==== END logs for a ====\n"
    [item] = read(dump)
    assert item == Observed(seen())


def test_12_reduced_and_renamed() -> None:
    """Without name and object, or with renamed fields, there is no identity: said, not guessed."""
    insights = {
        "namespace": "shop", "lastTimestamp": "2026-01-10T12:00:00+02:00", "reason": "BackOff",
        "message": "x", "type": "Warning",
    }  # fmt: skip
    assert "no identity" in "".join(
        item.rejection.reason for item in read(json.dumps({"items": [insights]}))
        if isinstance(item, Rejected)
    )  # fmt: skip
    metricbeat = {"kubernetes": {"event": {"involved_object": {"name": "web-0"}}}}
    assert "Metricbeat" in refused(metricbeat)
    [reduced] = read(json.dumps(insights | {"name": "web-0"}))
    assert isinstance(reduced, Observed)
    assert (reduced.observation.counting, reduced.observation.birth) == ("approximate", AT)


def test_13_audit_logs_are_refused() -> None:
    """They are EventLists too, of another API."""
    audit = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [{"auditID": "x"}]}
    with pytest.raises(InputError, match="audit"):
        read(json.dumps(audit))


def test_14_webhook_bodies_of_kube_eventer() -> None:
    """Their default body names neither object nor namespace: nothing to count by."""
    body = {
        "EventType": "Warning", "EventKind": "Pod", "EventReason": "BackOff",
        "EventTime": "2026-01-10 10:00:00 +0800 CST", "EventMessage": "x",
    }  # fmt: skip
    assert refused(body) == "the record has no field of an event"


def test_15_tables() -> None:
    """A row's count is what it says; an age that says nothing is said."""
    table = "5m1s (x3397 over 17h)   Warning   BackOff   pod/web-0   x\n"
    row, timeless = read(table + "<unknown>   Normal   Pulled   pod/web-0   y\n")
    assert isinstance(row, Observed)
    assert (row.observation.cumulative, row.observation.counting) == (3397, "approximate")
    assert isinstance(timeless, Rejected)
    assert "<unknown>" in timeless.rejection.reason


def test_16_a_reason_is_no_key() -> None:
    """The same reason of two types and components keeps both."""
    found = [seen(type="Normal", source={"component": "karpenter"}), seen()]
    assert [(one.type, one.component) for one in found] == [
        ("Normal", "karpenter"),
        ("Warning", ""),
    ]


def test_17_a_dump_holds_what_is_left() -> None:
    """An event that began long before is kept from its birth on."""
    assert seen(firstTimestamp="2026-01-01T00:00:00Z").birth == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.shared_data
def test_real_odd_shapes(shared_data: Path) -> None:
    """All of them are exact observations."""
    lines = (shared_data / "odd_shapes.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line)["event"] for line in lines]
    items = read("\n".join(json.dumps(event) for event in events))
    outcome = Counter(
        item.observation.counting if isinstance(item, Observed) else type(item) for item in items
    )
    assert outcome == {"exact": len(events)}
    assert Ignored not in outcome

"""Events in all their shapes."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.approximate import approximate_name
from collector.errors import Unreadable
from collector.normalize import normalize
from collector.observation import Observation

RECEIVED = datetime(2026, 1, 10, 12, tzinfo=UTC)
CORE: dict[str, object] = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {
        "name": "web-7d9f8b6c5-x2x4z.18ea6d9320c050da",
        "namespace": "shop",
        "uid": "8a1c7c0e-1111-4222-8333-123456789abc",
        "creationTimestamp": "2026-01-10T10:00:01Z",
    },
    "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-7d9f8b6c5-x2x4z"},
    "reason": "BackOff",
    "message": "Back-off restarting failed container",
    "source": {"component": "kubelet", "host": "node-1"},
    "firstTimestamp": "2026-01-10T10:00:00Z",
    "lastTimestamp": "2026-01-10T11:00:00Z",
    "count": 7,
    "type": "Warning",
    "eventTime": None,
    "reportingComponent": "kubelet",
    "reportingInstance": "node-1",
}
ABSENT = object()


def read(raw: dict[str, object]) -> Observation:
    """Normalize with the test's cluster and clock."""
    return normalize(raw, cluster="prod", received=RECEIVED, source="file")


def changed(**fields: object) -> dict[str, object]:
    """Return the plain event with other fields; ABSENT takes one away."""
    raw = deepcopy(CORE) | fields
    return {key: value for key, value in raw.items() if value is not ABSENT}


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a time of the day of the tests."""
    return datetime(2026, 1, 10, hour, minute, second, tzinfo=UTC)


def test_core_event() -> None:
    """Every field of a plain event lands in its place."""
    seen = read(CORE)
    assert (seen.cluster, seen.namespace) == ("prod", "shop")
    assert seen.name == "web-7d9f8b6c5-x2x4z.18ea6d9320c050da"
    assert (seen.birth, seen.time, seen.received) == (at(10), at(11), RECEIVED)
    assert (seen.cumulative, seen.source, seen.counting) == (7, "file", "exact")
    assert (seen.type, seen.reason) == ("Warning", "BackOff")
    assert seen.message == "Back-off restarting failed container"
    assert (seen.kind, seen.object_namespace, seen.object) == ("Pod", "shop", "web-7d9f8b6c5-x2x4z")
    assert (seen.workload_kind, seen.workload, seen.workload_by) == ("Deployment", "web", "name")
    assert (seen.component, seen.host, seen.labels, seen.redaction) == ("kubelet", "node-1", "", 1)


@pytest.mark.parametrize("api_version", ["events.k8s.io/v1", "events.k8s.io/v1beta1"])
def test_both_api_groups_agree(api_version: str) -> None:
    """The same event read through events.k8s.io is the same observation."""
    raw = changed(
        apiVersion=api_version,
        regarding=CORE["involvedObject"],
        note=CORE["message"],
        deprecatedSource=CORE["source"],
        deprecatedFirstTimestamp=CORE["firstTimestamp"],
        deprecatedLastTimestamp=CORE["lastTimestamp"],
        deprecatedCount=CORE["count"],
        reportingController="kubelet",
        **dict.fromkeys(
            ["involvedObject", "message", "source", "firstTimestamp", "lastTimestamp", "count"],
            ABSENT,
        ),
        reportingComponent=ABSENT,
    )
    assert read(raw) == read(CORE)


def test_new_style_event_without_a_series() -> None:
    """The scheduler's events have only eventTime and no count."""
    raw = changed(
        eventTime="2026-01-10T10:00:00.123456Z",
        firstTimestamp=None,
        lastTimestamp=None,
        count=ABSENT,
        source={},
        reportingComponent="default-scheduler",
        reportingInstance="default-scheduler-vm",
    )
    seen = read(raw)
    assert seen.birth == seen.time == at(10).replace(microsecond=123_456)
    assert (seen.cumulative, seen.component, seen.host) == (1, "default-scheduler", "")


@pytest.mark.parametrize(
    ("fields", "cumulative"),
    [
        ({"count": 7}, 7),
        ({"count": "3"}, 3),
        ({"count": 4.0}, 4),
        ({"count": 4.5}, 1),
        ({"count": None}, 1),
        ({"count": ABSENT}, 1),
        ({"count": True}, 1),
        ({"count": -5}, 1),
        ({"count": 0}, 1),
        ({"count": "-3"}, 1),
        ({"count": "three"}, 1),
        ({"count": "9" * 5000}, 1),
        ({"count": []}, 1),
        ({"count": float("nan")}, 1),
        ({"count": float("inf")}, 1),
        ({"count": 2**31 - 1}, 2**31 - 1),
        ({"count": 10**30}, 2**62),
        ({"count": 7, "series": {}}, 7),
        ({"count": ABSENT, "series": {"count": 1}}, 2),
        ({"count": ABSENT, "series": {}}, 2),
        ({"count": ABSENT, "series": {"count": 9}}, 9),
        ({"count": 3, "series": {"count": 2}}, 3),
        ({"count": 3, "series": None}, 3),
    ],
)
def test_cumulative(fields: dict[str, object], cumulative: int) -> None:
    """It is the greatest of 1, count, series.count and 2 for a series; nonsense is no count."""
    assert read(changed(**fields)).cumulative == cumulative


# (series.lastObservedTime, lastTimestamp, eventTime, firstTimestamp, creationTimestamp)
@pytest.mark.parametrize(
    ("hours", "birth", "time"),
    [
        ((5, 4, 3, 2, 1), 3, 5),
        ((None, 4, 3, 2, 1), 3, 4),
        ((None, None, 3, 2, 1), 3, 3),
        ((None, None, None, 2, 1), 2, 2),
        ((None, None, None, None, 1), 1, 1),
        ((5, None, None, None, 1), 1, 5),
    ],
)
def test_order_of_times(hours: tuple[int | None, ...], birth: int, time: int) -> None:
    """Each time stands in for the next one that is absent; year 1 is absent."""
    series, last, event, first, created = (
        "0001-01-01T00:00:00Z" if hour is None else f"2026-01-10T0{hour}:00:00Z" for hour in hours
    )
    raw = changed(
        series={"lastObservedTime": series},
        lastTimestamp=last,
        eventTime=event,
        firstTimestamp=first,
        metadata={"name": "no-time-in-here", "creationTimestamp": created},
    )
    assert (read(raw).birth, read(raw).time) == (at(birth), at(time))


def test_time_in_the_name() -> None:
    """The name's nanoseconds come before creationTimestamp, and are the birth only without it."""
    metadata = {"name": "api.1697c16e501a4ae4", "creationTimestamp": "2021-08-03T09:30:00Z"}
    bare = changed(metadata=metadata, firstTimestamp=None, lastTimestamp=None)
    assert read(bare).birth == datetime(2021, 8, 3, 9, 30, tzinfo=UTC)
    assert read(bare).time.replace(microsecond=0) == datetime(2021, 8, 3, 9, 21, 9, tzinfo=UTC)
    del metadata["creationTimestamp"]
    assert read(bare).birth == read(bare).time == read(bare).birth


def test_objects_that_say_little() -> None:
    """Without a name of the object the event's name has it; namespaces stand in for each other."""
    bare = changed(involvedObject={}, metadata={"name": "node-1.1697c16e501a4ae4"})
    assert (read(bare).object, read(bare).kind, read(bare).namespace) == ("node-1", "", "")
    lease = changed(
        involvedObject={"kind": "Lease", "namespace": "kube-system"},
        metadata={"name": ".1697c16e501a4ae4"},
    )
    assert (read(lease).object, read(lease).namespace) == ("", "kube-system")
    null = changed(involvedObject=None, source=None, series=None, reason=None, type=None)
    assert (read(null).object, read(null).component) == ("web-7d9f8b6c5-x2x4z", "kubelet")
    node = changed(involvedObject={"kind": "Node", "name": "node-1", "uid": "node-1"}, source={})
    assert (read(node).workload_kind, read(node).workload) == ("Node", "node-1")
    assert (read(node).workload_by, read(node).host) == ("object", "node-1")


def test_labels() -> None:
    """The labels of event and object are one JSON object with sorted keys."""
    raw = changed(
        metadata={"name": "x.1697c16e501a4ae4", "labels": {"b": "1", "n": 5}},
        involvedObject={"kind": "Pod", "name": "web-0", "labels": {"app": "wéb", "b": "2"}},
    )
    assert read(raw).labels == '{"app":"wéb","b":"2"}'
    assert read(changed(metadata={"name": "x.1697c16e501a4ae4", "labels": {}})).labels == ""


def test_owner_references_and_nodes() -> None:
    """What an exporter adds to the object, and known nodes, are better than the name."""
    owners = [{"kind": "StrimziPodSet", "name": "kafka", "controller": True}, "junk"]
    owned = changed(involvedObject={"kind": "Pod", "name": "a-0", "ownerReferences": owners})
    assert (read(owned).workload_kind, read(owned).workload_by) == (
        "StrimziPodSet", "ownerReferences",
    )  # fmt: skip
    static = changed(involvedObject={"kind": "Pod", "name": "etcd-node-1"})
    seen = normalize(
        static, cluster="", received=RECEIVED, source="watch", nodes=frozenset({"node-1"})
    )
    assert (seen.workload_kind, seen.workload, seen.workload_by) == ("Node", "node-1", "nodes")


def test_texts_are_cleaned() -> None:
    """NUL, lone surrogates and secrets never get further, whatever the field."""
    seen = read(changed(reason="a\x00b", message="password=hunter2", type="\ud800"))
    assert (seen.reason, seen.message, seen.type) == ("a\ufffdb", "password=[REDACTED]", "\ufffd")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"kind": "Pod", "metadata": {"name": "x"}}, "is a Pod, not an Event"),
        ({}, "has no field of an event"),
        ({"a": 1}, "has no field of an event"),
        (changed(metadata=None, reason=None), "no identity"),
        (changed(metadata={"name": 5}, involvedObject={}), "no identity"),
        (changed(metadata=None, firstTimestamp=None, lastTimestamp=None), "has no time"),
        (changed(metadata={"name": "x"}, firstTimestamp="?", lastTimestamp=""), "has no time"),
        ({"kubernetes": {"event": {"involved_object": {}}}}, "Metricbeat"),
    ],
)
def test_unreadable(raw: dict[str, object], reason: str) -> None:
    """What has no identity, no time or is something else says so in one phrase."""
    with pytest.raises(Unreadable, match=reason):
        read(raw)


@pytest.mark.parametrize(
    "fields",
    [
        {"metadata": None},
        {"metadata": {"namespace": "shop"}, "count": ABSENT},
        {"metadata": {"name": "x", "namespace": "shop"}, "firstTimestamp": None},
    ],
)
def test_reduced_events_are_approximate(fields: dict[str, object]) -> None:
    """Without a name or a birth of its own, an event is known by what it says of which object."""
    seen = read(changed(**fields))
    assert (seen.counting, seen.namespace, seen.object) == (
        "approximate",
        "shop",
        "web-7d9f8b6c5-x2x4z",
    )
    assert seen.name == approximate_name(
        "shop", "Pod", "web-7d9f8b6c5-x2x4z", "BackOff", "Back-off restarting failed container"
    )
    assert seen.birth == at(11 if "firstTimestamp" in fields else 10)
    assert seen.time == at(11)


def test_what_log_shippers_add_does_not_matter() -> None:
    """They put a member of their own beside those of the event."""
    assert read(changed(kubernetes={"pod_name": "eventrouter"})) == read(CORE)


def test_flat_events() -> None:
    """A reduced event may name its object and namespace at its top."""
    flat: dict[str, object] = {
        "name": "web-0", "namespace": "shop", "reason": "BackOff",
        "lastTimestamp": "2026-01-10T10:00:00+02:00",
    }  # fmt: skip
    seen = read(flat)
    assert (seen.object, seen.namespace, seen.counting) == ("web-0", "shop", "approximate")
    assert seen.birth == seen.time == at(8)


def test_the_host_of_an_event_names_a_static_pod() -> None:
    """A pod whose name ends in the node that reports of it is a static pod of that node."""
    raw = changed(involvedObject={"kind": "Pod", "namespace": "shop", "name": "etcd-node-1"})
    seen = read(raw)
    assert (seen.workload_kind, seen.workload, seen.workload_by) == ("Node", "node-1", "nodes")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2)
    ),
    max_leaves=4,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*CORE, "series", "regarding", "note"]), JUNK))
def test_wrong_types_never_raise(fields: dict[str, object]) -> None:
    """Whatever a field holds, the event is an observation or Unreadable."""
    try:
        seen = read(changed(**fields))
    except Unreadable:
        return
    assert 1 <= seen.cumulative <= 2**62
    assert seen.birth.tzinfo is UTC
    assert seen.time.tzinfo is UTC


@pytest.mark.shared_data
def test_real_events(shared_data: Path) -> None:
    """All 11,151 real events and all odd shapes are observations."""
    lines = [
        line
        for path in sorted((shared_data / "events").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    odd = (shared_data / "odd_shapes.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines] + [json.loads(line)["event"] for line in odd]
    assert len([read(event) for event in events]) == len(lines) + len(odd)


def test_labels_are_secrets_because_of_their_keys() -> None:
    """Key and value are looked at together; the labels stay one JSON object."""
    labels = {"password": "hunter2x9", "db-token": "s3cr3tv4lue", "app": 'a"b'}
    raw = changed(metadata={"name": "x.1697c16e501a4ae4", "labels": labels})
    assert json.loads(read(raw).labels) == {
        "password": "[REDACTED]", "db-token": "[REDACTED]", "app": 'a"b',
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "workload"),
    [("a\ud800b\0", "a\ufffdb\ufffd"), ("AKIAIOSFODNN7EXAMPLE", "[REDACTED]")],
)
def test_owner_references_are_cleaned(name: str, workload: str) -> None:
    """What PostgreSQL refuses, and secrets, are in no workload either."""
    owners = [{"kind": "PodSet", "name": name, "controller": True}]
    raw = changed(involvedObject={"kind": "Pod", "name": "a-0", "ownerReferences": owners})
    assert read(raw).workload == workload


def test_a_message_is_cut_where_no_component_writes_as_much() -> None:
    """A tenant may write a megabyte; 16,384 characters of it are kept."""
    assert read(changed(message="é" * 1_000_000)).message == "é" * 16_384
    assert read(changed(message="x" * 16_384)).message == "x" * 16_384

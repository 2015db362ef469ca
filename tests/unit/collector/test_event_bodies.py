"""Senders of Event objects, plain, framed, listed and by layout, tell what a watch would."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime

import pytest

from collector.bodies import KNOWN, Receipt, Route, Templates, read_body
from collector.normalize import normalize
from collector.observation import Observation, Rejection

RECEIVED = datetime(2026, 11, 28, 9, tzinfo=UTC)
RECEIPT = Receipt("0001", RECEIVED, "lab", "10.0.0.1")
EXPORTER: dict[str, object] = {
    "metadata": {
        "name": "web-1.17aa", "namespace": "rc", "uid": "u1", "resourceVersion": "1234",
        "creationTimestamp": "2026-01-02T03:04:05Z",
    },
    "reason": "BackOff", "message": "Back-off …\n<b>&", "source": {
        "component": "kubelet", "host": "node-1",
    },
    "firstTimestamp": "2026-01-02T03:04:05Z", "lastTimestamp": "2026-01-02T03:05:05Z", "count": 3,
    "type": "Warning", "eventTime": None, "reportingComponent": "kubelet",
    "reportingInstance": "node-1", "clusterName": "prod",
    "involvedObject": {
        "kind": "Pod", "namespace": "rc", "name": "web-1", "uid": "p1", "apiVersion": "v1",
        "resourceVersion": "5", "fieldPath": "spec.containers{c}", "labels": {"app": "web"},
        "annotations": {"a.b/c": "d"},
        "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "shop-6bc87c6f9d", "uid": "r1",
             "controller": True, "blockOwnerDeletion": True},
        ],
        "deleted": False,
    },
}  # fmt: skip
SCHEDULED: dict[str, object] = {
    **EXPORTER, "firstTimestamp": None, "lastTimestamp": None,
    "eventTime": "2026-01-02T03:06:07.123456Z",
    "series": {"count": 7, "lastObservedTime": "2026-01-02T03:16:07.123456Z"},
}  # fmt: skip
NEW: dict[str, object] = {
    "kind": "Event", "apiVersion": "events.k8s.io/v1",
    "metadata": {"name": "web-0.18ea6d9320c050da", "namespace": "shop"},
    "eventTime": "2026-01-10T10:00:00.123456Z", "reportingController": "default-scheduler",
    "reason": "FailedScheduling", "note": "0/3 nodes are available", "type": "Warning",
    "regarding": {"kind": "Pod", "namespace": "shop", "name": "web-0"},
}  # fmt: skip
ROUTER: dict[str, object] = {
    "verb": "UPDATED", "event": {**EXPORTER, "count": 4, "lastTimestamp": "2026-01-02T03:06:05Z"},
    "old_event": EXPORTER,
}  # fmt: skip
NESTED: dict[str, object] = {"specversion": "1.0", "type": "dev.event", "data": EXPORTER}
LAYOUT = {
    "name": "eventName", "namespace": "ns", "event_time": "when.event", "first": "when.first",
    "last": "when.last", "count": "count", "reason": "reason", "message": "details.message",
    "kind": "kind", "object": "object", "type": "type",
}  # fmt: skip
LAID_OUT = {
    "eventName": "web-1.17aa", "ns": "rc", "when": {
        "event": "", "first": "2026-01-02T03:04:05Z", "last": "2026-01-02 03:05:05 +0000 UTC",
    },
    "count": "3", "reason": "BackOff", "details": {"message": "Back-off"}, "kind": "Pod",
    "object": "web-1", "type": "Warning", "nothing": None,
}  # fmt: skip


def rows(
    body: object, route: Route | None = None, templates: Templates = KNOWN
) -> list[Observation]:
    """Return the rows of a body without rejections."""
    text = body if isinstance(body, str) else json.dumps(body)
    receipt = RECEIPT if route is None else Receipt("0001", RECEIVED, "lab", "10.0.0.1", route)
    found = read_body(text.encode(), receipt, templates)
    observed = [one for one in found if isinstance(one, Observation)]
    assert observed == found
    return observed


def watched(event: dict[str, object], cluster: str = "lab") -> Observation:
    """Return what a watch would make of the event, but for where it came from."""
    return normalize(event, cluster=cluster, received=RECEIVED, source="webhook")


def test_kubernetes_event_exporter_is_exact_and_names_the_workload() -> None:
    """With ownerReferences of the object; series and eventTime as in a watch; older versions."""
    [row] = rows(EXPORTER)
    assert row == watched(EXPORTER)
    assert (row.counting, row.cumulative, row.name) == ("exact", 3, "web-1.17aa")
    assert (row.workload_kind, row.workload) == ("Deployment", "shop")
    assert (row.workload_by, row.labels) == ("ownerReferences", '{"app":"web"}')
    [row] = rows(SCHEDULED)
    assert (row.cumulative, row.birth.microsecond, row.time.minute) == (7, 123456, 16)
    old = deepcopy(EXPORTER)
    del old["clusterName"]
    assert rows({**old, "metadata": {**EXPORTER["metadata"], "selfLink": "/x"}}) == rows(EXPORTER)  # type: ignore[dict-item]


def test_the_cluster_is_the_receivers_unless_the_route_trusts_the_sender() -> None:
    """An empty name is none."""
    trusting = Route(names_cluster=True)
    nameless = {**EXPORTER, "clusterName": ""}
    assert [row.cluster for row in rows(EXPORTER)] == ["lab"]
    assert [row.cluster for row in rows(EXPORTER, trusting)] == ["prod"]
    assert [row.cluster for row in rows(nameless, trusting)] == ["lab"]
    lines = "\n".join(json.dumps({"Event": nameless, "cluster": name}) for name in ("a", "", "b"))
    assert [row.cluster for row in rows(lines, trusting)] == ["a", "lab", "b"]


def frame(text: str) -> str:
    """Return a frame of RFC 5424 as eventrouter writes it."""
    message = f"<14>1 2026-01-02T03:06:07Z host eventrouter 1 - - {text}"
    return f"{len(message)} {message}"


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (EXPORTER, [EXPORTER]),
        ([EXPORTER, NEW], [EXPORTER, NEW]),
        ({"kind": "EventList", "items": [EXPORTER, NEW]}, [EXPORTER, NEW]),
        ({"type": "MODIFIED", "object": NEW}, [NEW]),
        ("".join(json.dumps({"Event": e, "cluster": "x"}) + "\n" for e in (EXPORTER, SCHEDULED)),
         [EXPORTER, SCHEDULED]),
        (ROUTER, [EXPORTER, ROUTER["event"]]),
        (frame(json.dumps(ROUTER)) + frame(json.dumps(NEW)), [EXPORTER, ROUTER["event"], NEW]),
        (NESTED, [EXPORTER]),
        ([NESTED, {**NESTED, "data": json.dumps(NEW)}], [EXPORTER, NEW]),
        (f"\ufeff \n{json.dumps(NEW)}", [NEW]),
    ],
)  # fmt: skip
def test_frames_and_lists_hold_what_a_watch_would_tell(
    body: object, events: list[dict[str, object]]
) -> None:
    """Of both API groups."""
    key = lambda row: (row.namespace, row.name, row.cumulative)  # noqa: E731
    assert sorted(rows(body), key=key) == sorted(map(watched, events), key=key)


def test_frames_without_an_event_are_no_rejections() -> None:
    """A bookmark tells nothing."""
    assert rows({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "1"}}}) == []


def test_what_can_be_read_of_a_body_is_and_the_whole_body_is_kept() -> None:
    """A broken line among good ones."""
    lines = [json.dumps({"Event": EXPORTER}), '{"Event": {"metadata"', json.dumps({"Event": NEW})]
    *good, bad = read_body("\n".join(lines).encode(), RECEIPT)
    assert good == [watched(EXPORTER), watched(NEW)]
    assert isinstance(bad, Rejection)
    assert bad.reason.startswith("the body is not valid JSON")
    assert bad.raw == "\n".join(lines)

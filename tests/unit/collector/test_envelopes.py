"""What events arrive in."""

from __future__ import annotations

import base64
import json

import pytest

from collector.envelopes import Ignored, events_in
from collector.errors import InputError

EVENT = {"kind": "Event", "apiVersion": "v1", "metadata": {"name": "x"}, "reason": "BackOff"}
POD = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-0"}}


@pytest.mark.parametrize("frame_type", ["ADDED", "MODIFIED", "DELETED"])
def test_watch_frame(frame_type: str) -> None:
    """Each frame holds one observation, also the one that says DELETED."""
    assert list(events_in({"type": frame_type, "object": EVENT})) == [EVENT]


def test_frames_without_events() -> None:
    """Bookmarks and errors are counted as ignored."""
    bookmark = {"type": "BOOKMARK", "object": {"kind": "Event", "metadata": {}}}
    error = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}
    assert list(events_in(bookmark)) == [Ignored("a BOOKMARK frame")]
    assert list(events_in(error)) == [Ignored("an ERROR frame")]
    assert list(events_in({"type": "BOOKMARK", "object": None})) == [Ignored("a BOOKMARK frame")]


@pytest.mark.parametrize(
    "frame",
    [
        {"verb": "ADDED", "event": EVENT, "old_event": None},
        {"Event": EVENT, "cluster": "prod"},
        {"specversion": "1.0", "data": json.dumps(EVENT)},
        {
            "specversion": "1.0",
            "data_base64": base64.b64encode(json.dumps(EVENT).encode()).decode(),
        },
        {"specversion": "1.0", "type": "dev.knative.apiserver.resource.add", "data": EVENT},
        {"type": "ADDED", "timestamp": 1, "object": {"kind": "List", "items": [EVENT]}},
    ],
)
def test_frames_of_exporters(frame: dict[str, object]) -> None:
    """eventrouter, kube-events, CloudEvents and Sumo Logic wrap it under other names."""
    assert list(events_in(frame)) == [EVENT]


def test_the_copy_before_an_update_is_one_more_observation() -> None:
    """Both eventrouter and New Relic send it; the older one comes first."""
    older = EVENT | {"count": 1}
    assert list(events_in({"verb": "UPDATED", "event": EVENT, "old_event": older})) == [
        older,
        EVENT,
    ]


def test_cloud_events_that_hold_no_json() -> None:
    """Text, or base64 that is none, is handed on as it is, to be refused with its place."""
    assert list(events_in({"specversion": "1.0", "data": "{"})) == ["{"]
    assert list(events_in({"specversion": "1.0", "data_base64": "!"})) == [""]


def test_what_an_exporter_logs_about_itself_is_no_event() -> None:
    """A level and a message, but neither reason nor object."""
    [found] = events_in({"level": "info", "time": "now", "message": "Received SIGTERM"})
    assert isinstance(found, Ignored)
    assert found.is_foreign


def test_plain_event() -> None:
    """An event is no frame, though it has a type, and perhaps a member called object."""
    event = EVENT | {"type": "Warning", "object": {"a": 1}}
    assert list(events_in(event)) == [event]
    assert list(events_in("text")) == ["text"]


def test_nested_list_inherits() -> None:
    """Items come in order, and take kind and version from their list where they lack them."""
    bare = {"metadata": {"name": "a"}, "reason": "r"}
    found = list(events_in({"kind": "EventList", "apiVersion": "v1", "items": [bare, EVENT, 5]}))
    assert found == [bare | {"kind": "Event", "apiVersion": "v1"}, EVENT, 5]
    assert list(events_in(bare, list_kind="EventList")) == [bare | {"kind": "Event"}]
    assert list(events_in({"kind": "List", "items": []})) == []
    assert list(events_in({"kind": "EventList", "items": None})) == []


def test_other_kinds() -> None:
    """What says that it is something else is ignored under its name, also an empty list."""
    pod = Ignored("a Pod", is_foreign=True)
    assert list(events_in(POD)) == [pod]
    assert list(events_in({"metadata": {"name": "x"}}, list_kind="PodList")) == [pod]
    pods = Ignored("a PodList", is_foreign=True)
    assert list(events_in({"kind": "PodList", "items": []})) == [pods]
    status = {"kind": "Status", "message": "forbidden", "reason": "Forbidden"}
    assert list(events_in(status)) == [Ignored("a Status", is_foreign=True)]


@pytest.mark.parametrize(
    "audit",
    [
        {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [{"auditID": "x"}]},
        {"kind": "EventList", "apiVersion": "audit.k8s.io/v1beta1", "items": []},
        {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "stage": "ResponseComplete"},
        {"level": "Metadata", "auditID": "x", "stage": "ResponseComplete"},
    ],
)
def test_audit_log_is_refused(audit: dict[str, object]) -> None:
    """The API server's audit log also calls its entries Event; it is never imported empty."""
    with pytest.raises(InputError, match=r"audit log \(audit\.k8s\.io\), not cluster events"):
        list(events_in(audit))


def test_deep_frames() -> None:
    """Frames in frames end, however deep."""
    frame: dict[str, object] = dict(EVENT)
    for _ in range(5000):
        frame = {"type": "ADDED", "object": frame}
    assert list(events_in(frame)) == [EVENT]

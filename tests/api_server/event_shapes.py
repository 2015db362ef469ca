"""Events as the API server stores and shows them: two API groups, one object."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

Json = dict[str, Any]
Group = Literal["v1", "events.k8s.io/v1"]

# (core/v1, events.k8s.io/v1), in the order in which events.k8s.io/v1 writes them
_NAMES = (
    ("metadata", "metadata"),
    ("eventTime", "eventTime"),
    ("series", "series"),
    ("reportingComponent", "reportingController"),
    ("reportingInstance", "reportingInstance"),
    ("action", "action"),
    ("reason", "reason"),
    ("involvedObject", "regarding"),
    ("related", "related"),
    ("message", "note"),
    ("type", "type"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
)
_NULLABLE = ("eventTime", "firstTimestamp", "lastTimestamp")
_ALWAYS: dict[str, Any] = {
    "involvedObject": {},
    "source": {},
    "firstTimestamp": None,
    "lastTimestamp": None,
    "eventTime": None,
    "reportingComponent": "",
    "reportingInstance": "",
}
_CORE_ORDER = (
    *("metadata", "involvedObject", "reason", "message", "source", "firstTimestamp"),
    *("lastTimestamp", "count", "type", "eventTime", "series", "action", "related"),
    *("reportingComponent", "reportingInstance"),
)


def core_shape(event: Json) -> Json:
    """Return an event of either shape as core/v1 stores it: in order, with the empty fields."""
    if "regarding" in event or "note" in event:
        event = {core: event[new] for core, new in _NAMES if new in event}
    shown = {}
    for name in _CORE_ORDER:
        value = event.get(name, _ALWAYS.get(name))
        if name in _ALWAYS or value not in (None, "", 0):
            shown[name] = value
    return shown


def encode(value: object) -> bytes:
    """Return compact JSON, as the server writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@lru_cache(maxsize=8192)
def decode(item: bytes) -> Json:
    """Return a stored item as an object; it must not be changed."""
    value: Json = json.loads(item)
    return value


@lru_cache(maxsize=8192)
def events_item(item: bytes) -> bytes:
    """Return a stored item in the shape of events.k8s.io/v1."""
    event = decode(item)
    shown = {}
    for core, new in _NAMES:
        value = event.get(core)
        if core in _NULLABLE or value not in (None, "", 0):
            shown[new] = value
    return encode(shown)


def item_in(group: Group, item: bytes) -> bytes:
    """Return a stored item as a list of this API group shows it: without kind and version."""
    return item if group == "v1" else events_item(item)


def frame(group: Group, kind: str, item: bytes) -> bytes:
    """Return one line of a watch; only there the object says what it is."""
    head = f'{{"type":"{kind}","object":{{"kind":"Event","apiVersion":"{group}",'
    return head.encode() + item_in(group, item)[1:] + b"}\n"


def initial_events_end(group: Group, version: int) -> bytes:
    """Return the only bookmark that events ever get: the end of the initial ones."""
    annotations = {"k8s.io/initial-events-end": "true"}
    metadata = {"resourceVersion": str(version), "annotations": annotations}
    return frame(group, "BOOKMARK", encode(core_shape({"metadata": metadata})))


def pod_event(number: int = 1, count: int = 1, **over: Any) -> Json:
    """Return a made-up event of core/v1: number *number*, seen *count* times, a minute apart."""
    pod = f"web-{number}"
    seen = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=count)
    event = {
        "metadata": {"name": f"{pod}.18{number:014x}", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": pod, "apiVersion": "v1"},
        "reason": "BackOff",
        "message": "Back-off restarting failed container",
        "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": "2026-01-05T00:00:00Z",
        "lastTimestamp": seen.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "count": count,
        "type": "Warning",
    }
    return {**event, **over}

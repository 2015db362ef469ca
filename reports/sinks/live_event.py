"""One event as it is sent live, and the same as the value that a Go template is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import MappingProxyType

from reports.sinks.go_printing import GoTime, Struct

# fields of core/v1.Event that the store does not hold, so that they print nothing
NOT_STORED = frozenset(
    (
        *("UID", "ResourceVersion", "GenerateName", "SelfLink", "ClusterName", "Generation"),
        *("Annotations", "Action", "Related", "APIVersion", "ReportingInstance"),
        *(f"InvolvedObject.{name}" for name in ("UID", "APIVersion")),
        *("InvolvedObject.ResourceVersion", "InvolvedObject.FieldPath"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent:
    """What is known of one event when it is sent.

    Texts that nobody knows are ``""``, times None. Times are aware.
    """

    received: datetime  # by the collector
    cluster: str = ""
    workload_kind: str = ""
    workload: str = ""
    type: str = ""
    reason: str = ""
    message: str = ""
    kind: str = ""  # of the involved object
    object_namespace: str = ""
    object: str = ""  # name of the involved object
    namespace: str = ""  # of the event itself
    name: str = ""
    count: int = 1
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None
    creation_timestamp: datetime | None = None
    series_count: int = 0  # 0 for an event without a series
    series_time: datetime | None = None
    component: str = ""
    host: str = ""
    controller: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def go_event(
    event: LiveEvent, zone: tzinfo, *, message: str | None = None, fills_time: bool = True
) -> Struct:
    """Return the event as a Go template sees it.

    Parameters
    ----------
    event
        What is known.
    zone
        Of the times that are printed; in kube-eventer that of the pod.
    message
        Instead of that of the event.
    fills_time
        Whether a missing last time is the event time, else the time of receipt.
    """
    last = event.last_timestamp
    if last is None and fills_time:
        last = event.event_time or event.received

    def time(value: datetime | None) -> GoTime:
        return GoTime(value, zone)

    meta: dict[str, object] = {
        **dict.fromkeys(("GenerateName", "SelfLink", "UID", "ResourceVersion", "ClusterName"), ""),
        "Name": event.name,
        "Namespace": event.namespace,
        "Generation": 0,
        "CreationTimestamp": time(event.creation_timestamp),
        "Labels": event.labels,
        "Annotations": {},
    }
    type_meta: dict[str, object] = {"Kind": "", "APIVersion": ""}
    involved = {
        "Kind": event.kind,
        "Namespace": event.object_namespace,
        "Name": event.object,
        **dict.fromkeys(("UID", "APIVersion", "ResourceVersion", "FieldPath"), ""),
    }
    series = {"Count": event.series_count, "LastObservedTime": time(event.series_time)}
    fields: dict[str, object] = {
        **meta,
        **type_meta,
        "ObjectMeta": Struct("ObjectMeta", meta),
        "TypeMeta": Struct("TypeMeta", type_meta),
        "InvolvedObject": Struct("ObjectReference", involved),
        "Reason": event.reason,
        "Message": event.message if message is None else message,
        "Source": Struct("EventSource", {"Component": event.component, "Host": event.host}),
        "FirstTimestamp": time(event.first_timestamp),
        "LastTimestamp": time(last),
        "Count": event.count,
        "Type": event.type,
        "EventTime": time(event.event_time),
        "Series": Struct("EventSeries", series) if event.series_count else None,
        "Action": "",
        "Related": None,
        "ReportingController": event.controller,
        "ReportingInstance": "",
    }
    return Struct("Event", fields)

"""What a webhook body told of an event, as an observation: exact if it tells who the event is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from collector.errors import Unreadable
from collector.eventer_template import Told
from collector.go_values import go_map, go_series, go_time, is_clock_reading
from collector.normalize import LONGEST_MESSAGE_CHARACTERS, normalize
from collector.observation import Observation
from collector.redaction import RULES_VERSION, clean
from collector.workload import workload_of

LONGEST_TEXT_CHARACTERS = 1024

# without one of these an event has another identity, or another count, than in a watch
_IDENTITY = frozenset(
    ("Namespace", "Name", "EventTime", "FirstTimestamp", "LastTimestamp", "Count")
)
_COUNTS_SERIES = ("Series", "Series.Count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """What makes the rows of one request theirs alone, however often it is read."""

    number: str  # of the receipt
    cluster: str
    received: datetime

    def name(self, index: int) -> str:
        """Return the name that stands in for the event's own."""
        return f"request:{self.number}" + (f":{index}" if index else "")


def row_of(told: Told, paths: frozenset[str], keyed: Keyed, index: int = 0) -> Observation:
    """Return what the body told; *paths* are the fields that its template has.

    It is exact where the template has all that the identity and the count rest on.
    """
    if paths >= _IDENTITY and not paths.isdisjoint(_COUNTS_SERIES):
        observation = _exact(told, keyed)
        if observation is not None:
            return observation
    time = go_time(told.get("LastTimestamp", "")) or go_time(told.get("EventTime", ""))
    return request_row(
        {
            "type": told.get("Type", ""),
            "reason": told.get("Reason", ""),
            "message": told.get("Message", ""),
            "kind": told.get("InvolvedObject.Kind", ""),
            "namespace": told.get("InvolvedObject.Namespace", "") or told.get("Namespace", ""),
            "object": told.get("InvolvedObject.Name", "") or object_in(told.get("Name", "")),
            "component": told.get("Source.Component", "") or told.get("ReportingController", ""),
            "host": told.get("Source.Host", ""),
        },
        time or go_time(told.get("FirstTimestamp", "")),
        keyed,
        index,
    )


def request_row(
    texts: Mapping[str, str], time: datetime | None, keyed: Keyed, index: int = 0
) -> Observation:
    """Return one request as a row; without a time it was when it was received."""
    message = clean(texts.get("message", "")[:LONGEST_MESSAGE_CHARACTERS])
    short = {
        key: clean(text[:LONGEST_TEXT_CHARACTERS].strip())
        for key, text in texts.items()
        if key != "message"
    }
    kind, name, host = short.get("kind", ""), short.get("object", ""), short.get("host", "")
    namespace = short.get("namespace", "")
    workload_kind, workload, workload_by = workload_of(kind, name, host=host)
    return Observation(
        cluster=keyed.cluster,
        namespace=namespace,
        name=keyed.name(index),
        birth=time or keyed.received,
        cumulative=1,
        time=time or keyed.received,
        received=keyed.received,
        source="webhook",
        counting="requests",
        type=short.get("type", ""),
        reason=short.get("reason", ""),
        message=message,
        kind=kind,
        object_namespace=namespace,
        object=name,
        workload_kind=workload_kind,
        workload=workload,
        workload_by=workload_by,
        component=short.get("component", ""),
        host=host,
        redaction=RULES_VERSION,
    )


def as_request(observation: Observation, keyed: Keyed, index: int) -> Observation:
    """Return an observation without identity as the row of one request."""
    return replace(
        observation,
        name=keyed.name(index),
        birth=observation.time,
        cumulative=1,
        counting="requests",
    )


def event_row(raw: Mapping[str, object], keyed: Keyed, index: int) -> Observation:
    """Normalize an event; without a name or birth of its own it is one request.

    Raises
    ------
    Unreadable
        It is no event, or has neither identity nor time.
    """
    observation = normalize(raw, cluster=keyed.cluster, received=keyed.received, source="webhook")
    return observation if observation.counting == "exact" else as_request(observation, keyed, index)


def _exact(told: Told, keyed: Keyed) -> Observation | None:
    """Return the event that was rendered; None where its name or birth is missing after all."""
    count, repeated = told.get("Series.Count"), told.get("Series.LastObservedTime")
    if count is None and (printed := go_series(told.get("Series", ""))):
        count, repeated = printed
    last = told["LastTimestamp"]
    raw: dict[str, object] = {
        "kind": "Event",
        "metadata": {
            "namespace": told["Namespace"],
            "name": told["Name"],
            "creationTimestamp": told.get("CreationTimestamp"),
            "labels": go_map(told.get("Labels", "")),
        },
        "eventTime": told["EventTime"],
        "firstTimestamp": told["FirstTimestamp"],
        # the kube-eventer of today writes eventTime, or its own clock, where there is no last time
        "lastTimestamp": None if is_clock_reading(last) else last,
        "count": told["Count"],
        "series": {"count": count, "lastObservedTime": repeated} if count else None,
        "type": told.get("Type"),
        "reason": told.get("Reason"),
        "message": told.get("Message"),
        "involvedObject": {
            "kind": told.get("InvolvedObject.Kind"),
            "namespace": told.get("InvolvedObject.Namespace"),
            "name": told.get("InvolvedObject.Name"),
        },
        "source": {
            "component": told.get("Source.Component"),
            "host": told.get("Source.Host"),
        },
        "reportingComponent": told.get("ReportingController"),
        "reportingInstance": told.get("ReportingInstance"),
    }
    try:
        observation = normalize(
            raw, cluster=keyed.cluster, received=keyed.received, source="webhook"
        )
    except Unreadable:
        return None
    return observation if observation.counting == "exact" else None


def object_in(event_name: str) -> str:
    """Return the object that an event is named after."""
    return event_name.rpartition(".")[0] or event_name

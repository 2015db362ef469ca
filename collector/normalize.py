"""One Kubernetes event, in whichever of its shapes, as an observation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from collector.approximate import approximate_name
from collector.errors import Unreadable
from collector.observation import Observation, Source
from collector.redaction import MARK, RULES_VERSION, clean
from collector.timestamps import name_time, parse_time
from collector.workload import workload_of

_NOTHING: Mapping[str, object] = {}
_EVENT_FIELDS = ("reason", "message", "note", "involvedObject", "regarding")
COUNT_MAX = 2**62
_COUNT_DIGITS = 19
LONGEST_MESSAGE_CHARACTERS = 16_384


def normalize(
    raw: Mapping[str, object],
    *,
    cluster: str,
    received: datetime,
    source: Source,
    nodes: Set[str] = frozenset(),
) -> Observation:
    """Read a core/v1 or events.k8s.io event; raise Unreadable where it has no identity or time.

    An event without a name or birth of its own is counted as approximate.
    """
    get = raw.get
    metadata = _mapping(get("metadata"))
    involved = _mapping(get("involvedObject") or get("regarding"))
    origin = _mapping(get("source") or get("deprecatedSource"))
    name = _text(metadata.get("name"))
    _check_is_event(raw)
    kind = _text(involved.get("kind"))
    object_namespace = _text(involved.get("namespace"))
    object_name = _text(involved.get("name")) or name.rpartition(".")[0] or _text(get("name"))
    namespace = _text(metadata.get("namespace")) or object_namespace or _text(get("namespace"))
    reason = _text(get("reason"))
    message = _message(get("message")) or _message(get("note"))
    if not name and not (reason and object_name):
        raise Unreadable("has no metadata.name, nor an object and a reason, hence no identity")
    birth, time = _times(raw, metadata, name)
    is_exact = bool(name) and birth is not None
    if not is_exact:
        name = approximate_name(namespace, kind, object_name, reason, message)
    component = _text(
        origin.get("component") or get("reportingComponent") or get("reportingController")
    )
    host = _text(origin.get("host"))
    if not host and component == "kubelet":
        host = _text(get("reportingInstance"))
    workload_kind, workload, workload_by = workload_of(
        kind, object_name, owner_references=_owners(involved), nodes=nodes, host=host
    )
    return Observation(
        cluster=cluster,
        namespace=namespace,
        name=name,
        birth=birth or time,
        cumulative=_cumulative(raw),
        time=time,
        received=received,
        source=source,
        counting="exact" if is_exact else "approximate",
        type=_text(get("type")),
        reason=reason,
        message=message,
        kind=kind,
        object_namespace=object_namespace,
        object=object_name,
        workload_kind=workload_kind,
        workload=workload,
        workload_by=workload_by,
        component=component,
        host=host,
        labels=_labels(metadata, involved),
        redaction=RULES_VERSION,
    )


def _check_is_event(raw: Mapping[str, object]) -> None:
    kind = raw.get("kind")
    if "involved_object" in raw or "event" in _mapping(raw.get("kubernetes")):
        raise Unreadable("has other names for an event's fields, as Metricbeat writes them")
    if kind != "Event" and not any(raw.get(field) for field in _EVENT_FIELDS):
        found = clean(kind)[:64] if isinstance(kind, str) and kind else ""
        raise Unreadable(f"is a {found}, not an Event" if found else "has no field of an event")


def _times(
    raw: Mapping[str, object], metadata: Mapping[str, object], name: str
) -> tuple[datetime | None, datetime]:
    """Return when the event's life began, where that is known, and when it was last observed."""
    get = raw.get
    event_time = parse_time(get("eventTime"))
    first = parse_time(get("firstTimestamp") or get("deprecatedFirstTimestamp"))
    last = parse_time(get("lastTimestamp") or get("deprecatedLastTimestamp"))
    created = None
    birth = event_time or first
    if birth is None:
        created = parse_time(metadata.get("creationTimestamp"))
        birth = created or name_time(name)
    repeated = parse_time(_mapping(get("series")).get("lastObservedTime"))
    time = repeated or last or event_time or first or name_time(name) or created or birth
    if time is None:
        raise Unreadable("has no time: neither eventTime, firstTimestamp nor creationTimestamp")
    return birth, time


def _cumulative(raw: Mapping[str, object]) -> int:
    series = raw.get("series")
    count = _count(raw.get("count")) or _count(raw.get("deprecatedCount"))
    if isinstance(series, Mapping):  # a series has been seen twice, even where it says 1
        return max(2, count, _count(series.get("count")))
    return max(1, count)


def _count(value: object) -> int:
    """Read an integer, also as an integral float or as digits; 0 for whatever is no count."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, str):
        digits = value.strip()
        usable = digits.isascii() and digits.isdigit() and len(digits) <= _COUNT_DIGITS
        value = int(digits) if usable else 0
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else 0
    return min(max(value, 0), COUNT_MAX) if isinstance(value, int) else 0


def _labels(metadata: Mapping[str, object], involved: Mapping[str, object]) -> str:
    """Write the labels of the event and of its object as one canonical JSON object."""
    own, objects = metadata.get("labels"), involved.get("labels")
    if not own and not objects:
        return ""
    labels = {
        clean(key): _label(key, value)
        for key, value in {**_mapping(own), **_mapping(objects)}.items()
        if isinstance(value, str)
    }
    return _compact(labels) if labels else ""


def _label(key: str, value: str) -> str:
    """Clean the value of a label, which may be a secret because of its key."""
    key, value = clean(key), clean(value)
    pair = _compact({key: value})
    return value if clean(pair) == pair else MARK


def _compact(labels: Mapping[str, str]) -> str:
    return json.dumps(labels, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _owners(involved: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """Return the ownerReferences that some exporters add to the object."""
    references = involved.get("ownerReferences")
    if not isinstance(references, list):
        return ()
    return [
        {key: clean(value) if isinstance(value, str) else value for key, value in one.items()}
        for one in references
        if isinstance(one, Mapping)
    ]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else _NOTHING


def _message(value: object) -> str:
    """Clean a message and cut it: no component writes as much as 16,384 characters."""
    return _text(value[:LONGEST_MESSAGE_CHARACTERS] if isinstance(value, str) else value)


def _text(value: object) -> str:
    return clean(value) if isinstance(value, str) and value else ""

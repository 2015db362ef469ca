"""An event as msgspec decoded it -> the observation that `normalize` would make of it.

Texts come again and again, within an event and across events, so what is known of them is kept.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from msgspec import UNSET

from collector.frame_shapes import Event, Origin
from collector.normalize import COUNT_MAX
from collector.observation import Observation, Source, WorkloadBy
from collector.redaction import RULES_VERSION, clean
from collector.timestamps import parse_time
from collector.workload import workload_of

_About = tuple[str, str, str, str, str, WorkloadBy, str, str]
_NO_ORIGIN = Origin()


def observation_of(
    event: Event, cluster: str, received: datetime, source: Source
) -> Observation | None:
    """Return what `normalize` makes of the event; None where only it can tell."""
    involved = event.involved_object or event.regarding
    if involved is None or not involved.name or event.metricbeat is not UNSET:
        return None
    metadata = event.metadata
    name = metadata.name
    namespace = metadata.namespace or involved.namespace
    times = _times(event)
    if times is None or not name or not namespace:
        return None
    origin = event.source
    if origin is None:
        origin = event.deprecated_source or _NO_ORIGIN
    elif event.deprecated_source is not None:
        return None
    component = origin.component or event.reporting_component or event.reporting_controller
    host = origin.host
    if not host and component == "kubelet":
        host = event.reporting_instance
    namespace, name = _name(namespace, name)
    event_type, reason = _nature(event.type, event.reason)
    about = _about(involved.kind, involved.namespace, involved.name, component, host)
    kind, object_namespace, object_name, workload_kind, workload, found_by, component, host = about
    # by position: by keyword it would take eight times as long
    return Observation(
        cluster,
        namespace,
        name,
        times[0],
        _cumulative(event),
        times[1],
        received,
        source,
        "exact",
        event_type,
        reason,
        clean(event.message or event.note),
        kind,
        object_namespace,
        object_name,
        workload_kind,
        workload,
        found_by,
        component,
        host,
        "",
        RULES_VERSION,
    )


def _times(event: Event) -> tuple[datetime, datetime] | None:
    """Return when the event's life began and when it was last observed."""
    text = event.event_time
    birth = _read_time(text) if text else None
    if birth is None:
        text = event.first_timestamp or event.deprecated_first_timestamp
        birth = _read_time(text) if text else None
        if birth is None:
            return None
    series = event.series
    if series is not None and series.last_observed_time:
        time = _read_time(series.last_observed_time)
        if time is not None:
            return birth, time
    text = event.last_timestamp or event.deprecated_last_timestamp
    return birth, (_read_time(text) if text else None) or birth


def _cumulative(event: Event) -> int:
    count = event.count
    if count <= 0:
        count = event.deprecated_count
    series = event.series
    if series is not None:
        count = max(2, count, series.count)
    return min(count, COUNT_MAX) if count > 0 else 1


_read_time = lru_cache(maxsize=4096)(parse_time)


@lru_cache(maxsize=8192)
def _name(namespace: str, name: str) -> tuple[str, str]:
    return clean(namespace), clean(name)


@lru_cache(maxsize=1024)
def _nature(event_type: str, reason: str) -> tuple[str, str]:
    return clean(event_type), clean(reason)


@lru_cache(maxsize=8192)
def _about(kind: str, namespace: str, name: str, component: str, host: str) -> _About:
    """Return the object's kind, namespace and name, its workload, and who tells of it, cleaned."""
    kind, name, host = clean(kind), clean(name), clean(host)
    workload = workload_of(kind, name, host=host)
    return kind, clean(namespace), name, *workload, clean(component), host

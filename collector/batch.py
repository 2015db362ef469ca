"""A batch of observations, by event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from collector.copy_binary import event_key
from collector.observation import Observation

CLAIM_TOLERANCE = timedelta(minutes=5)  # a time further ahead of receipt is read as receipt

_attributes = attrgetter(
    "message",
    "host",
    "labels",
    "workload",
    "workload_kind",
    "workload_by",
    "object",
    "object_namespace",
    "kind",
    "component",
    "reason",
    "type",
    "counting",
    "redaction",
)
_cumulative = attrgetter("cumulative")
_Key = tuple[str, str, str, datetime | None]


class BatchEvent:
    """One event of a batch: its different sets of attributes, and every observation of it."""

    __slots__ = ("_attributes", "birth", "key", "message", "observations", "variants")

    def __init__(self, first: Observation) -> None:
        self._attributes = _attributes(first)
        self.birth = first.birth
        self.key = event_key(first)
        self.variants = {self._attributes: first}
        self.observations = [first]
        self.message = first.message  # the least one

    def add(self, one: Observation) -> None:
        """Take in another observation of the event."""
        self.observations.append(one)
        attributes = _attributes(one)
        if attributes != self._attributes and attributes not in self.variants:
            self.variants[attributes] = one
            self.message = min(self.message, one.message)

    def ascending(self) -> list[Observation]:
        """Return the observations by cumulative count."""
        if len(self.observations) == 1:
            return self.observations
        return sorted(self.observations, key=_cumulative)


def by_event(observations: Iterable[Observation]) -> list[BatchEvent]:
    """Return the events of a batch, the oldest first."""
    events: dict[_Key, BatchEvent] = {}
    for one in observations:
        # hashing a time costs as much as all else here; few events share a name
        key: _Key = (one.name, one.namespace, one.cluster, None)
        event = events.get(key)
        if event is not None and event.birth != one.birth:
            key = (one.name, one.namespace, one.cluster, one.birth)
            event = events.get(key)
        if event is None:
            events[key] = BatchEvent(one)
        else:
            event.add(one)
    return sorted(events.values(), key=attrgetter("birth"))


def not_before(observations: Sequence[Observation], horizon: datetime) -> Sequence[Observation]:
    """Return the observations whose time, as the store reads it, is *horizon* or later."""
    if all(one.time >= horizon and one.received >= horizon for one in observations):
        return observations
    return [one for one in observations if read_time(one.time, one.received) >= horizon]


def read_time(time: datetime, received: datetime) -> datetime:
    """Return a claimed time as the store reads it: as its receipt, where it is too far ahead."""
    return received if time - received > CLAIM_TOLERANCE else time

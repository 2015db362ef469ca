"""Bodies of senders that send Event objects: plain, in frames, in lists, in lines of a log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from collector.envelopes import Ignored, events_in
from collector.errors import InputError, Unreadable
from collector.observation import Observation
from collector.redaction import clean
from collector.request_rows import Keyed, event_row

MOST_BROKEN = 20
# an event is longer than this; what holds more records than that is no list of events
_FEWEST_RECORDS = 1000
_SHORTEST_EVENT_CHARACTERS = 256
_MOST_LABELS = 500
_LABEL_CHARACTERS = 1024
_MOST_OWNERS = 50
_CLUSTER_CHARACTERS = 253
_TOO_MANY = "the body holds more records than events can be in it"
# blanks, commas, and the header that eventrouter puts before each event (RFC 5424)
_BETWEEN = re.compile(r"[\s,\x1e\ufeff]*(?:(?:\d{1,9} )?<\d{1,3}>1 [^{\n]{0,1000})?")
_CARRIERS = (
    "involvedObject", "regarding", "metadata", "event", "Event", "object", "items", "data"
)  # fmt: skip
_DECODER = json.JSONDecoder(strict=False)

ReadOther = Callable[[Mapping[str, object], Keyed, int], Observation | None]


@dataclass(slots=True)
class Found:
    """What a body of Event objects held."""

    rows: list[Observation] = field(default_factory=list)
    problem: str = ""  # why a part of it is no row; "" where all of it was read
    ignored: int = 0  # frames that rightly hold no event

    def object_to(self, problem: str) -> None:
        """Note why something is no row; the first reason is the one that is told."""
        self.problem = self.problem or problem


def read_events(
    text: str, keyed: Keyed, *, names_cluster: bool, read_other: ReadOther, layout_first: bool
) -> Found:
    """Return every event of the body.

    *names_cluster*: the cluster that the sender names is the one to store.
    *read_other* is asked about objects that are no events, or first of all with *layout_first*.
    """
    found = Found()
    most = left = _FEWEST_RECORDS + len(text) // _SHORTEST_EVENT_CHARACTERS
    try:
        for value, named in _values(text, found, most, names_cluster=names_cluster):
            left -= 1
            if left < 0:
                found.problem = _TOO_MANY
                break
            own = replace(keyed, cluster=named) if named else keyed
            if layout_first and isinstance(value, Mapping):
                row = read_other(value, own, len(found.rows))
                if row is not None:
                    found.rows.append(row)
                    continue
            _read_value(value, own, read_other, found)
    except InputError as error:
        found.object_to(f"the body {error}")
    return found


def _values(
    text: str, found: Found, most: int, *, names_cluster: bool
) -> Iterator[tuple[object, str]]:
    """Yield what may be an event, and the cluster that it names."""
    for value in _documents(text, found, most):
        named = _named_cluster(value) if names_cluster else ""
        for candidate in events_in(value):
            own = _named_cluster(candidate) if names_cluster else ""
            yield candidate, own or named


def _documents(text: str, found: Found, most: int) -> Iterator[object]:
    """Yield one JSON document after the other, as long as they look like events.

    Nothing else is passed over: it may be a message, in which anybody may write an event.
    """
    at = broken = 0
    for _ in range(most):
        begin = _BETWEEN.match(text, at)
        at = begin.end() if begin else at
        if at == len(text):
            return
        if text[at] not in "{[":
            found.object_to("the body is not JSON")
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            found.object_to(f"the body is not valid JSON: {error.msg.lower()}")
        except (ValueError, RecursionError):
            found.object_to("the body is not valid JSON: too deep, or a number too long")
        else:
            yield value
            if not _carries(value):
                return
            continue
        broken += 1
        line = text.find("\n", at) + 1
        if not line or broken > MOST_BROKEN or not (found.rows or found.ignored):
            return
        at = line
    found.problem = _TOO_MANY


def _carries(value: object) -> bool:
    """Tell what looks like an event, or a frame or list of events."""
    if not isinstance(value, Mapping):
        return isinstance(value, list)
    inner = (value.get(member) for member in _CARRIERS)
    return "specversion" in value or any(isinstance(one, (Mapping, list)) for one in inner)


def _read_value(value: object, keyed: Keyed, read_other: ReadOther, found: Found) -> None:
    if isinstance(value, Ignored):
        if value.is_foreign:
            found.object_to(f"the body holds {value.reason}")
        else:
            found.ignored += 1
        return
    if not isinstance(value, Mapping):
        found.object_to("the record is no object")
        return
    try:
        found.rows.append(event_row(_bounded(value), keyed, len(found.rows)))
    except Unreadable as error:
        row = read_other(value, keyed, len(found.rows))
        if row is not None:
            found.rows.append(row)
        else:
            found.object_to(f"the record {error}")


def _bounded(raw: Mapping[str, object]) -> Mapping[str, object]:
    """Leave out lists of labels and owners that no object of Kubernetes has."""
    bounded = dict(raw)
    for member in ("metadata", "involvedObject", "regarding"):
        inner = raw.get(member)
        if not isinstance(inner, Mapping):
            continue
        labels, owners = inner.get("labels"), inner.get("ownerReferences")
        if isinstance(labels, Mapping) and not _are_labels(labels):
            inner = {**inner, "labels": None}
        if isinstance(owners, list) and len(owners) > _MOST_OWNERS:
            inner = {**inner, "ownerReferences": owners[:_MOST_OWNERS]}
        bounded[member] = inner
    return bounded


def _are_labels(labels: Mapping[object, object]) -> bool:
    texts = (text for pair in labels.items() for text in pair if isinstance(text, str))
    return len(labels) <= _MOST_LABELS and all(len(text) <= _LABEL_CHARACTERS for text in texts)


def _named_cluster(value: object) -> str:
    """Return what kubernetes-event-exporter or kube-events says that the cluster is called."""
    if not isinstance(value, Mapping):
        return ""
    name = value.get("clusterName") or value.get("cluster")
    return clean(name.strip())[:_CLUSTER_CHARACTERS] if isinstance(name, str) else ""

"""Bodies of senders that send Event objects: plain, in frames, in lists, in lines of a log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from collector.envelopes import Ignored, events_in
from collector.errors import InputError, Unreadable
from collector.normalize import LONGEST_MESSAGE_CHARACTERS
from collector.observation import Observation
from collector.redaction import clean
from collector.request_rows import Keyed, event_row

MOST_BROKEN = 20
# an event is longer than this; what holds more records than that is no list of events
_FEWEST_RECORDS = 500
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
    reader = _Reader(keyed, names_cluster=names_cluster, read_other=read_other, text=text)
    try:
        for document in _documents(text, reader.found, reader.most):
            if not (layout_first and reader.take_other(document)):
                reader.read(document)
    except InputError as error:
        reader.found.object_to(f"the body {error}")
    except _TooMany:
        reader.found.problem = _TOO_MANY
    return reader.found


class _TooMany(Exception):  # noqa: N818 - a limit, no error
    """There are more records than events can be in the body."""


class _Reader:
    """Turns documents into rows."""

    def __init__(
        self, keyed: Keyed, *, names_cluster: bool, read_other: ReadOther, text: str
    ) -> None:
        self.found = Found()
        self.most = _FEWEST_RECORDS + len(text) // _SHORTEST_EVENT_CHARACTERS
        self._left = self.most
        self._keyed = keyed
        self._names_cluster = names_cluster
        self._read_other = read_other

    def read(self, document: object) -> None:
        """Read every event in a document; one without any may have a layout."""
        found = self.found
        known, problem = len(found.rows) + found.ignored, found.problem
        keyed = self._own(document, self._keyed)
        for candidate in events_in(document):
            self._left -= 1
            if self._left < 0:
                raise _TooMany
            self._read(candidate, self._own(candidate, keyed))
        if len(found.rows) + found.ignored == known and self.take_other(document):
            found.problem = problem

    def take_other(self, value: object) -> bool:
        """Read an object by its layout; tell whether it has one."""
        if not isinstance(value, Mapping):
            return False
        rows = self.found.rows
        row = self._read_other(value, self._own(value, self._keyed), len(rows))
        if row is not None:
            rows.append(row)
        return row is not None

    def _read(self, candidate: object, keyed: Keyed) -> None:
        found = self.found
        if isinstance(candidate, Ignored):
            if candidate.is_foreign:
                found.object_to(f"the body holds {candidate.reason}")
            else:
                found.ignored += 1
            return
        if not isinstance(candidate, Mapping):
            found.object_to("the record is no object")
            return
        try:
            found.rows.append(event_row(_bounded(candidate), keyed, len(found.rows)))
        except Unreadable as error:
            if not self.take_other(candidate):
                found.object_to(f"the record {error}")

    def _own(self, value: object, keyed: Keyed) -> Keyed:
        """Return the cluster that the sender names, where it may."""
        named = _named_cluster(value) if self._names_cluster else ""
        return replace(keyed, cluster=named) if named else keyed


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
                if text[at:].strip():
                    found.object_to("the body goes on behind a record that is no event")
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


def _bounded(raw: Mapping[str, object]) -> Mapping[str, object]:
    """Cut texts, and leave out labels and owners, that are longer than any of Kubernetes."""
    bounded = _with_short_texts(raw)
    for member in ("metadata", "involvedObject", "regarding", "source", "deprecatedSource"):
        inner = raw.get(member)
        if not isinstance(inner, Mapping):
            continue
        short = _with_short_texts(inner)
        labels, owners = short.get("labels"), short.get("ownerReferences")
        if isinstance(labels, Mapping) and not _are_labels(labels):
            short["labels"] = None
        if isinstance(owners, list):
            short["ownerReferences"] = [
                _with_short_texts(one) for one in owners[:_MOST_OWNERS] if isinstance(one, Mapping)
            ]
        bounded[member] = short
    return bounded


def _with_short_texts(raw: Mapping[str, object]) -> dict[str, object]:
    return {
        key: value[:LONGEST_MESSAGE_CHARACTERS] if isinstance(value, str) else value
        for key, value in raw.items()
    }


def _are_labels(labels: Mapping[object, object]) -> bool:
    texts = (text for pair in labels.items() for text in pair if isinstance(text, str))
    return len(labels) <= _MOST_LABELS and all(len(text) <= _LABEL_CHARACTERS for text in texts)


def _named_cluster(value: object) -> str:
    """Return what kubernetes-event-exporter or kube-events says that the cluster is called."""
    if not isinstance(value, Mapping):
        return ""
    name = value.get("clusterName") or value.get("cluster")
    return clean(name.strip())[:_CLUSTER_CHARACTERS] if isinstance(name, str) else ""

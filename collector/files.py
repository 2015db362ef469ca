"""Files and standard input read as events, whatever their format."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from collector.envelopes import A_LOG_LINE, Ignored, events_in
from collector.errors import ForeignError, InputError, Unreadable
from collector.formats import Format, Peeked, detect, iterate_records
from collector.json_stream import CUT_OFF, NOT_JSON, Broken, Record
from collector.kubectl_text import NO_ROW, EventRow, observation_of
from collector.log_lines import LogLine
from collector.normalize import normalize
from collector.observation import RAW_LIMIT_CHARACTERS, Observation, Rejection
from collector.redaction import clean
from collector.text_stream import TextStream

__all__ = ["EventReader", "Ignored", "Item", "Observed", "Rejected", "open_input"]


@dataclass(frozen=True, slots=True)
class Observed:
    """A record that became an observation."""

    observation: Observation


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that should have been an event and cannot be counted."""

    rejection: Rejection


Item = Observed | Rejected | Ignored


def open_input(path: Path | None) -> BinaryIO:
    """Open a file, or standard input for None; raise InputError with the reason."""
    if path is None:
        if sys.stdin is None:
            raise InputError("standard input is closed.")
        return sys.stdin.buffer
    try:
        if path.is_dir():
            raise InputError(f"{path} is a directory; name the files in it.")
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror}.") from None
    except ValueError:
        raise InputError("the path holds a NUL character.") from None


class EventReader:
    """Iterates over the records of a stream; each becomes one item.

    `name` is how messages call the stream; by the names of `nodes` static pods are recognised.
    `form` is found by looking, unless it is given. `taken` is when a table of kubectl was printed,
    `namespace` where, for tables that do not say.
    """

    def __init__(
        self,
        name: str,
        stream: BinaryIO,
        *,
        cluster: str,
        received: datetime,
        nodes: Set[str] = frozenset(),
        form: Format | None = None,
        taken: datetime | None = None,
        namespace: str = "",
    ) -> None:
        self.form = form  # known once reading has begun
        self._name = name
        self._text = TextStream(name, stream)
        self._taken = taken or received
        self._namespace = namespace
        self._cluster = cluster
        self._received = received
        self._nodes = nodes
        self._has_events = False

    @property
    def bytes_read(self) -> int:
        """Bytes taken from the stream so far, before decompression."""
        return self._text.bytes_read

    def __iter__(self) -> Iterator[Item]:
        """Yield every item; raise InputError where the input as a whole holds no events."""
        foreign: Counter[str] = Counter()
        has_others = False
        record: Record | Broken | None = None
        for record in self._records():
            for item in self._items(record):
                if isinstance(item, Ignored) and item.is_foreign:
                    foreign[item.reason] += 1
                else:
                    has_others = True
                yield item
        if self._text.damage and not isinstance(record, Broken):
            yield self._rejected(record, self._text.damage, "")
        elif foreign and not has_others:
            found = ", ".join(reason for reason, _ in foreign.most_common(3))
            raise ForeignError(f"{self._name} holds no events; what was found is {found}.")

    def _records(self) -> Iterator[Record | Broken]:
        """Return the records; raise InputError where there is nothing to read at all."""
        text = Peeked(self._text)
        self.form = self.form or detect(text.head())
        if self.form is None:
            raise InputError(_unknown(self._name))
        records = iterate_records(text, self.form)
        first = list(zip(range(2), records, strict=False))
        if not first and self._text.is_blank:
            raise InputError(f"{self._name} is empty." if not self._text.damage else self._damaged)
        alone = first[0][1] if len(first) == 1 else None
        if isinstance(alone, Broken) and alone.reason in (NOT_JSON, NO_ROW):
            raise InputError(_unknown(self._name))
        return chain((record for _, record in first), records)

    @property
    def _damaged(self) -> str:
        return f"{self._name} holds nothing that can be read: {self._text.damage}."

    def _items(self, record: Record | Broken) -> Iterator[Item]:
        if isinstance(record, Broken):
            cut = record.reason.startswith(CUT_OFF) and self._text.damage
            reason = f"{record.reason}: {self._text.damage}" if cut else record.reason
            yield self._rejected(record, reason, record.raw)
            return
        if isinstance(record.value, LogLine):
            yield A_LOG_LINE
            return
        if isinstance(record.value, EventRow):
            yield self._of_row(record.value, record)
            return
        try:
            for candidate in events_in(
                record.value,
                list_kind=record.list_kind,
                list_api_version=record.list_api_version,
                refuses_audit=not self._has_events,
            ):
                item = self._item(candidate, record)
                self._has_events = self._has_events or isinstance(item, Observed)
                yield item
        except InputError as error:
            raise InputError(f"{self._name} {error}") from None

    def _item(self, candidate: object, record: Record) -> Item:
        if isinstance(candidate, Ignored):
            return candidate
        if not isinstance(candidate, Mapping):
            return self._rejected(record, "the record is no object", record.raw)
        try:
            observation = normalize(
                candidate,
                cluster=self._cluster,
                received=self._received,
                source="file",
                nodes=self._nodes,
            )
        except Unreadable as error:
            return self._rejected(record, f"the record {error}", record.raw)
        return Observed(observation)

    def _of_row(self, row: EventRow, record: Record) -> Item:
        try:
            observation = observation_of(
                row,
                cluster=self._cluster,
                namespace=self._namespace,
                taken=self._taken,
                received=self._received,
            )
        except Unreadable as error:
            return self._rejected(record, f"the row {error}", record.raw)
        return Observed(observation)

    def _rejected(self, record: Record | Broken | None, reason: str, raw: str) -> Rejected:
        stood = f", record {record.number} (line {record.line})" if record else ""
        return Rejected(
            Rejection(
                cluster=self._cluster,
                source="file",
                place=clean(f"{self._name}{stood}"),
                reason=reason,
                raw=clean(raw)[:RAW_LIMIT_CHARACTERS],
                received=self._received,
            )
        )


def _unknown(name: str) -> str:
    return (
        f"{name} is neither JSON, YAML, a log with JSON, nor a table that kubectl printed; "
        "get the events with: kubectl get events -A -o json"
    )

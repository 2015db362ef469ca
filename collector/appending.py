"""New points above all that is stored of their events: what a watch nearly always brings.

A point stands for what the count has grown by, since the time of the point before. Where a batch
has something to say about stored points, the statements in sql/queries merge it: they know every
rule, this one only.
"""

from __future__ import annotations

import io
import struct
from datetime import datetime
from typing import NamedTuple

from collector.batch import CLAIM_TOLERANCE, BatchEvent, read_time
from collector.copy_binary import EPOCH, MICROSECOND, NULL, TextFields, stream, text_field
from collector.observation import Observation, Source

_TOLERANCE = CLAIM_TOLERANCE // MICROSECOND

_start = struct.Struct("!h").pack
_numbers = struct.Struct("!iqiqiqiq").pack  # count, claimed, received, occurrences
_time_field = struct.Struct("!iq").pack


class Last(NamedTuple):
    """The stored point of an event with the highest count."""

    cumulative: int
    time: datetime  # as claimed
    received: datetime
    source: Source
    message: str
    event_message: str  # the least of all its points


class Appender:
    """Collects the new points of a batch as rows of `copy_points`."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        self._sources = TextFields()

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> io.BytesIO:
        """Return what was collected."""
        return stream(self._rows)

    def add(self, event: BatchEvent, last: Last | None) -> bool:
        """Take the event's new points, or none and say no: they have to be merged."""
        if last is None:
            known, count, before, own_message = None, 0, NULL, event.message
        elif event.message < last.event_message:
            return False
        else:
            known, count, own_message = last, last.cumulative, last.event_message
            before = _time_field(8, (read_time(last.time, last.received) - EPOCH) // MICROSECOND)
        return self._add_above(event, known, count, before, own_message)

    def _add_above(
        self,
        event: BatchEvent,
        known: Last | Observation | None,
        count: int,
        before: bytes,
        own_message: str,
    ) -> bool:
        """Add the points above *count*; *before* is the time of the *known* point, as a field."""
        start, rows, sources = _start(9) + event.key, [], self._sources
        for one in event.ascending():
            cumulative, message = one.cumulative, one.message
            if cumulative <= count:
                if known is None or cumulative < count or _changes(one, known):
                    return False
                continue
            claimed = (one.time - EPOCH) // MICROSECOND
            received = (one.received - EPOCH) // MICROSECOND
            rows.append(
                start
                + _numbers(8, cumulative, 8, claimed, 8, received, 8, cumulative - count)
                + before
                + sources[one.source]
                + (NULL if message == own_message else text_field(message))
            )
            known, count = one, cumulative
            before = _time_field(8, received if claimed - received > _TOLERANCE else claimed)
        self._rows += rows
        return True


def _changes(one: Observation, known: Last | Observation) -> bool:
    """Tell whether merging *one* would change the *known* point of the same count."""
    return (
        one.time < known.time
        or one.received < known.received
        or one.source < known.source
        or one.message < known.message
    )

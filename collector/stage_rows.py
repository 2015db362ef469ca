"""A batch's events, and the observations that SQL has to merge, as rows of the staging tables."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence

from collector.batch import BatchEvent
from collector.copy_binary import EPOCH, MICROSECOND, NULL, TextFields, stream, text_field
from collector.observation import Observation, WorkloadBy

WORKLOAD_RANK: dict[WorkloadBy, int] = {
    "object": 0,
    "ownerReferences": 1,
    "lookup": 2,
    "nodes": 3,
    "name": 4,
}

_event_start = struct.Struct("!hii").pack  # number of columns, number
_event_end = struct.Struct("!ihih").pack
_point_start = struct.Struct("!h").pack
_point_numbers = struct.Struct("!iqiqiq").pack


def event_rows(events: Sequence[BatchEvent]) -> io.BytesIO:
    """Return the rows of `create_event_stage`: one for each variant of each event."""
    texts, given = TextFields(), TextFields({"": NULL})  # an empty text was not given
    return stream(
        [
            _event_start(20, 4, number) + event.key + _event_row(one, event.message, texts, given)
            for number, event in enumerate(events)
            for one in event.variants.values()
        ]
    )


def point_rows(events: Iterable[BatchEvent]) -> io.BytesIO:
    """Return the rows of `create_point_stage`: every observation of the events."""
    rows, sources = [], TextFields()
    for event in events:
        start = _point_start(7) + event.key
        for one in event.observations:
            claimed = (one.time - EPOCH) // MICROSECOND
            received = (one.received - EPOCH) // MICROSECOND
            numbers = _point_numbers(8, one.cumulative, 8, claimed, 8, received)
            rows.append(start + numbers + sources[one.source] + text_field(one.message))
    return stream(rows)


def _event_row(one: Observation, message: str, texts: TextFields, given: TextFields) -> bytes:
    return b"".join(
        (
            texts[one.cluster],
            texts[one.namespace],
            text_field(one.name),
            texts[one.counting],
            given[one.type],
            given[one.reason],
            text_field(message),
            given[one.kind],
            given[one.object_namespace],
            given[one.object],
            texts[one.workload_kind],
            texts[one.workload],
            given[one.component],
            given[one.host],
            given[one.labels],
            _event_end(2, WORKLOAD_RANK[one.workload_by], 2, one.redaction),
        )
    )

"""Bodies of senders that send Event objects: plain, in frames, in lists, in lines of a log."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from collector.envelopes import Ignored, events_in
from collector.errors import InputError, Unreadable
from collector.json_stream import Broken, Record, iterate_values
from collector.log_lines import LogLine, iterate_log
from collector.observation import Observation
from collector.redaction import clean
from collector.request_rows import Keyed, event_row

MOST_RECORDS = 20_000  # of one body
MOST_BROKEN = 20
_CLUSTER_CHARACTERS = 253

ReadOther = Callable[[Mapping[str, object], Keyed, int], Observation | None]


@dataclass(slots=True)
class Found:
    """What a body of Event objects held."""

    rows: list[Observation] = field(default_factory=list)
    problem: str = ""  # why a part of it is no row; "" where all of it was read
    ignored: int = 0  # frames that rightly hold no event


def read_events(
    text: str, keyed: Keyed, *, names_cluster: bool, read_other: ReadOther, layout_first: bool
) -> Found:
    """Return every event of the body.

    *names_cluster*: the cluster that the sender names is the one to store.
    *read_other* is asked about objects that are no events, or first of all with *layout_first*.
    """
    found = Found()
    broken = 0
    for number, record in enumerate(_records(text)):
        if number >= MOST_RECORDS:
            found.problem = f"the body holds more than {MOST_RECORDS:,} records"
            break
        if isinstance(record, Broken):
            found.problem = found.problem or record.reason
            broken += 1
            if broken >= MOST_BROKEN:
                break
            continue
        if isinstance(record.value, LogLine):
            continue
        named = _named_cluster(record.value) if names_cluster else ""
        if layout_first and isinstance(record.value, Mapping):
            own = replace(keyed, cluster=named) if named else keyed
            row = read_other(record.value, own, len(found.rows))
            if row is not None:
                found.rows.append(row)
                continue
        _read_record(record, keyed, named, names_cluster, read_other, found)
    return found


def _records(text: str) -> Iterator[Record | Broken]:
    """Cut the body into records: JSON of any arrangement, or lines that hold JSON."""
    stream = io.StringIO(text)
    return iterate_values(stream) if text[:1] in ("{", "[") else iterate_log(stream)


def _read_record(
    record: Record,
    keyed: Keyed,
    named: str,
    names_cluster: bool,
    read_other: ReadOther,
    found: Found,
) -> None:
    try:
        for candidate in events_in(
            record.value, list_kind=record.list_kind, list_api_version=record.list_api_version
        ):
            if isinstance(candidate, Ignored):
                if candidate.is_foreign:
                    found.problem = found.problem or f"the body holds {candidate.reason}"
                else:
                    found.ignored += 1
                continue
            if not isinstance(candidate, Mapping):
                found.problem = found.problem or "the record is no object"
                continue
            own_name = (_named_cluster(candidate) if names_cluster else "") or named
            own = replace(keyed, cluster=own_name) if own_name else keyed
            _read_event(candidate, own, read_other, found)
    except InputError as error:
        found.problem = found.problem or f"the body {error}"


def _read_event(
    raw: Mapping[str, object], keyed: Keyed, read_other: ReadOther, found: Found
) -> None:
    try:
        found.rows.append(event_row(raw, keyed, len(found.rows)))
    except Unreadable as error:
        row = read_other(raw, keyed, len(found.rows))
        if row is not None:
            found.rows.append(row)
        else:
            found.problem = found.problem or f"the record {error}"


def _named_cluster(value: object) -> str:
    """Return what kubernetes-event-exporter or kube-events says that the cluster is called."""
    if not isinstance(value, Mapping):
        return ""
    name = value.get("clusterName") or value.get("cluster")
    return clean(name.strip())[:_CLUSTER_CHARACTERS] if isinstance(name, str) else ""

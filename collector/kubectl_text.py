"""The tables that ``kubectl get events`` and ``kubectl events`` print, row by row.

Read are the columns of all versions, wide or not, with or without namespaces: by the places of the
headings, else, where a line is aligned otherwise or has no heading, by the form of a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.ages import AGE_PATTERN, Age, parse_age
from collector.approximate import approximate_name
from collector.errors import Unreadable
from collector.json_stream import Broken, Record, SupportsRead
from collector.lines import Line, iterate_lines
from collector.observation import RAW_LIMIT_CHARACTERS, Observation
from collector.redaction import RULES_VERSION, clean
from collector.timestamps import name_time
from collector.workload import workload_of

NO_ROW = "this is no row of kubectl's table of events"

_HEADINGS = re.compile(r"\S+(?: \S+)*")
_GAP = re.compile(r"\s{2,}|\t")
NOTHING_FOUND = re.compile(r"No (?:resources|events) found")
_OTHER_FORMAT = re.compile(r"[{\[]\s*(?:$|[\"{])|apiVersion:|---|====")
_REPEATED = re.compile(rf"({AGE_PATTERN}|<\w+>) \(x(\d{{1,18}}) over ({AGE_PATTERN}|<\w+>)\)")
_LAST = rf"(?:{AGE_PATTERN}|<\w+>)(?: \(x\d+ over \S+\))?"
_BARE_ROW = re.compile(
    rf"(?:(?P<NAMESPACE>[a-z0-9][a-z0-9.-]*)\s+)?(?P<LASTSEEN>{_LAST})\s+(?P<TYPE>Normal|Warning)"
    r"\s+(?P<REASON>\S+(?: \S+){0,5}?)\s+(?P<OBJECT>[A-Za-z][\w.-]*/\S*)(?:\s+(?P<MESSAGE>.*))?"
)
_ALMOST_ROW = re.compile(r"(?:\S+\s+)?(\S+)\s+(?:Normal|Warning)\s+\S+\s+[A-Za-z][\w.-]*/\S")
_NAME_TOLERANCE = timedelta(seconds=10)
_EARLIEST_YEAR = 3  # what an age may be off by is taken away from it yet
_TOO_LONG_AGO = "has an age that goes back to year 1 or beyond"
_KINDS = {
    kind.lower(): kind
    for kind in (
        "Addon", "CertificateSigningRequest", "ConfigMap", "CronJob", "DaemonSet", "Deployment",
        "Endpoints", "EndpointSlice", "HorizontalPodAutoscaler", "Ingress", "Job", "Lease",
        "Namespace", "Node", "PersistentVolume", "PersistentVolumeClaim", "Pod",
        "PodDisruptionBudget", "ReplicaSet", "ReplicationController", "ResourceQuota", "Secret",
        "Service", "ServiceAccount", "StatefulSet", "VolumeSnapshot",
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One row; what the table does not tell is empty."""

    last: Age | None
    first: Age | None = None
    last_text: str
    count: int = 1
    namespace: str = ""
    type: str = ""
    reason: str = ""
    kind: str = ""
    object: str = ""
    name: str = ""  # of the event
    source: str = ""
    message: str = ""


def is_heading(line: str) -> bool:
    """Tell whether the line holds the headings of a table of events."""
    if "SEEN" not in line:
        return False
    names = {heading.replace(" ", "") for heading in _HEADINGS.findall(line)}
    return {"LASTSEEN", "REASON", "MESSAGE"} <= names


def is_row(line: str) -> bool:
    """Tell whether the line is a row whatever the headings."""
    return _BARE_ROW.fullmatch(line.strip()) is not None


def iterate_rows(stream: SupportsRead) -> Iterator[Record | Broken]:
    """Yield every row as a record of an `EventRow`, and what is none as `Broken`."""
    table = _Table()
    for line in iterate_lines(stream):
        yield from table.read(line)
    yield from table.finish()


class _Table:
    """Reads line by line; a row is handed out when the next one shows that its message ended."""

    def __init__(self) -> None:
        self._columns: list[tuple[str, int]] = []
        self._pending: Record | Broken | None = None
        self._number = 0

    def read(self, line: Line) -> Iterator[Record | Broken]:
        """Take one line; yield the record before, where this line ends it."""
        if is_heading(line.text):
            yield from self.finish()
            self._columns = [
                (found[0].replace(" ", ""), found.start())
                for found in _HEADINGS.finditer(line.text)
            ]
            return
        if NOTHING_FOUND.match(line.text):
            return
        row = self._row(line.text)
        if row is not None:
            yield from self._next(Record(row, self._number + 1, line.number, line.text))
        elif self._is_almost_row(line.text):
            yield from self._next(self._broken(line, "its age cannot be read"))
        elif not self._continue(line.text) and line.text.strip():
            yield from self._next(self._broken(line, NO_ROW))

    def finish(self) -> Iterator[Record | Broken]:
        """Yield what is still held back."""
        if self._pending is not None:
            yield self._pending
        self._pending = None

    def _next(self, record: Record | Broken) -> Iterator[Record | Broken]:
        yield from self.finish()
        self._number += 1
        self._pending = record

    def _broken(self, line: Line, reason: str) -> Broken:
        return Broken(self._number + 1, line.number, reason, line.text)

    def _continue(self, text: str) -> bool:
        """Add the line to the message, or to the text that is no row, before it."""
        before = self._pending
        if before is None:
            return False
        raw = f"{before.raw}\n{text}"[:RAW_LIMIT_CHARACTERS]
        if isinstance(before, Broken):
            self._pending = replace(before, raw=raw)
            return before.reason == NO_ROW
        row = before.value
        if not isinstance(row, EventRow) or _OTHER_FORMAT.match(text):
            return False
        message = f"{row.message}\n{text}"[:RAW_LIMIT_CHARACTERS]
        self._pending = replace(before, raw=raw, value=replace(row, message=message))
        return True

    def _row(self, text: str) -> EventRow | None:
        for cells in (self._cells_by_place(text), self._cells_by_gaps(text), _bare_cells(text)):
            row = _row_of(cells) if cells else None
            if row is not None:
                return row
        return None

    def _cells_by_place(self, text: str) -> Mapping[str, str] | None:
        starts = [start for _, start in self._columns]
        if any(start and start < len(text) and text[start - 1] != " " for start in starts):
            return None
        ends = [*starts[1:], None]
        cells = (text[start:end].strip() for start, end in zip(starts, ends, strict=False))
        return dict(zip((name for name, _ in self._columns), cells, strict=False))

    def _cells_by_gaps(self, text: str) -> Mapping[str, str] | None:
        """Split where two blanks stand; what there is too much of belongs to the message."""
        names = [name for name, _ in self._columns]
        cells = _GAP.split(text.strip())
        extra = len(cells) - len(names)
        if not names or extra < 0:
            return None
        at = names.index("MESSAGE")
        joined = "  ".join(cells[at : at + extra + 1])
        return dict(zip(names, [*cells[:at], joined, *cells[at + extra + 1 :]], strict=True))

    def _is_almost_row(self, text: str) -> bool:
        cells = self._cells_by_place(text) if self._columns else None
        has_type = bool(cells) and (cells or {}).get("TYPE") in ("Normal", "Warning")
        return has_type or _ALMOST_ROW.match(text.strip()) is not None


def _bare_cells(text: str) -> Mapping[str, str] | None:
    found = _BARE_ROW.fullmatch(text.strip())
    return {name: cell or "" for name, cell in found.groupdict().items()} if found else None


def _row_of(cells: Mapping[str, str]) -> EventRow | None:
    """Make a row of its cells; None where the cells are not what their headings say."""
    last_text, count_text = cells.get("LASTSEEN", ""), cells.get("COUNT", "")
    repeated = _REPEATED.fullmatch(last_text)
    if repeated:
        last_text, count_text = repeated[1], repeated[2]
    first = parse_age(repeated[3] if repeated else cells.get("FIRSTSEEN", ""))
    last = parse_age(last_text)
    is_age = last is not None or last_text in ("<unknown>", "<invalid>")
    kind, object_name = _object_of(cells)
    type_ = cells.get("TYPE", "")
    if not is_age or " " in type_ or " " in object_name or not (kind or object_name or type_):
        return None
    return EventRow(
        last=last,
        first=first,
        last_text=last_text,
        count=max(1, int(count_text)) if re.fullmatch(r"[0-9]{1,18}", count_text) else 1,
        namespace=cells.get("NAMESPACE", ""),
        type=type_,
        reason=cells.get("REASON", ""),
        kind=_KINDS.get(kind.lower(), kind),
        object=object_name,
        name=cells.get("NAME", ""),
        source=cells.get("SOURCE", ""),
        message=cells.get("MESSAGE", ""),
    )


def _object_of(cells: Mapping[str, str]) -> tuple[str, str]:
    """Return kind and name of the object; old tables have a KIND and the event's own NAME."""
    if "OBJECT" in cells:
        kind, _, name = cells["OBJECT"].partition("/")
        return kind, name
    name = cells.get("NAME", "")
    return cells.get("KIND", ""), name.rpartition(".")[0] if name_time(name) else name


def observation_of(
    row: EventRow, *, cluster: str, namespace: str, taken: datetime, received: datetime
) -> Observation:
    """Read a row of a text that was taken at a time; raise Unreadable where it has no time.

    `namespace` is for tables without such a column.
    """
    birth, time, precision = _times(row, taken.replace(microsecond=0))
    space = clean(row.namespace) or namespace
    reason, message = clean(row.reason), clean(row.message.strip())
    kind, object_name = clean(row.kind), clean(row.object)
    component, _, host = clean(row.source).partition(", ")
    workload_kind, workload, workload_by = workload_of(kind, object_name, host=host)
    return Observation(
        cluster=cluster,
        namespace=space,
        name=approximate_name(space, kind, object_name, reason, message, precision=precision),
        birth=birth,
        cumulative=row.count,
        time=time,
        received=received,
        source="file",
        counting="approximate",
        type=clean(row.type),
        reason=reason,
        message=message,
        kind=kind,
        object_namespace=space,
        object=object_name,
        workload_kind=workload_kind,
        workload=workload,
        workload_by=workload_by,
        component=component,
        host=host,
        redaction=RULES_VERSION,
    )


def _times(row: EventRow, taken: datetime) -> tuple[datetime, datetime, timedelta]:
    """Return birth, last time, and how far the birth may lie after the true one."""
    first, last = row.first or row.last, row.last or row.first
    if first is None or last is None:
        raise Unreadable(f"has no time: its age is {row.last_text}")
    try:
        birth, time = taken - first.age, taken - last.age
    except OverflowError:
        raise Unreadable(_TOO_LONG_AGO) from None
    if min(birth, time).year < _EARLIEST_YEAR:
        raise Unreadable(_TOO_LONG_AGO)
    named = name_time(row.name)
    if named and abs(named - birth) <= first.precision + _NAME_TOLERANCE:
        return min(named.replace(microsecond=0), time), time, timedelta(seconds=1)
    return min(birth, time), time, first.precision

"""Observations -> PostgreSQL: a grow-only set of points, merged by union.

Any order, repetition and batching, from any number of writers, gives the same tables.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import cast

import msgspec
from psycopg2 import DataError
from psycopg2 import Error as DriverError
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature
from sqlalchemy import Engine, PoolProxiedConnection, text
from sqlalchemy.exc import DBAPIError

from collector import redaction
from collector.approximate import adopt_identities
from collector.database import statement
from collector.errors import StoreError, UnreachableError
from collector.observation import RAW_LIMIT_CHARACTERS, Observation, Rejection, WorkloadBy
from collector.progress import Mark

BATCH_OBSERVATIONS = 5000
PROGRAM_LIMIT_EXCEEDED = "54000"  # such as a text too long for an index
WORKLOAD_RANK: dict[WorkloadBy, int] = {
    "object": 0,
    "ownerReferences": 1,
    "lookup": 2,
    "nodes": 3,
    "name": 4,
}
_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEEDS_ESCAPE = re.compile(r"[\\\n\r]")
_NULL = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """What became of a batch; the four add up to its size."""

    stored: int = 0  # added or changed a point; two that change one point in a batch count once
    repeated: int = 0  # changed nothing
    too_old: int = 0  # from before the horizon, refused
    rejected: int = 0  # the database could not hold it; kept in `rejected`

    def __add__(self, other: WriteResult) -> WriteResult:
        return WriteResult(
            stored=self.stored + other.stored,
            repeated=self.repeated + other.repeated,
            too_old=self.too_old + other.too_old,
            rejected=self.rejected + other.rejected,
        )


def event_id(cluster: str, namespace: str, name: str) -> str:
    """Return the 128-bit key of an event, in hexadecimal; with its birth it is the identity.

    The texts hold no NUL, so joining them by NUL keeps different events apart.
    """
    joined = "\0".join((cluster, namespace, name)).encode()
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


class Store:
    """One writer with one connection; use it as a context manager."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: PoolProxiedConnection | None = None

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back; what was not committed is gone."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def write(self, observations: Sequence[Observation], marks: Sequence[Mark] = ()) -> WriteResult:
        """Merge a batch in one transaction; safe to repeat after any error.

        *marks* say how far the watches that brought the batch have come: they are stored in its
        transaction. One row that the database cannot hold never fails the batch: it goes to
        ``rejected``.

        Raises
        ------
        UnreachableError
            The connection is gone; nothing or all of the batch is stored.
        StoreError
            The database refused for another reason.
        """
        if not observations and not marks:
            return WriteResult()
        try:
            return self._merge(observations, marks)
        except (DataError, UnicodeEncodeError) as error:
            self._rollback()
            return self._bisect(observations, marks, error)
        except DriverError as error:
            self._rollback()
            if error.pgcode == PROGRAM_LIMIT_EXCEEDED:
                return self._bisect(observations, marks, error)
            raise store_error(error) from error

    def reject(self, rejections: Iterable[Rejection]) -> None:
        """Keep records that could not become observations; the same record is kept once."""
        rows = [_rejected_row(rejection) for rejection in rejections]
        if not rows:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(text(statement("insert_rejected")), rows)
        except DBAPIError as error:
            raise store_error(cast("DriverError", error.orig)) from error

    def _merge(self, observations: Sequence[Observation], marks: Sequence[Mark]) -> WriteResult:
        connection = self._raw()
        with closing(cast("Cursor", connection.cursor())) as cursor:
            result = _merge_points(cursor, observations) if observations else WriteResult()
            _note_progress(cursor, marks)
        connection.commit()
        return result

    def _bisect(
        self, observations: Sequence[Observation], marks: Sequence[Mark], error: Exception
    ) -> WriteResult:
        if not observations:
            raise StoreError(f"the database refused a mark: {error}") from error
        if len(observations) == 1:
            self.reject([_rejection(observations[0], error)])
            return self.write((), marks) + WriteResult(rejected=1)
        middle = len(observations) // 2
        return self.write(observations[:middle]) + self.write(observations[middle:], marks)

    def _raw(self) -> PoolProxiedConnection:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        return self._connection

    def _rollback(self) -> None:
        try:
            if self._connection is not None:
                self._connection.rollback()
        except DriverError:
            self._connection = None  # it is dead; the next batch opens another


def _merge_points(cursor: Cursor, observations: Sequence[Observation]) -> WriteResult:
    observations = adopt_identities(cursor, observations)
    cursor.execute(statement("create_stage"))
    cursor.copy_expert(statement("copy_stage"), _copy_lines(observations))
    cursor.execute(statement("lock_horizon"))
    cursor.execute(statement("delete_too_old"))
    too_old = cursor.rowcount
    changed = {}
    for name in _MERGE_STATEMENTS:
        cursor.execute(statement(name))
        changed[name] = cursor.rowcount
    stored = changed["merge_points"]
    repeated = len(observations) - too_old - stored
    return WriteResult(stored=stored, repeated=repeated, too_old=too_old)


def _note_progress(cursor: Cursor, marks: Sequence[Mark]) -> None:
    """Write the marks in one order, after the events: two collectors cannot deadlock."""
    for mark in sorted(marks, key=lambda mark: msgspec.structs.astuple(mark.stream)):
        stream = msgspec.structs.asdict(mark.stream)
        progress = {"resource_version": mark.resource_version, "proved": mark.proved}
        cursor.execute(statement("upsert_watch"), {**stream, **progress})
        for span in sorted(mark.spans, key=lambda span: (span.start, span.state)):
            times = {"state": span.state, "start_time": span.start, "end_time": span.end}
            cursor.execute(statement("upsert_coverage"), {**stream, **times})


_MERGE_STATEMENTS = (
    "analyze_stage",
    "merge_events",
    "lower_messages",
    "merge_points",
    "settle_successors",
    "insert_exact_slots",
)


def _copy_lines(observations: Sequence[Observation]) -> io.BytesIO:
    return io.BytesIO("".join(map(_copy_line, observations)).encode())


def _copy_line(one: Observation) -> str:
    fields = (
        one.birth.isoformat(),
        event_id(one.cluster, one.namespace, one.name),
        str(one.cumulative),
        one.time.isoformat(),
        one.received.isoformat(),
        one.source,
        one.cluster,
        one.namespace,
        one.name,
        one.counting,
        one.type or _NULL,
        one.reason or _NULL,
        one.message,
        one.kind or _NULL,
        one.object_namespace or _NULL,
        one.object or _NULL,
        str(WORKLOAD_RANK[one.workload_by]),
        one.workload_kind,
        one.workload,
        one.component or _NULL,
        one.host or _NULL,
        one.labels or _NULL,
        str(one.redaction),
    )
    line = "\t".join(fields)
    if _NEEDS_ESCAPE.search(line) or line.count("\t") >= len(fields):
        line = "\t".join(field.translate(_COPY_ESCAPES) for field in fields)
    # no text holds U+0000, so it can stand for null until all else is escaped
    return line.replace(_NULL, "\\N") + "\n"


def _rejection(one: Observation, error: Exception) -> Rejection:
    reason = str(error).splitlines()[0][:256]
    return Rejection(
        cluster=one.cluster,
        source=one.source,
        place=f"{one.namespace}/{one.name}",
        reason=f"the database cannot hold it: {redaction.clean(reason)}",
        raw=redaction.clean(repr(one))[:RAW_LIMIT_CHARACTERS],
        received=one.received,
    )


def _rejected_row(rejection: Rejection) -> dict[str, str | int | datetime]:
    # two inputs may be damaged where nothing could be read: their place tells them apart
    told = rejection.raw or rejection.place
    joined = "\0".join((rejection.cluster, told)).encode(errors="replace")
    return {
        "rejected_id": hashlib.blake2b(joined, digest_size=16).hexdigest(),
        "cluster": rejection.cluster,
        "source": rejection.source,
        "place": redaction.clean(rejection.place),
        "reason": rejection.reason,
        "raw": rejection.raw,
        "redaction": redaction.RULES_VERSION,
        "received": rejection.received,
    }


def store_error(error: DriverError) -> StoreError:
    """Return what a driver's error means for the caller, in one sentence."""
    first = (str(error).strip().splitlines() or ["the connection was lost"])[0][:256]
    if error.pgcode is None or error.pgcode.startswith(("08", "57P")):
        return UnreachableError(f"the database went away: {first}")
    return StoreError(f"the database refused the batch: {first}")

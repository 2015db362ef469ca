"""Observations -> PostgreSQL: a grow-only set of points, merged by union.

Any order, repetition and batching, from any number of writers, gives the same tables.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import cast

import msgspec
from psycopg2 import DataError
from psycopg2 import Error as DriverError
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature
from sqlalchemy import Engine, PoolProxiedConnection, text
from sqlalchemy.exc import DBAPIError

from collector import redaction
from collector.appending import Appender, Last
from collector.approximate import adopt_identities
from collector.batch import BatchEvent, by_event, not_before
from collector.database import statement
from collector.errors import StoreError
from collector.exact_slots import KNOWN_SLOTS, Slot, exact_slots, slot_start
from collector.observation import RAW_LIMIT_CHARACTERS, Observation, Rejection
from collector.progress import Mark
from collector.stage_rows import event_rows, point_rows
from collector.store_errors import store_error

BATCH_OBSERVATIONS = 5000
COPY_CHUNK_BYTES = 262_144  # after each, another thread may hold the interpreter
UNSTORABLE = (DataError, UnicodeEncodeError, struct.error)  # a value that no column can hold
SUSPECT_OCCURRENCES = 1000
SUSPECT_LIFE = timedelta(days=400)
PROGRAM_LIMIT_EXCEEDED = "54000"  # such as a text too long for an index


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """What became of a batch; the four add up to its size."""

    stored: int = 0  # added or changed a point; two that change one point in a batch count once
    repeated: int = 0  # changed nothing
    too_old: int = 0  # from before the horizon, refused
    rejected: int = 0  # the database could not hold it; kept in `rejected`
    suspect: int = 0  # increments too large to be believed, beside the four

    def __add__(self, other: WriteResult) -> WriteResult:
        return WriteResult(
            stored=self.stored + other.stored,
            repeated=self.repeated + other.repeated,
            too_old=self.too_old + other.too_old,
            rejected=self.rejected + other.rejected,
            suspect=self.suspect + other.suspect,
        )


class Store:
    """One writer with one connection; use it as a context manager."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: PoolProxiedConnection | None = None
        self._slots: set[Slot] = set()  # that are known to be stored

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
        except UNSTORABLE as error:
            self._rollback()
            return self._bisect(observations, marks, error)
        except DriverError as error:
            self._rollback()
            if error.pgcode == PROGRAM_LIMIT_EXCEEDED:
                return self._bisect(observations, marks, error)
            raise store_error(error) from error

    def missing(self, observations: Sequence[Observation]) -> int:
        """Return how many points of these observations the store should have and has not.

        Raises
        ------
        UnreachableError
            The connection is gone.
        StoreError
            The database refused for another reason.
        """
        if not observations:
            return 0
        try:
            with closing(cast("Cursor", self._raw().cursor())) as cursor:
                return _count_missing(cursor, observations)
        except UNSTORABLE:  # it is kept in rejected; what no point can be is not missing
            middle = len(observations) // 2
            self._rollback()
            return self.missing(observations[:middle]) + (
                self.missing(observations[middle:]) if middle else 0
            )
        except DriverError as error:
            raise store_error(error) from error
        finally:
            self._rollback()  # nothing was written

    def ping(self) -> None:
        """Ask the server for nothing; raise StoreError where it does not answer."""
        try:
            with closing(self._raw().cursor()) as cursor:
                cursor.execute(statement("select_nothing"))
        except DriverError as error:
            raise store_error(error) from error
        finally:
            self._rollback()

    def reject(self, rejections: Iterable[Rejection]) -> None:
        """Keep records that could not become observations; the same record is kept once."""
        found = [_rejected_row(rejection) for rejection in rejections]
        rows = sorted(found, key=lambda row: str(row["rejected_id"]))  # in one order: no deadlocks
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
            cursor.execute(statement("limit_batch_idleness"))
            result = WriteResult()
            if observations:
                result = _write_points(cursor, observations, self._slots)
                if any(map(_may_be_suspect, observations)):
                    result += WriteResult(suspect=_count_suspects(cursor))
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
            self._slots.clear()
            try:
                self._connection = self._engine.raw_connection()
            except DBAPIError as error:
                raise store_error(cast("DriverError", error.orig)) from error
        return self._connection

    def _rollback(self) -> None:
        self._slots.clear()
        try:
            if self._connection is not None:
                self._connection.rollback()
        except DriverError:
            self._connection = None  # it is dead; the next batch opens another


def _write_points(
    cursor: Cursor, observations: Sequence[Observation], slots: set[Slot]
) -> WriteResult:
    observations = adopt_identities(cursor, observations)
    cursor.execute(statement("lock_horizon"))
    taken = _not_too_old(cursor, observations)
    events = by_event(taken)
    _merge_events(cursor, events)
    last = _last_points(cursor)
    new = Appender()
    between = [event for n, event in enumerate(events) if not new.add(event, last.get(n))]
    if len(new):
        _copy(cursor, "copy_points", new.rows())
    stored = len(new) + (_merge_points(cursor, between) if between else 0)
    _note_slots(cursor, exact_slots(taken) - slots, slots)
    too_old = len(observations) - len(taken)
    return WriteResult(stored=stored, repeated=len(taken) - stored, too_old=too_old)


def _not_too_old(cursor: Cursor, observations: Sequence[Observation]) -> Sequence[Observation]:
    cursor.execute(statement("find_horizon"))
    [(horizon,)] = cursor.fetchall()
    return observations if horizon is None else not_before(observations, horizon)


def _merge_events(cursor: Cursor, events: Sequence[BatchEvent]) -> None:
    cursor.execute(statement("create_event_stage"))
    _copy(cursor, "copy_event_stage", event_rows(events))
    if any(len(event.variants) > 1 for event in events):
        cursor.execute(statement("fold_variants"))
    cursor.execute(statement("merge_events"))


def _last_points(cursor: Cursor) -> dict[int, Last]:
    cursor.execute(statement("find_last_points"))
    return {number: Last(*values) for number, *values in cursor.fetchall()}


def _merge_points(cursor: Cursor, events: Sequence[BatchEvent]) -> int:
    """Merge the events' points into stored ones; return how many were added or changed."""
    if not _stage_unknown_points(cursor, events):
        return 0
    cursor.execute(statement("analyze_point_stage"))
    cursor.execute(statement("lower_messages"))
    cursor.execute(statement("insert_touched"))
    cursor.execute(statement("merge_points"))
    changed = cursor.rowcount
    cursor.execute(statement("settle_successors"))
    return changed


def _stage_unknown_points(cursor: Cursor, events: Sequence[BatchEvent]) -> int:
    """Stage what would change the store; return how many observations that are."""
    cursor.execute(statement("create_point_stage"))
    _copy(cursor, "copy_point_stage", point_rows(events))
    cursor.execute(statement("delete_repeated"))
    return sum(len(event.observations) for event in events) - cursor.rowcount


def _count_missing(cursor: Cursor, observations: Sequence[Observation]) -> int:
    taken = _not_too_old(cursor, adopt_identities(cursor, observations))
    cursor.execute(statement("create_point_stage"))
    _copy(cursor, "copy_point_stage", point_rows(by_event(taken)))
    cursor.execute(statement("count_missing"))
    [(missing,)] = cursor.fetchall()
    return int(missing)


def _note_slots(cursor: Cursor, new: set[Slot], known: set[Slot]) -> None:
    if not new:
        return
    ordered = sorted(new)
    starts, clusters = [slot_start(slot) for slot in ordered], [cluster for _, cluster in ordered]
    cursor.execute(statement("insert_exact_slots"), {"slots": starts, "clusters": clusters})
    if len(known) > KNOWN_SLOTS:
        known.clear()
    known |= new


def _copy(cursor: Cursor, name: str, rows: io.BytesIO) -> None:
    cursor.copy_expert(statement(name), rows, COPY_CHUNK_BYTES)


def _may_be_suspect(one: Observation) -> bool:
    """Tell what the rule of `is_suspect` needs at least."""
    return one.cumulative > SUSPECT_OCCURRENCES or one.time - one.birth > SUSPECT_LIFE


def _count_suspects(cursor: Cursor) -> int:
    cursor.execute(statement("count_suspects"))
    [(count,)] = cursor.fetchall()
    return int(count)


def _note_progress(cursor: Cursor, marks: Sequence[Mark]) -> None:
    """Write the marks in one order, after the events: two collectors cannot deadlock."""
    for mark in sorted(marks, key=lambda mark: msgspec.structs.astuple(mark.stream)):
        stream = msgspec.structs.asdict(mark.stream)
        progress = {"resource_version": mark.resource_version, "proved": mark.proved}
        cursor.execute(statement("upsert_watch"), {**stream, **progress})
        for span in sorted(mark.spans, key=lambda span: (span.start, span.state)):
            times = {"state": span.state, "start_time": span.start, "end_time": span.end}
            cursor.execute(statement("upsert_coverage"), {**stream, **times})


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

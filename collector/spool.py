"""Batches on disk while PostgreSQL is away, for outages longer than an event lives.

What `append` has returned from survives a kill and a power cut. A batch is removed only after it is
stored, and storing is repeatable: whatever happens in between, it is counted once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import msgspec

from collector.errors import SpoolError, SpoolFull
from collector.folder_lock import lock_folder
from collector.observation import Observation, Rejection
from collector.progress import Mark, Stream
from collector.spool_file import (
    FILE_ERRORS,
    FORMAT_VERSION,
    JOURNAL_BYTES,
    Row,
    is_damage,
    journal_of,
    open_file,
    replace_damaged,
    rows_after,
    spool_statement,
)

LOG = logging.getLogger(__name__)
LIMIT_BYTES = 1 << 30
ENTRY_OBSERVATIONS = 5000  # a larger batch is split, to be drained in pieces
ENTRY_BYTES = JOURNAL_BYTES // 2
_FILE = "spool.sqlite"
_LOCK = "spool.lock"
_COMPRESSION_LEVEL = 1

T = TypeVar("T")


class _Records(msgspec.Struct, array_like=True):
    observations: Sequence[Observation] = ()
    rejections: Sequence[Rejection] = ()


_encode = msgspec.msgpack.Encoder().encode
_decode_records = msgspec.msgpack.Decoder(_Records).decode
_decode_marks = msgspec.msgpack.Decoder(tuple[Mark, ...]).decode


@dataclass(frozen=True, slots=True)
class Entry:
    """A batch that waits, or a part of a large one."""

    id: int
    observations: Sequence[Observation]
    rejections: Sequence[Rejection]
    marks: Sequence[Mark]


class Spool:
    """A queue of batches in *folder*, of one process and one thread at a time.

    The counts may be read by any thread. A damaged file is moved aside, and what can be read of it
    goes on. Marks that count a lost batch among the stored ones are dropped: the watch resumes from
    an earlier version then, and the time is not claimed as watched.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit_bytes: int = LIMIT_BYTES,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.folder = folder
        self.entries = 0  # batches that wait
        self.has_lost = False  # a batch, since it was opened; its marks and all later ones are gone
        self._limit_bytes = limit_bytes
        self._now = now
        self._path = folder / _FILE
        self._connection: sqlite3.Connection | None = None
        self._lock_descriptor: int | None = lock_folder(folder, _LOCK)
        try:
            self._attempt(self._check_rows)
            self.has_lost = False
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have the folder; what waits stays."""
        self._disconnect()
        if self._lock_descriptor is not None:
            os.close(self._lock_descriptor)
            self._lock_descriptor = None

    @property
    def size_bytes(self) -> int:
        """What the spool takes up on disk."""
        size_bytes = 0
        for path in (self._path, journal_of(self._path)):
            with contextlib.suppress(OSError):
                size_bytes += path.stat().st_size
        return size_bytes

    def append(
        self,
        observations: Sequence[Observation],
        rejections: Sequence[Rejection] = (),
        marks: Sequence[Mark] = (),
    ) -> None:
        """Keep a batch; it is on disk, all of it, when this returns.

        Raises
        ------
        SpoolFull
            The limit would be passed; nothing is kept.
        SpoolError
            The disk is full or fails; nothing is kept.
        """
        if not (observations or rejections or marks):
            return
        contents = list(_contents(observations, rejections))
        mark = _packed(tuple(marks)) if marks else None
        self._attempt(lambda connection: self._insert(connection, contents, mark))
        self.entries += len(contents)

    def oldest(self) -> Entry | None:
        """Return the batch that has waited longest; SpoolError where the disk fails."""
        return self._attempt(self._read_oldest)

    def remove(self, entry: Entry) -> None:
        """Forget a batch that is stored; SpoolError where the disk fails."""
        self._attempt(lambda connection: self._delete(connection, entry.id))

    def latest_marks(self) -> dict[Stream, Mark]:
        """Return how far each stream has come in what waits."""
        return self._attempt(_latest_marks)

    # -- each of these runs in `_attempt`

    def _insert(
        self, connection: sqlite3.Connection, contents: Sequence[bytes], mark: bytes | None
    ) -> None:
        with connection:
            for content in contents:
                row = _row(None, content)
                batch_id = connection.execute(spool_statement("insert_batch"), row).lastrowid
            if mark is not None:
                connection.execute(spool_statement("insert_mark"), _row(batch_id, mark))
            (size_bytes,) = connection.execute(spool_statement("select_size")).fetchone()
            if size_bytes + JOURNAL_BYTES > self._limit_bytes:
                raise SpoolFull(
                    f"the spool in {self.folder} has reached its limit of "
                    f"{self._limit_bytes / 2**20:,.0f} MiB: it takes more once the database has "
                    "taken what waits in it"
                )

    def _read_oldest(self, connection: sqlite3.Connection) -> Entry | None:
        for row in rows_after(connection, "next_batch"):
            records = _records(row)
            if records is not None:
                marks = _marks_of(connection, row.batch_id)
                return Entry(row.batch_id, records.observations, records.rejections, marks)
            self._set_aside(connection, row.batch_id)
        return None

    def _delete(self, connection: sqlite3.Connection, batch_id: int) -> None:
        with connection:
            removed = connection.execute(spool_statement("delete_batch"), {"batch_id": batch_id})
            connection.execute(spool_statement("delete_mark"), {"batch_id": batch_id})
        self.entries -= removed.rowcount
        if removed.rowcount and not self.entries:
            with contextlib.suppress(sqlite3.OperationalError):  # next time, on a full disk
                connection.executescript(spool_statement("shrink"))

    def _check_rows(self, connection: sqlite3.Connection) -> None:
        """Find the batches that are not what was written, before anything is resumed from them."""
        for row in rows_after(connection, "next_batch"):
            if row.whole_content is None:
                self._set_aside(connection, row.batch_id)

    def _set_aside(self, connection: sqlite3.Connection, batch_id: int) -> None:
        lost = {"batch_id": batch_id}
        reason = "it cannot be read as a batch"
        with connection:
            connection.execute(spool_statement("set_aside"), {**lost, "reason": reason})
            connection.execute(spool_statement("delete_batch"), lost)
            connection.execute(spool_statement("delete_marks_from"), lost)
        self.entries -= 1
        self.has_lost = True
        LOG.warning(
            "a batch in %s cannot be read; it is kept in the table 'damaged', and the rest goes on",
            self._path,
        )

    # -- the file

    def _attempt(self, action: Callable[[sqlite3.Connection], T]) -> T:
        """Run *action*; where the file proves damaged, once more with what is left of it."""
        try:
            try:
                return action(self._opened())
            except FILE_ERRORS as error:
                if not is_damage(error):
                    raise
            self._replace()
            return action(self._opened())
        except (*FILE_ERRORS, OSError) as error:
            raise self._failure(error) from error

    def _opened(self) -> sqlite3.Connection:
        if self._lock_descriptor is None:
            raise SpoolError(f"the spool in {self.folder} is closed")
        if self._connection is None:
            self._connection = open_file(self._path)
            (self.entries,) = self._connection.execute(spool_statement("count_batches")).fetchone()
        return self._connection

    def _replace(self) -> None:
        self.has_lost = True
        self._disconnect()
        aside = replace_damaged(self._path, self._now())
        self._opened()
        LOG.warning(
            "the spool %s is damaged: it is kept as %s, and %d batches that could be read go on",
            self._path,
            aside.name,
            self.entries,
        )

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _failure(self, error: Exception) -> SpoolError:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return SpoolError(
                f"the disk that holds the spool {self._path} is full: free some space"
            )
        self._disconnect()  # what the disk has made of the file is seen when it is opened again
        return SpoolError(
            f"the spool {self._path} cannot be used ({error}): check its disk and permissions"
        )


def _contents(
    observations: Sequence[Observation], rejections: Sequence[Rejection]
) -> Iterator[bytes]:
    """Yield the batch in pieces, each small enough to be drained and removed alone."""
    if len(observations) <= ENTRY_OBSERVATIONS:
        content = _packed(_Records(observations, rejections))
        if len(content) <= ENTRY_BYTES or len(observations) <= 1:
            yield content
            return
    middle = len(observations) // 2
    yield from _contents(observations[:middle], rejections)
    yield from _contents(observations[middle:], ())


def _packed(content: object) -> bytes:
    return zlib.compress(_encode(content), _COMPRESSION_LEVEL)


def _row(batch_id: int | None, content: bytes) -> dict[str, int | bytes | None]:
    checksum = zlib.crc32(content)
    return {
        "batch_id": batch_id,
        "version": FORMAT_VERSION,
        "checksum": checksum,
        "content": content,
    }


def _unpacked(row: Row, decode: Callable[[bytes], T]) -> T | None:
    content = row.whole_content
    if content is None or row.version != FORMAT_VERSION:
        return None
    try:
        return decode(zlib.decompress(content))
    except (zlib.error, msgspec.DecodeError):
        return None


def _records(row: Row) -> _Records | None:
    return _unpacked(row, _decode_records)


def _marks_of(connection: sqlite3.Connection, batch_id: int) -> tuple[Mark, ...]:
    found = connection.execute(spool_statement("select_mark"), {"batch_id": batch_id}).fetchone()
    marks = _unpacked(Row(*found), _decode_marks) if found else None
    return marks or ()


def _latest_marks(connection: sqlite3.Connection) -> dict[Stream, Mark]:
    latest: dict[Stream, Mark] = {}
    for row in rows_after(connection, "next_mark"):
        for mark in _unpacked(row, _decode_marks) or ():
            latest[mark.stream] = mark
    return latest

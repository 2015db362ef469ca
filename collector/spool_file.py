"""The file of a spool: checked when it is opened, and replaced where it is damaged."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from collector.database import sql_folder
from collector.folder_lock import sync_folder

JOURNAL_BYTES = 4 << 20  # kept on the disk, to remove batches where it is full; see open.sql
FORMAT_VERSION = 1  # of the content of rows
_LAYOUT_VERSION = 1  # of the tables
_DAMAGE_CODES = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,  # a table is missing
    sqlite3.SQLITE_CONSTRAINT,  # a number is used twice
}
_UNKNOWN = (1 << 63) - 1  # what SQLite counts up to
_MISSES = 100_000  # before the rest is given up


class DamagedFile(Exception):  # noqa: N818 - names the file's state, and is put right at once
    """The file is no spool, or no whole one."""


# sqlite3 raises UnicodeError where it would tell of a damaged name
FILE_ERRORS = (sqlite3.Error, DamagedFile, UnicodeError)


class Row(NamedTuple):
    """A row of the tables `batch` and `mark`."""

    batch_id: int
    version: int
    checksum: int
    content: object  # damage may have made anything of it

    @property
    def whole_content(self) -> bytes | None:
        """The content where it is what was written."""
        if isinstance(self.content, bytes) and zlib.crc32(self.content) == self.checksum:
            return self.content
        return None


@cache
def spool_statement(name: str) -> str:
    """Return the text of ``sql/spool/NAME.sql``."""
    return (sql_folder() / "spool" / f"{name}.sql").read_text(encoding="utf-8")


def is_damage(error: Exception) -> bool:
    """Tell a file that cannot be read from a disk or a permission that fails."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return isinstance(error, DamagedFile | UnicodeError) or (code & 0xFF) in _DAMAGE_CODES


def open_file(path: Path) -> sqlite3.Connection:
    """Open the spool, made first where there is none; raise where it is damaged."""
    replacement = _replacement_of(path)
    if not path.exists() and replacement.exists():
        replacement.rename(path)  # the last run ended between the two renames
    if not path.exists():
        _create(replacement, None)
        replacement.rename(path)
    with contextlib.suppress(OSError):  # a disk that is full already
        _reserve(journal_of(path))
    sync_folder(path.parent)
    connection = _connect(path)
    try:
        _check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def journal_of(path: Path) -> Path:
    """Return the file that SQLite keeps beside *path*."""
    return path.with_name(f"{path.name}-journal")


def replace_damaged(path: Path, at: datetime) -> Path:
    """Begin a new file with what can be read of the damaged one; return where that lies now."""
    aside = _free_name(path.with_name(f"{path.stem}-damaged-{at:%Y%m%dT%H%M%SZ}{path.suffix}"))
    _create(_replacement_of(path), path)
    journal_of(path).unlink(missing_ok=True)  # reading has rolled back what it held
    path.rename(aside)
    _replacement_of(path).rename(path)
    sync_folder(path.parent)
    return aside


def rows_after(connection: sqlite3.Connection, name: str) -> Iterator[Row]:
    """Yield the rows that the statement *name* finds one after the other."""
    after = 0
    while found := connection.execute(spool_statement(name), {"after": after}).fetchone():
        row = Row(*found)
        after = row.batch_id
        yield row


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level="IMMEDIATE", check_same_thread=False)
    connection.text_factory = bytes  # damage may turn a content into text of any kind
    return connection


def _check(connection: sqlite3.Connection) -> None:
    connection.executescript(spool_statement("open"))
    if connection.execute(spool_statement("select_layout")).fetchone() != (_LAYOUT_VERSION,):
        raise DamagedFile("it is not a spool of this version")
    problem = connection.execute(spool_statement("check")).fetchone()
    if problem != (b"ok",):
        raise DamagedFile(str(problem))


def _create(path: Path, damaged: Path | None) -> None:
    """Make a file in one step: whoever finds it finds it whole."""
    draft = path.with_name(f"{path.name}-draft")
    draft.unlink(missing_ok=True)
    journal_of(draft).unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(_connect(draft)) as connection:
        connection.executescript(spool_statement("open"))
        connection.executescript(spool_statement("create"))
        if damaged is not None:
            _salvage(damaged, connection)
    journal_of(draft).unlink(missing_ok=True)
    draft.rename(path)


def _salvage(damaged: Path, target: sqlite3.Connection) -> None:
    """Copy every whole batch, and the marks that count no lost batch among the stored ones."""
    with closing(_connect(damaged)) as source:
        try:
            source.executescript(spool_statement("open_damaged"))
        except FILE_ERRORS:
            return
        last = _last_number(source)
        lost_from = last + 1
        for number, row in _readable_rows(source, "next_batch", last):
            if row is not None and row.whole_content is not None:
                with target:
                    target.execute(spool_statement("insert_batch"), row._asdict())
            else:
                lost_from = min(lost_from, number)
        with target:
            for number, row in _readable_rows(source, "next_mark", last):
                if row is not None and number < lost_from:
                    target.execute(spool_statement("insert_mark"), row._asdict())


def _readable_rows(
    source: sqlite3.Connection, name: str, last: int
) -> Iterator[tuple[int, Row | None]]:
    """Yield numbers up to *last* with their rows; None for what cannot be read."""
    number = misses = 0
    while number < last and misses < _MISSES:
        row = _next_row(source, name, number)
        if row is None:
            number += 1
            misses += 1
        else:
            number = row.batch_id
        yield number, row


def _next_row(source: sqlite3.Connection, name: str, after: int) -> Row | None:
    try:
        found = source.execute(spool_statement(name), {"after": after}).fetchone()
    except FILE_ERRORS:
        return None
    return Row(*found) if found is not None and found[0] > after else None


def _last_number(source: sqlite3.Connection) -> int:
    try:
        found = source.execute(spool_statement("select_last_number")).fetchone()
    except FILE_ERRORS:
        return _UNKNOWN
    is_number = found is not None and isinstance(found[0], int)
    return int(found[0]) if is_number else _UNKNOWN


def _replacement_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-new")


def _free_name(path: Path) -> Path:
    number = 2
    free = path
    while free.exists():
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return free


def _reserve(journal: Path) -> None:
    """Make the journal as large as it is kept; one that begins with zero is not in use."""
    with os.fdopen(os.open(journal, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        missing = JOURNAL_BYTES - file.seek(0, os.SEEK_END)
        file.seek(0)
        if missing > 0 and file.read(1) in {b"", b"\0"}:
            file.seek(0, os.SEEK_END)
            file.write(bytes(missing))
            os.fsync(file.fileno())

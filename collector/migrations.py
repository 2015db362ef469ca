"""Numbered SQL files, applied in order, once, by whoever comes first."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from psycopg2 import Error as DriverError
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import DBAPIError

from collector.database import sql_folder, statement
from collector.errors import SchemaError, StoreError, UnreachableError
from collector.store_errors import INSUFFICIENT_PRIVILEGE

LOCK_WAIT_SECONDS = 120.0
LOCK_POLL_SECONDS = 0.1
LOCK_NOT_AVAILABLE = "55P03"
_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file of ``sql/migrations``."""

    number: int
    name: str  # 0001_store
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def available(folder: Path | None = None) -> list[Migration]:
    """Return the migrations of *folder* (default: the project's own) in order."""
    files = sorted((folder or sql_folder() / "migrations").glob("*.sql"))
    return [_read(path) for path in files]


def _read(path: Path) -> Migration:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise SchemaError(f"{path.name}: a migration is named NNNN_name.sql")
    return Migration(number=int(match[1]), name=path.stem, text=path.read_text(encoding="utf-8"))


def pending(engine: Engine, folder: Path | None = None) -> list[Migration]:
    """Return what is not applied yet.

    Raises
    ------
    SchemaError
        A later version has changed what this one needs, an applied file was changed, or the role
        may not even look.
    UnreachableError
        The connection is gone.
    """
    try:
        with engine.connect() as connection:
            return _pending(connection, available(folder))
    except DBAPIError as error:
        raise _unreadable(cast("DriverError", error.orig)) from error


def newer(engine: Engine) -> list[str]:
    """Return the names of the migrations that a later version has applied."""
    known = {migration.number for migration in available()}
    try:
        with engine.connect() as connection:
            return [one.name for one in _applied(connection) if one.number not in known]
    except DBAPIError as error:
        raise _unreadable(cast("DriverError", error.orig)) from error


def upgrade(engine: Engine, folder: Path | None = None) -> list[str]:
    """Apply every pending migration, each in its own transaction; return their names.

    Any number of processes may do this at once: each file is applied by the one that holds an
    advisory lock, which is polled (a waiting lock would deadlock with index builds).

    Raises
    ------
    SchemaError
        As from `pending`; or the role may not change the schema, another process holds the lock for
        too long, or writers hold a table.
    UnreachableError
        The connection is gone; what is applied stays.
    """
    applied: list[str] = []
    migrations = available(folder)
    try:
        while pending(engine, folder):
            with engine.begin() as connection:
                _lock(connection)
                todo = _pending(connection, migrations)
                if not todo:
                    break
                _apply(connection, todo[0])
                applied.append(todo[0].name)
    except DBAPIError as error:
        raise _refused(cast("DriverError", error.orig)) from error
    except DriverError as error:
        raise _refused(error) from error
    return applied


def _pending(connection: Connection, migrations: list[Migration]) -> list[Migration]:
    known = {migration.number: migration for migration in migrations}
    done = {one.number: one.checksum for one in _applied(connection)}
    if done.keys() - known.keys():
        _check_floor(connection, newest=max(known, default=0), applied=max(done))
    for number in done.keys() & known.keys():
        if done[number] != known[number].checksum:
            raise SchemaError(
                f"the migration {known[number].name} was changed after it had been applied; "
                "restore the file as it was and put the change into a new migration"
            )
    return [migration for migration in migrations if migration.number not in done]


def _check_floor(connection: Connection, *, newest: int, applied: int) -> None:
    """Raise SchemaError where a later version has taken away what this one needs."""
    floor: int = connection.execute(text(statement("find_schema_floor"))).scalar_one()
    if newest < floor:
        raise SchemaError(
            f"the database has schema version {applied}, newer than this kubedigest (version "
            f"{newest}), which would have to know version {floor} to use it; install a later one"
        )


def _applied(connection: Connection) -> Sequence[Row[Any]]:
    if connection.scalar(text(statement("find_migration_table"))) is None:
        return ()
    return connection.execute(text(statement("select_migrations"))).all()


def _lock(connection: Connection) -> None:
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while not connection.scalar(text(statement("try_migration_lock"))):
        if time.monotonic() > deadline:
            raise SchemaError("another process has been changing the schema for two minutes")
        time.sleep(LOCK_POLL_SECONDS)


def _apply(connection: Connection, migration: Migration) -> None:
    connection.exec_driver_sql(statement("limit_migration_waits"))
    # straight to the cursor: a percent sign or a colon in the file is SQL, not a parameter
    cursor = connection.connection.cursor()
    cursor.execute(migration.text)
    cursor.execute(statement("create_migration_table"))
    cursor.close()
    connection.execute(
        text(statement("insert_migration")),
        {"number": migration.number, "name": migration.name, "checksum": migration.checksum},
    )


def _unreadable(error: DriverError) -> StoreError:
    if error.pgcode == INSUFFICIENT_PRIVILEGE:
        return SchemaError(
            f"this role may not use the store ({_reason(error)}); let its owner grant it "
            "kubedigest_collector, kubedigest_reporter or kubedigest_notifier"
        )
    return _refused(error)


def _refused(error: DriverError) -> StoreError:
    reason = _reason(error)
    if error.pgcode is None or error.pgcode.startswith(("08", "57P")):
        return UnreachableError(f"the database went away while its schema was looked at: {reason}")
    if error.pgcode == INSUFFICIENT_PRIVILEGE:
        return SchemaError(
            f"this role may not change the schema ({reason}); "
            "run 'kubedigest db upgrade' as the owner of the database"
        )
    if error.pgcode == LOCK_NOT_AVAILABLE:
        return SchemaError(
            "the schema was not upgraded, since others held a table for ten seconds; nothing was "
            "changed, so run it again"
        )
    return SchemaError(f"the schema could not be upgraded: {reason}")


def _reason(error: DriverError) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0][:256]

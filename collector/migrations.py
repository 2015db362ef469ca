"""Numbered SQL files, applied in order, once, by whoever comes first."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from psycopg2 import Error as DriverError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from collector.database import sql_folder, statement
from collector.errors import SchemaError, StoreError, UnreachableError

LOCK_WAIT_SECONDS = 120.0
LOCK_POLL_SECONDS = 0.1
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
        The database is newer than this version, or an applied file was changed.
    UnreachableError
        The connection is gone.
    """
    try:
        with engine.connect() as connection:
            return _pending(connection, available(folder))
    except DBAPIError as error:
        raise _refused(cast("DriverError", error.orig)) from error


def upgrade(engine: Engine, folder: Path | None = None) -> list[str]:
    """Apply every pending migration, each in its own transaction; return their names.

    Any number of processes may do this at once: each file is applied by the one that holds an
    advisory lock, which is polled (a waiting lock would deadlock with index builds).

    Raises
    ------
    SchemaError
        The database is newer than this version, an applied file was changed, the role may not
        change the schema, or another process holds the lock for too long.
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
    done = dict(_applied(connection))
    for number, checksum in done.items():
        if number not in known:
            raise SchemaError(
                f"the database has schema version {max(done)}, newer than this kubedigest "
                f"(version {max(known, default=0)}); install the version that upgraded it"
            )
        if checksum != known[number].checksum:
            raise SchemaError(
                f"the migration {known[number].name} was changed after it had been applied; "
                "restore the file as it was and put the change into a new migration"
            )
    return [migration for migration in migrations if migration.number not in done]


def _applied(connection: Connection) -> Iterator[tuple[int, str]]:
    if connection.scalar(text(statement("find_migration_table"))) is None:
        return
    for row in connection.execute(text(statement("select_migrations"))):
        yield row.number, row.checksum


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


def _refused(error: DriverError) -> StoreError:
    reason = (str(error).strip().splitlines() or ["no reason given"])[0][:256]
    if error.pgcode is None or error.pgcode.startswith(("08", "57P")):
        return UnreachableError(f"the database went away while its schema was looked at: {reason}")
    if error.pgcode == "42501":  # insufficient_privilege
        return SchemaError(
            f"this role may not change the schema ({reason}); "
            "run 'kubedigest db upgrade' as the owner of the database"
        )
    return SchemaError(f"the schema could not be upgraded: {reason}")

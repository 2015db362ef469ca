"""The mutes of a store: made, read and lifted."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import cast

from psycopg2 import Error as DriverError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from analytics.mutes import Mute
from collector.database import statement
from collector.errors import StoreError
from collector.store_errors import store_error

READ_ONLY = "25006"  # a standby, or a session that only reads


def load_mutes(engine: Engine) -> tuple[Mute, ...]:
    """Return every mute there ever was, the oldest first.

    Raises
    ------
    StoreError
        The database refused or went away.
    """
    with _transaction(engine) as connection:
        rows = connection.execute(text(statement("select_mutes"))).mappings().all()
    return tuple(
        Mute(
            id=row["mute_id"],
            cluster=row["cluster"],
            namespace=row["namespace"],
            kind=row["kind"],
            name=row["name"],
            reason=row["reason"],
            because=row["because"],
            by=row["created_by"],
            created=row["created"],
            expires=row["expires"],
            lifted=row["lifted"],
            lifted_by=row["lifted_by"],
        )
        for row in rows
    )


def add_mute(engine: Engine, mute: Mute) -> Mute:
    """Store a mute; return it with the number that the store gave it.

    Raises
    ------
    StoreError
        This role may only read, or the database refused or went away.
    """
    parameters = {
        "cluster": mute.cluster,
        "namespace": mute.namespace,
        "kind": mute.kind,
        "name": mute.name,
        "reason": mute.reason,
        "because": mute.because,
        "created_by": mute.by,
        "created": mute.created,
        "expires": mute.expires,
    }
    with _transaction(engine) as connection:
        number = connection.scalar(text(statement("insert_mute")), parameters)
    return replace(mute, id=cast("int", number))


def lift_mutes(
    engine: Engine, numbers: Collection[int], *, now: datetime, by: str
) -> frozenset[int]:
    """End mutes before they expire; return the numbers of those that muted until now.

    Raises
    ------
    StoreError
        This role may only read, or the database refused or went away.
    """
    parameters = {"mutes": sorted(numbers), "now": now, "by": by}
    with _transaction(engine) as connection:
        return frozenset(connection.scalars(text(statement("lift_mutes")), parameters))


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        driver_error = cast("DriverError", error.orig)
        if driver_error.pgcode == READ_ONLY:
            raise StoreError(
                "this role may only read the store; mute as one that may write"
            ) from error
        raise store_error(driver_error) from error

"""The roles of the store: what each may do is data in ``kubedigest.role_right``."""

from __future__ import annotations

from typing import cast

from psycopg2 import Error as DriverError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from collector.database import statement
from collector.errors import StoreError
from collector.store_errors import INSUFFICIENT_PRIVILEGE, in_one_sentence, store_error

OWNER = "owner"  # stands for whoever owns the tables, among the purposes


def grant_rights(engine: Engine) -> list[str]:
    """Make the roles where this one may, give them their rights, and return those that are missing.

    Raises
    ------
    StoreError
        This role does not own the store, or the database refused or went away.
    """
    try:
        with engine.begin() as connection:
            return list(connection.scalars(text(statement("grant_rights"))))
    except DBAPIError as error:
        driver_error = cast("DriverError", error.orig)
        if driver_error.pgcode == INSUFFICIENT_PRIVILEGE:
            raise StoreError("only the owner of the store may give rights on it") from error
        raise store_error(driver_error) from error


def purposes(engine: Engine) -> dict[str, bool]:
    """Return for each role, and for `OWNER`, whether the connected one may do all that it may."""
    with in_one_sentence(), engine.connect() as connection:
        rows = connection.execute(text(statement("select_purposes"))).all()
    return {row.role: row.allowed for row in rows}

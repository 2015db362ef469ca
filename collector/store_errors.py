"""What an error of the driver means for whoever reads or writes the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from psycopg2 import Error as DriverError
from sqlalchemy.exc import DBAPIError

from collector.deadline import NoAnswer
from collector.errors import StoreError, UnreachableError

INSUFFICIENT_PRIVILEGE = "42501"


def store_error(error: DriverError) -> StoreError:
    """Return what a driver's error means for the caller, in one sentence."""
    if isinstance(error, NoAnswer):
        return NoAnswer(str(error))
    first = (str(error).strip().splitlines() or ["the connection was lost"])[0][:256]
    if error.pgcode is None or error.pgcode.startswith(("08", "57P")):
        return UnreachableError(f"the database went away: {first}")
    if error.pgcode == INSUFFICIENT_PRIVILEGE:
        return StoreError(
            f"the role of this login lacks a right ({first}); 'kubedigest db status' says what it "
            "may do"
        )
    return StoreError(f"the database refused the batch: {first}")


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Raise StoreError for what SQLAlchemy makes of an error of the driver."""
    try:
        yield
    except DBAPIError as error:
        raise store_error(cast("DriverError", error.orig)) from error

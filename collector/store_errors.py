"""What an error of the driver means for whoever reads or writes the store."""

from __future__ import annotations

from psycopg2 import Error as DriverError

from collector.deadline import NoAnswer
from collector.errors import StoreError, UnreachableError


def store_error(error: DriverError) -> StoreError:
    """Return what a driver's error means for the caller, in one sentence."""
    if isinstance(error, NoAnswer):
        return NoAnswer(str(error))
    first = (str(error).strip().splitlines() or ["the connection was lost"])[0][:256]
    if error.pgcode is None or error.pgcode.startswith(("08", "57P")):
        return UnreachableError(f"the database went away: {first}")
    return StoreError(f"the database refused the batch: {first}")

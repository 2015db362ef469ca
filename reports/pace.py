"""How fast a channel may be sent to, shared by all processes through the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from psycopg2 import Error as DriverError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from collector.database import statement
from collector.store_errors import store_error

# a little less than what is allowed: messages do not travel at an even speed
_MARGIN = 1.05


class Pace:
    """Moments at which one channel may be sent to.

    They lie evenly: whoever sends at the moments that it was given keeps within every limit of so
    many a minute, also where a service counts minutes in its own way.

    Parameters
    ----------
    engine
        On the store.
    channel
        Its name.
    per_minute
        How many messages its service takes. [1/min]
    """

    def __init__(self, engine: Engine, channel: str, per_minute: int) -> None:
        self._engine = engine
        self._channel = channel
        self._gap_seconds = 60.0 / per_minute * _MARGIN

    def reserve(self, patience_seconds: float) -> float | None:
        """Reserve the next moment; return in how many seconds it is, ``None`` for too long.

        Raises
        ------
        StoreError
            The database refuses, or is away.
        """
        found: float | None = self._scalar(
            "reserve_slot", gap_seconds=self._gap_seconds, patience_seconds=patience_seconds
        )
        return found

    def next_slot(self) -> datetime | None:
        """Return when the next moment would be, without reserving it; ``None`` for now."""
        found: datetime | None = self._scalar("select_next_slot", gap_seconds=self._gap_seconds)
        return found

    def block(self, seconds: float) -> None:
        """Keep everybody from the channel for so long."""
        self._scalar("block_channel", seconds=seconds)

    def _scalar(self, name: str, **values: object) -> Any:
        try:
            with self._engine.begin() as connection:
                found = connection.execute(
                    text(statement(name)), {"channel": self._channel, **values}
                )
                return found.scalar() if found.returns_rows else None
        except DBAPIError as error:
            raise store_error(cast("DriverError", error.orig)) from error

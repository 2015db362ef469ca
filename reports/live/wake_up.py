"""Waiting for new points: PostgreSQL's NOTIFY where it arrives, and looking now and then."""

from __future__ import annotations

import select
import threading
import time
from contextlib import suppress
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

CHANNEL = "kubedigest_point"  # named in sql/migrations/0006_live.sql
_TRIAL_SECONDS = 30.0  # between messages to oneself
_ARRIVES_WITHIN_SECONDS = 5.0


class WakeUp:
    """Sets *event* whenever points were committed.

    A connection of its own listens. Behind a pooler that hands connections on after each
    transaction nothing arrives; so it writes to itself now and then, over another connection, and
    `is_listening` says whether that arrives. Whoever waits looks by itself all the same.

    Parameters
    ----------
    engine
        On the store.
    event
        That is set.
    retry_seconds
        Between tries to connect.
    """

    def __init__(
        self, engine: Engine, event: threading.Event, *, retry_seconds: float = 5.0
    ) -> None:
        self._engine, self._event = engine, event
        self._retry_seconds = retry_seconds
        self._ended = threading.Event()
        self.is_listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listening", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End within a second."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            with suppress(psycopg2.Error, SQLAlchemyError, OSError):
                self._listen()
            self.is_listening.clear()
            self._ended.wait(self._retry_seconds)

    def _listen(self) -> None:
        fairy = self._engine.raw_connection()
        connection: Any = fairy.driver_connection
        try:
            connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with connection.cursor() as cursor:
                cursor.execute(f"listen {CHANNEL}")
            self._event.set()  # something may have been committed before
            tried = heard = float("-inf")
            while not self._ended.is_set():
                now = time.monotonic()
                if now - tried > _TRIAL_SECONDS:
                    self._try()
                    tried = now
                elif heard < tried and now - tried > _ARRIVES_WITHIN_SECONDS:
                    self.is_listening.clear()
                select.select([connection], [], [], 1.0)
                connection.poll()
                if connection.notifies:
                    connection.notifies.clear()
                    heard = time.monotonic()
                    self.is_listening.set()
                    self._event.set()
        finally:
            fairy.invalidate()  # it still listens: nobody else is to get it

    def _try(self) -> None:
        with self._engine.begin() as connection:
            connection.execute(text("select pg_notify(:channel, '')"), {"channel": CHANNEL})

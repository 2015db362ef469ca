"""Waiting for new points: PostgreSQL's NOTIFY where it arrives, and looking now and then."""

from __future__ import annotations

import select
import threading
from contextlib import suppress
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from sqlalchemy import Engine

CHANNEL = "kubedigest_point"  # named in sql/migrations/0006_live.sql


class WakeUp:
    """Sets *event* whenever points were committed.

    A connection of its own listens. Behind a pooler that hands connections on after each
    transaction nothing arrives; whoever waits looks by itself now and then all the same.

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
        self.is_listening = threading.Event()  # that a message arrives was tried
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
            with suppress(psycopg2.Error, OSError):
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
                cursor.execute("select pg_notify(%s, '')", (CHANNEL,))  # tells whether they arrive
            self._event.set()
            while not self._ended.is_set():
                select.select([connection], [], [], 1.0)
                connection.poll()
                if connection.notifies:
                    connection.notifies.clear()
                    self.is_listening.set()
                    self._event.set()
        finally:
            fairy.invalidate()  # it still listens: nobody else is to get it

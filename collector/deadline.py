"""A deadline for each statement, kept by the client.

A server that is stopped, or a network that swallows packets, leaves libpq waiting for ever: none of
its time limits ends a wait for an answer, once `connect_timeout` has done its part. Shutting the
connection's socket down from another thread does, also under TLS.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class by nature
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature

from collector.errors import UnreachableError


class NoAnswer(UnreachableError, psycopg2.OperationalError):  # noqa: N818 - says what happened
    """The database did not answer in time, and the connection was cut."""


class Deadline:
    """Cuts connections whose server has not answered for `seconds`.

    One thread watches while anything is to be watched; all methods may be called by any thread.
    Who changes `seconds` changes them for what begins later.
    """

    def __init__(
        self,
        seconds: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._hurry = threading.Event()
        self._sleep = sleep or self._hurry.wait
        self._lock = threading.Lock()
        self._guards: set[_Guard] = set()
        self._is_watching = False
        self._wakes = 0.0  # when the thread looks again

    @property
    def connect_arguments(self) -> dict[str, Any]:
        """Arguments of psycopg2.connect that put every statement and commit under the deadline."""
        return {"connection_factory": partial(WatchedConnection, self)}

    @contextlib.contextmanager
    def watch(self, connection: Connection) -> Iterator[None]:
        """Cut *connection* where the block takes too long; raise NoAnswer if that broke it."""
        guard = self._begin(connection)
        try:
            yield
        except psycopg2.Error as error:
            if self._end(guard):
                raise NoAnswer(f"the database did not answer for {guard.seconds:g} s") from error
            raise
        finally:
            self._end(guard)

    def _begin(self, connection: Connection) -> _Guard:
        try:
            # libpq may close its own descriptor at any moment, and the number be used anew
            descriptor = os.dup(connection.fileno())
        except OSError as error:
            raise psycopg2.OperationalError(f"no descriptor to watch it by: {error}") from error
        seconds = self.seconds
        guard = _Guard(descriptor, seconds, due=self._monotonic() + seconds)
        with self._lock:
            self._guards.add(guard)
            if not self._is_watching:
                self._is_watching = True
                threading.Thread(target=self._run, name="deadline", daemon=True).start()
            elif guard.due < self._wakes:
                self._hurry.set()
        return guard

    def _end(self, guard: _Guard) -> bool:
        """Watch no more; tell whether the connection was cut."""
        with self._lock:
            if guard in self._guards:
                self._guards.remove(guard)
                os.close(guard.descriptor)
            return guard.is_cut

    def _run(self) -> None:
        while (delay := self._cut_overdue()) is not None:
            self._sleep(delay)

    def _cut_overdue(self) -> float | None:
        """Cut what is overdue; return the seconds until something else may be, None for nothing."""
        with self._lock:
            now = self._monotonic()
            for guard in self._guards:
                if guard.due <= now and not guard.is_cut:
                    guard.cut()
            waiting = [guard.due for guard in self._guards if not guard.is_cut]
            self._is_watching = bool(waiting)
            self._wakes = min(waiting, default=0.0)
            self._hurry.clear()
            return self._wakes - now if waiting else None


class _Guard:
    """One block: a descriptor of its own for the connection's socket, and when it is overdue."""

    def __init__(self, descriptor: int, seconds: float, *, due: float) -> None:
        self.descriptor = descriptor
        self.seconds = seconds
        self.due = due
        self.is_cut = False

    def cut(self) -> None:
        """Shut the socket down; whoever waits for it gets an error at once."""
        self.is_cut = True
        with contextlib.suppress(OSError):  # the other side was faster
            shared = socket.socket(fileno=self.descriptor)
            try:
                shared.shutdown(socket.SHUT_RDWR)
            finally:
                shared.detach()


class WatchedConnection(Connection):
    """A connection that never waits longer than the deadline for an answer."""

    def __init__(self, deadline: Deadline, dsn: str, *arguments: Any) -> None:
        super().__init__(dsn, *arguments)
        self.deadline = deadline
        self.cursor_factory = WatchedCursor

    def commit(self) -> None:
        """Commit, within the deadline; after NoAnswer nothing or all is stored."""
        with self.deadline.watch(self):
            super().commit()

    def rollback(self) -> None:
        """Roll back, within the deadline."""
        with self.deadline.watch(self):
            super().rollback()


class WatchedCursor(Cursor):
    """A cursor whose statements each have the deadline of its connection."""

    def execute(self, *arguments: Any, **named: Any) -> None:
        """Run a statement, within the deadline."""
        with self._watch():
            super().execute(*arguments, **named)

    def executemany(self, *arguments: Any, **named: Any) -> None:
        """Run a statement for each set of parameters, all within the deadline."""
        with self._watch():
            super().executemany(*arguments, **named)

    def copy_expert(self, *arguments: Any, **named: Any) -> None:
        """Run COPY, within the deadline."""
        with self._watch():
            super().copy_expert(*arguments, **named)

    def _watch(self) -> contextlib.AbstractContextManager[None]:
        connection = cast("WatchedConnection", self.connection)
        return connection.deadline.watch(connection)

"""A PostgreSQL that may be hurt."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2

from kubedigest.local_postgres import LocalPostgres

END_SECONDS = 30


class OwnPostgres(LocalPostgres):
    """A private server with the ways in which servers fail."""

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement outside of a transaction; return its rows."""
        url = self.url(database).replace("+psycopg2", "")
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    @property
    def socket(self) -> Path:
        """The socket it listens on."""
        lines = (self.data_directory / "postmaster.pid").read_text().splitlines()
        return Path(lines[4], f".s.PGSQL.{lines[3]}")

    def processes(self) -> list[int]:
        """Return the postmaster and its children."""
        postmaster = self._postmaster()
        return [postmaster, *(pid for pid in _all_processes() if _parent(pid) == postmaster)]

    def end_at_once(self) -> None:
        """Shut down as a crash does: the next start has to recover."""
        pids = self.processes()
        os.kill(pids[0], signal.SIGQUIT)
        deadline = time.monotonic() + END_SECONDS
        while any(_parent(pid) is not None for pid in pids):
            assert time.monotonic() < deadline, "the server does not end"
            time.sleep(0.02)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let no process of the server run for as long as the block does."""
        pids = self.processes()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def end_backends(self, database: str) -> int:
        """End every connection to *database*; return how many there were."""
        [(count,)] = self.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            f" where datname = '{database}' and pid <> pg_backend_pid()"
        )
        return int(count)

    def _postmaster(self) -> int:
        return int((self.data_directory / "postmaster.pid").read_text().split()[0])


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _parent(pid: int) -> int | None:
    """Return the parent of a process that lives; None for a zombie and for nobody."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(parent)

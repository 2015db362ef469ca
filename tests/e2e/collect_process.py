"""A collector as a process of its own, and what it has stored."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from collector.database import connect

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0


class Running:
    """A collector that runs; what it says on stderr grows in a file."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process = process
        self._said = said

    @property
    def said(self) -> str:
        """Return what it has said."""
        return self._said.read_text()

    def wait_to_say(self, words: str) -> str:
        """Wait until it has said the words."""
        wait_for(lambda: words in self.said, lambda: f"not said: {words}\n{self.said}")
        return self.said

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


Collect = Callable[..., Any]


def wait_for(happened: Callable[[], bool], told: Callable[[], str]) -> None:
    """Wait until it has happened."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(told())
        time.sleep(0.02)


def environment(home: Path, database: str) -> dict[str, str]:
    """Return the environment of a user without settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    home_settings = {"HOME": str(home), "KUBECONFIG": "/nonexistent"}
    # nobody listens on port 1: what needs no database must not start one
    url = database or "postgresql://nobody@127.0.0.1:1/nothing"
    return {**kept, **home_settings, "KUBEDIGEST_DATABASE_URL": url}


def total(database: str, cluster: str = "lab") -> int:
    """Return the promise to people with SQL."""
    query = (
        "select coalesce(sum(occurrences) filter (where counted), 0) from public.event"
        " where cluster = :cluster"
    )
    engine = connect(database)
    try:
        with engine.connect() as connection:
            return int(connection.scalar(text(query), {"cluster": cluster}) or 0)
    finally:
        engine.dispose()


def wait_for_total(database: str, expected: int, running: Running, cluster: str = "lab") -> None:
    """Wait until so many occurrences are stored."""
    wait_for(
        lambda: total(database, cluster) == expected,
        lambda: f"{total(database, cluster)} of {expected}\n{running.said}",
    )

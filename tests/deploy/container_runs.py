"""Commands of the image, run as a pod would: as nobody, on a root that is read-only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.deploy.containerfile import Stage, in_root
from tests.e2e.collect_process import PATIENCE_SECONDS, wait_for

MOUNTED = "/tmp/mounted"  # noqa: S108 - in the image, where it is empty


def first_process(process: subprocess.Popen[bytes]) -> int:
    """Return the process that is number 1 in there; with it goes everything that it started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    [first] = children.read_text().split()
    return int(first)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End all of it, whatever it does.

    Killing ``unshare`` is not enough: whoever changes its user no longer dies with its parent.
    """
    if process.poll() is None:
        os.kill(first_process(process), signal.SIGKILL)
    process.wait()


@dataclass(frozen=True, slots=True)
class Running:
    """A command in the background."""

    process: subprocess.Popen[bytes]
    log: Path

    def end(self, number: int) -> int:
        """Send its process 1 a signal; return its exit code."""
        os.kill(first_process(self.process), number)
        return self.process.wait(PATIENCE_SECONDS)

    def wait_to_say(self, words: str) -> None:
        """Wait until its log has the words."""
        wait_for(lambda: words in self.log.read_text(), self.log.read_text)

    def address(self, what: str) -> str:
        """Return where it listens for *what*, once it does."""
        self.wait_to_say(f"{what}: http://")
        found = re.findall(rf"{what}: http://([^/]+)/", self.log.read_text())
        return str(found[0])

    def answer(self, path: str) -> int:
        """Return the status of a page of its health server."""
        connection = HTTPConnection(self.address("health and metrics"), timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()


def ran(
    stage: Stage,
    *arguments: str,
    stdin: str = "",
    binds: Mapping[Path, str] | None = None,
    environment: Mapping[str, str] | None = None,
    entrypoint: Sequence[str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    words = [*(stage.entrypoint if entrypoint is None else entrypoint), *arguments]
    command = in_root(stage, words, read_only=True, binds=binds, environment=environment)
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, timeout=600
    )
    assert "Traceback" not in done.stderr
    return done


@contextmanager
def running(
    stage: Stage,
    *arguments: str,
    log: Path,
    binds: Mapping[Path, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Run a command in the background; what it says goes to *log*."""
    words = [*stage.entrypoint, *arguments]
    command = in_root(stage, words, read_only=True, binds=binds, environment=environment)
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr
        )
    try:
        yield Running(process, log)
    finally:
        kill(process)
    assert "Traceback" not in log.read_text()

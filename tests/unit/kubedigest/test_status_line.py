"""The status line on a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import io
import logging
import os
import struct
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import click
import msgspec
import pytest

from collector.metrics import Snapshot
from kubedigest.json_logs import StandardError, TextLines
from kubedigest.status_line import StatusLine, describe

QUIET = Snapshot(
    clusters=("prod",),
    received=1234,
    stored=1201,
    repeated=33,
    too_old=0,
    rejected=0,
    suspect=0,
    missed=0,
    audits=1,
    reconnects=0,
    batches=9,
    backlog=0,
    spool_batches=0,
    spool_bytes=0,
    spool_refused=0,
    database_errors=0,
    is_database_up=True,
    seconds_since_proof=2.4,
    longest_unproved="prod",
)
ERASE = "\r\x1b[K"


class Terminal:
    """Both ends of a pseudo-terminal of 40 columns."""

    def __init__(self) -> None:
        self._near, far = os.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        attributes = termios.tcgetattr(far)
        attributes[1] &= ~termios.OPOST  # no carriage return before a line feed
        termios.tcsetattr(far, termios.TCSANOW, attributes)
        self.stream: TextIO = os.fdopen(far, "w", encoding="utf-8")

    def shown(self) -> str:
        """Return all that was written since the last look."""
        self.stream.flush()
        os.set_blocking(self._near, False)
        pieces = []
        with suppress(BlockingIOError):
            while True:
                pieces.append(os.read(self._near, 65_536))
        return b"".join(pieces).decode()

    def close(self) -> None:
        """Close both ends."""
        self.stream.close()
        os.close(self._near)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """Yield a terminal that understands how to erase."""
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    yield terminal
    terminal.close()


def line(terminal: Terminal, text: str) -> StatusLine:
    """Return a line that is drawn when a test says so."""
    return StatusLine(lambda: text, stream=terminal.stream, seconds=3600)


def test_a_quiet_cluster_is_described() -> None:
    """What came, what was stored, what is missing and how it stands are said in this order."""
    assert describe(QUIET) == ("prod: 1,234 events · 1,201 stored · complete until 2 s ago")


def test_trouble_is_described() -> None:
    """What was refused, the spool and a database that is away appear when there is something."""
    trouble = msgspec.structs.replace(
        QUIET,
        rejected=3,
        missed=2,
        backlog=5000,
        spool_batches=12,
        spool_bytes=3 * 1024 * 1024,
        is_database_up=False,
        seconds_since_proof=600.0,
    )
    assert describe(trouble) == (
        "database away, trying again · prod: 1,234 events · 1,201 stored · 2 missed · 3 rejected · "
        "backlog 5,000 · spooled 12 batches, 3.0 MiB · complete until 10 min ago"
    )


def test_several_clusters_name_the_one_that_lags() -> None:
    """Of several clusters the one whose last proof is oldest is named."""
    both = msgspec.structs.replace(QUIET, clusters=("prod", "lab"), longest_unproved="lab")
    assert describe(both).startswith("2 clusters: 1,234 events")
    assert "complete until 2 s ago (lab)" in describe(both)


def test_a_long_name_hides_nothing() -> None:
    """24 columns of it are shown, wherever it stands."""
    name = "x" * 253
    shown = "x" * 23 + "…"
    alone = msgspec.structs.replace(QUIET, clusters=(name,), longest_unproved=name)
    assert describe(alone).startswith(f"{shown}: 1,234 events")
    both = msgspec.structs.replace(QUIET, clusters=(name, "lab"), longest_unproved=name)
    assert describe(both).endswith(f"complete until 2 s ago ({shown})")


def test_before_the_start_nothing_is_claimed() -> None:
    """Without clusters, proof and a batch the line says so."""
    empty = msgspec.structs.replace(
        QUIET, clusters=(), seconds_since_proof=None, longest_unproved="", is_database_up=None
    )
    assert describe(empty).startswith("no cluster: ")
    assert "1,201 stored · nothing proved yet" in describe(empty)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 s"), (119.0, "119 s"), (120.0, "2 min"), (7199.0, "120 min"), (7200.0, "2 h")],
)
def test_ages_are_said_in_a_fitting_unit(seconds: float, said: str) -> None:
    """Up to two minutes are seconds, up to two hours minutes."""
    aged = msgspec.structs.replace(QUIET, seconds_since_proof=seconds)
    assert f"complete until {said} ago" in describe(aged)


def test_the_line_is_drawn_over_itself_and_erased(terminal: Terminal) -> None:
    """Each drawing replaces the one before, and the end leaves nothing."""
    before = sys.stderr
    with line(terminal, "lab: all well") as status:
        assert sys.stderr is status
        status.draw()
        status.draw()
    assert terminal.shown() == f"{ERASE}lab: all well{ERASE}lab: all well{ERASE}"
    assert sys.stderr is before


@pytest.mark.parametrize("letter", ["x", "宽"])
def test_the_line_fits_the_terminal(terminal: Terminal, letter: str) -> None:
    """A long line is cut before the last column, also with letters that take two."""
    with line(terminal, letter * 100) as status:
        status.draw()
        drawn = terminal.shown().removeprefix(ERASE)
    kept = {"x": 38, "宽": 19}[letter]
    assert drawn == letter * kept + "…"


def test_log_lines_stand_above(terminal: Terminal) -> None:
    """A log line written meanwhile is whole, and the status line comes back below it."""
    handler = StandardError(TextLines())
    record = logging.makeLogRecord({"msg": "watch ended", "levelno": 20, "created": 0.0})
    with line(terminal, "lab") as status:
        status.draw()
        handler.handle(record)
    logged = "1970-01-01T00:00:00Z watch ended\n"
    assert terminal.shown() == f"{ERASE}lab{ERASE}{logged}{ERASE}lab{ERASE}"


def test_words_of_commands_stand_above(terminal: Terminal) -> None:
    """What click and others write meanwhile is not mangled, also in pieces."""
    with line(terminal, "lab") as status:
        status.draw()
        click.echo("said", err=True)
        sys.stderr.write("prin")
        status.draw()
        sys.stderr.write("ted\n")
    shown = terminal.shown()
    assert shown == f"{ERASE}lab{ERASE}said\n{ERASE}lab{ERASE}printed\n"


def test_hostile_text_is_inert(terminal: Terminal) -> None:
    """A cluster named by an attacker cannot act on the terminal."""
    with line(terminal, "lab\x1b[2J\r\nroot# \u202e") as status:
        status.draw()
        assert terminal.shown() == f"{ERASE}lab\\x1b[2J ⏎ root# ‹U+202E›"


def test_it_draws_itself(terminal: Terminal) -> None:
    """A thread of its own draws it, and ends with the context."""
    drawn = threading.Event()

    def text() -> str:
        drawn.set()
        return "lab"

    with StatusLine(text, stream=terminal.stream, seconds=0.001):
        assert drawn.wait(10)
    assert "status line" not in {thread.name for thread in threading.enumerate()}
    assert terminal.shown().endswith(ERASE)


def test_a_closed_terminal_ends_it_quietly(terminal: Terminal) -> None:
    """When the terminal goes away, neither the thread nor the end of the context raises."""
    gone = threading.Event()

    class Gone(io.StringIO):
        def isatty(self) -> bool:
            return True

        def write(self, _: str) -> int:
            gone.set()
            raise OSError(5, "Input/output error")

    with StatusLine(lambda: "lab", stream=Gone(), seconds=0.001):
        assert gone.wait(10)


@pytest.mark.parametrize("kind", ["no terminal", "dumb"])
def test_elsewhere_nothing_is_written(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A pipe and a terminal that cannot erase get nothing, and standard error stays what it is."""
    monkeypatch.setenv("TERM", "dumb" if kind == "dumb" else "xterm")
    pipe = io.StringIO()
    before = sys.stderr
    stream = terminal.stream if kind == "dumb" else pipe
    with StatusLine(lambda: "lab", stream=stream, seconds=0.001):
        assert sys.stderr is before
    assert (terminal.shown(), pipe.getvalue()) == ("", "")

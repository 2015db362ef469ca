"""One line at the bottom of a terminal that says how the collector is."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from types import TracebackType
from typing import TextIO, cast

from analytics.inert import printable
from collector.metrics import Snapshot
from reports.width import clip

_ERASE = "\r\x1b[K"
_MINUTE, _HOUR = 60, 3600
_KIB = 1024
_NAME_COLUMNS = 24


def describe(now: Snapshot) -> str:
    """Return the state of all streams in one line of text, however they are named."""
    parts = [
        f"{now.received:,} events",
        f"{now.stored:,} stored",
        f"{now.missed:,} missed" if now.missed else "",
        f"{now.rejected:,} rejected" if now.rejected else "",
        f"backlog {now.backlog:,}" if now.backlog else "",
        _spool(now),
        _proof(now),
    ]
    away = "database away, trying again · " if now.is_database_up is False else ""
    return f"{away}{_clusters(now)}: {' · '.join(filter(None, parts))}"


class StatusLine:
    """A line that is drawn anew every *seconds* while the context is open, on a terminal only.

    Meanwhile it is `sys.stderr`: what others write there stands above the line.
    """

    def __init__(
        self, text: Callable[[], str], *, stream: TextIO | None = None, seconds: float = 1.0
    ) -> None:
        self._text = text
        self._stream = stream or sys.stderr
        self._seconds = seconds
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="status line", daemon=True)
        self._redirection = redirect_stderr(cast("TextIO", self))
        self._is_shown = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._is_at_line_start = True
        self._drawn = ""

    def __enter__(self) -> StatusLine:
        if self._is_shown:
            self._redirection.__enter__()
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_shown:
            self._ended.set()
            self._thread.join()
            self._redirection.__exit__(kind, error, trace)
            with suppress(OSError):
                self._put("")

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write *text* above the line, which comes back when a line of text is complete."""
        is_complete = text.endswith("\n")  # first: bytes, with which click tries, raise here
        if not text:
            return 0
        with self._lock:
            drawn, self._drawn = self._drawn, ""
            self._stream.write(_ERASE + text if drawn else text)
            self._is_at_line_start = is_complete
            self._put(drawn)
        return len(text)

    def draw(self) -> None:
        """Draw the line as it is now."""
        text = printable(self._text())
        columns = _columns(self._stream)
        with self._lock:
            self._put(clip(text, columns - 1))  # in the last column the cursor may wrap

    def _put(self, line: str) -> None:
        """Replace what is drawn by *line*; nothing while somebody's line is incomplete."""
        if self._is_at_line_start and (line or self._drawn):
            self._stream.write(_ERASE + line)
            self._stream.flush()
            self._drawn = line

    def _tick(self) -> None:
        with suppress(OSError):  # the terminal was closed
            while not self._ended.wait(self._seconds):
                self.draw()


def _columns(stream: TextIO) -> int:
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return columns or shutil.get_terminal_size().columns


def _clusters(now: Snapshot) -> str:
    if len(now.clusters) == 1:
        return _short(now.clusters[0])
    return f"{len(now.clusters)} clusters" if now.clusters else "no cluster"


def _proof(now: Snapshot) -> str:
    whose = f" ({_short(now.longest_unproved)})" if len(now.clusters) > 1 else ""
    if now.seconds_since_proof is None:
        return f"nothing proved yet{whose}"
    return f"complete until {_duration(now.seconds_since_proof)} ago{whose}"


def _short(cluster: str) -> str:
    """Return a name, which may be long, and not hide what comes after it."""
    return clip(printable(cluster), _NAME_COLUMNS)


def _duration(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:,.0f} h"


def _spool(now: Snapshot) -> str:
    if not now.spool_batches:
        return ""
    return f"spooled {now.spool_batches:,} batches, {now.spool_bytes / _KIB**2:,.1f} MiB"

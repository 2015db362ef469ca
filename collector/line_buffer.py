"""Bytes as they come from a socket -> whole lines."""

from __future__ import annotations


class LineBuffer:
    """Holds what has come of a line that is not complete."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that *chunk* completes, without their ends; blank ones are left out."""
        lines = (self.rest + chunk if self.rest else chunk).split(b"\n")
        self.rest = lines.pop()
        return list(filter(None, lines))

"""The body of an HTTP/1.1 answer in chunks (RFC 9112, section 7.1), as much at once as has come.

An API server sends each frame of a watch as a chunk of its own; taking them one by one costs more
than reading what is in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from http.client import IncompleteRead
from typing import Protocol

READ_BYTES = 65_536
LONGEST_SIZE_LINE_BYTES = 1024
LONGEST_CHUNK_BYTES = 1 << 31
_SHORT_SIZE_LINE_BYTES = 12
_END_BYTES = 2  # CR LF after each chunk


class SupportsRead1(Protocol):
    """A buffered socket."""

    def read1(self, size: int, /) -> bytes:
        """Return what has come, at least one byte but for the end."""
        ...


class ChunkedBody:
    """What is inside the chunks, cut anywhere.

    Raises IncompleteRead after the last whole content where the end is missing or makes no sense.
    """

    def __init__(self, stream: SupportsRead1) -> None:
        self._stream = stream
        self._left = 0  # of the chunk that is being read, with its end
        self._line = b""  # the beginning of a line that is not complete
        self._has_ended = False  # the chunk of size 0 was read; trailers follow
        self._is_broken = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            data = self._stream.read1(READ_BYTES)
            if not data:
                raise IncompleteRead(b"")
            content, is_complete = self._inside(data)
            if content:
                yield content
            if is_complete:
                return
            if self._is_broken:
                raise IncompleteRead(b"")

    def _inside(self, data: bytes) -> tuple[bytes, bool]:
        """Return what of *data* is content, and whether the body is complete."""
        content: list[bytes] = []
        at = 0
        while at < len(data) and not self._is_broken:
            if self._left:
                last = at + self._left
                content.append(data[at : max(at, last - _END_BYTES)])
                self._left = max(0, last - len(data))
                at = last
                continue
            at = self._take_whole(data, at, content)
            end = data.find(b"\n", at)
            if end < 0:
                self._hold(data[at:])
                break
            line = (self._line + data[at:end]).strip()
            self._line = b""
            at = end + 1
            if self._has_ended:
                if not line:
                    return b"".join(content), True
            else:
                self._begin_chunk(line)
        return b"".join(content), False

    def _take_whole(self, data: bytes, at: int, content: list[bytes]) -> int:
        """Take the chunks from *at* on that are here to their ends; return where that stops."""
        if self._line or self._has_ended:
            return at
        try:
            while True:
                begin = data.index(b"\n", at, at + _SHORT_SIZE_LINE_BYTES) + 1
                size = int(data[at:begin], 16)
                after = begin + size + _END_BYTES
                if size <= 0 or after > len(data):
                    return at
                content.append(data[begin : begin + size])
                at = after
        except ValueError:  # not so simple a size
            return at

    def _hold(self, beginning: bytes) -> None:
        self._line += beginning
        self._is_broken = len(self._line) > LONGEST_SIZE_LINE_BYTES

    def _begin_chunk(self, line: bytes) -> None:
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            size = -1
        self._is_broken = not 0 <= size < LONGEST_CHUNK_BYTES
        self._has_ended = size == 0
        self._left = size + _END_BYTES if size > 0 else 0

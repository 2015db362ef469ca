"""Reader of PostgreSQL's binary COPY format, for tests of what is sent."""

from __future__ import annotations

import struct
from io import BytesIO


def read_rows(stream: BytesIO) -> list[list[bytes | None]]:
    """Return the fields of every row; None is null."""
    assert stream.read(11) == b"PGCOPY\n\xff\r\n\0"
    assert stream.read(8) == bytes(8)
    rows = []
    while (columns := struct.unpack("!h", stream.read(2))[0]) != -1:
        rows.append([_field(stream) for _ in range(columns)])
    assert stream.read() == b""
    return rows


def _field(stream: BytesIO) -> bytes | None:
    [size] = struct.unpack("!i", stream.read(4))
    return None if size == -1 else stream.read(size)


def number(field: bytes | None) -> int:
    """Return an integer, or a time in microseconds since the year 2000."""
    assert field is not None
    return int.from_bytes(field, "big", signed=True)

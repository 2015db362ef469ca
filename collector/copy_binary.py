"""Rows in PostgreSQL's binary COPY format: no text to make here, none to parse there."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from collector.observation import Observation

NULL = struct.pack("!i", -1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of PostgreSQL's times, which are in microseconds
MICROSECOND = timedelta(microseconds=1)

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TRAILER = struct.pack("!h", -1)

_size = struct.Struct("!i").pack
_event_key = struct.Struct("!iqi16s").pack


def text_field(text: str) -> bytes:
    """Return a text as a field."""
    encoded = text.encode()
    return _size(len(encoded)) + encoded


class TextFields(dict[str, bytes]):
    """Texts as fields; the short ones repeat within a batch."""

    def __missing__(self, text: str) -> bytes:
        found = self[text] = text_field(text)
        return found


def event_key(one: Observation) -> bytes:
    """Return the fields birth and event_id; id is the 128-bit hash of cluster, namespace and name.

    The texts hold no NUL, so joining them by NUL keeps different events apart.
    """
    joined = "\0".join((one.cluster, one.namespace, one.name)).encode()
    identity = hashlib.blake2b(joined, digest_size=16).digest()
    return _event_key(8, (one.birth - EPOCH) // MICROSECOND, 16, identity)


def stream(rows: Iterable[bytes]) -> io.BytesIO:
    """Return rows as COPY reads them."""
    return io.BytesIO(b"".join((_HEADER, *rows, _TRAILER)))

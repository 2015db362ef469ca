"""Bodies that were compressed on their way."""

from __future__ import annotations

import zlib

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # 47: with a head of zlib or gzip
_RAW = -15  # what some call deflate has no head
_MOST_ENCODINGS = 2
_MOST_MEMBERS = 16  # each costs as much as a copy of the rest


class UnknownEncoding(Exception):  # noqa: N818 - what it is, in three words
    """The body is compressed in another way."""


class DamagedBody(Exception):  # noqa: N818
    """The body is not what its header says."""


class TooLarge(Exception):  # noqa: N818
    """The body would be larger than allowed."""


def decoded(body: bytes, encodings: str, *, most_bytes: int) -> bytes:
    """Return the body without its encodings, never more than *most_bytes*.

    Raises
    ------
    UnknownEncoding, DamagedBody, TooLarge
        As they say.
    """
    named = [one.strip().lower() for one in encodings.split(",")]
    named = [one for one in named if one not in {"", "identity"}]
    if len(named) > _MOST_ENCODINGS:
        raise UnknownEncoding
    for name in reversed(named):
        if name not in _WINDOWS:
            raise UnknownEncoding
        body = _inflated(body, _WINDOWS[name], most_bytes)
    return body


def _inflated(body: bytes, window: int, most_bytes: int) -> bytes:
    try:
        return _all_members(body, window, most_bytes)
    except zlib.error as error:
        if window != _WINDOWS["deflate"]:
            raise DamagedBody from error
    try:
        return _all_members(body, _RAW, most_bytes)
    except zlib.error as error:
        raise DamagedBody from error


def _all_members(body: bytes, window: int, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    left = most_bytes
    while body:
        stream = zlib.decompressobj(window)
        parts.append(stream.decompress(body, left + 1))
        left -= len(parts[-1])
        if left < 0:
            raise TooLarge
        if not stream.eof or len(parts) > _MOST_MEMBERS:
            raise DamagedBody
        body = stream.unused_data
    return b"".join(parts)

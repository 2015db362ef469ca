"""Chunks come cut anywhere, and what is inside them comes out whole."""

from __future__ import annotations

from http.client import IncompleteRead

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.chunked_body import ChunkedBody


class Pieces:
    """A socket that gives what it was given, piece by piece."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def read1(self, _: int, /) -> bytes:
        """Return the next piece."""
        return self._pieces.pop(0) if self._pieces else b""


def chunked(parts: list[bytes], end: bytes = b"0\r\n\r\n") -> bytes:
    """Encode each part as a chunk."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


@given(st.lists(st.binary(min_size=1, max_size=40)), st.lists(st.integers(1, 30), min_size=1))
def test_what_is_inside_does_not_depend_on_the_cuts(parts: list[bytes], cuts: list[int]) -> None:
    """However the bytes arrive, the content is that of the chunks."""
    data = chunked(parts)
    pieces, at = [], 0
    while at < len(data):
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(data[at : at + size])
        at += size
    assert b"".join(ChunkedBody(Pieces(*pieces))) == b"".join(parts)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1), st.data())
def test_a_body_without_its_end_is_incomplete(parts: list[bytes], data: st.DataObject) -> None:
    """A connection that closes early never looks like a clean end."""
    whole = chunked(parts)
    cut = data.draw(st.integers(0, len(whole) - 1))
    content = []
    with pytest.raises(IncompleteRead):
        content.extend(ChunkedBody(Pieces(whole[:cut])))
    assert b"".join(parts).startswith(b"".join(content))


def test_many_chunks_that_came_at_once_go_out_at_once() -> None:
    """One read gives one piece of content."""
    assert list(ChunkedBody(Pieces(chunked([b"a\n", b"b\n", b"c\n"])))) == [b"a\nb\nc\n"]


def test_extensions_and_trailers_are_passed_over() -> None:
    """RFC 9112 allows both; no API server sends them."""
    data = b"3;name=value\r\nabc\r\n0\r\nExpires: now\r\n\r\n"
    assert list(ChunkedBody(Pieces(data))) == [b"abc"]


@pytest.mark.parametrize("line", [b"zz", b"-5", b"", b"1" * 2000, b"f" * 12])
def test_a_size_that_is_none_is_an_error(line: bytes) -> None:
    """What follows could be anything."""
    with pytest.raises(IncompleteRead):
        list(ChunkedBody(Pieces(line + b"\r\nabc", b"abc")))


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.booleans()), max_size=20))
def test_plain_and_odd_sizes_mix(chunks: list[tuple[bytes, bool]]) -> None:
    """A size with zeros and an extension is as good as a plain one, wherever it stands."""
    odd, plain = b"00000000000%x;name=value\r\n%s\r\n", b"%x\r\n%s\r\n"
    data = b"".join((odd if is_odd else plain) % (len(part), part) for part, is_odd in chunks)
    content = b"".join(ChunkedBody(Pieces(data + b"0\r\n\r\n")))
    assert content == b"".join(part for part, _ in chunks)

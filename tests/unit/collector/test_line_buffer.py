"""Bytes cut anywhere become the same lines."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.line_buffer import LineBuffer


def test_a_line_comes_when_its_end_has_come() -> None:
    """Until then it is the rest."""
    lines = LineBuffer()
    assert lines.feed(b'{"type":') == []
    assert lines.rest == b'{"type":'
    assert lines.feed(b'"ADDED"}\n{"ty') == [b'{"type":"ADDED"}']
    assert lines.rest == b'{"ty'


def test_blank_lines_are_left_out() -> None:
    """Some proxies keep a connection alive with them."""
    lines = LineBuffer()
    assert lines.feed(b"\n\na\n\nb\n\n") == [b"a", b"b"]
    assert lines.rest == b""


def test_an_empty_chunk_changes_nothing() -> None:
    """The rest stays what it was."""
    lines = LineBuffer()
    lines.feed(b"a")
    assert lines.feed(b"") == []
    assert lines.rest == b"a"


@given(
    whole=st.lists(st.binary(max_size=6)).map(b"\n".join),
    cuts=st.lists(st.integers(0, 40), max_size=8),
)
def test_where_it_is_cut_does_not_matter(whole: bytes, cuts: list[int]) -> None:
    """Lines and rest are those of the whole."""
    lines = LineBuffer()
    places = [0, *sorted(cuts), len(whole)]
    found = [
        line
        for start, end in pairwise(places)
        for line in lines.feed(whole[start : max(start, end)])
    ]
    *expected, rest = whole.split(b"\n")
    assert found == [line for line in expected if line]
    assert lines.rest == rest

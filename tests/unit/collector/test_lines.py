"""Lines of a stream."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector import lines
from collector.lines import iterate_lines
from tests.unit.collector.test_json_stream import Drops


@given(st.lists(st.text("ab \t", max_size=9), max_size=9), st.integers(1, 5))
def test_lines_are_those_of_the_text(texts: list[str], size: int) -> None:
    """However the stream is cut, with either line end; a last line needs none."""
    for end in ("\n", "\r\n"):
        found = list(iterate_lines(Drops(end.join(texts), size)))
        expected = texts if texts and texts[-1] else texts[:-1]
        assert [line.text for line in found] == expected
        assert [line.number for line in found] == list(range(1, len(found) + 1))


def test_a_line_without_an_end() -> None:
    """Its end is dropped, so that memory stays flat; the next line has its number."""
    limit = lines.LINE_LIMIT_CHARACTERS
    text = "x" * (3 * limit) + "\ny"
    found = list(iterate_lines(Drops(text, lines.CHUNK_CHARACTERS)))
    assert limit <= len(found[0].text) <= limit + lines.CHUNK_CHARACTERS
    assert found[1] == (2, "y")

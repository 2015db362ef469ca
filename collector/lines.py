"""A stream of text cut into lines, however long they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from collector.json_stream import CHUNK_CHARACTERS, SupportsRead

LINE_LIMIT_CHARACTERS = 9 << 20  # what is beyond is dropped; no record may be as large


class Line(NamedTuple):
    """One line without its end, and its number from 1."""

    number: int
    text: str


def iterate_lines(stream: SupportsRead) -> Iterator[Line]:
    """Yield the lines; one that goes on beyond the limit ends a little later."""
    number, held = 1, 0
    pieces: list[str] = []
    while text := stream.read(CHUNK_CHARACTERS):
        first, *others = text.split("\n")
        if held < LINE_LIMIT_CHARACTERS:
            pieces.append(first)
        held += len(first)
        for line in others:
            yield Line(number, "".join(pieces).rstrip("\r"))
            number, pieces, held = number + 1, [line], len(line)
    if held:
        yield Line(number, "".join(pieces).rstrip("\r"))

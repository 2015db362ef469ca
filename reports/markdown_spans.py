"""Foreign text in markdown: whatever GitHub would act on stands in a code span."""

from __future__ import annotations

import re
from itertools import groupby
from typing import NamedTuple

from reports.width import UNSPACED

# Backslashes stop neither a mention nor a mail address from becoming a link on GitHub: both are
# looked for after the text has been parsed. Only code is left alone, so a word with any of these
# becomes code. A colon may end a word or stand in a time of day. Chinese has no spaces: of a run of
# it and of other letters, only the others become code.
_ACTIVE = re.compile(
    r"""[\\`*_{}\[\]<>\#!|~^$@&=]|(?<!\d):(?!$)|:(?!\d|$)|//|www\.""", re.IGNORECASE | re.VERBOSE
)
_MARKER = re.compile(r"[-+]|\d+[.)]")  # of a list
_RUN = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}]+")


def code(text: str) -> str:
    """Return printable *text* as a code span that nothing in it can end; "" for a blank one.

    >>> print(code("a `b`"))
    `` a `b` ``
    """
    text = text.strip()
    if not text:
        return ""
    runs = re.findall("`+", text)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def prose(text: str) -> str:
    """Return printable *text* with every word that markdown or GitHub would act on as code.

    >>> print(prose("2 clusters: 3 failures, ask @all about <b>"))
    2 clusters: 3 failures, ask `@all` about `<b>`
    """
    pieces = [piece for word in text.split() for piece in _pieces(word)]
    written = ""
    for is_active, run in groupby(pieces, key=lambda piece: piece.is_active):
        first, *others = run
        part = first.text + "".join(piece.glue + piece.text for piece in others)
        written += first.glue + (code(part) if is_active else part)
    return written.removeprefix(" ")


class _Piece(NamedTuple):
    """A part of a text that is code or is not."""

    glue: str  # the space before it
    text: str
    is_active: bool


def _pieces(word: str) -> list[_Piece]:
    if _MARKER.fullmatch(word) or not _ACTIVE.search(word):
        return [_Piece(" ", word, _MARKER.fullmatch(word) is not None)]
    runs = _RUN.findall(word)
    return [
        _Piece("" if number else " ", run, bool(_ACTIVE.search(run)))
        for number, run in enumerate(runs)
    ]

"""Text measured in the columns of a terminal: CJK letters and emoji take two."""

from __future__ import annotations

import re

import wcwidth

ELLIPSIS = "…"

# for a class of a pattern: letters and marks of scripts that are written without spaces
UNSPACED = "\u2e80-\u303f\u3041-\u312f\u31a0-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff"
_OPENING = "“‘（〈《「『【〔〖［｛"  # noqa: RUF001 - the marks themselves
_CLOSING = "、。，．：；！？”’）〉》」』】〕〗］｝…)\\]},.:;!?%"  # noqa: RUF001 - the marks themselves
_WIDE = re.compile(f"[{UNSPACED}]")
_PIECE = re.compile(f"[{_OPENING}]*(?:[{UNSPACED}]|[^{UNSPACED}{_OPENING}]+)?[{_CLOSING}]*")


def display_width(text: str) -> int:
    """Return the number of terminal columns of *text*, which must be printable."""
    return wcwidth.width(text, control_codes="ignore")


def clip(text: str, columns: int) -> str:
    """Return *text* cut to at most *columns*, with an ellipsis where something is missing."""
    if display_width(text) <= columns:
        return text
    kept: list[str] = []
    room = columns - display_width(ELLIPSIS)
    for cluster in wcwidth.iter_graphemes(text):
        room -= display_width(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS


def wrap(text: str, columns: int, *, lines: int | None = None) -> list[str]:
    """Return *text* in lines of at most *columns*, cut after *lines*.

    It is broken at spaces, and Chinese and Japanese between any two letters, though not before a
    mark that closes or behind one that opens.
    """
    broken = _broken(text, columns)
    if lines is None or len(broken) <= lines:
        return broken
    return [*broken[: lines - 1], clip(" ".join(broken[lines - 1 :]), columns)]


def _broken(text: str, columns: int) -> list[str]:
    """Return *text* in lines; a word is broken, at hyphens or anywhere, only if it fits none."""
    lines: list[str] = []
    for word in text.split():
        glue = " "
        for piece in _pieces(word):
            if lines and display_width(f"{lines[-1]}{glue}{piece}") <= columns:
                lines[-1] += f"{glue}{piece}"
            else:
                lines += wcwidth.wrap(piece, columns, control_codes="ignore")
            glue = ""
    return lines


def _pieces(word: str) -> list[str]:
    """Return what a line break may stand between."""
    return [piece for piece in _PIECE.findall(word) if piece] if _WIDE.search(word) else [word]


def ljust(text: str, columns: int) -> str:
    """Return *text* filled with spaces on the right to *columns*."""
    return text + " " * max(0, columns - display_width(text))

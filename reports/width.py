"""Text measured in the columns of a terminal: CJK letters and emoji take two."""

from __future__ import annotations

import wcwidth

ELLIPSIS = "…"


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
    """Return *text* in lines of at most *columns*, broken at spaces, cut after *lines*."""
    broken = _broken(text, columns)
    if lines is None or len(broken) <= lines:
        return broken
    return [*broken[: lines - 1], clip(" ".join(broken[lines - 1 :]), columns)]


def _broken(text: str, columns: int) -> list[str]:
    """Return *text* in lines; a word is broken, at hyphens or anywhere, only if it fits none."""
    lines: list[str] = []
    for word in text.split():
        if lines and display_width(f"{lines[-1]} {word}") <= columns:
            lines[-1] += f" {word}"
        else:
            lines += wcwidth.wrap(word, columns, control_codes="ignore")
    return lines


def ljust(text: str, columns: int) -> str:
    """Return *text* filled with spaces on the right to *columns*."""
    return text + " " * max(0, columns - display_width(text))

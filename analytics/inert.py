"""Hostile text becomes text: every character that could act or hide is shown as an escape."""

from __future__ import annotations

import unicodedata

NEWLINE = " ⏎ "

# Letters that draw nothing; the other invisible characters are not printable to Python either.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_STACKED_MARKS = 4  # no living script needs more on one letter; more of them paint over other lines


def printable(text: str) -> str:
    r"""Return *text* on one line, with controls, bidi overrides and invisible letters spelt out.

    Parameters
    ----------
    text
        Anything, lone surrogates included.

    Returns
    -------
    str
        Printable characters only. A line break becomes ``⏎``, a tab or a wide space a space; a
        fifth accent on one letter and what follows it are spelt out too. Printable text comes
        back unchanged.

    Examples
    --------
    >>> print(printable("red \x1b[31m, right-to-left \u202e, two\nlines"))
    red \x1b[31m, right-to-left ‹U+202E›, two ⏎ lines
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text.strip(" \t\r\n").replace("\r\n", "\n"):
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        shown.append(_escape(character) if marks > _STACKED_MARKS else _show(character))
    return "".join(shown)


def is_inert(character: str) -> bool:
    r"""Tell whether *character* draws itself and does nothing else.

    Examples
    --------
    >>> is_inert("宽"), is_inert("\u202e"), is_inert("\u3164")
    (True, False, False)
    """
    return character.isprintable() and character not in _BLANK_LETTERS


def _show(character: str) -> str:
    if character == "\n":
        return NEWLINE
    if character == "\t" or unicodedata.category(character) == "Zs":
        return " "
    return character if is_inert(character) else _escape(character)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"‹U+{code:04X}›"

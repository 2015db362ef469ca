"""Foreign text in chats: nothing in it becomes a link, a mention, a tag or a picture there."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import wcwidth

from reports.brief import Brief
from reports.channels.defusing import defused, safe_command
from reports.width import ELLIPSIS, clip, display_width

_COMMANDS = frozenset({"kubectl", "command"})
_BYTES_A_COLUMN = 3

Words = TypeVar("Words", bound=Brief)


def defused_brief(words: Words) -> Words:
    """Return *words* with every text defused, and without commands that would not survive it."""
    changed: Words = _each(words)
    return changed


def cut(text: str, columns: int) -> str:
    """Return *text* of at most *columns* and three bytes of UTF-8 a column, cut with an ellipsis.

    Text of any living script stays below that; letters with many marks on them do not.
    """
    shown = clip(text, columns)
    room = _BYTES_A_COLUMN * columns
    if len(shown.encode()) <= room:
        return shown
    kept: list[str] = []
    room -= len(ELLIPSIS.encode())
    for cluster in wcwidth.iter_graphemes(shown):
        room -= len(cluster.encode())
        if room < 0:
            break
        kept.append(cluster)
    cut_text = "".join(kept).rstrip() + ELLIPSIS
    return cut_text if display_width(cut_text) <= columns else clip(cut_text, columns)


def characters(text: str) -> int:
    """Return the length of *text* where an emoji counts as two, as it does in JavaScript."""
    return len(text.encode("utf-16-le")) // 2


def _each(value: Any) -> Any:
    """Return a value of a view with its texts defused, whatever it is made of."""
    if isinstance(value, str):
        return defused(value)
    if isinstance(value, tuple):
        return tuple(map(_each, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _field(value, field.name) for field in fields(value)})
    return value


def _field(value: Any, name: str) -> Any:
    found = getattr(value, name)
    return safe_command(found) if name in _COMMANDS else _each(found)

"""Foreign text in the markdown of DingTalk and WeCom, and where a chat should take it for text.

Neither service says whether a backslash or an entity escapes, and their clients differ. So what
could be markup becomes its full-width twin, which reads the same and means nothing.
"""

from __future__ import annotations

import re

import wcwidth

JOINER = "\u200d"  # draws nothing, and parts what would act together
ELLIPSIS = "…"

# Without square brackets there is no link, no image and no [smile]; round ones can stay.
_TWINS = str.maketrans({mark: chr(ord(mark) + 0xFEE0) for mark in "<>[]`|#*_~\\&"})
_BEFORE_JOINER = re.compile(r"@|<|:(?=//)|www(?=\.)", re.IGNORECASE)
_LINE_START = re.compile(r"(?=[-+=]|\d+[.)])")
# what a line to copy may hold, so that it needs no escapes that would end up in a shell
_MOST_COMMAND_BYTES = 250
_COPYABLE = re.compile(r"(?:[\w ./:='+,%-]|(?<=\w)@)+")


def plain(text: str) -> str:
    """Return printable *text* with nothing that a chat acts on even where there is no markup.

    Mentions, tags and addresses get an invisible character after the sign they start with.
    """
    return _BEFORE_JOINER.sub(lambda found: found[0] + JOINER, text)


def escaped(text: str) -> str:
    """Return printable *text* for markdown: no link, image, mention, heading, cell or emphasis."""
    text = plain(text.translate(_TWINS))
    return JOINER + text if _LINE_START.match(text) else text


def code(line: str) -> str:
    """Return a line to copy as a code span, or "" where it holds what would have to be escaped.

    >>> code("kubectl -n shop describe pod x"), code("kubectl -n '<b>' describe pod x")
    ('`kubectl -n shop describe pod x`', '')
    """
    return f"`{line}`" if is_copyable(line) else ""


def is_copyable(line: str) -> bool:
    """Tell whether *line* can stand whole and as it is: no markup, no mention, no address."""
    if len(line.encode()) > _MOST_COMMAND_BYTES or "//" in line or "www." in line.lower():
        return False
    return bool(_COPYABLE.fullmatch(line))


def cut(text: str, most: int) -> str:
    """Return *text* of at most *most* bytes of UTF-8, with an ellipsis where something is missing.

    No character is cut in two, nor what several of them draw together.
    """
    if len(text.encode()) <= most:
        return text
    kept: list[str] = []
    room = most - len(ELLIPSIS.encode())
    for cluster in wcwidth.iter_graphemes(text):
        room -= len(cluster.encode())
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS

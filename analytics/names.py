"""Names of clusters and objects, short and harmless enough for a sentence."""

from __future__ import annotations

from analytics.inert import printable

MOST_CHARACTERS = 63


def short_name(text: str) -> str:
    """Return *text* with everything spelt out that a terminal would obey or hide, and cut."""
    shown = printable(text[:MOST_CHARACTERS])
    if len(text) <= MOST_CHARACTERS and len(shown) <= MOST_CHARACTERS:
        return shown
    return shown[: MOST_CHARACTERS - 1] + "…"

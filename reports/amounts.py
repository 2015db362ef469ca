"""Numbers in the words of a report."""

from __future__ import annotations

from analytics.language import say
from analytics.verdict import LEAST_BASE, TIMES_FROM


def amount(number: int) -> str:
    """Return *number* with thousands separators."""
    return f"{number:,}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 failure``, ``2 failures`` in English; *plural* where an s is not enough."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(fraction: float) -> str:
    """Return *fraction* as a percentage that is 0 or 100 only if it is so exactly."""
    if 0 < fraction < 0.005:
        return say("<1 %")
    if 0.995 <= fraction < 1:
        return say(">99 %")
    return say("{number} %", number=f"{fraction * 100:.0f}")


def rate(per_hour: float) -> str:
    """Return *per_hour* with as many digits as are worth reading."""
    number = f"{per_hour:,.1f}" if per_hour >= 1 else f"{per_hour:.2f}"
    return say("{number} per hour", number=number)


def change(now: int, before: int | None) -> str:
    """Return how *now* compares with *before*: in per cent, where that helps.

    >>> change(214, 155), change(4583, 252), change(3, 1), change(5, None)
    ('▲ 38 %', '× 18', '▲ 2', '–')
    """
    if before is None:
        return "–"
    if now == before:
        return "="
    glyph = "▲" if now > before else "▼"
    if before < LEAST_BASE:
        return f"{glyph} {abs(now - before):,}"
    if now >= TIMES_FROM * before:
        return f"× {now // before:,}"
    percent = round(100 * abs(now - before) / before)
    return f"{glyph} {say('{number} %', number=f'{percent:,}')}" if percent else "≈"

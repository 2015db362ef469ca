"""How a row compares with the period before: a glyph with its word, and the section it is in."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType

from analytics.coverage_words import unknown_before
from analytics.digest import Digest, Row, TrendVerdict

FIRST_DAYS = "First days: no baseline yet, so nothing can be told to be new or worse."

_MARKS = MappingProxyType(
    {
        "new": "NEW",
        "regressed": "▲ back again",
        "rising": "▲ rising",
        "steady": "= steady",
        "falling": "▼ falling",
        "gone": "✓ gone",
        "insufficient": "",
    }
)
_SECTIONS = MappingProxyType({"new": "new", "regressed": "worse", "rising": "worse"})

SECTIONS = ("new", "worse", "ongoing")


def section(trend: TrendVerdict) -> str:
    """Return the section of a digest that a row of this verdict is in."""
    return _SECTIONS.get(trend, "ongoing")


def mark(row: Row) -> str:
    """Return glyph and word of a row's verdict, "" where there is too little to tell."""
    return "no baseline yet" if row.previous_failures is None else _MARKS[row.trend]


def without_baseline(digest: Digest) -> bool:
    """Tell whether not one row has a period before that it could be compared with."""
    return bool(digest.rows) and all(row.previous_failures is None for row in digest.rows)


def baseline_words(digest: Digest) -> str:
    """Return why nothing can be told to be new, "" where a row can be compared.

    Only where the days before the window are in the long trend, and hold nothing, are these the
    first days; or where the watch of every row's cluster began no earlier than the period before.
    """
    if not without_baseline(digest):
        return ""
    before = digest.start - max(digest.end - digest.start, timedelta(days=1))
    young = {one.cluster for one in digest.quality.covered if one.began >= before}
    if young.issuperset(row.cluster for row in digest.rows):
        return FIRST_DAYS
    earlier = [day.failures for day in digest.daily if day.start.date() < digest.start.date()]
    if earlier and all(failures is None for failures in earlier):
        return FIRST_DAYS
    # another cluster may have data from then
    whose = f"no data of these rows' clusters {period_before(digest)}"
    missing = unmatched(digest) if digest.previous_failures is None else whose
    return f"{missing.capitalize()}, so nothing can be told to be new or worse."


def unmatched(digest: Digest) -> str:
    """Return why there is nothing to compare with, such as ``no data the day before``."""
    return unknown_before(digest.quality.covered, digest.start, period_before(digest))


def period_before(digest: Digest) -> str:
    """Return what the digest is compared with, such as ``the day before``."""
    if digest.so_far:
        return "in the same hours of the day before"
    return {"daily": "the day before", "weekly": "the week before"}.get(
        digest.report, "in the same time before"
    )


def sections(digest: Digest) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """Return the rows under the headings of their sections; one heading without a baseline."""
    if without_baseline(digest):
        return (("Top failures", digest.rows),)
    groups = {name: [row for row in digest.rows if section(row.trend) == name] for name in SECTIONS}
    return tuple((_heading(name, rows), tuple(rows)) for name, rows in groups.items() if rows)


def _heading(name: str, rows: list[Row]) -> str:
    """Return a heading that calls nothing ongoing that is only too rare to compare."""
    unclear = sum(row.trend == "insufficient" for row in rows)
    if not unclear:
        return name.capitalize()
    return "Too little to tell" if unclear == len(rows) else "Ongoing, or too little to tell"

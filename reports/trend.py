"""How a row compares with the period before: a glyph with its word, and the section it is in."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType

from analytics import period_words
from analytics.coverage_words import is_too_little_known
from analytics.digest import LIVE, Digest, Row, TrendVerdict
from analytics.language import say, say_number

_SECTIONS = MappingProxyType({"new": "new", "regressed": "worse", "rising": "worse"})

SECTIONS = ("new", "worse", "ongoing")


def section(trend: TrendVerdict) -> str:
    """Return the section of a digest that a row of this verdict is in."""
    return _SECTIONS.get(trend, "ongoing")


def mark(row: Row) -> str:
    """Return glyph and word of a row's verdict, "" where there is too little to tell."""
    if row.previous_failures is None:
        return say("no baseline yet")
    marks = {
        "new": say("NEW"),
        "regressed": say("▲ back again"),
        "rising": say("▲ rising"),
        "steady": say("= steady"),
        "falling": say("▼ falling"),
        "gone": say("✓ gone"),
        "insufficient": "",
    }
    return marks[row.trend]


def live_mark(row: Row) -> str:
    """Return what was told of a live row before."""
    if row.previous_failures is None:
        return say("NEW")
    return say_number("{number} told before", "{number} told before", row.previous_failures)


def without_baseline(digest: Digest) -> bool:
    """Tell whether not one row has a period before that it could be compared with."""
    return bool(digest.rows) and all(row.previous_failures is None for row in digest.rows)


def baseline_words(digest: Digest) -> str:
    """Return why nothing can be told to be new, "" where a row can be compared.

    Only where the days before the window are in the long trend, and hold nothing, are these the
    first days; or where the watch of every row's cluster began no earlier than the period before.
    """
    if not without_baseline(digest) or digest.report == LIVE:
        return ""
    earliest = digest.start - max(digest.end - digest.start, timedelta(days=1))
    young = {one.cluster for one in digest.quality.covered if one.began >= earliest}
    earlier = [day.failures for day in digest.daily if day.start.date() < digest.start.date()]
    is_new = young.issuperset(row.cluster for row in digest.rows)
    if is_new or (earlier and all(failures is None for failures in earlier)):
        return say("First days: no baseline yet, so nothing can be told to be new or worse.")
    before = period_before(digest)
    if digest.previous_failures is not None:  # of another cluster
        return say(
            "No data of these rows' clusters {before}, so nothing can be told to be new or worse.",
            before=before,
        )
    if is_too_little_known(digest.quality.covered, digest.start):
        return say(
            "Too little known of {period}, so nothing can be told to be new or worse.",
            period=the_period_before(digest),
        )
    return say("No data {before}, so nothing can be told to be new or worse.", before=before)


def unmatched(digest: Digest) -> str:
    """Return why there is nothing to compare with, such as ``no data the day before``."""
    if is_too_little_known(digest.quality.covered, digest.start):
        return say("too little known of {period}", period=the_period_before(digest))
    return say("no data {before}", before=period_before(digest))


def period_before(digest: Digest) -> str:
    """Return when what the digest is compared with was, such as ``the day before``."""
    return period_words.before(digest.report, so_far=digest.so_far)


def the_period_before(digest: Digest) -> str:
    """Return what the digest is compared with, such as ``the same time before``."""
    return period_words.period_before(digest.report, so_far=digest.so_far)


def sections(digest: Digest) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """Return the rows under the headings of their sections; one heading without a baseline."""
    if without_baseline(digest):
        return ((say("New") if digest.report == LIVE else say("Top failures"), digest.rows),)
    groups = {name: [row for row in digest.rows if section(row.trend) == name] for name in SECTIONS}
    return tuple((_heading(name, rows), tuple(rows)) for name, rows in groups.items() if rows)


def _heading(name: str, rows: list[Row]) -> str:
    """Return a heading that calls nothing ongoing that is only too rare to compare."""
    unclear = sum(row.trend == "insufficient" for row in rows)
    if not unclear:
        return {"new": say("New"), "worse": say("Worse"), "ongoing": say("Ongoing")}[name]
    if unclear == len(rows):
        return say("Too little to tell")
    return say("Ongoing, or too little to tell")

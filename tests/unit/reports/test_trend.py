"""Tests of marks and sections."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.digest import Digest
from reports.trend import (
    baseline_words,
    mark,
    period_before,
    section,
    sections,
    without_baseline,
)
from tests.unit.reports.digests import at, busy, coverage, days, long_day, quiet, row, two_clusters

FIRST_DAYS = "First days: no baseline yet, so nothing can be told to be new or worse."


@pytest.mark.parametrize(
    ("trend", "shown", "where"),
    [
        ("new", "NEW", "new"),
        ("rising", "▲ rising", "worse"),
        ("regressed", "▲ back again", "worse"),
        ("steady", "= steady", "ongoing"),
        ("falling", "▼ falling", "ongoing"),
        ("insufficient", "", "ongoing"),
    ],
)
def test_every_verdict_has_its_mark_and_section(trend: str, shown: str, where: str) -> None:
    """A verdict is a glyph with a word, never a glyph alone."""
    marked = row(trend=trend)
    assert (mark(marked), section(marked.trend)) == (shown, where)


def test_a_row_without_a_period_before_says_so() -> None:
    """Where the period before has no data, the mark is that and nothing else."""
    assert mark(row(trend="insufficient", previous_failures=None)) == "no baseline yet"


def test_rows_are_under_their_headings() -> None:
    """New before worse before ongoing, most failures first in each."""
    shown = [(heading, [r.failures for r in rows]) for heading, rows in sections(busy())]
    assert shown == [
        ("New", [41]),
        ("Worse", [120]),
        ("Ongoing, or too little to tell", [17, 2, 1]),
    ]


def test_what_is_too_rare_is_not_called_ongoing() -> None:
    """A row that cannot be compared does not get a heading that says that it was there before."""
    steady, rare = row(trend="steady"), row(trend="insufficient")
    assert [heading for heading, _ in sections(busy(rows=(steady,)))] == ["Ongoing"]
    assert [heading for heading, _ in sections(busy(rows=(rare,)))] == ["Too little to tell"]


def test_without_a_baseline_there_is_one_heading() -> None:
    """In the first days nothing is new, and that is said once for all rows."""
    assert without_baseline(long_day())
    assert [heading for heading, _ in sections(long_day())] == ["Top failures"]
    assert not without_baseline(two_clusters())
    assert not without_baseline(quiet())
    assert sections(quiet()) == ()


def _unmatched(**changes: object) -> Digest:
    return busy(rows=(row(trend="insufficient", previous_failures=None),), **changes)


def test_first_days_are_those_with_nothing_before_them() -> None:
    """29 empty days before the 21st are the first days; one with two failures among them is not."""
    later = "No data the day before, so nothing can be told to be new or worse."
    first = _unmatched(previous_failures=None, daily=days(at(0), (*[None] * 29, 214)))
    gap = _unmatched(previous_failures=None, daily=days(at(0), (2, *[None] * 28, 214)))
    assert baseline_words(first) == FIRST_DAYS
    assert baseline_words(gap) == later
    assert baseline_words(_unmatched(previous_failures=None, daily=days(at(0), (214,)))) == later
    assert baseline_words(busy()) == ""


def test_the_first_day_of_a_watch_is_a_first_day() -> None:
    """Whatever its first list brought from before; so is a second one after most of a day."""
    later = baseline_words(_unmatched())
    for began, words in ((at(9), FIRST_DAYS), (at(0, day=20), FIRST_DAYS), (at(23, day=19), later)):
        known = replace(busy().quality, covered=(coverage(began=began),))
        assert baseline_words(_unmatched(quality=known)) == words


def test_a_day_before_that_was_hardly_watched_is_not_called_empty() -> None:
    """The watch is days old and had a gap the day before; what it saw of it is no baseline."""
    known = replace(busy().quality, covered=(coverage(began=at(9, day=2)),))
    assert baseline_words(_unmatched(quality=known, previous_failures=None)) == (
        "Too little known of the day before, so nothing can be told to be new or worse."
    )


def test_data_of_another_cluster_is_not_denied() -> None:
    """155 failures the day before are data, though not of the cluster that has rows."""
    assert baseline_words(_unmatched()) == (
        "No data of these rows' clusters the day before, so nothing can be told to be new or worse."
    )


@pytest.mark.parametrize(
    ("report", "so_far", "words"),
    [
        ("daily", False, "the day before"),
        ("daily", True, "in the same hours of the day before"),
        ("weekly", False, "the week before"),
        ("custom", False, "in the same time before"),
    ],
)
def test_the_period_before_has_a_name(report: str, so_far: bool, words: str) -> None:
    """Each kind of window is compared with its own kind."""
    assert period_before(busy(report=report, so_far=so_far)) == words

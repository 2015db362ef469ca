"""Tests of the sentences on coverage."""

from __future__ import annotations

from dataclasses import replace

from analytics.digest import Coverage, Digest, GapResidual, Unwatched
from reports.coverage import coverage_lines, needs_a_look
from reports.quality import quality_notes
from tests.unit.reports.digests import at, busy, coverage, half_watched, quiet, watched_day


def covered(*clusters: Coverage, **changes: object) -> Digest:
    """Return a quiet day with this coverage."""
    digest = watched_day()
    return replace(digest, quality=replace(digest.quality, covered=clusters, **changes))  # type: ignore[arg-type]


def test_imported_events_prove_nothing() -> None:
    """Without a watch the coverage is unknown, which is no alarm."""
    assert coverage_lines(quiet()) == (
        "Unknown: imported events cannot prove that nothing was missed.",
    )
    assert not needs_a_look(quiet())


def test_a_whole_day_takes_one_line() -> None:
    """Nothing else is to be said, and silences neither."""
    assert coverage_lines(watched_day()) == ("prod-eu: watched all the time.",)
    assert "Silences" not in {note.term for note in quality_notes(watched_day(), dated=False)}


def test_everything_is_said_in_order() -> None:
    """Shares, gaps, the rest of them, the silent end, what is older, and who is unknown."""
    assert coverage_lines(half_watched()) == (
        "prod-eu (only namespace data; type=Warning in shop): "
        "65 % watched, 5 % recovered, 20 % gap, 10 % unknown.",
        "prod-eu: not watched 03:10–07:58 (4 h 48 min) in <b>shop.",
        "And 2 gaps more, together 15 min.",
        "prod-eu: nothing proved since 21:36 (collector silent?).",
        "prod-eu: 7 occurrences from before the watch began at 00:20.",
        "test: unknown; imported events cannot prove that nothing was missed.",
    )
    assert needs_a_look(half_watched())


def test_a_small_share_is_never_rounded_away() -> None:
    """A minute of gap in a day of 1,440 is less than 1 %, and the rest is not all."""
    minute = coverage(watched=1439 / 1440, gap=1 / 1440, whole=False)
    assert coverage_lines(covered(minute))[0] == "prod-eu: >99 % watched, <1 % gap."


def test_a_proof_of_another_day_has_its_date() -> None:
    """A collector that died two days ago."""
    dead = coverage(watched=0.0, unknown=1.0, whole=False, proved=at(3, day=19))
    assert coverage_lines(covered(dead))[1] == (
        "prod-eu: nothing proved since 2026-11-19 03:00 (collector silent?)."
    )


def test_a_gap_of_seconds_has_one_time() -> None:
    """15 seconds are no stretch from 23:32 to 23:32, of 0 minutes."""
    end = at(23, 32).replace(second=15)
    gap = Unwatched(cluster="prod-eu", namespaces=(), start=at(23, 32), end=end)
    known = coverage(watched=1 - 15 / 86_400, gap=15 / 86_400, whole=False)
    assert coverage_lines(covered(known, gaps=(gap,)))[1] == (
        "prod-eu: not watched for 15 s at 23:32."
    )


def test_one_of_many() -> None:
    """One gap is singular; of many namespaces three are named."""
    gap = Unwatched(cluster="a\x1b[2J", namespaces=tuple("abcde"), start=at(1), end=at(2))
    known = coverage(cluster="prod-eu", watched=0.9, gap=0.1, whole=False)
    told = covered(known, gaps=(gap,), gap_residual=GapResidual(gaps=1, hours=1.5))
    assert coverage_lines(told)[1:] == (
        "a\\x1b[2J: not watched 01:00–02:00 (1 h) in a, b, c, 2 more.",
        "And 1 gap more, together 1.5 h.",
    )
    assert all(line.isprintable() for line in coverage_lines(busy()) + coverage_lines(told))

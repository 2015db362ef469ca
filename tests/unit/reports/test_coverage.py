"""Tests of the sentences on coverage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd

from analytics.digest import Coverage, Digest, GapResidual, Unwatched
from analytics.frames import POINTS, SPANS
from analytics.presence import Presence, presence
from analytics.window import Window
from reports.coverage import (
    coverage_lines,
    needs_a_look,
    nothing_sentence,
    presence_sentences,
    some_names,
)
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


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = Window.between(NOON - timedelta(hours=12), NOON + timedelta(hours=12), "UTC")


def watch(*rows: tuple[str, float, float], cluster: str = "prod", **scope: str) -> pd.DataFrame:
    """Return spans of one watch: state, start and end in hours of the day."""
    named = {"cluster": cluster, "namespace": "", "field_selector": ""} | scope
    frame = pd.DataFrame(rows, columns=["state", "start", "end"]).assign(**named)
    for name in ("start", "end"):
        frame[name] = [DAY.start + timedelta(hours=hour) for hour in frame[name]]
    return frame.astype({column.name: column.dtype for column in SPANS.columns})


def known(*watches: pd.DataFrame, namespace: str | None = None) -> Presence:
    """Return what is known of a day without an event."""
    spans = pd.concat([SPANS.empty(), *watches], ignore_index=True)
    spans = spans.astype({column.name: column.dtype for column in SPANS.columns})
    return presence(POINTS.empty(), spans, DAY, namespace=namespace)


ALL_DAY = ("watched", -24.0, 24.0)


def test_a_whole_watch_needs_no_sentence() -> None:
    """And nothing is a sure answer."""
    found = known(watch(ALL_DAY))
    assert presence_sentences(found) == ()
    assert nothing_sentence(found) == "no failures, watched all the time"


def test_each_cluster_says_what_was_not_watched() -> None:
    """Gaps, a late beginning, a silent collector: a sentence each, by cluster."""
    found = known(
        watch(("watched", -24, 3), ("gap", 3, 6), ("watched", 6, 24), cluster="a"),
        watch(("watched", 14, 24), cluster="b"),
        watch(("watched", -24, 20), cluster="c"),
        watch(ALL_DAY, cluster="d"),
        watch(
            *(("gap", hour, hour + 0.5) for hour in (1, 2, 3)),
            ("watched", -24, 1), ("watched", 1.5, 2), ("watched", 2.5, 3), ("watched", 3.5, 24),
            cluster="e",
        ),
    )  # fmt: skip
    assert presence_sentences(found) == (
        "a was not watched 03:00–06:00.",
        "b has been watched since 14:00.",
        "Nothing has been proved of c since 20:00. Is its collector alive?",
        "e was not watched for 1.5 h in 3 gaps.",
    )
    assert nothing_sentence(found) == "no failures, as far as is known"


def test_a_cluster_that_is_unknown_in_between_says_how_much() -> None:
    """Nothing proves two of 24 hours, and no gap says so."""
    found = known(watch(("watched", -24, 3), ("watched", 5, 24)))
    assert presence_sentences(found) == ("prod: 92 % watched, 8 % unknown.",)


def test_a_watch_of_one_namespace_is_a_part_of_the_cluster() -> None:
    """All of it for whoever asks for that namespace, nothing for whoever asks for another."""
    shop = watch(ALL_DAY, namespace="shop")
    assert presence_sentences(known(shop)) == ("prod is watched in part: only namespace shop.",)
    assert presence_sentences(known(shop, namespace="shop")) == ()
    assert nothing_sentence(known(shop, namespace="shop")) == (
        "not one event in namespace shop, watched all the time"
    )
    pay = known(shop, namespace="pay")
    assert presence_sentences(pay) == ("prod: namespace pay is not watched.",)
    assert nothing_sentence(pay) == (
        "no data: not one event in namespace pay lies in the window, and nobody watched"
    )
    warnings = watch(ALL_DAY, namespace="shop", field_selector="type=Warning")
    assert presence_sentences(known(warnings, namespace="shop")) == (
        "prod is watched in part: only type=Warning in shop.",
    )


def test_names_of_clusters_in_a_sentence_are_few_and_inert() -> None:
    """Three are named, the others counted."""
    assert some_names(["b\x1b[2J", "a"]) == "a, b\\x1b[2J"
    assert some_names({"a", "b", "c", "d", "e"}) == "a, b, c, 2 more"

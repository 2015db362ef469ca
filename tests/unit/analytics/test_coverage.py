"""What is known of every moment, worked out by hand."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage import began, cluster_coverage, coverage, narrowed
from analytics.frames import CLUSTER_COVERAGE, COVERAGE, SPANS
from analytics.window import Window
from tests.effort import examples


def told(found):
    """Return state, start and end of each stretch."""
    hours = [found[name].dt.strftime("%d %H:%M") for name in ("start", "end")]
    return list(zip(found["state"], *hours, strict=True))


def test_every_moment_has_a_state(spans, day):
    """A gap in the night, a watch that goes on after the window."""
    found = coverage(
        spans(
            ("watched", "20 09:00", "03:10"),
            ("gap", "03:10", "06:45"),
            ("recovered", "06:45", "07:45"),
            ("watched", "07:45", "22 09:00"),
        ),
        day,
    )
    assert told(found) == [
        ("watched", "21 00:00", "21 03:10"),
        ("gap", "21 03:10", "21 06:45"),
        ("recovered", "21 06:45", "21 07:45"),
        ("watched", "21 07:45", "22 00:00"),
    ]
    assert found["hours"].tolist() == pytest.approx([19 / 6, 43 / 12, 1, 16.25])
    assert found["share"].sum() == pytest.approx(1)
    assert not found["unproven"].any()


def test_of_two_collectors_the_better_one_holds(spans, day):
    """Watched over recovered over gap, whatever the order of the rows."""
    found = coverage(
        spans(
            ("gap", "00:00", "12:00"),
            ("watched", "00:00", "03:00"),
            ("recovered", "02:00", "06:00"),
            ("watched", "12:00", "22 00:00"),
            ("watched", "11:00", "13:00"),
        ),
        day,
    )
    assert told(found) == [
        ("watched", "21 00:00", "21 03:00"),
        ("recovered", "21 03:00", "21 06:00"),
        ("gap", "21 06:00", "21 11:00"),
        ("watched", "21 11:00", "22 00:00"),
    ]


def test_the_time_after_the_last_proof_is_unproven(spans, day):
    """Neither a gap nor watched; a hole that a later proof follows is only unknown."""
    silent = coverage(spans(("watched", "00:00", "21:00")), day)
    assert told(silent)[1] == ("unknown", "21 21:00", "22 00:00")
    assert silent["unproven"].tolist() == [False, True]
    later = spans(("watched", "00:00", "21:00"), ("watched", "22 05:00", "22 05:00"))
    assert coverage(later, day)["unproven"].tolist() == [False, False]


def test_a_collector_silent_before_the_window_is_not_forgotten(spans, day):
    """Its last proof is a span of no length from before the window."""
    found = coverage(spans(("watched", "19 05:00", "19 05:00")), day)
    assert told(found) == [("unknown", "21 00:00", "22 00:00")]
    assert found["unproven"].tolist() == [True]


def test_what_began_later_or_has_a_successor_is_left_out(spans, day):
    """No row for tomorrow's watch, none for the namespace that is not watched any more."""
    found = coverage(
        spans(
            ("watched", "22 05:00", "22 06:00", "young"),
            ("watched", "19 05:00", "20 05:00", "prod", "old"),
            ("watched", "00:00", "22 00:00", "prod", "new"),
        ),
        day,
    )
    assert list(zip(found["cluster"], found["namespace"], strict=True)) == [("prod", "new")]


def test_a_cluster_is_known_where_all_its_namespaces_are(spans, day):
    """A gap of one is a gap of the cluster; what is unknown of one is unknown."""
    found = coverage(
        spans(
            ("watched", "00:00", "22 00:00", "prod", "a"),
            ("watched", "00:00", "06:00", "prod", "b"),
            ("gap", "06:00", "08:00", "prod", "b"),
            ("recovered", "08:00", "20:00", "prod", "b"),
        ),
        day,
    )
    merged = cluster_coverage(found, day)
    assert told(merged) == [
        ("watched", "21 00:00", "21 06:00"),
        ("gap", "21 06:00", "21 08:00"),
        ("recovered", "21 08:00", "21 20:00"),
        ("unknown", "21 20:00", "22 00:00"),
    ]
    assert merged["unproven"].tolist() == [False, False, False, True]
    assert narrowed(found)["namespace"].tolist() == ["a", "b"]


def test_a_watch_of_the_whole_needs_no_other(spans, day):
    """A second collector of one namespace with a gap takes nothing away."""
    found = coverage(
        spans(("watched", "00:00", "22 00:00"), ("gap", "00:00", "22 00:00", "prod", "a")), day
    )
    assert told(cluster_coverage(found, day)) == [("watched", "21 00:00", "22 00:00")]
    assert narrowed(found)["namespace"].tolist() == [""]


def test_a_watch_begins_with_its_first_span_that_is_no_gap(spans, at):
    """Of several watches of a cluster the first one counts."""
    found = spans(
        ("watched", "05:00", "06:00", "prod", "a"),
        ("watched", "04:00", "04:00", "prod", "b"),
        ("gap", "01:00", "04:00", "prod", "b"),
    )
    assert began(found) == {"prod": at("04:00")}


def test_a_watch_that_only_touches_the_window_is_not_in_force(spans, day):
    """It ends where the window begins, begins where it ends, or has no length in it."""
    new = ("watched", "00:00", "22 00:00", "prod", "new")
    for start, end in (("20 05:00", "00:00"), ("10:00", "10:00")):
        found = coverage(spans(new, ("watched", start, end, "prod", "old")), day)
        assert found["namespace"].tolist() == ["new"]
    assert len(coverage(spans(("watched", "22 00:00", "22 06:00")), day)) == 0


def test_only_the_end_of_the_window_is_unproven(spans, day):
    """Neither a hole in the middle nor a gap, which is known as such."""
    hole = coverage(spans(("watched", "00:00", "06:00"), ("watched", "12:00", "21:00")), day)
    assert hole["state"].tolist() == ["watched", "unknown"] * 2
    assert hole["unproven"].tolist() == [False, False, False, True]
    gap = coverage(spans(("watched", "00:00", "20:00"), ("gap", "20:00", "22 00:00")), day)
    assert gap["unproven"].tolist() == [False, False]


def test_gaps_of_several_namespaces(spans, day):
    """Each at its own time; the rows are numbered through."""
    found = coverage(
        spans(
            ("watched", "00:00", "22 00:00", "prod", "a"),
            ("gap", "10:00", "11:00", "prod", "b"),
            ("watched", "00:00", "10:00", "prod", "b"),
            ("watched", "11:00", "22 00:00", "prod", "b"),
            ("gap", "06:00", "08:00", "prod", "c"),
            ("watched", "00:00", "06:00", "prod", "c"),
            ("watched", "08:00", "22 00:00", "prod", "c"),
        ),
        day,
    )
    merged = cluster_coverage(found, day)
    assert merged["state"].tolist() == ["watched", "gap", "watched", "gap", "watched"]
    assert merged["hours"].tolist() == [6, 2, 2, 1, 13]
    assert merged.index.tolist() == [0, 1, 2, 3, 4]
    assert found.index.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert narrowed(found).index.tolist() == [0, 1, 2]


def test_all_namespaces_by_a_field_selector_are_not_the_whole(spans, day):
    """What the selector leaves out of namespace a may be lost in its gap."""
    rows = (
        ("watched", "00:00", "22 00:00", "prod", "", "type=Warning"),
        ("gap", "00:00", "22 00:00", "prod", "a"),
    )
    found = coverage(spans(*rows), day)
    assert cluster_coverage(found, day)["state"].tolist() == ["gap"]
    assert narrowed(found)["namespace"].tolist() == ["", "a"]


def test_nothing_in_nothing_out(day):
    """Every column with its type."""
    found = coverage(SPANS.empty(), day)
    assert len(COVERAGE.check(found)) == 0
    assert len(CLUSTER_COVERAGE.check(cluster_coverage(found, day))) == 0
    assert began(SPANS.empty()) == {}
    assert len(narrowed(found)) == 0


STATES = ("gap", "recovered", "watched")
SPAN = st.tuples(st.sampled_from(STATES), st.integers(0, 47), st.integers(0, 20))


@settings(deadline=None, max_examples=examples(20))
@given(st.lists(SPAN, min_size=1, max_size=12))
def test_stretches_are_what_the_spans_say_hour_by_hour(spans, day, drawn):
    """Against the plain way: for each hour the best span that lies over it."""
    first = day.start - timedelta(hours=24)
    rows = [
        (state, first + timedelta(hours=h), first + timedelta(hours=h + n)) for state, h, n in drawn
    ]
    found = coverage(spans(*rows), day)
    wide = Window.between(first, day.end, "UTC")
    for hour in range(24):
        moment = pd.Timestamp(day.start + timedelta(hours=hour))
        over = [state for state, start, end in rows if start <= moment < end]
        expected = max(over, key=STATES.index, default="unknown")
        at_hour = found[(found["start"] <= moment) & (found["end"] > moment)]
        assert at_hour["state"].tolist() in ([expected], [])
    # no row only where every span begins after the window
    assert bool(len(found)) == any(start < day.end for _, start, _ in rows)
    assert coverage(spans(*rows[::-1]), wide).equals(coverage(spans(*rows), wide))

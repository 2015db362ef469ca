"""What a digest says of the coverage of its clusters."""

from zoneinfo import ZoneInfo

import pytest

from analytics.covered import coverage_state, covered, gaps
from analytics.digest import Scope
from analytics.frames import POINTS, SPANS
from analytics.window import Window

NONE = POINTS.empty()


def test_shares_add_up(spans, day):
    """Six hours each of gap and recovered, nine watched, three unproven."""
    found = spans(
        ("watched", "19 00:00", "06:00"),
        ("gap", "06:00", "12:00"),
        ("recovered", "12:00", "18:00"),
        ("watched", "18:00", "21:00"),
    )
    (prod,) = covered(found, NONE, day)
    assert (prod.watched, prod.recovered) == (0.375, 0.25)
    assert (prod.gap, prod.unknown, prod.whole) == (0.25, 0.125, False)
    assert prod.scopes == ()


@pytest.mark.parametrize(
    ("end", "proved"), [("23:50", None), ("23:49", "23:49"), ("20 22:00", "20 22:00")]
)
def test_a_collector_that_fell_silent_has_a_last_proof(spans, day, at, end, proved):
    """Ten minutes are usual; the last proof may lie before the window."""
    (prod,) = covered(spans(("watched", "19 00:00", end)), NONE, day)
    assert prod.proved == (at(proved) if proved else None)


def test_what_is_older_than_the_watch_is_counted_apart(points, spans, at):
    """Ten from 09:01 on, one a minute; the watch began at 09:05 and the window is in Berlin."""
    window = Window.daily(at("22 08:00"), "Europe/Berlin")
    frame = points(
        {"previous_time": "09:00", "time": "09:10", "occurrences": 10},
        {"time": "01:00", "cluster": "other"},
    )
    (prod,) = covered(spans(("watched", "09:05", "22 09:00")), frame, window)
    assert prod.earlier == 4
    assert prod.began == at("09:05")
    assert prod.began.tzinfo == ZoneInfo("Europe/Berlin")
    (old,) = covered(spans(("watched", "19 09:05", "22 09:00")), frame, window)
    assert old.earlier == 0


def test_a_part_of_a_cluster_is_named(spans, day):
    """Each namespace with the field selector of its own watch."""
    rows = (
        ("watched", "20 00:00", "22 00:00", "prod", "b", "type=Warning"),
        ("watched", "20 00:00", "22 00:00", "prod", "a"),
    )
    (prod,) = covered(spans(*rows), NONE, day)
    assert prod.scopes == (
        Scope(namespace="a", field_selector=""),
        Scope(namespace="b", field_selector="type=Warning"),
    )


def test_the_longest_gaps_first_and_the_rest_in_sum(spans, day):
    """Of gaps of one, three and two hours the shortest is left."""
    watched = ("watched", "00:00", "00:01")
    rows = (("gap", "01:00", "02:00"), ("gap", "03:00", "06:00"), ("gap", "07:00", "09:00"))
    shown, rest = gaps(spans(watched, *rows), day, most=2)
    assert [(gap.start.hour, gap.end.hour) for gap in shown] == [(3, 6), (7, 9)]
    assert (rest.gaps, rest.hours) == (1, 1)
    assert gaps(SPANS.empty(), day)[0] == ()


def test_a_gap_of_some_namespaces_names_them(spans, day):
    """One of two; a gap of both names none."""
    rows = (
        ("watched", "00:00", "22 00:00", "prod", "a"),
        ("watched", "00:00", "06:00", "prod", "b"),
        ("gap", "06:00", "08:00", "prod", "b"),
    )
    (some,), _ = gaps(spans(*rows), day)
    assert some.namespaces == ("b",)
    both = [("gap", "06:00", "08:00", "prod", name) for name in "ab"]
    (every,), _ = gaps(spans(*both, ("watched", "00:00", "06:00", "prod", "a")), day)
    assert every.namespaces == ()


def test_all_clusters_together(spans, day):
    """Whole if each of them is, unknown if none was watched, else partial."""
    whole = covered(spans(("watched", "20 00:00", "22 00:00")), NONE, day)
    dead = covered(spans(("watched", "19 00:00", "19 01:00")), NONE, day)
    assert coverage_state(whole, ["prod"]) == "whole"
    assert coverage_state(whole, ["prod", "imported"]) == "partial"
    assert coverage_state(dead, ["prod"]) == coverage_state((), []) == "unknown"


def test_a_cluster_of_gaps_alone_is_not_covered(spans, day):
    """Its watch has not begun; one that has is told by name."""
    rows = [("watched", "00:00", "22 00:00", name) for name in ("b", "a")]
    found = covered(spans(("gap", "00:00", "06:00", "young"), *rows), NONE, day)
    assert [cluster.cluster for cluster in found] == ["a", "b"]


def test_ties_of_gaps_go_by_cluster_and_start(spans, at):
    """Twelve of an hour, and ten are shown, in the time of the report's zone."""
    window = Window.between(at("00:00"), at("22 00:00"), "Asia/Tokyo")
    rows = [
        ("gap", f"{hour:02}:00", f"{hour + 1:02}:00", cluster)
        for cluster in "ba"
        for hour in (15, 1, 3, 5, 7, 9)
    ]
    watched = [("watched", "00:00", "00:01", cluster) for cluster in "ab"]
    shown, rest = gaps(spans(*rows, *watched), window)
    assert [gap.cluster for gap in shown] == ["a"] * 6 + ["b"] * 4
    assert [gap.start.hour for gap in shown[:6]] == [10, 12, 14, 16, 18, 0]  # Tokyo is 9 h ahead
    assert [gap.end.hour for gap in shown[6:]] == [11, 13, 15, 17]
    assert (rest.gaps, rest.hours) == (2, 2.0)


def test_what_came_after_the_window_is_not_earlier(points, spans, at, day):
    """A watch that began tomorrow finds all of today's in its first list; so it is not covered."""
    frame = points({"time": "10:00"}, {"time": "20 10:00"}, {"time": "22 10:00"})
    (prod,) = covered(spans(("watched", "23:00", "22 09:00")), frame, day)
    assert prod.earlier == 1
    assert covered(spans(("watched", "22 05:00", "22 09:00")), frame, day) == ()

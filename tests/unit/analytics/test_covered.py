"""What a digest says of the coverage of its clusters."""

from zoneinfo import ZoneInfo

import pytest

from analytics.covered import coverage_state, covered, gaps
from analytics.digest import Scope
from analytics.frames import SPANS
from analytics.window import Window

NONE: dict[str, int] = {}


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


def test_a_watched_day_has_nothing_left_to_prove(spans, day):
    """All of it is one share, and its collector did not fall silent."""
    (prod,) = covered(spans(("watched", "19 00:00", "22 00:00")), NONE, day)
    assert (prod.watched, prod.recovered, prod.gap, prod.unknown) == (1.0, 0.0, 0.0, 0.0)
    assert (prod.whole, prod.proved) == (True, None)


def test_the_last_of_several_proofs(spans, at):
    """Inside the window if there is one, else the last before it, in the report's zone."""
    window = Window.between(at("00:00"), at("22 00:00"), "Asia/Tokyo")
    first, second = ("watched", "19 00:00", "19 01:00"), ("watched", "20 20:00", "20 22:00")
    (prod,) = covered(spans(first, second), NONE, window)
    assert (prod.proved, prod.proved.tzinfo) == (at("20 22:00"), ZoneInfo("Asia/Tokyo"))
    (prod,) = covered(spans(first, ("watched", "20 20:00", "00:00")), NONE, window)
    assert prod.proved == at("00:00")
    (prod,) = covered(spans(first, second, ("watched", "01:00", "21:00")), NONE, window)
    assert prod.proved == at("21:00")


def test_two_half_watched_namespaces_prove_nothing_together(spans, day, at):
    """One is watched in the morning and one in the afternoon."""
    rows = [
        ("watched", "00:00", "12:00", "prod", "a"),
        ("watched", "12:00", "22 00:00", "prod", "b"),
    ]
    (prod,) = covered(spans(*rows), NONE, day)
    assert (prod.unknown, prod.proved) == (1.0, at("00:00"))


def test_what_is_older_than_the_watch_is_said_apart(spans, at):
    """The watch began at 09:05 and the window is in Berlin; of another cluster nothing is older."""
    window = Window.daily(at("22 08:00"), "Europe/Berlin")
    prod, test = covered(
        spans(("watched", "09:05", "22 09:00"), ("watched", "19 09:05", "22 09:00", "test")),
        {"prod": 4},
        window,
    )
    assert (prod.earlier, test.earlier) == (4, 0)
    assert prod.began == at("09:05")
    assert prod.began.tzinfo == ZoneInfo("Europe/Berlin")


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


def test_a_field_selector_is_a_bound_too(spans, day):
    """All namespaces, but not all events."""
    row = ("watched", "20 00:00", "22 00:00", "prod", "", "type=Warning")
    (prod,) = covered(spans(row), NONE, day)
    assert prod.scopes == (Scope(namespace="", field_selector="type=Warning"),)


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


def test_each_gap_names_its_own_namespaces(spans, day):
    """Of prod first those that overlap, then another one; never those of the other cluster."""
    edges = {
        "a": [],
        "b": [("06:00", "06:30"), ("07:00", "07:30"), ("08:00", "09:00")],
        "c": [("06:30", "07:00"), ("07:30", "08:00")],
        "d": [("15:00", "16:00")],
    }
    rows = [("watched", "00:00", "22 00:00", "prod", "a"), ("gap", "06:00", "07:00", "test", "z")]
    rows += [
        ("watched", "00:00", "22 00:00", "test", "y"),
        ("watched", "07:00", "22 00:00", "test", "z"),
    ]
    for name, found in edges.items():
        times = ["00:00", *(time for gap in found for time in gap), "22 00:00"]
        rows += [("gap", *gap, "prod", name) for gap in found]
        rows += [
            ("watched", *pair, "prod", name) for pair in zip(times[::2], times[1::2], strict=True)
        ]
    shown, _ = gaps(spans(*rows), day)
    named = [(gap.cluster, gap.namespaces, gap.start.hour, gap.end.hour) for gap in shown]
    assert named == [
        ("prod", ("b", "c"), 6, 9),
        ("prod", ("d",), 15, 16),
        ("test", ("z",), 6, 7),
    ]


def test_namespaces_are_sorted(spans, day):
    """However many are missing."""
    names = "hgfedcb"
    rows = [("gap", "06:00", "08:00", "prod", name) for name in names]
    rows += [("watched", "00:00", "06:00", "prod", name) for name in names]
    (gap,), _ = gaps(spans(("watched", "00:00", "22 00:00", "prod", "a"), *rows), day)
    assert gap.namespaces == tuple("bcdefgh")


def test_all_clusters_together(spans, day):
    """Whole if each of them is, unknown if none was watched, else partial."""
    whole = covered(spans(("watched", "20 00:00", "22 00:00")), NONE, day)
    dead = covered(spans(("watched", "19 00:00", "19 01:00")), NONE, day)
    assert coverage_state(whole, ["prod"]) == "whole"
    assert coverage_state(whole, ["prod", "imported"]) == "partial"
    recovered = ("watched", "20 00:00", "12:00"), ("recovered", "12:00", "22 00:00", "b")
    both = covered(spans(*recovered, ("recovered", "12:00", "22 00:00")), NONE, day)
    assert coverage_state(both[:1], ["prod"]) == "partial"
    assert coverage_state(both, ["prod"]) == "partial"
    prod = [cluster for cluster in both if cluster.cluster == "prod"]
    assert coverage_state(prod, []) == coverage_state(prod, ["prod"]) == "whole"
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


def test_a_watch_that_began_after_the_window_covers_nothing(spans, day):
    """One that began an hour before its end does; what came before is told by cluster."""
    earlier = {"prod": 3, "stage": 5}
    (prod,) = covered(spans(("watched", "23:00", "22 09:00")), earlier, day)
    assert prod.earlier == 3
    assert covered(spans(("watched", "22 05:00", "22 09:00")), earlier, day) == ()

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

"""Sentences on coverage, and none where nobody watched."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analytics.coverage_words import (
    is_too_little_known,
    length,
    only,
    unwatched,
    watched_throughout,
)
from analytics.covered import covered
from analytics.digest import Scope
from analytics.language import sentences
from analytics.window import Window

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
AFTER = ("watched", "03:10", "22 00:00")
TURNING = [(24, 0), (25, 0), (25, 1), (25, 23)]  # summer time ends at 01:00 UTC


@pytest.fixture
def say(points, spans, day, quality_of):
    """Return the sentences of a window with these spans."""

    def told(*rows, window=day):
        quality = quality_of(points(), window, spans=spans(*rows))
        return sentences(unwatched(window, quality), watched_throughout(window, quality))

    return told


def test_nobody_watched(say):
    """Imported clusters have no sentence."""
    assert say() == ""


def test_a_whole_day_is_said(say):
    """Also of a part of a cluster, and of other windows."""
    daily = Window.daily(NOW, "UTC")
    assert say(("watched", "19 00:00", "22 00:00"), window=daily) == "Watched the whole day."
    some = ("watched", "19 00:00", "22 00:00", "prod", "a")
    assert say(some, window=daily) == "Watched the whole day, only namespace a."
    so_far = Window.day_so_far(NOW, "UTC")
    assert say(("watched", "19 00:00", "22 08:00"), window=so_far) == "Watched all the time."


def test_gaps_are_named_or_counted(say):
    """Up to two of one cluster with their times, more as a sum."""
    rows = [("watched", "19 00:00", "03:10"), ("watched", "07:45", "22 00:00")]
    gap = ("gap", "03:10", "07:45")
    assert say(*rows, gap) == "prod was not watched 03:10–07:45."
    end = [("watched", "19 00:00", "20:00"), ("gap", "20:00", "22 00:00")]
    assert say(*end) == "prod was not watched 20:00–24:00."
    two = [("gap", "01:00", "02:00"), ("gap", "05:00", "07:30")]
    watch = [("watched", "19 00:00", "01:00"), ("watched", "07:30", "22 00:00")]
    assert say(*watch, *two) == "prod was not watched 01:00–02:00 and 05:00–07:30."
    more = [*two, ("gap", "03:00", "04:00")]
    assert say(*watch, *more) == "prod was not watched for 4.5 h in 3 gaps."
    other = ("gap", "20:00", "22 00:00", "test")
    both = say(*rows, gap, ("watched", "19 00:00", "20:00", "test"), other)
    assert both == "2 clusters were not watched for 8.6 h in 2 gaps."


def test_a_gap_of_some_namespaces_says_so(say):
    """The others were watched."""
    found = say(
        ("watched", "19 00:00", "22 00:00", "prod", "a"),
        ("gap", "03:00", "04:00", "prod", "b"),
        ("watched", "04:00", "22 00:00", "prod", "b"),
        ("watched", "19 00:00", "03:00", "prod", "b"),
    )
    assert found == "prod was not watched 03:00–04:00 in some namespaces."


def test_longer_windows_name_the_day(say, day):
    """A week has seven times 03:10."""
    week = Window.between(day.start, day.start + timedelta(days=2), "UTC")
    found = say(
        ("watched", "19 00:00", "03:10"),
        ("gap", "03:10", "22 01:00"),
        ("watched", "22 01:00", "23 00:00"),
        window=week,
    )
    assert found == "prod was not watched 2026-11-21 03:10–2026-11-22 01:00."
    rows = (("watched", "19 00:00", "03:10"), ("watched", "04:00", "23 00:00"))
    short = say(*rows, ("gap", "03:10", "04:00"), window=week)
    assert short == "prod was not watched 2026-11-21 03:10–04:00."


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("23:32:15", "for 15 s at 23:32"),
        ("23:32:59", "for 59 s at 23:32"),
        ("23:33", "23:32–23:33"),
    ],
)
def test_a_gap_of_seconds_is_no_stretch(say, end, words):
    """Both ends would read the same."""
    rows = (("watched", "19 00:00", "23:32"), ("watched", end, "22 00:00"))
    assert say(*rows, ("gap", "23:32", end)) == f"prod was not watched {words}."


def test_why_there_is_no_number_of_the_period_before(spans, day, at):
    """A watch that had begun before the window knew too little; one that begins with it nothing."""
    rows = (("watched", "20 12:00", "22 00:00"), ("watched", "00:00", "22 00:00", "new"))
    new, old = covered(spans(*rows), {}, day)
    assert is_too_little_known([new, old], at("00:00"))
    assert not is_too_little_known([new], at("00:00"))
    assert not is_too_little_known([], at("00:00"))


@pytest.mark.parametrize(("hours", "words"), [(25, "03:10"), (26, "2026-11-21 03:10")])
def test_the_longest_day_needs_no_date(say, day, hours, words):
    """A day of 25 hours is still a day."""
    window = Window.between(day.start, day.start + timedelta(hours=hours), "UTC")
    found = say(("watched", "19 00:00", "03:10"), window=window)
    assert found.startswith(f"Nothing has been proved of prod since {words}.")


@pytest.mark.parametrize(
    ("since", "words"),
    [("00:10", "Watched all the time."), ("00:10:01", "prod has been watched since 00:10.")],
)
def test_ten_minutes_late_is_not_late(say, since, words):
    """A collector may take as long to start as to prove that it is alive."""
    assert say(("watched", since, "22 00:00")) == words


def test_clusters_are_bounded_together(say):
    """Of two, one with a bound: which it is stands elsewhere."""
    rows = [("watched", "19 00:00", "22 00:00"), ("watched", "19 00:00", "22 00:00", "b", "shop")]
    assert say(*rows) == "Watched all the time, not every cluster as a whole."
    assert say(rows[0], (*rows[1][:3], "b")) == "Watched all the time."


def test_a_gap_from_beginning_or_to_the_end(say):
    """Midnight is 00:00 at one end and 24:00 at the other; a day so far ends at its own time."""
    first = say(("watched", "19 00:00", "20 12:00"), ("gap", "20 12:00", "03:10"), AFTER)
    assert first == "prod was not watched 00:00–03:10."
    so_far = Window.day_so_far(NOW, "UTC")
    last = say(("watched", "19 00:00", "22 07:00"), ("gap", "22 07:00", "22 08:00"), window=so_far)
    assert last == "prod was not watched 07:00–08:00."
    night = Window.between(NOW - timedelta(hours=8.5), NOW - timedelta(hours=7.5), "UTC")
    rows = (("watched", "19 00:00", "23:40"), ("gap", "23:40", "22 02:00"))
    assert say(*rows, window=night) == "prod was not watched 23:40–00:30."


def test_more_gaps_than_are_kept_one_by_one(say):
    """Twelve of half an hour."""
    rows = [("gap", f"{hour:02}:00", f"{hour:02}:30") for hour in range(12)]
    rows += [("watched", f"{hour:02}:30", f"{hour + 1:02}:00") for hour in range(11)]
    rows += [("watched", "11:30", "22 00:00"), ("watched", "20 00:00", "00:00")]
    assert say(*rows) == "prod was not watched for 6.0 h in 12 gaps."


def test_a_gap_while_the_clock_is_turned_back(say):
    """An hour from 02:30 to 02:30."""
    window = Window.daily(datetime(2026, 10, 26, 8, tzinfo=UTC), "Europe/Berlin")
    times = [datetime(2026, 10, day, hour, 30, tzinfo=UTC) for day, hour in TURNING]
    rows = zip(("watched", "gap", "watched"), times, times[1:], strict=False)
    assert say(*rows, window=window) == "prod was not watched 02:30–02:30."


@pytest.mark.parametrize("hours", [(11, 10, 10), (11, 11, 10)])
def test_the_first_of_several_beginnings(say, hours):
    """Whatever the order of the clusters."""
    rows = [
        ("watched", f"{hour}:00", "22 00:00", name) for hour, name in zip(hours, "abc", strict=True)
    ]
    assert say(*rows) == "3 clusters have been watched only since 10:00 or later."


def test_namespaces_stand_in_order(points, spans, day):
    """Also where the scopes do not."""
    (prod,) = covered(spans(("watched", "19 00:00", "22 00:00")), {}, day)
    scopes = tuple(Scope(namespace=name, field_selector="") for name in "ba")
    assert only(replace(prod, scopes=scopes)) == "only namespaces a, b"


def test_two_gaps_of_two_clusters_are_counted(say):
    """With the hours of both."""
    rows = [("watched", "19 00:00", "06:00"), ("watched", "07:00", "22 00:00")]
    both = [(*row, cluster) for row in [*rows, ("gap", "06:00", "07:00")] for cluster in "ab"]
    assert say(*both) == "2 clusters were not watched for 2.0 h in 2 gaps."


def test_many_short_gaps_are_not_nothing():
    """The sum of three gaps of 15 seconds is no 0.0 hours."""
    assert length(45 / 3600) == "45 s"
    assert length(1e-9) == "1 s"
    assert length(150 / 3600) == "2 min"
    assert length(4.54) == "4.5 h"
    assert length(1) == "1.0 h"
    assert length(3599 / 3600) == "60 min"
    assert length(1 / 60) == "1 min"
    assert length(59 / 3600) == "59 s"
    assert length(1234.56) == "1,234.6 h"


def test_a_silent_collector_is_asked_for(say):
    """The last proof, with its day where that is another one."""
    assert say(("watched", "19 00:00", "03:00")) == (
        "Nothing has been proved of prod since 03:00. Is its collector alive?"
    )
    assert say(("watched", "19 00:00", "20 03:00")) == (
        "Nothing has been proved of prod since 2026-11-20 03:00. Is its collector alive?"
    )
    two = say(("watched", "19 00:00", "03:00"), ("watched", "19 00:00", "04:00", "test"))
    assert two == "Nothing has been proved of 2 clusters since 04:00. Are their collectors alive?"


def test_a_watch_that_began_in_between_is_said(say):
    """Half a day watched reads differently from a whole one."""
    assert say(("watched", "10:00", "22 00:00")) == "prod has been watched since 10:00."
    two = say(("watched", "10:00", "22 00:00"), ("watched", "11:00", "22 00:00", "test"))
    assert two == "2 clusters have been watched only since 10:00 or later."
    same = say(("watched", "10:00", "22 00:00"), ("watched", "10:00:09", "22 00:00", "test"))
    assert same == "2 clusters have been watched only since 10:00."


def test_bounds_are_cut(points, spans, day, quality_of):
    """Three names and a number."""
    rows = [("watched", "19 00:00", "22 00:00", "prod", name) for name in "abcde"]
    quality = quality_of(points(), day, spans=spans(*rows))
    (prod,) = quality.covered
    assert only(prod) == "only namespaces a, b, c, 2 more"
    assert only(replace(prod, scopes=())) == ""


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        (
            [("shop", ""), ("billing", "type=Warning")],
            "only namespace shop; type=Warning in billing",
        ),
        ([("", "type=Warning")], "only type=Warning"),
        ([(name, "") for name in "cab"], "only namespaces a, b, c"),
        ([(name, "") for name in "dcab"], "only namespaces a, b, c, 1 more"),
        ([("a", "type=Warning"), ("b", "type=Warning")], "only type=Warning in a, b"),
        ([("a", ""), ("", "x=1")], "only namespace a; x=1 in all namespaces"),
        ([(name, f"x={name}") for name in "abcd"], "only x=a in a; x=b in b; x=c in c; 1 more"),
    ],
)
def test_a_field_selector_bounds_its_own_watch_only(spans, points, day, quality_of, scopes, words):
    """What one namespace is asked for says nothing of the other."""
    rows = [("watched", "19 00:00", "22 00:00", "prod", *scope) for scope in scopes]
    quality = quality_of(points(), day, spans=spans(*rows))
    assert only(quality.covered[0]) == words

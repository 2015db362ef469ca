"""A window and what it is compared with, by hand."""

from datetime import timedelta

import pandas as pd
import pytest

from analytics.catalogue import Catalogue
from analytics.frames import DAILY, SPANS
from analytics.history import first_needed, history
from analytics.selection import Patterns, Selection
from analytics.source import PointSource, edges_of
from analytics.window import Window

CATALOGUE = Catalogue.load()


def read(frame, window, spans=None):
    """Read the history of some points."""
    spans = SPANS.empty() if spans is None else spans
    return history(PointSource(frame), window, catalogue=CATALOGUE, spans=spans)


WATCH = (("watched", "01 00:00", "22 00:00", "prod"),)


@pytest.fixture
def told(points, spans, day):
    """Return a watched cluster, an imported one, and one that was imported and is silent."""
    frame = points(
        {"time": "10:00"},
        {"time": "11:00", "namespace": "pay", "workload": "bank"},
        {"time": "20 10:00"},
        {"time": "14 10:00", "occurrences": 1},
        {"time": "07 11:00", "namespace": "pay", "workload": "bank"},
        {"time": "12 10:00", "namespace": "pay", "workload": "old"},
        {"time": "12 11:00", "reason": "Pulled", "type": "Normal"},
        {"time": "10:00", "cluster": "lab"},
        {"time": "14 00:30", "cluster": "lab"},
        {"time": "13 23:59", "cluster": "silent"},
        {"time": "20 23:00", "cluster": "silent"},
    )
    return read(frame, day, spans(*WATCH))


def test_periods(told, day):
    """The window, the day before, and the same days of four weeks."""
    assert told.window is day
    assert [one.window for one in (told.now, told.previous, *told.weeks)] == [
        day,
        day.previous(),
        *day.baseline(),
    ]
    assert (told.now.occurrences, told.now.clusters) == (3, {"prod", "lab"})
    assert (told.previous.occurrences, told.previous.clusters) == (2, {"prod", "silent"})
    assert [week.occurrences for week in told.weeks] == [2, 1, 0, 0]


def test_who_can_be_compared(told):
    """Lab reaches a week back and has nothing on the day before; prod was watched for 20 days."""
    assert told.covered == {"prod", "lab"}
    assert told.weeks_covered == ({"prod", "lab"}, {"prod"}, set(), set())
    assert told.known_before == {"prod", "silent"}


def test_what_failed_in_the_four_weeks_before(told):
    """Before the day before, since the watch began, and failures only."""
    found = told.earlier[["cluster", "workload"]].itertuples(index=False, name=None)
    assert sorted(found) == [
        ("lab", "checkout"),
        ("prod", "bank"),
        ("prod", "checkout"),
        ("prod", "old"),
        ("silent", "checkout"),
    ]


def test_days(told, day):
    """Every meaning, up to the window's last day."""
    daily = DAILY.check(told.daily)
    assert daily["occurrences"].sum() == 11
    assert daily["start"].max() == pd.Timestamp(day.start)
    assert daily["start"].min() == pd.Timestamp("2026-11-07T00:00Z")


def test_who_is_there_and_who_is_not(told):
    """Silent has earlier data, and no event today."""
    assert told.watched == {"prod"}
    assert told.present == {"prod", "lab"}
    assert told.silent(["prod", "lab"]) == ("silent",)
    assert told.silent(["silent"]) == ("lab", "prod")


def test_failures_of_the_period_before(told, points, day):
    """Two; none is not nothing known."""
    assert told.previous_failures == 2
    noise = points({"time": "20 10:00", "reason": "Pulled", "type": "Normal"})
    assert read(noise, day).previous_failures == 0
    assert read(points({"time": "10:00"}), day).previous_failures is None


def test_without_clusters(told):
    """They are unknown in every period; what was counted stays."""
    found = told.without(["prod", "other"])
    assert found.covered == {"lab"}
    assert found.weeks_covered == ({"lab"}, set(), set(), set())
    assert (found.known_before, found.known_now) == ({"silent"}, {"lab"})
    assert found.now is told.now
    assert told.covered == {"prod", "lab"}


def test_of_one_namespace(told):
    """The counts of pay; what is known of the clusters stays."""
    assert told.of(Selection(), CATALOGUE) is told
    pay = told.of(Selection.of_namespace("pay"), CATALOGUE)
    assert [one.occurrences for one in (pay.now, pay.previous, *pay.weeks)] == [1, 0, 0, 1, 0, 0]
    assert pay.now.keys["workload"].tolist() == ["bank"]
    assert sorted(pay.earlier["workload"]) == ["bank", "old"]
    assert (pay.covered, pay.known_before) == (told.covered, told.known_before)
    assert (pay.present, pay.now.clusters) == ({"prod", "lab"}, {"prod"})
    assert pay.source.cells(edges_of(told.window))["occurrences"].tolist() == [1]


def test_of_a_part_that_is_watched_nowhere(told):
    """A cluster of which nothing is known but its events in the selection."""
    lab = Selection(include=Patterns(clusters=("lab",)))
    assert told.without(["prod", "lab"]).of(lab, CATALOGUE).present == {"prod", "lab"}
    assert told.without(["lab"]).of(Selection.of_namespace("pay"), CATALOGUE).known_now == {"prod"}


def test_both_periods_know_the_same(told, points, spans, day):
    """Of prod and silent one is not covered; alone, prod can be compared."""
    assert not told.comparable
    rows = ({"time": "10:00"}, {"time": "20 10:00"})
    assert read(points(*rows), day, spans(*WATCH)).comparable
    assert read(points({"time": "10:00"}, {"time": "20 00:10"}), day).comparable
    assert not read(points({"time": "10:00"}), day).comparable
    assert not read(points({"time": "20 00:10"}), day).comparable
    assert read(points(), day).comparable


@pytest.mark.parametrize(
    ("gap", "comparable"),
    [
        ((), True),
        ((("gap", "10:00", "11:12"),), True),  # 95 % of the day were watched
        ((("gap", "10:00", "11:13"),), False),
        ((("gap", "20 10:00", "20 11:12"),), True),
        ((("gap", "20 10:00", "20 11:13"),), False),
    ],
)
def test_ninety_five_percent_of_both(points, spans, day, gap, comparable):
    """Watched all the time but for a gap."""
    start, pieces = "01 00:00", []
    for _, gap_start, gap_end in gap:
        pieces += [("watched", start, gap_start), ("gap", gap_start, gap_end)]
        start = gap_end
    watch = spans(*pieces, ("watched", start, "22 00:00"))
    assert read(points({"time": "12:00"}), day, watch).comparable is comparable


@pytest.mark.parametrize(("first", "covered"), [("05:29", True), ("05:30", False)])
def test_imported_data_reach_over_a_period(points, at, first, covered):
    """Five percent of five hours are a quarter of one: the quarter from 05:15 still does."""
    window = Window.between(at("10:00"), at("15:00"), "UTC")
    found = read(points({"time": first}, {"time": "12:00"}), window)
    assert found.covered == ({"prod"} if covered else set())


def test_each_week_is_reached_for_itself(points, day):
    """Data since 00:15 on the 7th reach two of the weeks."""
    found = read(points({"time": "07 00:15"}, {"time": "12:00"}), day)
    assert found.weeks_covered == ({"prod"}, {"prod"}, set(), set())
    assert read(points({"time": "07 00:15"}), day).weeks_covered == (set(),) * 4


def test_a_watch_of_its_own_decides(points, spans, day):
    """What is older than the watch, since noon of the day before, is no base of anything."""
    frame = points(
        {"time": "07 00:10"},
        {"time": "19 12:00", "workload": "old"},
        {"time": "20 10:00"},
        {"time": "20 13:00"},
        {"time": "10:00"},
    )
    found = read(frame, day, spans(("watched", "20 12:00", "22 00:00")))
    assert (found.covered, found.weeks_covered) == (set(), (set(),) * 4)
    assert found.previous.occurrences == 1
    assert [week.occurrences for week in found.weeks] == [0] * 4
    assert len(found.earlier) == 0
    assert found.known_before == {"prod"}
    assert found.daily["occurrences"].sum() == 5


def test_what_a_first_list_brought_is_part_of_the_window(points, spans, day):
    """Watched since noon: what happened at ten counts today."""
    found = read(
        points({"time": "10:00"}, {"time": "13:00"}), day, spans(("watched", "12:00", "22 00:00"))
    )
    assert found.now.occurrences == 2
    assert found.watched == {"prod"}


def test_a_week_is_covered_by_a_watch(points, spans, day):
    """Four fifths of the 14th, less of the 7th; and not where today was not watched."""
    rows = (
        ("watched", "07 04:49", "08 00:00"),
        ("gap", "08 00:00", "14 04:47"),
        ("watched", "14 04:47", "20 12:00"),
    )
    today = (("gap", "20 12:00", "12:00"), ("watched", "12:00", "22 00:00"))
    found = read(points(), day, spans(*rows, *today))
    assert found.weeks_covered == ({"prod"}, set(), set(), set())
    assert (found.covered, found.known_before, found.watched) == (set(), set(), {"prod"})
    found = read(points(), day, spans(*rows, ("gap", "20 12:00", "22 00:00")))
    assert found.weeks_covered == (set(),) * 4
    assert found.watched == set()


@pytest.mark.parametrize(
    ("hours", "days_before"),
    [(1, 29), (24, 29), (7 * 24, 6 + 7 + 28), (60 * 24, 59 + 60 + 28)],
)
def test_how_far_a_history_reaches(day, hours, days_before):
    """Thirty days of the long trend, or the four weeks before the period before, if longer."""
    window = Window.between(day.end - timedelta(hours=hours), day.end, "UTC")
    assert first_needed(window) == day.start - timedelta(days=days_before)


def test_nothing_at_all(points, day):
    """Empty in every period."""
    found = read(points(), day)
    assert [one.occurrences for one in (found.now, found.previous, *found.weeks)] == [0] * 6
    assert (found.covered, found.known_before, found.present) == (set(), set(), set())
    assert found.silent([]) == ()
    assert found.of(Selection.of_namespace("shop"), CATALOGUE).now.occurrences == 0

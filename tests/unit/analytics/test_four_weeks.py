"""Hours of the week of a digest: known, none and no data are three things."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.catalogue import Catalogue
from analytics.daily import day_edges, failures_by_day, occurrences_by_day
from analytics.four_weeks import four_weeks
from analytics.frames import SPANS
from analytics.source import PointSource
from analytics.window import Window

FRIDAY, SATURDAY, SUNDAY = 4, 5, 6


@pytest.fixture
def window(at):
    """Return Saturday 21 November 2026 in Berlin."""
    return Window.daily(at("22 08:00"), "Europe/Berlin")


@pytest.fixture
def found(points):
    """Return the map of some points and spans."""

    def of(window, *rows, spans=None):
        source, spans = PointSource(points(*rows)), SPANS.empty() if spans is None else spans
        edges = day_edges(window)
        counted = occurrences_by_day(source, edges)
        daily = failures_by_day(counted, edges, window, catalogue=Catalogue.load(), spans=spans)
        return four_weeks(source, window, daily, catalogue=Catalogue.load(), spans=spans)

    return of


def test_failures_of_four_saturdays_are_one_cell(found, window):
    """Of the 24th (summer time), the 14th and the 21st; hours of these days only."""
    map_ = found(
        window,
        {"time": "07 02:30", "occurrences": 3, "previous_time": "07 02:15"},
        {"time": "14 02:30"},
        {"time": "02:30"},
        {"time": "20 05:00", "type": "Normal", "reason": "Pulled"},
    )
    zone = ZoneInfo("Europe/Berlin")
    assert map_.start == datetime(2026, 10, 25, tzinfo=zone)
    assert map_.end == datetime(2026, 11, 22, tzinfo=zone)
    assert map_.failures[SATURDAY][3] == 5
    assert map_.hours[SATURDAY][3] == 3
    assert map_.failures[SATURDAY][4] == 0
    assert sum(count or 0 for line in map_.failures for count in line) == 5
    assert map_.failures[FRIDAY] == (0,) * 24  # an event came, and none failed
    assert map_.failures[SUNDAY] == (None,) * 24


def test_an_imported_cluster_is_known_from_its_first_event_on(found, window):
    """Before half past nine nobody knows."""
    map_ = found(window, {"time": "08:30"})
    assert map_.failures[SATURDAY] == (None,) * 9 + (1,) + (0,) * 14
    assert np.sum(map_.hours) == 15


def test_what_was_watched_is_known(found, window, spans):
    """A watched hour without an event is 0, an unwatched one of the same day is not."""
    watched = spans(("watched", "21 05:00", "21 07:00"), ("gap", "21 07:00", "21 22:00"))
    map_ = found(window, {"time": "05:30"}, spans=watched)
    expected = (*(None,) * 6, 1, 0, *(None,) * 16)
    assert map_.failures[SATURDAY] == expected


def test_what_a_first_list_brought_is_shown_with_its_hours(found, window, spans):
    """It failed before anybody watched: a count without hours would have no rate."""
    map_ = found(window, {"time": "02:30"}, spans=spans(("watched", "21 05:00", "21 07:00")))
    assert (map_.failures[SATURDAY][3], map_.hours[SATURDAY][3]) == (1, 3.0 + 1)


def test_a_store_without_data_has_no_map(found, window):
    """There is nothing to draw."""
    assert found(window) is None


def test_a_day_so_far_ends_where_it_is(found, at):
    """Its hours to come are those of earlier weeks, or unknown."""
    window = Window.day_so_far(at("21 11:00"), "UTC")
    map_ = found(window, {"time": "00:10"}, {"time": "14 12:30"})
    assert map_.hours[SATURDAY][12] == 1.0
    assert map_.hours[SATURDAY][10] == 1.0
    assert map_.failures[SATURDAY][12] == 1
    assert map_.end == at("21 11:00")

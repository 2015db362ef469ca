"""What the figures rest on."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.window import Window


@pytest.fixture
def quality(points, at, quality_of):
    """Return the quality of a mixed day in Berlin."""
    frame = points(
        {
            "previous_time": "01:00",
            "time": "02:00",
            "occurrences": 5,
            "name": "a",
            "birth": "01:00",
        },
        {
            "previous_time": "02:00",
            "time": "03:00",
            "occurrences": 2,
            "name": "a",
            "birth": "01:00",
        },
        {"time": "04:00", "type": "Normal", "reason": "Killing"},
        {"time": "04:30", "type": "Normal", "reason": "Pulled", "counting": "requests"},
        {"time": "05:00", "type": "Normal", "reason": "NodeReady", "skewed": True},
        {"time": "06:00", "occurrences": 2**31, "counted": False, "suspect": True},
        {"time": "06:00", "counted": False, "counting": "requests"},
        {"time": "22 06:00", "occurrences": 9, "counted": False, "suspect": True},
        {"time": "07:00", "counting": "approximate"},
        {"birth": "08:00", "time": "08:20", "counting": "settled", "name": "", "occurrences": 3},
    )
    window = Window.between(at("00:00"), at("22 00:00"), "Europe/Berlin")
    return quality_of(frame, window, rejected=4, estimated=2)


def test_occurrences_by_meaning(quality):
    """Fourteen occurrences, eleven of them failures; of five events one began before the day's."""
    assert (quality.events, quality.occurrences) == (4, 14)
    assert (quality.notices, quality.noise, quality.recoveries) == (1, 1, 1)


def test_what_was_left_out(quality):
    """Implausible rows of the window are named with what they claim, and never counted."""
    assert (quality.suspect_rows, quality.suspect_occurrences) == (1, 2**31)
    assert quality.set_aside_rows == 1
    assert (quality.requests, quality.approximate) == (1, 4 + 2)
    assert (quality.skewed, quality.rejected) == (1, 4)


def test_first_and_last_in_the_zone_of_the_report(quality):
    """The first of five occurrences after 01:00 UTC lies at 01:12, in Berlin 02:12."""
    berlin = ZoneInfo("Europe/Berlin")
    assert quality.first_event == datetime(2026, 11, 21, 2, 12, tzinfo=berlin)
    assert quality.last_event == datetime(2026, 11, 21, 9, 20, tzinfo=berlin)
    assert quality.first_event.utcoffset() == berlin.utcoffset(datetime(2026, 11, 21))  # noqa: DTZ001


def test_nothing(points, day, quality_of):
    """An empty frame is all zero."""
    found = quality_of(points(), day)
    assert (found.events, found.occurrences, found.first_event) == (0, 0, None)
    assert found.silences == ()

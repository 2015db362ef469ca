"""What the figures rest on."""

from datetime import datetime, timedelta
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


def test_what_is_handed_through(points, day, quality_of):
    """Estimates are approximate too; the version and what was rejected are as they come."""
    found = quality_of(points({"time": "07:00"}), day, estimated=5, rejected=2)
    assert (found.approximate, found.rejected, found.version) == (5, 2, "1.2")
    assert (found.events, found.noise, found.notices, found.recoveries) == (1, 0, 0, 0)
    assert (found.requests, found.suspect_rows, found.set_aside_rows, found.skewed) == (0, 0, 0, 0)


def test_the_silence_of_a_cluster_that_nobody_watched(points, spans, at, quality_of):
    """An event a minute but for three hours; of a watched cluster the coverage says it better."""
    minutes = [*range(0, 360), *range(540, 900)]
    window = Window.between(at("00:00"), at("15:00"), "Europe/Berlin")
    rows = [{"time": at("00:00") + timedelta(minutes=minute)} for minute in minutes]
    frame = points(*rows, *(row | {"cluster": "lab"} for row in rows))
    found = quality_of(frame, window, spans=spans(("watched", "20 00:00", "15:00")))
    berlin = ZoneInfo("Europe/Berlin")
    [silence] = found.silences
    assert silence.cluster == "lab"
    assert silence.start == datetime(2026, 11, 21, 6, 59, tzinfo=berlin)
    assert silence.end == datetime(2026, 11, 21, 10, 0, tzinfo=berlin)
    assert silence.start.tzinfo == silence.end.tzinfo == berlin


def test_what_was_watched(points, spans, day, quality_of):
    """A gap of an hour, and what the first list found is one occurrence of an older time."""
    rows = (
        ("watched", "01:00", "05:00"),
        ("gap", "05:00", "06:00"),
        ("watched", "06:00", "22 00:00"),
    )
    frame = points({"time": "00:30"}, {"time": "07:00"}, {"time": "08:00", "cluster": "lab"})
    found = quality_of(frame, day, spans=spans(*rows), earlier={"prod": 1})
    assert found.coverage == "partial"
    assert [(one.cluster, one.earlier) for one in found.covered] == [("prod", 1)]
    assert [(gap.cluster, gap.start.hour, gap.end.hour) for gap in found.gaps] == [("prod", 5, 6)]
    assert found.gap_residual.gaps == 0
    assert quality_of(frame, day).coverage == "unknown"

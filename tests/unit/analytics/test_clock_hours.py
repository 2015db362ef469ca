"""The hours that a clock shows, whatever is done to it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.clock_hours import clock_hours
from analytics.errors import WindowError
from analytics.window import Window

# days around which a clock is turned, at odd times or by odd amounts
TURNS = {
    "Europe/Berlin": ["2026-03-29", "2026-10-25"],
    "America/St_Johns": ["2026-03-08", "2026-11-01", "2010-11-07"],  # in 2010 at 00:01
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],  # by half an hour
    "Asia/Kathmandu": ["2026-02-28"],
    "Asia/Pyongyang": ["2015-08-15", "2018-05-05"],  # by half an hour, at 00:00 and 23:30
    "Antarctica/Casey": ["2018-03-11", "2020-10-04"],  # by three hours, at 04:00 and 00:01
    "Pacific/Apia": ["2011-12-30"],  # a day that never was
}


def around(zone, day, hours=36):
    """Return a window of *hours* on either side of a midnight in UTC."""
    middle = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Window.between(middle - timedelta(hours=hours), middle + timedelta(hours=hours), zone)


@pytest.mark.parametrize(("zone", "day"), [(z, d) for z, days in TURNS.items() for d in days])
def test_every_minute_has_the_hour_that_its_clock_shows(zone, day):
    """The hours in each cell are the minutes that a clock read every minute shows there."""
    window = around(zone, day)
    clock = clock_hours(window)
    minutes = round(window.hours * 60)
    local = [
        (window.start + number * timedelta(minutes=1)).astimezone(ZoneInfo(zone))
        for number in range(minutes)
    ]
    expected = np.bincount([at.weekday() * 24 + at.hour for at in local], minlength=168) / 60
    found = clock.hours_in(clock.weekday * 24 + clock.hour, 168)
    assert found.tolist() == pytest.approx(expected.tolist())


def test_stretches_of_a_short_window():
    """From 01:15 to 02:30 in Kathmandu the clock begins one hour, at 20:15 UTC."""
    start = datetime(2026, 2, 27, 19, 30, tzinfo=UTC)
    clock = clock_hours(Window.between(start, start + timedelta(minutes=75), "Asia/Kathmandu"))
    assert [f"{edge:%H:%M}" for edge in clock.edges] == ["19:30", "20:15", "20:45"]
    assert clock.hour.tolist() == [1, 2]
    assert clock.weekday.tolist() == [5, 5]  # a Saturday there, a Friday in UTC


def test_a_turn_is_one_cut():
    """Half a second before the clock is turned back to 02:00, and an hour and more after it."""
    start = datetime(2026, 10, 25, 0, 59, 59, 500_000, tzinfo=UTC)
    clock = clock_hours(Window.between(start, start + timedelta(minutes=70), "Europe/Berlin"))
    assert clock.edges.strftime("%H:%M:%S.%f").tolist() == [
        "00:59:59.500000",
        "01:00:00.000000",
        "02:00:00.000000",
        "02:09:59.500000",
    ]
    assert clock.hour.tolist() == [2, 2, 3]
    assert clock.hour.dtype == clock.weekday.dtype == np.int64


def test_a_window_of_centuries_is_refused():
    """As a histogram of its hours would be."""
    start, end = datetime(1900, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(WindowError, match="100,000 pieces"):
        clock_hours(Window.between(start, end, "UTC"))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([(zone, day) for zone, days in TURNS.items() for day in days]),
    st.integers(-40 * 3600 * 10**6, 40 * 3600 * 10**6),
    st.integers(1, 30 * 3600 * 10**6),
)
def test_no_stretch_holds_two_hours(turn, offset, length):
    """At both ends of a stretch the clock shows its hour, and the stretches fill the window."""
    zone, day = turn
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(microseconds=offset)
    window = Window.between(start, start + timedelta(microseconds=length), zone)
    clock = clock_hours(window)
    first = clock.edges[:-1].tz_convert(window.zone)
    last = (clock.edges[1:] - timedelta(microseconds=1)).tz_convert(window.zone)
    assert (clock.edges[0], clock.edges[-1]) == (window.start, window.end)
    assert (clock.edges[1:] > clock.edges[:-1]).all()
    for stretch in (first, last):
        assert stretch.hour.tolist() == clock.hour.tolist()
        assert stretch.day_of_week.tolist() == clock.weekday.tolist()

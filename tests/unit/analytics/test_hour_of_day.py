"""Failures by the hour of the local clock."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import WindowError
from analytics.frequency import failure_frequency
from analytics.hour_of_day import hour_of_day
from analytics.window import Window
from tests.effort import examples

# zones of whole, half and quarter hours, and one whose summer time is half an hour
ZONES = ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]


def test_two_days_add_up_by_the_clock(points, at):
    """01:30 on both days is hour 2 in Berlin; 22:30 UTC is 23:30 there."""
    window = Window.between(at("19 23:00"), at("21 23:00"), "Europe/Berlin")
    frame = points({"time": "20 01:30"}, {"time": "01:45", "occurrences": 3}, {"time": "22:30"})
    found = hour_of_day(frame, window)
    assert found["hour"].tolist() == list(range(24))
    assert {h: n for h, n in enumerate(found["failures"]) if n} == {2: 4, 23: 1}
    assert set(found["hours"]) == {2.0}
    assert found["rate_per_hour"][2] == 2.0


def test_an_hour_that_comes_twice_is_covered_twice(points):
    """On 25 October 2026 Berlin has 02:30 at 00:30 and at 01:30 UTC."""
    window = Window.daily(pd.Timestamp("2026-10-26T08:00Z").to_pydatetime(), "Europe/Berlin")
    times = [pd.Timestamp(f"2026-10-25T0{hour}:30Z").to_pydatetime() for hour in (0, 1)]
    found = hour_of_day(points(*({"time": time} for time in times)), window)
    assert found["failures"][2] == found["hours"][2] == 2
    assert found["rate_per_hour"][2] == 1.0


def test_an_hour_that_is_left_out_has_no_rate(points):
    """On 29 March 2026 Berlin's clocks go from 02:00 to 03:00."""
    window = Window.daily(pd.Timestamp("2026-03-30T08:00Z").to_pydatetime(), "Europe/Berlin")
    found = hour_of_day(points(), window)
    assert found["hours"].tolist() == [1.0, 1.0, 0.0] + [1.0] * 21
    assert found["rate_per_hour"].isna().tolist() == [False, False, True] + [False] * 21


def test_half_an_hour_of_summer_time(points):
    """On Lord Howe the clock shows 01:30 to 02:00 twice on 5 April 2026."""
    window = Window.daily(
        pd.Timestamp("2026-04-06T08:00+10:30").to_pydatetime(), "Australia/Lord_Howe"
    )
    assert hour_of_day(points(), window)["hours"].tolist() == [1.0, 1.5] + [1.0] * 22


def test_a_part_of_an_hour_is_covered_in_part(points, at):
    """From 01:15 to 02:30 there are 45 minutes of the first hour and 30 of the second."""
    found = hour_of_day(points(), Window.between(at("01:15"), at("02:30"), "UTC"))
    assert found["hours"].tolist() == [0.0, 0.75, 0.5] + [0.0] * 21


def test_every_group_has_every_hour(points, day):
    """Sorted by group and hour; groups without a failure are absent."""
    frame = points({"time": "13:00", "workload": "b"}, {"time": "01:00", "workload": "a"})
    found = hour_of_day(frame, day, by=("workload",))
    assert found["workload"].tolist() == ["a"] * 24 + ["b"] * 24
    assert found.loc[found["failures"] > 0, "hour"].tolist() == [1, 13]
    assert len(hour_of_day(points(), day, by=("workload",))) == 0


def test_a_window_of_centuries_is_refused(points):
    """As a histogram of its hours would be."""
    window = Window.between(
        pd.Timestamp("1900-01-01", tz="UTC").to_pydatetime(),
        pd.Timestamp("2026-01-01", tz="UTC").to_pydatetime(),
        "UTC",
    )
    with pytest.raises(WindowError, match="100,000 pieces"):
        hour_of_day(points(), window)


@settings(max_examples=examples(8), deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 365 * 96),
    st.integers(1, 40 * 24 * 60),
    st.lists(st.integers(0, 40 * 24 * 60), max_size=5),
)
def test_the_hours_add_up(points, zone, quarter, length, failures):
    """All failures and the whole window, each failure in the hour that the clock showed."""
    start = pd.Timestamp("2026-01-01", tz="UTC").to_pydatetime() + timedelta(minutes=15 * quarter)
    window = Window.between(start, start + timedelta(minutes=length), zone)
    times = [start + timedelta(minutes=minute) for minute in failures]
    frame = points(*({"time": time} for time in times))
    found = hour_of_day(frame, window)
    assert found["hours"].sum() == pytest.approx(window.hours)
    assert found["failures"].sum() == failure_frequency(frame, window, by=())["failures"].sum()
    inside = [time.astimezone(window.zone).hour for time in times if time < window.end]
    assert found["failures"].tolist() == [inside.count(hour) for hour in range(24)]

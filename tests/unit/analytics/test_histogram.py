"""Failures per bucket."""

from datetime import UTC, datetime

import pandas as pd

from analytics.frequency import failure_frequency
from analytics.histogram import time_histogram
from analytics.window import Window


def test_hours_of_a_day(points, day):
    """120 occurrences from 01:00 to 03:00 are 59, 60 and 1, one at the end of each minute."""
    frame = points({"previous_time": "01:00", "time": "03:00", "occurrences": 120})
    found = time_histogram(frame, day)
    assert found["failures"].tolist() == [0, 59, 60, 1] + [0] * 20
    assert found["start"][1] == pd.Timestamp("2026-11-21T01:00Z")
    assert found["end"][1] == pd.Timestamp("2026-11-21T02:00Z")


def test_the_buckets_add_up_to_the_frequency(points, day):
    """A point that reaches over both ends of the window is cut at both."""
    frame = points({"previous_time": "20 12:00", "time": "22 12:00", "occurrences": 1000})
    total = failure_frequency(frame, day, by=())["failures"][0]
    for width in (1, 7, 60, 360, 1440, 10_000):
        assert time_histogram(frame, day, width_minutes=width)["failures"].sum() == total


def test_empty_buckets_are_kept_for_each_group(points, day):
    """Two workloads, four buckets each, sorted by workload and time."""
    frame = points({"time": "13:00", "workload": "b"}, {"time": "01:00", "workload": "a"})
    found = time_histogram(frame, day, width_minutes=360, by=("workload",))
    assert found["workload"].tolist() == ["a"] * 4 + ["b"] * 4
    assert found["failures"].tolist() == [1, 0, 0, 0, 0, 0, 1, 0]


def test_a_day_of_25_hours(points):
    """The hour that comes twice has two buckets."""
    window = Window.daily(datetime(2026, 10, 26, 8, tzinfo=UTC), "Europe/Berlin")
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # 02:30 both times
    found = time_histogram(points(*({"time": time} for time in twice)), window)
    assert found["failures"].tolist() == [0, 0, 1, 1] + [0] * 21


def test_nothing_in(points, day):
    """Without groups the empty day is still a day; with groups there is no group."""
    assert time_histogram(points(), day)["failures"].tolist() == [0] * 24
    found = time_histogram(points(), day, by=("workload",))
    assert found.columns.tolist() == ["workload", "start", "end", "failures"]
    assert len(found) == 0

"""Zeros that are known, and zeros that nobody watched."""

import pandas as pd
import pytest

from analytics.errors import FrameError
from analytics.frames import POINTS, SPANS
from analytics.heat_map import heat_map
from analytics.histogram import time_histogram
from analytics.hour_of_day import hour_of_day
from analytics.known_counts import known_counts, known_hours, spark_minutes, sparklines
from analytics.presence import presence
from analytics.window import Window

CLUSTER = ("cluster",)


@pytest.fixture
def gap(spans):
    """Watched but from 6 to 12."""
    return spans(
        ("watched", "20 00:00", "06:00"),
        ("gap", "06:00", "12:00"),
        ("watched", "12:00", "22 00:00"),
    )


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        (0.5, 1),
        (1, 5),
        (2, 5),
        (6, 15),
        (24, 60),
        (25, 60),
        (48, 180),
        (168, 360),
        (744, 1440),
        (15.5, 30),
        (16, 60),
        (31, 60),
        (31.6, 180),
        (372, 720),
    ],
)
def test_a_sparkline_has_at_most_31_characters(at, hours, minutes):
    """The least width that does: a day of hours, a week of six hours, a month of days."""
    start = pd.Timestamp(at("00:00"))
    end = (start + pd.Timedelta(hours=hours)).to_pydatetime()
    window = Window.between(start.to_pydatetime(), end, "UTC")
    assert spark_minutes(window) == minutes
    assert len(window.edges(minutes)) - 1 <= 31


def test_a_sparkline_of_years(at):
    """Ten years are 31 pieces of whole weeks."""
    start = at("00:00")
    window = Window.between(start.replace(year=2016), start, "UTC")
    assert spark_minutes(window) == 17 * 7 * 1440
    assert len(window.edges(spark_minutes(window))) - 1 <= 31


def test_a_bucket_inside_a_gap_is_missing(points, gap, day):
    """The one from 6 to 12; one with a failure in the gap has its failure."""
    seen = points({"time": "13:00"})
    known = presence(seen, gap, day)
    found = known_counts(time_histogram(seen, day, width_minutes=360), known)
    assert found["failures"].isna().tolist() == [False, True, False, False]
    assert found["failures"].sum() == 1
    told = points({"time": "07:00"})
    found = known_counts(time_histogram(told, day, width_minutes=360), presence(told, gap, day))
    assert found["failures"].tolist() == [0, 1, 0, 0]
    assert str(found["failures"].dtype) == "Int64"
    with pytest.raises(FrameError, match="'end' is missing"):
        known_counts(found.drop(columns="end"), known)


def test_the_end_of_the_window_may_be_unwatched(spans, day):
    """The last bucket is as long as it is: half of it was watched, or nothing."""
    counts = time_histogram(POINTS.empty(), day, width_minutes=360)
    for until, missing in (("18:00", True), ("21:00", False)):
        watch = spans(("watched", "20 00:00", until))
        found = known_counts(counts, presence(POINTS.empty(), watch, day))
        assert found["failures"].isna().tolist() == [False, False, False, missing]


def test_figures_may_be_missing_and_stay_integers(points, spans, day):
    """Where all is known too."""
    seen = points({"time": "13:00"})
    known = presence(seen, spans(("watched", "20 00:00", "22 00:00")), day)
    for frame in (hour_of_day(seen, day), heat_map(seen, day)):
        assert str(known_hours(frame, known)["failures"].dtype) == "Int64"
    counts = known_counts(time_histogram(seen, day, width_minutes=360), known)
    assert str(counts["failures"].dtype) == "Int64"


def test_groups_are_judged_by_their_own_cluster(points, gap, day):
    """The other cluster was only imported: its zeros are zeros."""
    seen = points({"time": "13:00"}, {"time": "13:00", "cluster": "beta"})
    counts = time_histogram(seen, day, width_minutes=360, by=CLUSTER)
    found = known_counts(counts, presence(seen, gap, day))
    keys = pd.DataFrame({"cluster": ["prod", "beta"]})
    assert sparklines(found, keys, CLUSTER) == [(0, None, 1, 0), (0, 0, 1, 0)]


def test_no_data_is_no_row_of_zeros(day):
    """Nobody watched and nothing is stored: not one of four buckets is known."""
    known = presence(POINTS.empty(), SPANS.empty(), day)
    counts = time_histogram(POINTS.empty(), day, width_minutes=360)
    assert known_counts(counts, known)["failures"].isna().all()
    assert known_counts(counts.iloc[:0], known).empty


def test_hours_of_the_clock_that_were_never_watched(points, gap, day):
    """6 to 11; their rates are missing too."""
    seen = points({"time": "13:00"}, {"time": "08:00"})
    found = known_hours(hour_of_day(seen, day), presence(seen, gap, day))
    assert found.index[found["failures"].isna()].tolist() == [6, 7, 9, 10, 11]
    assert found["rate_per_hour"].isna().tolist() == found["failures"].isna().tolist()


def test_an_hour_that_was_watched_once_is_known(points, gap, day):
    """On the day after somebody watched from 6 to 12."""
    days = Window.between(day.start, day.end + (day.end - day.start), "UTC")
    gap.loc[gap.index[-1], "end"] = pd.Timestamp(days.end)
    found = known_hours(hour_of_day(POINTS.empty(), days), presence(POINTS.empty(), gap, days))
    assert found["failures"].notna().all()


def test_a_map_of_the_week_keeps_what_it_does_not_reach(points, gap, day):
    """The window is a Saturday: six hours are missing, other days are 0 of 0 hours."""
    seen = points({"time": "13:00"}, {"time": "13:30", "cluster": "beta"})
    found = known_hours(heat_map(seen, day, by=CLUSTER), presence(seen, gap, day))
    missing = found[found["failures"].isna()]
    assert set(missing["cluster"]) == {"prod"}
    assert list(zip(missing["weekday"], missing["hour"], strict=True)) == [
        (5, hour) for hour in range(6, 12)
    ]
    assert found.loc[found["weekday"] != 5, "failures"].eq(0).all()

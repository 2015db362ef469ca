"""Rates by the hours that were watched."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.exposure import exposures
from analytics.frequency import failure_frequency

HALF = (
    ("watched", "20 00:00", "06:00"),
    ("gap", "06:00", "18:00"),
    ("recovered", "18:00", "20:00"),
    ("watched", "20:00", "22 00:00"),
)
TIMES = ("01:00", "03:00", "12:00", "19:00", "21:00")


@pytest.fixture
def halved(points):
    """Return five failures of a cluster that nobody watched from 06:00 to 18:00."""
    return points(*({"time": time} for time in TIMES))


def test_half_a_day_watched(halved, spans, day):
    """Four failures in twelve hours, by a clock at 1, 3, 7 and 9 hours; the fifth is counted."""
    (found,) = failure_frequency(halved, day, exposed=exposures(spans(*HALF), day)).to_dict(
        "records"
    )
    assert (found["failures"], found["episodes"]) == (5, 5)
    assert found["rate_per_hour"] == 4 / 12
    assert found["mean_time_between_failures"] == pytest.approx(8 / 3 * 3600)


def test_without_exposure_the_whole_window_counts(halved, day):
    """Five in 24 hours, from 01:00 to 21:00 in four steps of five hours."""
    for exposed in (None, {}):
        (found,) = failure_frequency(halved, day, exposed=exposed).to_dict("records")
        assert found["rate_per_hour"] == 5 / 24
        assert found["mean_time_between_failures"] == 5 * 3600


def test_a_point_that_reaches_into_a_gap_is_cut(points, spans, day):
    """Of six occurrences, at the ends of the hours from 04:00 to 10:00, one lies before 06:00."""
    frame = points({"previous_time": "04:00", "time": "10:00", "occurrences": 6})
    found = failure_frequency(frame, day, exposed=exposures(spans(*HALF), day))
    assert found["rate_per_hour"].tolist() == [1 / 12]
    assert found["mean_time_between_failures"].isna().all()


def test_clusters_add_up(points, spans, day):
    """A third an hour where half a day was watched, and a quarter where nobody knows of gaps."""
    rows = [{"time": time} for time in TIMES]
    rows += [{"time": f"{hour:02}:30", "cluster": "test"} for hour in range(6)]
    exposed = exposures(spans(*HALF), day)
    found = failure_frequency(points(*rows), day, by=["reason"], exposed=exposed)
    assert found["rate_per_hour"].tolist() == [pytest.approx(1 / 3 + 1 / 4)]
    # clocks of clusters differ, so the eleven starts from 00:30 to 21:00 are as they are
    assert found["mean_time_between_failures"].tolist() == [20.5 * 3600 / 10]
    apart = failure_frequency(points(*rows), day, by=["cluster"], exposed=exposed)
    rates = apart.set_index("cluster")["rate_per_hour"].to_dict()
    assert rates == {"test": 6 / 24, "prod": 4 / 12}


def test_a_cluster_that_nobody_watched_has_no_rate(points, spans, day):
    """What is known of it came later; the other cluster has one, the two together have not."""
    rows = [{"time": "01:00"}, {"time": "02:00"}, {"time": "01:00", "cluster": "test"}]
    exposed = exposures(
        spans(("watched", "20 00:00", "20 09:00"), ("gap", "20 09:00", "22 00:00")), day
    )
    found = failure_frequency(points(*rows), day, by=["cluster"], exposed=exposed)
    assert found["failures"].tolist() == [2, 1]
    assert math.isnan(found["rate_per_hour"][0])
    assert math.isnan(found["mean_time_between_failures"][0])
    assert found["rate_per_hour"][1] == 1 / 24
    together = failure_frequency(points(*rows), day, by=(), exposed=exposed)
    assert together["rate_per_hour"].isna().tolist() == [True]


def test_nothing_in(points, spans, day):
    """No failure, no row, whatever was watched."""
    exposed = exposures(spans(*HALF), day)
    found = failure_frequency(points(), day, exposed=exposed)
    assert len(found) == 0
    assert found.dtypes.to_dict() == failure_frequency(points(), day).dtypes.to_dict()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 47), st.integers(1, 9), st.sampled_from("ab")), max_size=8)
)
def test_always_watched_is_never_asked(points, spans, at, day, rows):
    """A watch without a gap gives the figures that no exposure gives."""
    frame = points(
        *(
            {"time": day.start + (day.end - day.start) * half / 48, "occurrences": n, "workload": w}
            for half, n, w in rows
        )
    )
    exposed = exposures(spans(("watched", "20 00:00", "22 00:00")), day)
    for by in (("cluster", "workload"), ("workload",), ()):
        found = failure_frequency(frame, day, by=by, exposed=exposed)
        plain = failure_frequency(frame, day, by=by)
        for column in ("failures", "rate_per_hour", "mean_time_between_failures"):
            assert found[column].tolist() == pytest.approx(plain[column].tolist(), nan_ok=True)

"""Watched hours, and a clock that stands still between them."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.exposure import Watched, exposures, since_began
from analytics.frames import SPANS
from analytics.spread import microsecond


def test_hours_of_both_periods(spans, day):
    """18 of 24 hours and 12 of 24; recovered time counts, gaps do not."""
    found = exposures(
        spans(
            ("watched", "20 12:00", "20 18:00"),
            ("recovered", "20 18:00", "03:00"),
            ("gap", "03:00", "09:00"),
            ("watched", "09:00", "22 00:00"),
        ),
        day,
    )["prod"]
    assert (found.now.hours, found.before.hours) == (18, 12)
    assert (found.share, found.previous_share) == (0.75, 0.5)
    assert (found.whole, found.has_baseline) == (False, False)


@pytest.mark.parametrize(
    ("end", "whole"), [("22 00:00", True), ("23:50", True), ("23:49", False), ("12:00", False)]
)
def test_whole_is_but_for_ten_minutes(spans, day, end, whole):
    """The last proof of a live watch is minutes old."""
    assert exposures(spans(("watched", "20 00:00", end)), day)["prod"].whole is whole


def test_a_gap_of_a_minute_is_not_whole(spans, day):
    """Nobody knows what happened in it."""
    rows = (("watched", "20 00:00", "22 00:00", "prod", "a"), ("gap", "03:00", "03:01"))
    found = exposures(spans(*rows, ("watched", "03:01", "22 00:00")), day)["prod"]
    assert not found.whole


def test_a_baseline_is_four_fifths_of_the_period_before(spans, day):
    """19.2 hours of 24 are enough, a minute less is not."""
    for start, enough in (("20 04:48", True), ("20 04:49", False)):
        found = exposures(spans(("watched", start, "22 00:00")), day)["prod"]
        assert found.has_baseline is enough


def test_a_watch_from_after_the_window_exposes_nothing(spans, day):
    """Nor does a cluster that was only ever imported."""
    assert exposures(spans(("watched", "22 05:00", "22 06:00")), day) == {}
    assert exposures(SPANS.empty(), day) == {}


def test_the_clock_stands_still_where_nobody_watches(at):
    """Two parts of three hours, midnight to 3 and 9 to noon."""
    times = ["00:00", "03:00", "09:00", "12:00"]
    clock = Watched(np.array([microsecond(at(time)) for time in times]))
    asked = ["00:00", "02:59", "03:00", "08:59", "09:00", "11:59", "12:00"]
    moments = np.array([microsecond(at(time)) for time in asked])
    assert clock.saw(moments).tolist() == [True, True, False, False, True, True, False]
    nobody = Watched(clock.edges[:0])
    assert not nobody.saw(moments).any()
    assert nobody.hours == 0


def test_hours_of_each_block(at):
    """Blocks of four hours: of 00-04 three, of 04-08 none, of 08-12 three, of 12-16 none."""
    times = ["00:00", "03:00", "09:00", "12:00"]
    clock = Watched(np.array([microsecond(at(time)) for time in times]))
    blocks = ["00:00", "04:00", "08:00", "12:00", "16:00"]
    bounds = np.array([microsecond(at(time)) for time in blocks])
    assert clock.hours_between(bounds).tolist() == [3, 0, 3, 0]
    assert Watched(clock.edges[:0]).hours_between(bounds).tolist() == [0] * 4


def test_weeks_that_were_asked_for(spans, day):
    """The Saturday before was watched from six on; of the three before nobody speaks."""
    watch = spans(("watched", "14 06:00", "22 00:00"))
    assert exposures(watch, day)["prod"].weeks == ()
    found = exposures(watch, day, weeks=day.baseline())["prod"]
    assert [clock.hours for clock in found.weeks] == [18, 0, 0, 0]
    assert found.week_shares == (0.75, 0, 0, 0)


def test_points_are_cut_to_the_watch(points, spans, day):
    """Of a watch since 10:00 fourteen hours are left, of a later one nothing."""
    frame = points(
        {"time": "12:00"},
        {"time": "12:00", "cluster": "late"},
        {"time": "12:00", "cluster": "imported"},
    )
    known = exposures(spans(("watched", "10:00", "22 00:00")), day)
    later = {"late": known["prod"]._replace(began=day.end + timedelta(hours=1))}
    parts = since_began(frame, day, known | later)
    assert [(sorted(part["cluster"].astype(str)), period.hours) for part, period in parts] == [
        (["imported"], 24),
        (["prod"], 14),
    ]


INSTANTS = st.lists(st.integers(0, 10**6).map(lambda second: second * 10**6), unique=True)


@given(INSTANTS, INSTANTS)
def test_hours_between_times_add_up_to_what_lies_between_the_outer_two(edges, times):
    """However the time is cut, each part has the overlap of the watched parts with it."""
    clock = Watched(np.array(sorted(edges)[: len(edges) // 2 * 2], dtype=np.int64))
    cuts = np.array(sorted([0, 10**12, *times]), dtype=np.int64)
    found = clock.hours_between(cuts)
    starts, ends = clock.edges[::2], clock.edges[1::2]
    for hours, since, until in zip(found, cuts, cuts[1:], strict=False):
        overlap = np.clip(np.minimum(ends, until) - np.maximum(starts, since), 0, None).sum()
        assert hours == pytest.approx(overlap / 3.6e9)
        assert (hours == 0) == (overlap == 0)
    assert found.sum() == pytest.approx(clock.hours)

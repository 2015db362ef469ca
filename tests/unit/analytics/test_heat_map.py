"""Failures by the hour of the local week."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.frames import HEAT_MAP
from analytics.frequency import failure_frequency
from analytics.heat_map import heat_map
from analytics.hour_of_day import hour_of_day
from analytics.window import Window
from tests.effort import examples

ZONES = ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]


def cells(found, column="failures"):
    """Return the cells that are not 0 as {(weekday, hour): value}."""
    return {
        (row["weekday"], row["hour"]): row[column]
        for row in found.to_dict("records")
        if row[column]
    }


def test_a_week_has_every_hour_once(points, at):
    """Saturday 23:30 UTC is Sunday 00:30 in Berlin; 21 November 2026 is a Saturday."""
    window = Window.weekly(at("25 12:00"), "Europe/Berlin")
    found = heat_map(points({"time": "23:30"}, {"time": "10:00", "occurrences": 3}), window)
    assert found["weekday"].tolist() == [day for day in range(7) for _ in range(24)]
    assert found["hour"].tolist() == list(range(24)) * 7
    assert cells(found) == {(6, 0): 1, (5, 11): 3}
    assert set(found["hours"]) == {1.0}


def test_a_zone_of_quarter_hours(points, at):
    """18:14 UTC is Saturday 23:59 in Kathmandu, 18:15 is Sunday."""
    window = Window.weekly(at("25 12:00"), "Asia/Kathmandu")
    found = heat_map(points({"time": "18:14"}, {"time": "18:15"}), window)
    assert cells(found) == {(5, 23): 1, (6, 0): 1}


@pytest.mark.parametrize(
    ("now", "zone", "odd"),
    [
        ("2026-03-30", "Europe/Berlin", {(6, 2): 0.0}),
        ("2026-10-26", "Europe/Berlin", {(6, 2): 2.0}),
        ("2026-11-02", "America/St_Johns", {(6, 1): 2.0}),
        ("2026-04-06", "Australia/Lord_Howe", {(6, 1): 1.5}),
        ("2026-10-05", "Australia/Lord_Howe", {(6, 2): 0.5}),
    ],
)
def test_weeks_in_which_clocks_are_turned(points, now, zone, odd):
    """The hour that comes twice, in part or not at all says so, and has no rate if it never was."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC) + timedelta(hours=12)
    found = heat_map(points(), Window.weekly(moment, zone))
    hours = {(row["weekday"], row["hour"]): row["hours"] for row in found.to_dict("records")}
    assert {cell: length for cell, length in hours.items() if length != 1.0} == odd
    assert found["rate_per_hour"].isna().tolist() == (found["hours"] == 0).tolist()


def test_the_rate_is_per_hour_of_that_cell(points, at):
    """Two Saturdays: six failures at 10 o'clock on one of them are three an hour."""
    window = Window.between(at("14 00:00"), at("22 00:00"), "UTC")
    found = heat_map(points({"time": "10:00", "occurrences": 6}), window)
    assert cells(found, "rate_per_hour") == {(5, 10): 3.0}
    assert cells(found, "hours")[0, 10] == 1.0


def test_cells_out_of_reach_are_kept(points, day):
    """Of a Saturday the other 144 cells have no hours, no failures and no rate."""
    found = heat_map(points({"time": "10:00"}), day)
    assert len(found) == 168
    assert found.loc[found["hours"] > 0, "weekday"].unique().tolist() == [5]
    assert found["rate_per_hour"].notna().sum() == 24


def test_every_group_has_every_cell(points, day):
    """Two clusters; a third without a failure is absent."""
    frame = points(
        {"time": "10:00", "cluster": "b"},
        {"time": "11:00", "cluster": "a"},
        {"time": "11:00", "cluster": "c", "type": "Normal", "reason": "Pulled"},
    )
    found = heat_map(frame, day, by=["cluster"])
    assert found["cluster"].tolist() == ["a"] * 168 + ["b"] * 168
    assert found["failures"].sum() == 2


@pytest.mark.parametrize("by", [(), ("cluster",), ("host", "reason")])
def test_nothing_in(points, day, by):
    """Without groups an empty week is still a week; the columns and their types stay."""
    found = HEAT_MAP.check(heat_map(points(), day, by=by))
    assert len(found) == (0 if by else 168)
    full = heat_map(points({"time": "10:00"}), day, by=by)
    assert found.dtypes.to_dict() == full.dtypes.to_dict()


@settings(max_examples=examples(8), deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 365 * 96),
    st.integers(1, 40 * 24 * 60),
    st.lists(st.tuples(st.integers(0, 41 * 24 * 60), st.sampled_from("ab")), max_size=6),
)
def test_the_cells_add_up(points, zone, quarter, length, failures):
    """To the failures and hours of the window, and over weekdays to the hours of the day."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
    window = Window.between(start, start + timedelta(minutes=length), zone)
    frame = points(
        *({"time": start + timedelta(minutes=m), "cluster": name} for m, name in failures)
    )
    found = heat_map(frame, window)
    assert found["hours"].sum() == pytest.approx(window.hours)
    by_hour = found.groupby("hour")[["failures", "hours"]].sum()
    daily = hour_of_day(frame, window)
    assert by_hour["failures"].tolist() == daily["failures"].tolist()
    assert by_hour["hours"].tolist() == pytest.approx(daily["hours"].tolist())
    clusters = heat_map(frame, window, by=["cluster"]).groupby("cluster")["failures"].sum()
    total = failure_frequency(frame, window, by=["cluster"]).set_index("cluster")["failures"]
    assert clusters.to_dict() == total.to_dict()

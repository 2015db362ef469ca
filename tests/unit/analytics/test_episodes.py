"""Bursts become one problem."""

from datetime import timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.catalogue import Catalogue
from analytics.cells import GAP, pieces
from analytics.episodes import episodes
from analytics.frames import EPISODES
from analytics.grouping import PROBLEM
from analytics.spread import microsecond, runs
from analytics.window import Window

WORKLOAD = ["workload"]


def test_a_gap_of_ten_minutes_joins_and_a_longer_one_parts(points, day):
    """01:00, 01:10 and 01:20:00.000001 are an episode of two and one of one."""
    late = pd.Timestamp("2026-11-21T01:20:00.000001Z").to_pydatetime()
    frame = points({"time": "01:00"}, {"time": "01:10"}, {"time": late})
    found = episodes(frame, day, by=WORKLOAD)
    assert found["failures"].tolist() == [2, 1]
    assert [f"{t:%H:%M}" for t in found["start"]] == ["01:00", "01:20"]
    assert [f"{t:%H:%M}" for t in found["end"]] == ["01:10", "01:20"]


def test_a_dense_point_is_one_interval_whatever_its_count(points, day):
    """100,000 occurrences in a day are one episode, without a row for each."""
    frame = points({"previous_time": "00:00", "time": "23:00", "occurrences": 100_000})
    assert episodes(frame, day, by=WORKLOAD)["failures"].tolist() == [100_000]
    bounds = np.array([microsecond(day.start), microsecond(day.end)])
    assert len(pieces(runs(frame), bounds, GAP).row) == 1


def test_a_sparse_point_is_many_episodes(points, day):
    """Four occurrences an hour apart are four problems of one failure."""
    frame = points({"previous_time": "00:00", "time": "04:00", "occurrences": 4})
    found = episodes(frame, day, by=WORKLOAD)
    assert found["failures"].tolist() == [1, 1, 1, 1]
    assert [t.hour for t in found["start"]] == [1, 2, 3, 4]


def test_a_long_interval_swallows_what_lies_inside_it(points, day):
    """The end of an episode is the farthest end, not the end of its last interval."""
    frame = points(
        {"previous_time": "01:00", "time": "03:00", "occurrences": 120},
        {"time": "01:30"},
        {"time": "03:05"},
    )
    found = episodes(frame, day, by=WORKLOAD)
    assert found["failures"].tolist() == [122]
    assert f"{found['end'][0]:%H:%M}" == "03:05"


def test_groups_do_not_share_episodes(points, day):
    """Two workloads failing at once are two problems."""
    frame = points({"time": "01:00", "workload": "b"}, {"time": "01:00", "workload": "a"})
    assert episodes(frame, day, by=WORKLOAD)["workload"].tolist() == ["a", "b"]


def test_coarser_columns_show_the_same_episodes(points, day):
    """Two workloads and two components at once are three problems, however they are shown."""
    frame = points(
        {"time": "01:00", "workload": "b"},
        {"time": "01:01", "workload": "a"},
        {"time": "01:02", "workload": "a", "component": "other"},
        {"time": "01:03", "workload": "a"},
    )
    for by, failures in ((["workload"], [2, 1, 1]), (["cluster"], [1, 2, 1]), ([], [1, 2, 1])):
        assert episodes(frame, day, by=by)["failures"].tolist() == failures


def test_finer_columns_part_episodes(points, day):
    """The same problem on two nodes is two episodes where nodes are shown."""
    frame = points({"time": "01:00", "host": "n1"}, {"time": "01:01", "host": "n2"})
    assert len(episodes(frame, day, by=["workload"])) == 1
    assert len(episodes(frame, day, by=["host"])) == 2


def test_only_the_part_inside_the_window_counts(points, day):
    """A point from 23:00 the day before to 01:00 has its second half in the window."""
    frame = points({"previous_time": "20 23:00", "time": "01:00", "occurrences": 120})
    found = episodes(frame, day, by=WORKLOAD)
    assert found["failures"].tolist() == [61]  # 00:00, 00:01, ... 01:00
    assert found["start"][0] == pd.Timestamp(day.start)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(1, 20)),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 30),
)
def test_episodes_equal_the_naive_sweep(points, day, spans, gap_minutes):
    """Joining intervals gives what sorting every single occurrence gives."""
    minute, start = timedelta(minutes=1), day.start
    rows = [
        {"previous_time": start + a * minute, "time": start + b * minute, "occurrences": n}
        for a, b, n in spans
    ]
    single = sorted(
        (a + k * (b - a) / n) if b > a else b for a, b, n in spans for k in range(1, n + 1)
    )
    breaks = np.diff(single) > gap_minutes + 1e-6
    # spacings of exactly the gap are rounded to microseconds: leave them to the test above
    if np.isclose(np.diff(single), gap_minutes, atol=1e-6).any():
        return
    found = episodes(points(*rows), day, by=(), gap=timedelta(minutes=gap_minutes))
    assert len(found) == 1 + breaks.sum()
    assert found["failures"].sum() == len(single)


def test_nothing_in_nothing_out(points, day):
    """An empty frame keeps the columns."""
    assert episodes(points(), day).columns.tolist()[-3:] == ["start", "end", "failures"]


def test_only_counted_failures(points, day):
    """A catalogue of the user may call a pull a failure."""
    frame = points(
        {"time": "01:00"},
        {"time": "02:00", "counted": False},
        {"time": "03:00", "reason": "Pulled", "type": "Normal"},
    )
    assert episodes(frame, day)["start"].dt.hour.tolist() == [1]
    catalogue = Catalogue.load().with_overrides([{"reason": "Pulled", "meaning": "failure"}])
    found = episodes(frame, day, by=("reason",), catalogue=catalogue)
    assert found["reason"].tolist() == ["BackOff", "Pulled"]


def test_order_and_columns(points, day):
    """By the columns, then by start, on an index of their own."""
    frame = points(
        {"time": "05:00", "workload": "a"},
        {"time": "04:00", "workload": "b"},
        {"time": "01:00", "workload": "b", "component": "x"},
        {"time": "02:00", "workload": "b"},
        {"time": "03:00", "workload": "a", "host": "node-2"},
    )
    found = EPISODES.check(episodes(frame, day))
    assert found.columns.tolist() == [*PROBLEM, "start", "end", "failures"]
    assert found["workload"].tolist() == ["a", "a", "b", "b", "b"]
    assert found["start"].dt.hour.tolist() == [3, 5, 1, 2, 4]
    assert found.index.tolist() == [0, 1, 2, 3, 4]
    shown = episodes(frame, day, by=("host", "workload"))
    assert shown["start"].dt.hour.tolist() == [5, 1, 2, 4, 3]


def test_ends_of_the_window(points, at):
    """The start is inside, the end is not."""
    window = Window.between(at("01:00"), at("02:00"), "UTC")
    frame = points(*({"time": time} for time in ("00:59", "01:00", "02:00")))
    found = episodes(frame, window)
    assert found["failures"].tolist() == [1]
    assert found["start"].dt.hour.tolist() == found["end"].dt.hour.tolist() == [1]

"""Counts of periods and blocks from a source, by hand."""

import numpy as np
import pandas as pd
import pytest

from analytics.catalogue import Catalogue
from analytics.changes import (
    changes,
    clocks_of,
    compare_counted,
    episode_blocks,
    period_counts,
)
from analytics.exposure import Watched, exposures
from analytics.frames import SPANS, TRENDS
from analytics.grouping import PROBLEM
from analytics.history import history
from analytics.key_counts import count_keys
from analytics.source import PointSource
from analytics.spread import microsecond
from analytics.trends import trends
from analytics.window import Window

BY = ("cluster", "workload")
FIGURES = ["failures", "episodes", "seen_failures", "seen_episodes"]


@pytest.fixture
def clocks(at):
    """Watch "prod" until noon."""
    return {"prod": Watched(np.array([microsecond(at("00:00")), microsecond(at("12:00"))]))}


def counted_in(frame, window):
    """Return the points as a source, and its failing keys in a window."""
    source = PointSource(frame)
    [counted] = count_keys(source, [window], Catalogue.load())
    return source, counted.failing


@pytest.fixture
def found(points, day):
    """Three episodes of 5, 3 and 1 failures in prod, and one in lab."""
    frame = points(
        {"previous_time": "01:00", "time": "01:10", "occurrences": 5},
        {"previous_time": "11:54", "time": "12:03", "occurrences": 3},
        {"time": "13:00"},
        {"time": "13:00", "cluster": "lab"},
    )
    return counted_in(frame, day)


def test_failures_and_episodes_are_seen_in_watched_time(found, clocks):
    """Of 11:57, 12:00 and 12:03 one is seen, and so is the start; nobody speaks of lab."""
    counts = period_counts(*found, BY, clocks)
    assert counts["cluster"].tolist() == ["lab", "prod"]
    assert counts[FIGURES].to_numpy().tolist() == [[1, 1, 1, 1], [9, 3, 6, 2]]


def test_an_episode_that_goes_on_over_a_gap_is_seen_once(points, day, at):
    """Of half-hourly watches the first sees its start; the window's own edge is a start too."""
    frame = points({"previous_time": "20 23:55", "time": "02:00", "occurrences": 125})
    times = [microsecond(at(time)) for time in ("00:00", "00:30", "01:00", "01:30")]
    source, counted = counted_in(frame, day)
    counts = period_counts(source, counted, BY, {"prod": Watched(np.array(times))})
    assert counts[FIGURES].to_numpy().tolist() == [[121, 1, 60, 1]]
    late = period_counts(source, counted, BY, {"prod": Watched(np.array(times[2:]))})
    assert late[FIGURES].to_numpy().tolist() == [[121, 1, 30, 0]]


def test_blocks_hold_what_was_seen_of_the_groups_asked_for(found, clocks):
    """Of prod the episodes of 01:02 and 11:57, twice, since two periods are the same."""
    groups = pd.DataFrame({"cluster": ["prod"], "workload": ["checkout"]}, dtype="str")
    source, counted = found
    blocks = episode_blocks([source] * 2, [counted] * 2, [clocks, {}], BY, groups)
    assert blocks["period"].tolist() == [0, 0, 1, 1, 1]
    assert blocks["block"].dt.hour.tolist() == [0, 8, 0, 8, 12]
    assert blocks["episodes"].tolist() == [1] * 5


def test_no_group_has_no_block(found):
    """The columns are there all the same."""
    source, counted = found
    none = pd.DataFrame({"cluster": [], "workload": []}, dtype="str")
    blocks = episode_blocks([source], [counted], [{}], BY, none)
    assert (len(blocks), blocks.columns.tolist()) == (0, [*BY, "period", "block", "episodes"])


def test_nothing_in_nothing_out(points, day):
    """Empty frames with their columns."""
    source, counted = counted_in(points(), day)
    counts = period_counts(source, counted, BY, {})
    assert (len(counts), counts.columns.tolist()) == (0, [*BY, *FIGURES])
    assert len(episode_blocks([source], [counted], [{}], BY, counts[list(BY)])) == 0


def hourly(count, *days, **columns):
    """Fail so many times on each day, evenly, at half past."""
    hours = [number * 24 // count for number in range(count)]
    return [{"time": f"{day} {hour:02}:30"} | columns for day in days for hour in hours]


WEEKS = ("14", "07")  # of November, when the watch began on the 1st


@pytest.fixture
def weeks_of_failures(points):
    """Return a workload that fails ten times as often as ever, and such as come, go and stay."""
    return points(
        *hourly(2, "20", *WEEKS, workload="worse"),
        *hourly(24, "21", workload="worse"),
        *hourly(20, "21", "20", *WEEKS, workload="same"),
        *hourly(3, "21", workload="new"),
        *hourly(3, "21", "12", workload="again"),
        *hourly(3, "20", workload="gone"),
        *hourly(3, "21", "20", workload="same", cluster="lab"),
        *hourly(3, "21", workload="other", cluster="lab", reason="Pulled", type="Normal"),
    )


@pytest.fixture
def watch(spans):
    """Return a watch of prod since the 1st with a gap on the evening before."""
    return spans(
        ("watched", "01 00:00", "20 22:00"),
        ("gap", "20 22:00", "21 01:00"),
        ("watched", "21 01:00", "22 00:00"),
    )


def read(frame, window, spans):
    """Read a history of points."""
    return history(PointSource(frame), window, catalogue=Catalogue.load(), spans=spans)


def test_changes_of_each_workload(weeks_of_failures, watch, day):
    """One row each, of every cluster; lab has no earlier week, and no base before it."""
    found = changes(read(weeks_of_failures, day, watch), by=("cluster", "workload"))
    assert found.columns.tolist() == ["cluster", "workload", *(one.name for one in TRENDS.columns)]
    rows = found.set_index(["cluster", "workload"])
    assert sorted(rows.index) == [
        ("lab", "same"),
        *(("prod", name) for name in ("again", "gone", "new", "same", "worse")),
    ]
    counts = ["failures", "previous_failures", "episodes", "previous_episodes", "weeks"]
    assert rows.loc[("prod", "worse"), counts].tolist() == [24, 2, 24, 2, 2]
    assert rows.loc[("prod", "gone"), counts].tolist() == [0, 3, 0, 3, 2]
    assert rows.loc[("prod", "new"), counts].tolist() == [3, 0, 3, 0, 2]
    assert rows.loc[("lab", "same"), counts].tolist() == [3, 3, 3, 3, 0]
    assert rows["verdict"].loc["prod"].to_dict() == {
        "worse": "insufficient",  # two weeks tell too little of how days differ
        "same": "steady",
        "new": "new",
        "again": "regressed",
        "gone": "insufficient",  # nobody watched for an hour of today
    }


def test_changes_are_trends(weeks_of_failures, watch, day):
    """From one source as from three frames, by any columns with the cluster among them."""
    told = read(weeks_of_failures, day, watch)
    frame, exposed = weeks_of_failures, exposures(watch, day, weeks=day.baseline())
    for by in (PROBLEM, ("workload", "cluster"), ("cluster",)):
        expected = trends(
            frame,
            frame,
            day,
            by=by,
            baseline_points=frame,
            covered=told.covered,
            weeks_covered=told.weeks_covered,
            exposed=exposed,
        )
        pd.testing.assert_frame_equal(changes(told, by=by), expected)
    pd.testing.assert_frame_equal(changes(told), changes(told, by=PROBLEM))


def test_without_clusters_no_clock_is_asked(weeks_of_failures, watch, day):
    """All clusters are one group: its hours are those of the windows."""
    told = read(weeks_of_failures, day, watch)
    counted = [one.failing for one in (told.now, told.previous, *told.weeks)]

    def compared(clocks):
        return compare_counted(
            [told.source] * 6,
            counted,
            by=("workload",),
            covered=[{""}, {""}, {""}, set(), set()],
            clocks=clocks,
            known=told.earlier,
            unseen=[],
        )

    found = compared(clocks_of(told.exposed, 6))
    pd.testing.assert_frame_equal(found, compared([{} for _ in range(6)]))
    same = found.set_index("workload").loc["same"]
    assert (same["failures"], same["previous_failures"], same["weeks"]) == (23, 23, 2)
    assert same["ratio"] == 1.0


def test_a_cluster_of_which_nothing_is_known_had_no_failure_before(points, day):
    """It says 0 where nobody knows, and the verdict says so."""
    [row] = changes(read(points({"time": "10:00"}), day, SPANS.empty())).to_dict("records")
    assert (row["failures"], row["previous_failures"]) == (1, 0)
    assert (row["baseline"], row["verdict"]) == ("none", "insufficient")


def test_clocks_by_period(watch, day):
    """Of the window, of the day before and of four weeks; of fewer where fewer are asked for."""
    exposed = exposures(watch, day, weeks=day.baseline())
    found = clocks_of(exposed, 6)
    assert [clocks["prod"].hours for clocks in found] == [23, 22, 24, 24, 0, 0]
    assert [list(clocks) for clocks in clocks_of(exposed, 2)] == [["prod"], ["prod"]]
    assert clocks_of({}, 2) == [{}, {}]
    # without weeks of their own the others have no clock
    assert [list(clocks) for clocks in clocks_of(exposures(watch, day), 3)] == [["prod"]] * 2 + [[]]


def test_no_change_in_nothing(points, day):
    """The columns are there all the same."""
    found = changes(read(points(), day, SPANS.empty()))
    assert (len(found), found.columns.tolist()[:5]) == (0, list(PROBLEM))


def test_blocks_add_up_keys_of_a_group(points, day):
    """Two components of a workload begin an episode in a block each, and one of them a second."""
    frame = points(
        {"time": "08:00"},
        {"time": "11:59", "component": "other"},
        {"time": "12:00"},
        {"time": "13:00", "workload": "cart"},
        {"time": "20 23:55"},
        {"time": "00:05"},
    )
    groups = pd.DataFrame({"cluster": ["prod"], "workload": ["checkout"]}, dtype="str")
    source, counted = counted_in(frame, day)
    blocks = episode_blocks([source], [counted], [{}], BY, groups)
    assert blocks["block"].dt.hour.tolist() == [0, 8, 12]
    assert blocks["episodes"].tolist() == [1, 2, 1]
    assert blocks[list(BY)].drop_duplicates().to_numpy().tolist() == [["prod", "checkout"]]


def test_blocks_of_a_window_off_their_grid(points, at):
    """From 06:30 to 13:30: the first block began at 04:00, and what the window cuts begins then."""
    window = Window.between(at("06:30"), at("13:30"), "UTC")
    frame = points(
        {"previous_time": "06:00", "time": "07:00", "occurrences": 60},
        {"time": "08:00"},
        {"time": "13:00"},
    )
    groups = pd.DataFrame({"cluster": ["prod"], "workload": ["checkout"]}, dtype="str")
    source, counted = counted_in(frame, window)
    blocks = episode_blocks([source], [counted], [{}], BY, groups)
    assert blocks["block"].dt.hour.tolist() == [4, 8, 12]
    assert blocks["episodes"].tolist() == [1, 1, 1]
    unwatched = {"prod": Watched(np.array([microsecond(at("06:45")), microsecond(at("14:00"))]))}
    blocks = episode_blocks([source], [counted], [unwatched], BY, groups)
    assert blocks["block"].dt.hour.tolist() == [8, 12]

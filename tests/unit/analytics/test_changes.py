"""Counts of periods and blocks from a source, by hand."""

import numpy as np
import pandas as pd
import pytest

from analytics.catalogue import Catalogue
from analytics.changes import episode_blocks, period_counts
from analytics.exposure import Watched
from analytics.key_counts import count_keys
from analytics.source import PointSource
from analytics.spread import microsecond

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

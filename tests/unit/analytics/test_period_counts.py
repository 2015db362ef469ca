"""Counts of periods and blocks from episodes, by hand."""

import numpy as np
import pandas as pd
import pytest

from analytics.episodes import episodes
from analytics.exposure import Watched
from analytics.period_counts import episode_blocks, period_counts
from analytics.spread import microsecond

BY = ("cluster", "workload")
FIGURES = ["failures", "episodes", "seen_failures", "seen_episodes"]


@pytest.fixture
def clocks(at):
    """Watch "prod" until noon."""
    return {"prod": Watched(np.array([microsecond(at("00:00")), microsecond(at("12:00"))]))}


@pytest.fixture
def found(points, day):
    """Three episodes of 5, 3 and 1 failures in prod, and one in lab."""
    frame = points(
        {"previous_time": "01:00", "time": "01:10", "occurrences": 5},
        {"previous_time": "11:54", "time": "12:03", "occurrences": 3},
        {"time": "13:00"},
        {"time": "13:00", "cluster": "lab"},
    )
    return episodes(frame, day, by=BY)


def test_an_episode_is_seen_where_it_begins_in_watched_time(found, clocks):
    """The second one goes on after noon, the third begins after it; nobody speaks of lab."""
    counts = period_counts(found, BY, clocks)
    assert counts["cluster"].tolist() == ["lab", "prod"]
    assert counts[FIGURES].to_numpy().tolist() == [[1, 1, 1, 1], [9, 3, 8, 2]]


def test_without_clusters_every_episode_is_seen(points, day, clocks):
    """There is no clock to ask."""
    found = episodes(points({"time": "13:00"}), day, by=("workload",))
    assert period_counts(found, ("workload",), clocks)[FIGURES].to_numpy().tolist() == [[1] * 4]


def test_blocks_hold_what_was_seen_of_the_groups_asked_for(found, clocks, day):
    """Of prod the episodes of 01:02 and 11:57, twice, since two periods are the same."""
    groups = pd.DataFrame({"cluster": ["prod"], "workload": ["checkout"]}, dtype="str")
    blocks = episode_blocks([(day, found, clocks), (day, found, {})], BY, groups)
    assert blocks["period"].tolist() == [0, 0, 1, 1, 1]
    assert blocks["block"].dt.hour.tolist() == [0, 8, 0, 8, 12]
    assert blocks["episodes"].tolist() == [1] * 5


@pytest.mark.parametrize("by", [(), BY])
def test_no_group_has_no_block(points, day, by):
    """The columns are there all the same."""
    found = episodes(points({"time": "13:00"}), day, by=by)
    blocks = episode_blocks([(day, found, {})], by, period_counts(found, by, {})[list(by)][:0])
    assert len(blocks) == 0
    assert blocks.columns.tolist() == [*by, "period", "block", "episodes"]
    one = episode_blocks([(day, found, {})], by, period_counts(found, by, {})[list(by)])
    assert one["episodes"].tolist() == [1]


def test_nothing_in_nothing_out(points, day):
    """Empty frames with their columns."""
    found = episodes(points(), day, by=BY)
    counts = period_counts(found, BY, {})
    assert (len(counts), counts.columns.tolist()) == (0, [*BY, *FIGURES])
    assert len(episode_blocks([(day, found, {})], BY, counts[list(BY)])) == 0

"""What a window holds of each key, and what of it was watched."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.catalogue import Catalogue
from analytics.cells import NEVER_BEGUN, NEVER_ENDED
from analytics.exposure import Watched, exposures
from analytics.frames import CELLS, KEYS
from analytics.key_counts import (
    clocks_now,
    count_keys,
    failing_keys,
    occurrences_until,
    watched_starts,
)
from analytics.source import PointSource
from analytics.spread import microsecond
from analytics.window import Window
from tests.effort import examples

CATALOGUE = Catalogue.load()


@pytest.fixture
def three(points):
    """Return three clusters; the middle one by name fails on both days, and pulls an image."""
    return points(
        {"time": "01:00", "cluster": "a"},
        {"time": "20 12:00", "cluster": "b", "occurrences": 1},
        {"time": "02:00", "cluster": "b"},
        {"previous_time": "02:58", "time": "03:01", "cluster": "b", "occurrences": 3},
        {"time": "04:00", "cluster": "b", "reason": "Pulled", "type": "Normal"},
        {"time": "05:00", "cluster": "c"},
        {"time": "05:30", "cluster": "c", "counted": False},
    )


@pytest.fixture(scope="module")
def before(at):
    """Return the day before."""
    return Window.between(at("20 00:00"), at("00:00"), "UTC")


def rows(counted):
    """Return cluster, meaning and occurrences of each key."""
    texts = counted.keys[["cluster", "meaning"]].astype("str")
    return list(
        zip(texts["cluster"], texts["meaning"], counted.cells["occurrences"].tolist(), strict=True)
    )


def test_keys_of_two_windows(three, day, before):
    """Each with what it means; of the day before there is one."""
    now, then = count_keys(PointSource(three), [day, before], CATALOGUE)
    assert rows(now) == [
        ("a", "failure", 1),
        ("b", "failure", 4),
        ("b", "noise", 1),
        ("c", "failure", 1),
    ]
    assert rows(then) == [("b", "failure", 1)]
    assert (now.window, then.window) == (day, before)
    KEYS.check(now.keys)
    CELLS.check(now.cells)
    assert then.keys.index.tolist() == [0]
    for counted in (now, then, now.failing):
        assert counted.keys.columns.tolist() == [*(one.name for one in KEYS.columns), "meaning"]
        assert counted.cells.columns.tolist() == [one.name for one in CELLS.columns]
    assert now.cells["bucket"].tolist() == [0] * 4
    assert now.keys.index.tolist() == now.cells.index.tolist() == [0, 1, 2, 3]


def test_of_what_is_counted(three, day):
    """The failing ones, some of them, their clusters and their sum."""
    [counted] = count_keys(PointSource(three), [day], CATALOGUE)
    assert (counted.clusters, counted.occurrences) == ({"a", "b", "c"}, 7)
    assert rows(counted.failing) == [("a", "failure", 1), ("b", "failure", 4), ("c", "failure", 1)]
    assert (counted.failing.occurrences, counted.failing.window) == (6, day)
    some = counted.where(np.array([False, True, False, True]))
    assert rows(some) == [("b", "failure", 4), ("c", "failure", 1)]
    assert some.keys.index.tolist() == some.cells.index.tolist() == [0, 1]


def test_a_cluster_counts_since_a_time(three, day, before, at):
    """Of b what lies from 03:00 on, of c nothing, of the day before everything."""
    since = [{"b": at("03:00"), "c": at("22 00:00"), "other": at("03:00")}, {}]
    now, then = count_keys(PointSource(three), [day, before], CATALOGUE, since=since)
    assert sorted(rows(now)) == [("a", "failure", 1), ("b", "failure", 2), ("b", "noise", 1)]
    cell = now.cells[(now.keys["cluster"] == "b") & (now.keys["meaning"] == "failure")]
    # one goes on from 02:59, so that no episode begins
    assert (cell["begun"].tolist(), cell["continued"].tolist()) == ([0], [True])
    assert cell["first"].tolist() == [microsecond(at("03:00"))]
    assert rows(then) == [("b", "failure", 1)]


@pytest.mark.parametrize("since", ["20 08:00", "00:00"])
def test_since_before_the_window_changes_nothing(three, day, at, since):
    """The window's own start is no later start."""
    source = PointSource(three)
    [plain] = count_keys(source, [day], CATALOGUE)
    [found] = count_keys(source, [day], CATALOGUE, since=[{"b": at(since)}])
    assert found.cells.to_numpy().tolist() == plain.cells.to_numpy().tolist()


def test_keys_fail_since_a_time(three, day, at):
    """Of b only with an occurrence from then on, and of c none, whose time is after the window."""
    source = PointSource(three)

    def clusters(**since):
        found = failing_keys(source, day, CATALOGUE, {k: at(v) for k, v in since.items()})
        return found["cluster"].tolist()

    assert clusters() == ["a", "b", "c"]
    assert clusters(b="20 12:00", c="00:00") == ["a", "b", "c"]
    assert clusters(b="03:01", other="03:00") == ["a", "b", "c"]
    assert clusters(b="03:30") == ["a", "c"]
    assert clusters(b="03:00", c="22 00:00") == ["a", "b"]
    assert clusters(a="01:30", b="05:00", c="23 00:00") == []
    assert clusters(a="22 00:00") == ["b", "c"]


def test_failing_keys_keep_their_numbers(three, before):
    """They are those of the source, and KEYS only."""
    source = PointSource(three)
    found = failing_keys(source, before, CATALOGUE, {})
    assert found.index.tolist() == source.present(before).tolist()
    assert found.columns.tolist() == [column.name for column in KEYS.columns]


def test_occurrences_until_a_time(three, day, at):
    """Of b at 02:00, 02:59, 03:00, 03:01 and 04:00 two lie before 03:00, whatever they mean."""
    source = PointSource(three)
    assert occurrences_until(source, day, {"b": at("03:00")}) == {"b": 2}
    assert occurrences_until(source, day, {"b": at("23 00:00"), "a": at("01:00")}) == {
        "b": 5,
        "a": 0,
    }
    assert occurrences_until(source, day, {"b": at("00:00"), "c": at("20 00:00")}) == {}
    assert occurrences_until(source, day, {"other": at("12:00")}) == {"other": 0}


def watched(at, *times):
    """Return a clock."""
    return Watched(np.array([microsecond(at(time)) for time in times], dtype=np.int64))


def starts_of(frame, window, clocks):
    """Return figures of each failing key as lists; times as clock times."""
    source = PointSource(frame)
    [counted] = count_keys(source, [window], CATALOGUE)
    found = watched_starts(source, counted.failing, clocks)
    times = [
        [
            "" if at in (NEVER_BEGUN, NEVER_ENDED) else str(at.astype("datetime64[us]"))[11:16]
            for at in one
        ]
        for one in (found.first, found.last)
    ]
    return found.failures.tolist(), found.episodes.tolist(), *times


@pytest.fixture
def twice(points):
    """Fail each minute from 01:01 to 01:40, at 03:00 and at 05:00; and in lab at 02:00."""
    return points(
        {"previous_time": "01:00", "time": "01:40", "occurrences": 40},
        {"time": "03:00"},
        {"time": "05:00"},
        {"time": "02:00", "cluster": "lab"},
    )


def test_without_a_clock_all_is_seen(twice, day):
    """Lab comes first."""
    assert starts_of(twice, day, {}) == ([1, 42], [1, 3], ["02:00", "01:01"], ["02:00", "05:00"])


def test_what_a_clock_has_seen(twice, day, at):
    """Watched from 01:30 to 03:30: eleven of the first episode, not its start, and the second."""
    clocks = {"prod": watched(at, "01:30", "03:30")}
    found = starts_of(twice, day, clocks)
    assert found == ([1, 12], [1, 1], ["02:00", "03:00"], ["02:00", "03:00"])
    clocks = {
        "prod": watched(at, "00:30", "01:10", "01:20", "03:00", "04:00", "06:00"),
        "x": clocks["prod"],
    }
    found = starts_of(twice, day, clocks)
    assert found == ([1, 9 + 21 + 1], [1, 2], ["02:00", "01:01"], ["02:00", "05:00"])


def test_a_clock_that_never_ran(twice, day, at):
    """Nothing of prod was seen, and no start."""
    for clock in (watched(at), watched(at, "20 01:00", "20 23:00")):
        found = starts_of(twice, day, {"prod": clock})
        assert found == ([1, 0], [1, 0], ["02:00", ""], ["02:00", ""])


def test_a_clock_that_always_ran_is_none(twice, day, at):
    """The same figures as without."""
    clock = watched(at, "00:00", "22 00:00")
    assert starts_of(twice, day, {"prod": clock}) == starts_of(twice, day, {})


def test_what_the_window_cuts_begins_with_it(points, day, at):
    """An episode from before starts at 00:00 if it is watched then, and never later."""
    frame = points({"previous_time": "20 23:00", "time": "02:00", "occurrences": 180})
    assert starts_of(frame, day, {}) == ([121], [1], ["00:00"], ["00:00"])
    clock = watched(at, "00:00", "00:10")
    assert starts_of(frame, day, {"prod": clock}) == ([10], [1], ["00:00"], ["00:00"])
    clock = watched(at, "00:10", "00:20")
    assert starts_of(frame, day, {"prod": clock}) == ([10], [0], [""], [""])


def test_what_was_watched_before_the_window_is_not_seen_in_it(points, day, at):
    """A clock that reaches over both ends counts inside; of two keys the second goes on."""
    frame = points(
        {"previous_time": "20 23:00", "time": "00:10", "occurrences": 70, "cluster": "prod"},
        {"time": "22 01:00", "cluster": "prod"},
        {"time": "03:00", "cluster": "a"},
    )
    clock = {"prod": watched(at, "20 22:00", "00:05", "12:00", "22 02:00")}
    assert starts_of(frame, day, clock) == ([1, 5], [1, 1], ["03:00", "00:00"], ["03:00", "00:00"])


def test_one_that_goes_on_and_one_that_begins(points, day):
    """The first start is the window's, the last one is that of the later episode."""
    frame = points(
        {"previous_time": "20 23:00", "time": "00:10", "occurrences": 70}, {"time": "07:00"}
    )
    assert starts_of(frame, day, {}) == ([12], [2], ["00:00"], ["07:00"])


def test_each_key_has_its_own_figures_in_any_order(points, day, at):
    """Keys that were cut come behind the others; all the same each gets what is its own."""
    frame = points(
        *({"time": f"0{hour}:00", "cluster": "a", "workload": "x"} for hour in (1, 2, 3)),
        *({"time": f"0{hour}:00", "cluster": "a", "workload": "y"} for hour in (2, 4)),
        {"time": "09:00", "cluster": "b"},
    )
    source = PointSource(frame)
    [counted] = count_keys(source, [day], CATALOGUE, since=[{"a": at("00:30")}])
    assert counted.cells["key"].tolist() == [2, 0, 1]
    found = watched_starts(source, counted, {"a": watched(at, "00:00", "02:30")})
    assert (found.failures.tolist(), found.episodes.tolist()) == ([1, 2, 1], [1, 2, 1])
    [turned] = count_keys(source, [day], CATALOGUE)
    turned = turned.where(np.array([True, True, True]))
    turned = type(turned)(
        day, turned.cells[::-1].reset_index(drop=True), turned.keys[::-1].reset_index(drop=True)
    )
    found = watched_starts(source, turned, {"a": watched(at, "00:00", "02:30")})
    assert (found.failures.tolist(), found.episodes.tolist()) == ([1, 1, 2], [1, 1, 2])


def test_what_is_seen_adds_up_over_the_parts_of_a_clock(points, day, at):
    """Keys and parts in any order: the first of the first part, the last of the last one."""
    frame = points(
        *({"time": f"{hour:02}:00", "workload": "x"} for hour in (1, 3, 5, 7)),
        *({"time": f"{hour:02}:30", "workload": "y"} for hour in (2, 4, 5)),
        {"time": "06:00", "workload": "z"},
    )
    clocks = {"prod": watched(at, "00:30", "02:00", "02:15", "03:30", "05:00", "05:45")}
    assert starts_of(frame, day, clocks) == (
        [3, 2, 0],
        [3, 2, 0],
        ["01:00", "02:30", ""],
        ["05:00", "05:30", ""],
    )
    # the cells that they come from are as they were
    assert starts_of(frame, day, {})[0] == [4, 3, 1]


def test_figures_are_integers(points, day, at):
    """Whatever was watched; the counted cells do not change."""
    source = PointSource(points({"time": "01:00"}, {"time": "02:00", "cluster": "lab"}))
    [counted] = count_keys(source, [day], CATALOGUE)
    before = counted.cells.copy()
    for clocks in ({}, {"prod": watched(at, "03:00", "04:00")}):
        found = watched_starts(source, counted, clocks)
        figures = (found.failures, found.episodes, found.first, found.last)
        assert {str(one.dtype) for one in figures} == {"int64"}
    assert counted.cells.equals(before)


def test_clocks_of_the_window(spans, day, at):
    """Each cluster that was watched has one."""
    exposed = exposures(spans(("watched", "03:00", "04:00"), ("gap", "04:00", "22 00:00")), day)
    clocks = clocks_now(exposed)
    assert list(clocks) == ["prod"]
    assert clocks["prod"].edges.tolist() == watched(at, "03:00", "04:00").edges.tolist()


def test_nothing_in_nothing_out(points, day, at):
    """No key, nor a start."""
    source = PointSource(points())
    [counted] = count_keys(source, [day], CATALOGUE, since=[{"a": at("01:00")}])
    assert (len(counted.keys), counted.occurrences, counted.clusters) == (0, 0, set())
    assert len(watched_starts(source, counted, {"a": watched(at)}).first) == 0
    assert len(failing_keys(source, day, CATALOGUE, {"a": at("01:00")})) == 0


@settings(max_examples=examples(12), deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 30), st.integers(1, 9), st.sampled_from("ab")),
        max_size=6,
    ),
    st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True).map(sorted),
)
def test_what_is_seen_and_what_is_not_make_the_whole(points, day, rows, edges):
    """A clock and the one that runs while it stops share failures and starts between them."""
    half = timedelta(minutes=30)
    frame = points(
        *(
            {
                "previous_time": day.start + start * half,
                "time": day.start + start * half + length * timedelta(minutes=7),
                "occurrences": count,
                "workload": workload,
            }
            for start, length, count, workload in rows
        )
    )
    bounds = microsecond(day.start) + np.array(edges[: len(edges) // 2 * 2]) * 1_800_000_000
    ends = microsecond(day.start), microsecond(day.end)
    rest = np.concatenate([ends[:1], bounds, ends[1:]]).reshape(-1, 2)
    rest = rest[rest[:, 0] < rest[:, 1]].reshape(-1)
    source = PointSource(frame)
    [counted] = count_keys(source, [day], CATALOGUE)
    seen, unseen, whole = (
        watched_starts(source, counted.failing, clocks)
        for clocks in ({"prod": Watched(bounds)}, {"prod": Watched(rest)}, {})
    )
    assert (seen.failures + unseen.failures).tolist() == whole.failures.tolist()
    assert (seen.episodes + unseen.episodes).tolist() == whole.episodes.tolist()
    assert np.minimum(seen.first, unseen.first).tolist() == whole.first.tolist()
    assert np.maximum(seen.last, unseen.last).tolist() == whole.last.tolist()

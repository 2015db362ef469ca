"""Occurrences and episodes by key and bucket, by hand and against counting one by one."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cells import (
    GAP,
    NEVER_BEGUN,
    NEVER_ENDED,
    begins_episode,
    bucket_of,
    cells,
    merged,
    pieces,
)
from analytics.frames import CELLS
from analytics.spread import microsecond, runs
from tests.effort import examples

MICROSECOND = timedelta(microseconds=1)
MINUTE = 60_000_000
COUNTS = ["key", "bucket", "occurrences", "begun", "continued"]


def clocks(values):
    """Return microseconds as clock times, what never was as nothing."""
    return [
        "" if value in (NEVER_BEGUN, NEVER_ENDED) else f"{pd.Timestamp(value, unit='us'):%H:%M}"
        for value in values
    ]


@pytest.fixture
def bounds(at):
    """Return times of the day as bounds."""
    return lambda *times: np.array([microsecond(at(time)) for time in times])


def counts(found):
    """Return key, bucket, occurrences, episodes begun, and whether the first one continues."""
    return [tuple(row) for row in found[COUNTS].itertuples(index=False, name=None)]


def test_a_run_over_three_buckets(points, bounds):
    """Every five minutes from 00:05 to 01:00: one episode, which begins in the first half hour."""
    frame = points({"previous_time": "00:00", "time": "01:00", "occurrences": 12}).assign(key=7)
    found = cells(frame, bounds("00:00", "00:30", "01:00", "01:30", "02:00"))
    assert counts(found) == [(7, 0, 5, 1, False), (7, 1, 6, 0, True), (7, 2, 1, 0, True)]
    assert clocks(found["first"]) == ["00:05", "00:30", "01:00"]
    assert clocks(found["last"]) == ["00:25", "00:55", "01:00"]
    assert clocks(found["first_begun"]) == clocks(found["last_begun"]) == ["00:05", "", ""]
    assert found.columns.tolist() == [column.name for column in CELLS.columns]


def test_first_and_last_episode_of_a_bucket(points, bounds):
    """Three episodes begin between one and two o'clock, at 01:00, 01:20 and 01:45."""
    times = ("00:55", "01:00", "01:20", "01:30", "01:45")
    frame = points(*({"time": time} for time in times[1:])).assign(key=0)
    [cell] = cells(frame, bounds("01:00", "02:00")).to_dict("records")
    assert (cell["occurrences"], cell["begun"], cell["continued"]) == (4, 3, False)
    assert clocks([cell["first"], cell["last"]]) == ["01:00", "01:45"]
    assert clocks([cell["first_begun"], cell["last_begun"]]) == ["01:00", "01:45"]
    again = points(*({"time": time} for time in times)).assign(key=0)
    [cell] = cells(again, bounds("01:00", "02:00")).to_dict("records")
    assert (cell["occurrences"], cell["begun"], cell["continued"]) == (4, 2, True)
    assert clocks([cell["first"], cell["first_begun"], cell["last_begun"]]) == [
        "01:00",
        "01:20",
        "01:45",
    ]


@pytest.mark.parametrize(
    ("earlier", "continued"),
    [(0, True), (-1, False), (1, True)],
)
def test_what_lies_a_gap_before_the_first_bound_still_counts(
    points, at, bounds, earlier, continued
):
    """An occurrence at 01:00 goes on with one at 00:50, and not with one a microsecond before."""
    before = at("00:50") + earlier * MICROSECOND
    frame = points({"time": before}, {"time": "01:00"}).assign(key=3)
    found = cells(frame, bounds("01:00", "02:00"))
    assert counts(found) == [(3, 0, 1, int(not continued), continued)]


def test_a_gap_of_its_own(points, bounds):
    """With a gap of two minutes three minutes part, inside a point as between two."""
    frame = points(
        {"previous_time": "01:00", "time": "01:06", "occurrences": 2},
        {"time": "01:08"},
    ).assign(key=0)
    found = cells(frame, bounds("01:00", "02:00"), timedelta(minutes=2))
    assert counts(found) == [(0, 0, 3, 2, False)]
    found = cells(frame, bounds("01:04", "02:00"), timedelta(minutes=2))
    assert counts(found) == [(0, 0, 2, 1, False)]


def test_keys_share_no_episode_and_come_in_order(points, bounds):
    """Four keys, the rows in no order; what an earlier key did last is nothing to the next."""
    frame = points(
        {"time": "01:30"},
        {"time": "00:30"},
        {"time": "00:35"},
        {"time": "00:20"},
        {"time": "00:36"},
    ).assign(key=[2, 1, 2, 0, 0])
    found = cells(frame, bounds("00:00", "01:00", "02:00"))
    assert counts(found) == [
        (0, 0, 2, 2, False),
        (1, 0, 1, 1, False),
        (2, 0, 1, 1, False),
        (2, 1, 1, 1, False),
    ]


def test_a_long_run_holds_what_lies_inside_it(points, bounds):
    """From 01:01 to 03:00 every minute; 01:30 lies inside, and 03:05 goes on from its end."""
    frame = points(
        {"previous_time": "01:00", "time": "03:00", "occurrences": 120},
        {"time": "01:30"},
        {"time": "03:05"},
    ).assign(key=0)
    found = cells(frame, bounds("01:00", "02:00", "03:00", "04:00"))
    assert counts(found) == [(0, 0, 60, 1, False), (0, 1, 60, 0, True), (0, 2, 2, 0, True)]
    assert clocks(found["last"]) == ["01:59", "02:59", "03:05"]


def test_outside_of_the_bounds_nothing_counts(points, bounds):
    """The last bound is outside, and so is what lies in the gap before the first one."""
    frame = points({"time": "02:00"}, {"time": "00:55"}, {"time": "00:10"}).assign(key=0)
    assert len(cells(frame, bounds("01:00", "02:00"))) == 0


def test_a_point_is_one_piece_a_bucket_where_its_occurrences_are_close(points, at, bounds):
    """Two in twenty minutes lie ten apart; a microsecond more and they stand for themselves."""
    close = points({"previous_time": "01:00", "time": "01:20", "occurrences": 2})
    found = pieces(runs(close), bounds("01:00", "02:00"), GAP)
    assert [part.tolist() for part in (found.row, found.bucket, found.occurrences)] == [
        [0],
        [0],
        [2],
    ]
    assert clocks([found.start[0], found.end[0]]) == ["01:10", "01:20"]
    end = at("01:20") + MICROSECOND
    apart = points({"previous_time": "01:00", "time": end, "occurrences": 2})
    found = pieces(runs(apart), bounds("01:00", "02:00"), GAP)
    assert found.start.tolist() == found.end.tolist()
    assert (found.end - microsecond(at("01:00"))).tolist() == [10 * MINUTE, 20 * MINUTE + 1]
    assert [part.tolist() for part in (found.row, found.bucket, found.occurrences)] == [
        [0, 0],
        [0, 0],
        [1, 1],
    ]


def test_pieces_count_their_occurrences(points, bounds):
    """Four an hour apart are three pieces inside three buckets of the day, the dense ones fewer."""
    frame = points(
        {"time": "09:00"},
        {"previous_time": "00:00", "time": "04:00", "occurrences": 4},
        {"previous_time": "02:30", "time": "03:30", "occurrences": 60},
    )
    found = pieces(runs(frame), bounds("01:30", "02:30", "03:00", "04:00"), GAP)
    told = sorted(
        zip(found.row.tolist(), found.bucket.tolist(), found.occurrences.tolist(), strict=True)
    )
    assert told == [(1, 0, 1), (1, 2, 1), (2, 1, 29), (2, 2, 31)]


def test_buckets_hold_their_first_bound():
    """Before the first bound is -1; after the last one is one more than there are."""
    found = bucket_of(np.array([10, 20, 30]), np.array([9, 10, 19, 20, 30, 31]))
    assert found.tolist() == [-1, 0, 0, 1, 2, 2]


def test_what_begins_an_episode():
    """The end that counts is the farthest of a key, not the last; ten minutes join."""
    key = np.array([1, 1, 1, 1, 2, 2])
    start = np.array([0, 5, 40, 51, 45, 55]) * MINUTE
    end = np.array([40, 6, 41, 52, 45, 56]) * MINUTE
    found = begins_episode(key, start, end, GAP)
    assert found.tolist() == [True, False, False, False, True, False]
    assert begins_episode(key[:1] - 1, start[:1], end[:1], GAP).tolist() == [True]
    end[2] -= 1
    start[3] += MINUTE
    assert begins_episode(key, start, end, GAP).tolist() == [True, False, False, True, True, False]


def test_stretches_of_one_cell_merge():
    """Whether it goes on is what the earliest says; the rest are sums, least and greatest."""
    rows = [
        (2, 0, 1, 50, 50, 1, 50, 50, False),
        (1, 1, 5, 30, 39, 1, 33, 33, True),
        (1, 1, 7, 20, 29, 2, 20, 25, False),
        (1, 0, 1, 10, 10, 0, NEVER_BEGUN, NEVER_ENDED, True),
    ]
    names = [column.name for column in CELLS.columns]
    found = merged(pd.DataFrame(rows, columns=names))
    assert found.to_numpy().tolist() == [
        [1, 0, 1, 10, 10, 0, NEVER_BEGUN, NEVER_ENDED, True],
        [1, 1, 12, 20, 39, 3, 20, 33, False],
        [2, 0, 1, 50, 50, 1, 50, 50, False],
    ]
    assert found.index.tolist() == [0, 1, 2]


def test_nothing_in_nothing_out(points, bounds):
    """Without a point, or none that counts, there is no cell; the columns stay."""
    some = points({"time": "01:30", "counted": False})
    for frame in (points(), some):
        found = cells(
            frame.assign(key=np.zeros(len(frame), dtype=np.int64)), bounds("01:00", "02:00")
        )
        pd.testing.assert_frame_equal(found, CELLS.empty())
    pd.testing.assert_frame_equal(merged(CELLS.empty()), CELLS.empty())


ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),  # key
        st.integers(-30, 200),  # start [min]
        st.sampled_from([0, 0, 1, 9, 10, 19, 20, 21, 60, 150]),  # length [min]
        st.integers(1, 15),
        st.booleans(),
    ),
    max_size=8,
)
EDGES = st.lists(st.integers(0, 200), min_size=2, max_size=9, unique=True).map(sorted)


def made(points, day, rows):
    """Return points that last so many minutes, some of them the first of an event."""
    minute = timedelta(minutes=1)
    frame = points(
        *(
            {
                "previous_time": None if first else day.start + start * minute,
                "birth": day.start + start * minute,
                "time": day.start + (start + length) * minute,
                "occurrences": count,
            }
            for _, start, length, count, first in rows
        )
    )
    return frame.assign(key=np.array([row[0] for row in rows], dtype=np.int64))


def one_by_one(frame, bounds, gap):
    """Count occurrence by occurrence."""
    found = runs(frame)
    every = []
    for number in range(len(found.row)):
        run = found.take([number])
        key = int(frame["key"].iloc[int(run.row[0])])
        numbers = range(1, int(run.count[0]) + 1)
        every += [(key, int(run.time_of(np.array([k]))[0])) for k in numbers]
    cell, last = {}, {}
    for key, time in sorted(every):
        begins = key not in last or time - last[key] > gap // MICROSECOND
        last[key] = time
        bucket = sum(bound <= time for bound in bounds.tolist()) - 1
        if 0 <= bucket < len(bounds) - 1:
            times, begun, _ = cell.setdefault((key, bucket), ([], [], not begins))
            times.append(time)
            begun += [time] if begins else []
    rows = []
    for at, (times, begun, goes_on) in sorted(cell.items()):
        starts = min(begun, default=NEVER_BEGUN), max(begun, default=NEVER_ENDED)
        rows.append([*at, len(times), min(times), max(times), len(begun), *starts, goes_on])
    return rows


@settings(max_examples=examples(20), deadline=None)
@given(ROWS, EDGES, st.sampled_from([timedelta(minutes=1), GAP]))
def test_cells_equal_counting_one_by_one(points, day, rows, edges, gap):
    """Whatever the points, bounds and gap."""
    bounds = microsecond(day.start) + np.array(edges) * MINUTE
    frame = made(points, day, rows)
    assert cells(frame, bounds, gap).to_numpy().tolist() == one_by_one(frame, bounds, gap)


@settings(max_examples=examples(20), deadline=None)
@given(ROWS, EDGES, st.lists(st.booleans(), min_size=7, max_size=7))
def test_cells_of_any_refinement_merge_into_the_coarse_ones(points, day, rows, edges, dropped):
    """Leave some inner bounds out: the cells of what they parted merge into those of the rest."""
    fine = microsecond(day.start) + np.array(edges) * MINUTE
    inner = [not drop for drop in dropped[: len(fine) - 2]]
    kept = np.array([True, *inner, True])
    frame = made(points, day, rows)
    parts = cells(frame, fine)
    into = (np.cumsum(kept) - 1)[parts["bucket"].to_numpy()]
    coarse = cells(frame, fine[kept])
    pd.testing.assert_frame_equal(merged(parts.assign(bucket=into)), coarse)
    # so the episodes of the whole are those that begin, and one for each key that goes on
    whole = cells(frame, fine[[0, -1]])
    assert whole["begun"].sum() == parts["begun"].sum() == coarse["begun"].sum()
    assert whole["occurrences"].sum() == parts["occurrences"].sum()


@settings(max_examples=examples(12), deadline=None)
@given(ROWS, st.permutations(range(8)))
def test_the_order_of_points_changes_nothing(points, day, rows, order):
    """A shuffled frame gives the same cells."""
    bounds = microsecond(day.start) + np.array([0, 45, 90, 200]) * MINUTE
    frame = made(points, day, rows)
    shuffled = frame.iloc[[place for place in order if place < len(frame)]]
    pd.testing.assert_frame_equal(cells(shuffled, bounds), cells(frame, bounds))

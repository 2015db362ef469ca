"""Buckets cut into days, hours and edges."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rolling_up import DAY, HOUR
from analytics.segments import Segments, aligned, cut, hour_bits

MINUTE = HOUR // 60


def segments(*rows):
    """Make segments from (bucket, start, end) in minutes."""
    bucket, start, end = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Segments(bucket, start * MINUTE, end * MINUTE)


def told(parts):
    """Return (bucket, start, end) in minutes, sorted."""
    rows = zip(parts.bucket.tolist(), parts.start.tolist(), parts.end.tolist(), strict=True)
    return sorted((bucket, start / MINUTE, end / MINUTE) for bucket, start, end in rows)


def test_a_stretch_of_two_days_and_more():
    """From 22:40 to 03:20: 20 minutes, an hour, two days, three hours, 20 minutes."""
    parts = cut(np.array([22 * 60 + 40, 72 * 60 + 200]) * MINUTE)
    assert told(parts.days) == [(0, 1440, 4320)]
    assert told(parts.hours) == [(0, 1380, 1440), (0, 4320, 4500)]
    assert told(parts.edges) == [(0, 1360, 1380), (0, 4500, 4520)]


@pytest.mark.parametrize(
    ("start", "end", "hours", "edges"),
    [
        (10, 20, [], [(10, 20)]),  # inside an hour
        (30, 60, [], [(30, 60)]),  # up to its end
        (60, 90, [], [(60, 90)]),
        (30, 90, [], [(30, 60), (60, 90)]),  # over the full hour, with none in it
        (60, 120, [(60, 120)], []),
        (59, 121, [(60, 120)], [(59, 60), (120, 121)]),
        (60, 121, [(60, 120)], [(120, 121)]),
        (-90, 60, [(-60, 0), (0, 60)], [(-90, -60)]),  # over midnight, before 1970
    ],
)
def test_hours_and_edges(start, end, hours, edges):
    """Hours end at midnight; edges end at the hour."""
    parts = cut(np.array([start, end]) * MINUTE)
    assert told(parts.days) == []
    assert [row[1:] for row in told(parts.hours)] == hours
    assert [row[1:] for row in told(parts.edges)] == edges


def test_each_bucket_is_cut_for_itself():
    """A day and an hour, half an hour, and the half hour after it."""
    parts = cut(np.array([0, 1500, 1530, 1560]) * MINUTE)
    assert told(parts.days) == [(0, 0, 1440)]
    assert told(parts.hours) == [(0, 1440, 1500)]
    assert told(parts.edges) == [(1, 1500, 1530), (2, 1530, 1560)]


def test_aligned_keeps_the_buckets():
    """Of two stretches one holds a day."""
    whole, left = aligned(segments((4, 60, 120), (7, 1380, 2940)), DAY)
    assert told(whole) == [(7, 1440, 2880)]
    assert told(left) == [(4, 60, 120), (7, 1380, 1440), (7, 2880, 2940)]


def test_neighbours_that_touch_are_joined():
    """In any order; one lies inside of another, and a minute parts."""
    parts = segments((3, 50, 60), (0, 0, 30), (1, 30, 40), (2, 5, 10), (4, 41, 50))
    start, end = parts.joined()
    assert (start // MINUTE).tolist() == [0, 41]
    assert (end // MINUTE).tolist() == [40, 60]


def test_the_farthest_end_counts():
    """A short stretch inside a long one does not end it."""
    start, end = segments((0, 0, 100), (1, 10, 20), (2, 90, 110), (3, 111, 112)).joined()
    assert ((start // MINUTE).tolist(), (end // MINUTE).tolist()) == ([0, 111], [110, 112])


def test_nothing_is_joined_to_nothing():
    """No stretch, no stretch."""
    start, end = segments().joined()
    assert (len(start), len(end)) == (0, 0)
    assert start.dtype == end.dtype == np.int64


def test_a_bit_for_each_hour():
    """The first hour, the last two, and the whole of a day."""
    day, bits = hour_bits(segments((0, 0, 60), (0, 1440 + 22 * 60, 2880), (0, 2880, 4320)))
    assert (day // DAY).tolist() == [0, 1, 2]
    assert bits.tolist() == [1, 0b11 << 22, (1 << 24) - 1]


EDGES = st.lists(st.integers(-3 * 24 * 60, 4 * 24 * 60), min_size=2, max_size=8, unique=True).map(
    sorted
)


@given(EDGES, st.sampled_from([MINUTE, 15 * MINUTE, HOUR, MINUTE - 7]))
def test_parts_are_apart_aligned_and_fill_their_bucket(edges, unit):
    """Days are whole days, hours whole hours of one day, edges parts of one hour."""
    bounds = np.array(edges) * unit
    parts = cut(bounds)
    every = [
        row for part in parts for row in zip(*(column.tolist() for column in part), strict=True)
    ]
    for bucket in range(len(bounds) - 1):
        mine = sorted((start, end) for number, start, end in every if number == bucket)
        assert (mine[0][0], mine[-1][1]) == (bounds[bucket], bounds[bucket + 1])
        assert all(before[1] == after[0] for before, after in pairwise(mine))
        assert all(start < end for start, end in mine)
    assert not (parts.days.start % DAY).any()
    assert not (parts.days.end % DAY).any()
    assert not (parts.hours.start % HOUR).any()
    assert not (parts.hours.end % HOUR).any()
    assert (parts.hours.start // DAY == (parts.hours.end - 1) // DAY).all()
    assert (parts.hours.end - parts.hours.start < DAY).all()
    assert (parts.edges.start // HOUR == (parts.edges.end - 1) // HOUR).all()
    assert (parts.edges.end - parts.edges.start < HOUR).all()


@given(EDGES)
def test_bits_name_the_hours(edges):
    """Each stretch of hours sets the bits of just these."""
    hours = cut(np.array(edges) * MINUTE).hours
    day, bits = hour_bits(hours)
    for start, end, of_day, of_hours in zip(hours.start, hours.end, day, bits, strict=True):
        named = {int(of_day) + hour * HOUR for hour in range(24) if int(of_hours) >> hour & 1}
        assert named == set(range(int(start), int(end), HOUR))


@given(EDGES)
def test_joined_is_the_union(edges):
    """Cut and joined again, buckets without a hole are one stretch."""
    bounds = np.array(edges) * MINUTE
    parts = [np.concatenate(column) for column in zip(*cut(bounds), strict=True)]
    start, end = Segments(*parts).joined()
    assert (start.tolist(), end.tolist()) == ([bounds[0]], [bounds[-1]])

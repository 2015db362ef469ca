"""The closed form against its definition, in Python's own integers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import FrameError
from analytics.spread import (
    MAX_SPAN_MICROSECONDS,
    Runs,
    expand,
    first_in,
    microsecond,
    microseconds,
    occurrences_before,
    occurrences_in,
    runs,
    timestamps,
)
from analytics.window import Window

SUSPECT_LIFE = 400 * 86_400 * 10**6
BASE = datetime(2026, 11, 21, tzinfo=UTC)


def one_run(start: int, span: int, count: int) -> Runs:
    """Make a single run."""
    return Runs(*(np.array([value], dtype=np.int64) for value in (0, start, span, count)))


def defined_times(row: dict[str, object]) -> list[datetime]:
    """List every occurrence of a point, one by one, as the definition says."""
    n, time, birth, previous = (row[k] for k in ("occurrences", "time", "birth", "previous_time"))
    start = birth if previous is None else previous
    if time <= start:
        return [time] * n
    alone = [birth] if previous is None and n else []
    rest = n - len(alone)
    span = (time - start) // timedelta(microseconds=1)
    spread = [start + timedelta(microseconds=k * span // rest) for k in range(1, rest + 1)]
    return alone + spread


moments = st.integers(-2000, 2000).map(lambda us: BASE + timedelta(microseconds=us))
row = st.fixed_dictionaries(
    {
        "occurrences": st.integers(0, 40),
        "time": moments,
        "birth": moments,
        "previous_time": st.none() | moments,
        "counted": st.sampled_from([True, True, True, False]),
    }
)
rows = st.lists(row, max_size=6)


@settings(deadline=None)
@given(
    st.integers(1, 864_000),
    st.integers(1, SUSPECT_LIFE),
    st.data(),
)
def test_before_is_exact_where_64_bits_overflow(count, span, data):
    """The limbs agree with big integers for every count and span that is not suspect."""
    elapsed = data.draw(st.integers(-1, span + 1))
    expected = min(max((count * elapsed - 1) // span, 0), count) if elapsed >= 1 else 0
    assert one_run(17, span, count).before(17 + elapsed).tolist() == [expected]


@settings(deadline=None)
@given(st.integers(1, 2**31 - 1), st.integers(1, MAX_SPAN_MICROSECONDS), st.data())
def test_before_inverts_time_of(count, span, data):
    """Just after occurrence k there are at least k before, at it fewer than k."""
    number = data.draw(st.integers(1, count))
    run = one_run(0, span, count)
    time = int(run.time_of(np.array([number]))[0])
    assert time == number * span // count
    assert run.before(time)[0] < number <= run.before(time + 1)[0]


@settings(deadline=None)
@given(rows, moments)
def test_occurrences_before_follows_the_definition(points, given_rows, instant):
    """Counting by the formula equals listing every occurrence."""
    expected = [
        sum(time < instant for time in defined_times(r)) if r["counted"] else 0 for r in given_rows
    ]
    assert occurrences_before(points(*given_rows), instant).tolist() == expected


@settings(deadline=None)
@given(rows, st.lists(moments, min_size=2, max_size=8, unique=True).map(sorted))
def test_occurrences_in_follows_the_definition(points, given_rows, edges):
    """Each bucket holds the occurrences from its start up to, not including, its end."""
    expected = [
        (number, bucket, inside)
        for number, r in enumerate(given_rows)
        if r["counted"]
        for bucket, (start, end) in enumerate(pairwise(edges))
        if (inside := sum(start <= time < end for time in defined_times(r)))
    ]
    found = occurrences_in(points(*given_rows), pd.DatetimeIndex(edges).as_unit("us"))
    assert list(found.itertuples(index=False, name=None)) == expected


@settings(deadline=None)
@given(rows, st.lists(moments, min_size=2, max_size=2, unique=True).map(sorted))
def test_first_is_the_earliest_inside_the_window(points, given_rows, bounds):
    """It is missing where none lies inside."""
    window = Window.between(*bounds, "UTC")
    frame = points(*given_rows)
    inside = [
        [t for t in defined_times(r) if window.start <= t < window.end] if r["counted"] else []
        for r in given_rows
    ]
    assert [None if pd.isna(t) else t.to_pydatetime() for t in first_in(frame, window)] == [
        min(times) if times else None for times in inside
    ]


def test_ten_occurrences_in_ten_minutes_end_each_minute(points, at):
    """The tenth lies at the point's time itself, so half past holds half of the others."""
    frame = points({"previous_time": "00:00", "time": "00:10", "occurrences": 10})
    before = [occurrences_before(frame, at(t))[0] for t in ("00:01", "00:05:30", "00:10")]
    assert before == [0, 5, 9]
    assert occurrences_before(frame, at("00:10") + timedelta(microseconds=1))[0] == 10


def test_first_point_has_one_occurrence_at_birth(points, at):
    """Count 4 born at 01:00 and last seen at 02:00 is 01:00, 01:20, 01:40 and 02:00."""
    frame = points({"birth": "01:00", "time": "02:00", "occurrences": 4})
    found = occurrences_in(frame, pd.date_range(at("01:00"), at("03:00"), freq="20min"))
    assert found["bucket"].tolist() == [0, 1, 2, 3]
    assert found["occurrences"].tolist() == [1, 1, 1, 1]


def test_a_point_before_its_birth_lies_at_its_own_time(points, at):
    """A birth ahead of the clock moves nothing into the future."""
    frame = points({"birth": "22 09:00", "time": "09:00", "occurrences": 3})
    assert occurrences_before(frame, at("09:00:01")).tolist() == [3]


def test_long_sparse_and_dense_points_stay_small(points, at):
    """A year of minutes meets two occurrences twice, and 864,000 occurrences in one bucket once."""
    edges = pd.date_range(at("00:00"), periods=500_000, freq="min")
    frame = points(
        {"previous_time": "00:00", "time": edges[-2].to_pydatetime(), "occurrences": 2},
        {"previous_time": "00:00:01", "time": "00:00:30", "occurrences": 864_000},
    )
    assert occurrences_in(frame, edges)["occurrences"].tolist() == [1, 1, 864_000]


def test_a_span_that_would_overflow_is_refused(points):
    """A frame that breaks the store's promise raises instead of counting wrong."""
    old = datetime(2020, 1, 1, tzinfo=UTC)
    frame = points({"birth": old, "time": "00:00", "occurrences": 2})
    with pytest.raises(FrameError, match="814 days"):
        runs(frame)


def test_microseconds_survive_the_way_there():
    """Times keep their last digit."""
    moment = datetime(2026, 11, 21, 1, 2, 3, 456_789, tzinfo=UTC)
    assert microseconds(pd.DatetimeIndex([moment]))[0] % 10**6 == 456_789


def test_the_runs_of_a_first_point(points, at):
    """Of four, one lies at the birth and three are spread over the hour after it."""
    found = runs(points({"birth": "01:00", "time": "02:00", "occurrences": 4}))
    start = microsecond(at("01:00"))
    assert found.row.tolist() == [0, 0]
    assert found.start.tolist() == [start, start]
    assert found.span.tolist() == [3600 * 10**6, 0]
    assert found.count.tolist() == [3, 1]


def test_814_days_are_exact_and_815_are_refused(points, at):
    """The last of a million lies at the end, whatever the span."""
    end = at("00:00")
    frame = points(
        {"previous_time": end - timedelta(days=814), "time": end, "occurrences": 1_000_000}
    )
    assert occurrences_before(frame, end).tolist() == [999_999]
    assert occurrences_before(frame, end - timedelta(days=407)).tolist() == [499_999]
    frame["previous_time"] -= pd.Timedelta(days=1)
    with pytest.raises(FrameError):
        runs(frame)


def test_first_keeps_the_index(points, day):
    """Whatever was selected before, the answer stands beside its point."""
    frame = points({"time": "01:00"}, {"time": "20 02:00"}).set_index(pd.Index([7, 3]))
    first = first_in(frame, day)
    assert first.dropna().to_dict() == {7: frame["time"][7]}
    assert first.name == "first"


def test_ranges_end_to_end():
    """Lengths of 2, 0 and 3: which range, and which place in it."""
    owner, place = expand(np.array([2, 0, 3]))
    assert owner.tolist() == [0, 0, 2, 2, 2]
    assert place.tolist() == [0, 1, 0, 1, 2]


def test_times_before_1970_count_down():
    """A microsecond before the epoch is -1, there and back."""
    moment = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert microsecond(moment) == -1
    assert timestamps(np.array([-1]))[0] == moment


def test_three_in_two_microseconds():
    """At 0, 1 and 2: floor(k * 2 / 3)."""
    run = one_run(0, 2, 3)
    assert [run.before(instant).tolist() for instant in range(-1, 5)] == [
        [0],
        [0],
        [1],
        [2],
        [3],
        [3],
    ]


def test_the_middle_of_many():
    """Number 100,000 of 200,000 lies at half the span, cut to the microsecond."""
    assert one_run(0, 10**9 + 7, 200_000).time_of(np.array([100_000])).tolist() == [500_000_003]


def test_a_first_point_of_one_or_none(points, at):
    """One lies at the birth and nothing after it; none lies nowhere."""
    born = {"birth": "01:00", "time": "02:00"}
    frame = points(born | {"occurrences": 1}, born | {"occurrences": 0})
    assert occurrences_before(frame, at("01:30")).tolist() == [1, 0]
    assert runs(frame).count.tolist() == [1]


def test_few_in_many_buckets_that_begin_later(points, at):
    """Of four, one an hour, the second and the third lie between 01:30 and 03:30."""
    frame = points({"previous_time": "00:00", "time": "04:00", "occurrences": 4})
    found = occurrences_in(frame, pd.date_range(at("01:30"), at("03:30"), freq="min"))
    assert found.to_dict("list") == {"row": [0, 0], "bucket": [30, 90], "occurrences": [1, 1]}


def test_many_in_uneven_buckets(points, at):
    """The ten minutes after 01:30 have none of 01:00, 02:00 and 03:00, and no row."""
    frame = points({"previous_time": "00:00", "time": "03:00", "occurrences": 3})
    edges = pd.DatetimeIndex([at(text) for text in ("00:00", "01:30", "01:40", "04:00")])
    found = occurrences_in(frame, edges)
    assert found.to_dict("list") == {"row": [0, 0], "bucket": [0, 2], "occurrences": [1, 2]}


def test_microseconds_of_other_units():
    """Seconds and nanoseconds are turned into microseconds."""
    second = pd.DatetimeIndex(["1970-01-01T00:00:01Z"])
    assert [microseconds(second.as_unit(unit))[0] for unit in ("s", "ns")] == [10**6, 10**6]

"""Points become the rows of the roll-up, by hand."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cells import GAP, NEVER_BEGUN, NEVER_ENDED, cells
from analytics.rolling_up import COUNTS, DAY, HOUR, QUARTER, SLOT, roll_up, slots
from analytics.spread import microsecond, microseconds
from tests.effort import examples

MINUTE = HOUR // 60
WIDTH = 5 * MINUTE


@pytest.fixture(scope="module")
def facts(points):
    """Build what `roll_up` takes; keys, reasons and objects are numbers."""

    def built(*rows):
        known = {"key": 1, "reason_id": 1, "object": 0, "settled": False}
        texts = [{k: v for k, v in row.items() if k not in known} for row in rows]
        numbers = {
            name: np.array([row.get(name, default) for row in rows], dtype=type(default))
            for name, default in known.items()
        }
        return points(*texts).assign(**numbers)

    return built


@pytest.fixture
def span(at):
    """Return times of the day in microseconds."""
    return lambda *times: tuple(microsecond(at(time)) for time in times)


def records(frame, *columns):
    """Return rows as tuples."""
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_units():
    """Microseconds."""
    assert (HOUR, DAY, QUARTER) == (3_600_000_000, 24 * 3_600_000_000, 900_000_000)
    assert timedelta(minutes=5) == SLOT


def test_hours_and_quarters(facts, span):
    """Every five minutes from 00:05 to 01:20; another key of the reason at 00:20 and 02:20."""
    rolled = roll_up(
        facts(
            {"previous_time": "00:00", "time": "01:20", "occurrences": 16},
            {"time": "00:20", "key": 2},
            {"time": "01:50", "key": 3, "reason_id": 4},
            {"time": "02:20", "key": 2},
        ),
        *span("00:00", "02:00"),
        GAP,
    )
    columns = ("key", "bucket", "occurrences", "begun", "continued")
    assert records(rolled.hours, *columns) == [
        (1, 0, 11, 1, False),
        (1, 1, 5, 0, True),
        (2, 0, 1, 1, False),
        (3, 1, 1, 1, False),
    ]
    [midnight] = span("00:00")
    quarters = rolled.quarters.assign(quarter=(rolled.quarters["quarter"] - midnight) // QUARTER)
    assert records(quarters, "quarter", "reason_id", "occurrences") == [
        (0, 1, 2),
        (1, 1, 3 + 1),
        (2, 1, 3),
        (3, 1, 3),
        (4, 1, 3),
        (5, 1, 2),
        (7, 4, 1),
    ]
    assert str(rolled.quarters["reason_id"].dtype) == "int64"


def test_hours_begin_where_the_stretch_does(facts, span):
    """Before it lies what tells that an episode goes on, and nothing that counts."""
    frame = facts(
        {"previous_time": "04:30", "time": "05:30", "occurrences": 60, "object": 9},
        {"time": "06:00", "object": 9},
    )
    start, end = span("05:00", "06:00")
    rolled = roll_up(frame, start, end, GAP)
    columns = ("bucket", "occurrences", "begun", "continued")
    assert records(rolled.hours, *columns) == [(0, 31, 0, True)]
    assert records(rolled.quarters, "quarter", "occurrences") == [
        (start, 15),
        (start + QUARTER, 15),
        (start + 2 * QUARTER, 1),
    ]
    assert records(rolled.objects, "hours") == [(1 << 5,)]
    frame = facts({"time": "04:57"}, {"time": "05:00"})
    assert roll_up(frame, start, end, timedelta(minutes=2)).hours["begun"].tolist() == [1]
    assert roll_up(frame, start, end, timedelta(minutes=3)).hours["begun"].tolist() == [0]


def test_objects_have_a_bit_for_each_hour(facts, span):
    """At 1 and 23 o'clock, the day after at midnight; what has no name is no object."""
    frame = facts(
        {"time": "01:10", "object": 5},
        {"time": "01:20", "object": 5},
        {"time": "23:59", "object": 5},
        {"time": "22 00:00", "object": 5},
        {"time": "01:00", "object": 6, "key": 2},
        {"time": "02:00", "object": 6},
        {"time": "03:00"},
        {"time": "04:00", "object": 7, "counted": False},
    )
    start, end = span("00:00", "22 01:00")
    found = roll_up(frame, start, end, GAP).objects
    assert records(
        found.assign(day=(found["day"] - start) // DAY), "day", "key", "object", "hours"
    ) == [
        (0, 1, 5, 1 << 1 | 1 << 23),
        (0, 1, 6, 1 << 2),
        (0, 2, 6, 1 << 1),
        (1, 1, 5, 1),
    ]


def shown(found, start):
    """Return slots as numbers and what was seen in minutes after *start*."""
    seen = {
        name: [
            None if value in (NEVER_BEGUN, NEVER_ENDED) else (value - start) / MINUTE
            for value in found[name]
        ]
        for name in ("first_seen", "last_seen")
    }
    slot = ((found["slot"] - start) // WIDTH).tolist()
    return list(zip(slot, found["reason_id"].tolist(), *seen.values(), strict=True))


def test_what_a_slot_has_seen(facts, span):
    """A first point that spreads from 00:01 to 00:09, and a later one that is seen at its time."""
    start, end = span("00:00", "01:00")
    frame = facts(
        {"birth": "00:01", "time": "00:09", "occurrences": 5},
        {"birth": "00:01", "previous_time": "00:09", "time": "00:31", "occurrences": 99},
        {"time": "00:32", "reason_id": 2},
    )
    found = slots(frame, start, end)
    assert shown(found, start) == [(0, 1, 1, 3), (1, 1, 5, 9), (6, 1, 31, 31), (6, 2, 32, 32)]
    assert found["events"].tolist() == [1, 0, 0, 1]
    assert found.columns.tolist() == ["slot", "reason_id", *COUNTS, "first_seen", "last_seen"]
    assert set(map(str, found.dtypes)) == {"int64"}


def test_what_is_not_counted_is_counted_apart(facts, span):
    """Suspect points claim occurrences; set aside are those that count nowhere and are not."""
    start, end = span("00:00", "00:05")
    frame = facts(
        {"time": "00:01", "occurrences": 7, "counted": False, "suspect": True},
        {"time": "00:02", "occurrences": 8, "counted": False, "suspect": True, "skewed": True},
        {"time": "00:03", "occurrences": 9, "counted": False},
        {"time": "00:04", "counted": False, "reason_id": 2, "skewed": True},
        {"time": "00:04", "reason_id": 3, "skewed": True},
    )
    found = slots(frame, start, end)
    assert records(found, "reason_id", *COUNTS) == [
        (1, 0, 2, 15, 1, 1),
        (2, 0, 0, 0, 1, 1),
        (3, 1, 0, 0, 0, 1),
    ]
    assert shown(found, start) == [(0, 1, None, None), (0, 2, None, None), (0, 3, 4, 4)]
    assert set(map(str, found.dtypes)) == {"int64"}


def test_an_event_begins_at_birth_or_with_an_earlier_first_point(facts, span):
    """Born at 00:07 and seen at 00:03: it began at 00:03; a settled hour is no event."""
    start, end = span("00:00", "01:00")
    frame = facts(
        {"birth": "00:07", "time": "00:03"},
        {"birth": "00:21", "time": "00:29", "counting": "settled", "settled": True},
        {"birth": "00:41", "previous_time": "00:41", "time": "00:42"},
        {"birth": "00:51", "time": "00:52", "counted": False},
    )
    found = slots(frame, start, end)
    assert found.loc[found["events"] > 0, "slot"].tolist() == [start]
    # but the settled hour was seen
    assert shown(found[found["slot"] == start + 5 * WIDTH], start) == [(5, 1, 29, 29)]


def test_half_open(facts, span):
    """What lies at the start is inside, what lies at the end is not; the slots are cut there."""
    start, end = span("00:02", "00:09")
    frame = facts({"time": "00:02"}, {"time": "00:09", "reason_id": 2}, {"time": "00:01"})
    found = slots(frame, start, end)
    assert records(found, "slot", "reason_id", "events") == [(start - 2 * MINUTE, 1, 1)]
    assert shown(found, start) == [(-1, 1, 0, 0)]
    later = facts(
        *({"birth": "00:00", "previous_time": "00:00"} | {"time": t} for t in ("00:02", "00:09"))
    )
    assert shown(slots(later, start, end), start) == [(-1, 1, 0, 0)]
    frame = facts({"birth": "00:00", "time": "00:19", "occurrences": 20})  # one a minute
    found = slots(frame, start, end)
    assert shown(found, start - 2 * MINUTE) == [(0, 1, 2, 4), (1, 1, 5, 8)]
    assert found["events"].tolist() == [0, 0]


def test_occurrences_of_a_first_point_further_apart_than_a_slot(facts, span):
    """One every six minutes: each of them is seen where it lies."""
    start, end = span("00:00", "01:00")
    frame = facts({"birth": "00:00", "time": "00:18", "occurrences": 4})
    assert shown(slots(frame, start, end), start) == [
        (0, 1, 0, 0),
        (1, 1, 6, 6),
        (2, 1, 12, 12),
        (3, 1, 18, 18),
    ]


def test_nothing_in_nothing_out(facts, span):
    """Empty frames with their columns."""
    rolled = roll_up(facts(), *span("00:00", "02:00"), GAP)
    frames = (rolled.hours, rolled.quarters, rolled.objects, rolled.slots)
    assert [len(frame) for frame in frames] == [0, 0, 0, 0]
    assert rolled.quarters.columns.tolist() == ["quarter", "reason_id", "occurrences"]
    assert rolled.objects.columns.tolist() == ["day", "key", "object", "hours"]
    assert {str(dtype) for frame in frames[1:] for dtype in frame.dtypes} == {"int64"}


ROWS = st.lists(
    st.tuples(
        st.integers(-60, 300),  # start [min]
        st.sampled_from([0, 0, 3, 5, 40, 200]),  # length [min]
        st.integers(1, 60),
        st.booleans(),  # the first point of its event
        st.integers(1, 3),  # object and reason
        st.booleans(),
    ),
    max_size=7,
)


@pytest.fixture(scope="module")
def drawn(facts, day):
    """Turn drawn rows into points."""
    minute = timedelta(minutes=1)

    def built(rows):
        return facts(
            *(
                {
                    "birth": day.start + start * minute,
                    "previous_time": None if first else day.start + start * minute,
                    "time": day.start + (start + length) * minute,
                    "occurrences": count,
                    "object": number - 1,
                    "reason_id": number,
                    "key": number + 5,
                    "counted": counted,
                }
                for start, length, count, first, number, counted in rows
            )
        )

    return built


@settings(max_examples=examples(15), deadline=None)
@given(ROWS)
def test_all_parts_say_the_same(drawn, day, rows):
    """Hours are the cells of hours; quarters add up to them; objects have the bits of both."""
    frame, start = drawn(rows), microsecond(day.start)
    rolled = roll_up(frame, start, start + 5 * HOUR, GAP)
    hours = cells(frame, np.arange(start, start + 6 * HOUR, HOUR))
    pd.testing.assert_frame_equal(rolled.hours, hours)
    quarters = rolled.quarters.assign(hour=(rolled.quarters["quarter"] - start) // HOUR)
    summed = quarters.groupby(["reason_id", "hour"])["occurrences"].sum()
    assert summed.to_dict() == {
        (key - 5, bucket): count
        for key, bucket, count in records(hours, "key", "bucket", "occurrences")
    }
    bits = {
        (row.key, hour)
        for row in rolled.objects.itertuples()
        for hour in range(24)
        if row.hours >> hour & 1
    }
    assert bits == {(key, bucket) for key, bucket in records(hours, "key", "bucket") if key > 6}


@settings(max_examples=examples(15), deadline=None)
@given(ROWS, st.integers(1, 299))
def test_slots_of_two_halves_are_those_of_the_whole(drawn, day, rows, middle):
    """Wherever a stretch is cut, inside a slot too."""
    frame, start = drawn(rows), microsecond(day.start)
    cut, end = start + middle * MINUTE, start + 300 * MINUTE
    rules = dict.fromkeys(COUNTS, "sum") | {"first_seen": "min", "last_seen": "max"}
    halves = pd.concat([slots(frame, start, cut), slots(frame, cut, end)])
    together = halves.groupby(["slot", "reason_id"]).agg(rules).reset_index()
    whole = slots(frame, start, end)
    pd.testing.assert_frame_equal(together, whole)
    firsts = frame[frame["counted"] & frame["previous_time"].isna()]
    begun = microseconds(firsts["birth"])
    assert whole["events"].sum() == ((begun >= start) & (begun < end)).sum()

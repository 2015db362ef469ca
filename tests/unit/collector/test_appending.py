"""Points that can be added as they are, and those that must not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collector.appending import Appender, Last
from collector.batch import by_event
from collector.observation import Observation
from tests.binary_rows import number, read_rows
from tests.factories import PLAIN, T0, observe

MINUTE = 60_000_000  # microseconds
START = 9_501 * 1440 * MINUTE  # from 2000-01-01 to 2026-01-05 are 9,501 days
LAST = Last(
    cumulative=4,
    time=T0,
    received=PLAIN.received,
    source="file",
    message=PLAIN.message,
    event_message=PLAIN.message,
)


def appended(observations: list[Observation], last: Last | None = None) -> list[object] | None:
    """Return (count, occurrences, minutes of the time before, message) of each point."""
    [event] = by_event(observations)
    new = Appender()
    if not new.add(event, last):
        assert len(new) == 0
        return None
    rows = read_rows(new.rows())
    assert len(rows) == len(new)
    return [
        (
            number(row[2]),
            number(row[5]),
            None if row[6] is None else (number(row[6]) - START) // MINUTE,
            None if row[8] is None else row[8].decode(),
        )
        for row in rows
    ]


def test_a_point_stands_for_what_its_count_has_grown_by() -> None:
    """Counts 3, 5 and 9 of a new event stand for 3, 2 and 4, each since the one before."""
    seen = [observe(9, 30), observe(3, 10), observe(5, 20)]
    assert appended(seen) == [(3, 3, None, None), (5, 2, 10, None), (9, 4, 20, None)]


def test_points_go_on_from_the_stored_one() -> None:
    """With 4 stored at 0 min, 6 stands for two since then."""
    assert appended([observe(6, 10)], LAST) == [(6, 2, 0, None)]


def test_a_time_before_that_is_far_ahead_is_read_as_its_receipt() -> None:
    """A claim of an hour ahead at count 1 makes count 2 stand for the time since its receipt."""
    seen = [observe(1, 60, received=T0), observe(2, 70, received=T0)]
    assert appended(seen) == [(1, 1, None, None), (2, 1, 0, None)]
    ahead = LAST._replace(time=T0 + timedelta(hours=1), received=T0)
    assert appended([observe(5, 70)], ahead) == [(5, 1, 0, None)]


def test_a_message_is_written_where_it_is_not_the_events_own() -> None:
    """The event's own is the least one, of the batch or of the store."""
    seen = [observe(5, 1, message="b"), observe(6, 2, message="a")]
    assert appended(seen) == [(5, 5, None, "b"), (6, 1, 1, None)]
    stored = LAST._replace(message="b", event_message="a")
    assert appended([observe(5, 1, message="b"), observe(6, 2, message="a")], stored) == [
        (5, 1, 0, "b"),
        (6, 1, 1, None),
    ]


def test_a_twin_is_left_out() -> None:
    """The stored point again, and a later sighting of the same count, add nothing."""
    assert appended([observe(4)], LAST) == []
    later = observe(5, 9, received=PLAIN.received + timedelta(hours=1), source="watch")
    assert appended([observe(5, 9), later], LAST) == [(5, 1, 0, None)]


@pytest.mark.parametrize(
    "seen",
    [
        [observe(3, -1)],
        [observe(3, -1), observe(9, 1)],
        [observe(4, -1)],
        [observe(4, received=PLAIN.received - timedelta(seconds=1))],
        [observe(9, 1, message="A")],
        [observe(9, 2), observe(9, 1)],
        [observe(0)],
    ],
    ids=["below", "also below", "earlier", "received earlier", "lesser message", "twins", "zero"],
)
def test_what_says_something_of_known_points_is_left_to_sql(seen: list[Observation]) -> None:
    """Points below the last one, or a last one that changes, are not appended: none of them."""
    assert appended(seen, LAST) is None


@pytest.mark.parametrize(
    "last", [LAST._replace(source="watch"), LAST._replace(message="z", event_message="B")]
)
def test_a_last_point_that_changes_is_left_to_sql(last: Last) -> None:
    """The lesser source and the lesser message win."""
    assert appended([observe(4)], last) is None

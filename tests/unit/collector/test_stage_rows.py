"""Rows of the staging tables."""

from __future__ import annotations

from collector.batch import by_event
from collector.stage_rows import event_rows, point_rows
from tests.binary_rows import number, read_rows
from tests.factories import observe


def test_an_event_is_one_row_for_each_set_of_attributes() -> None:
    """Two events, one seen on two hosts: rows 0, 0 and 1, with the event's least message."""
    events = by_event(
        [
            observe(1, host="n1", message="b"),
            observe(2, host="n2", message="a"),
            observe(3, host="n1", message="b"),
            observe(1, name="z", host="", workload_by="lookup", redaction=1),
        ]
    )
    rows = read_rows(event_rows(events))
    assert [number(row[0]) for row in rows] == [0, 0, 1]
    assert [row[9] for row in rows[:2]] == [b"a", b"a"]
    assert [row[16] for row in rows] == [b"n1", b"n2", None]
    assert [number(row[18]) for row in rows] == [4, 4, 2]
    assert number(rows[2][19]) == 1
    assert {len(row) for row in rows} == {20}


def test_every_observation_of_an_event_is_a_point() -> None:
    """Twins too: merging them is SQL's."""
    events = by_event([observe(2, 1), observe(2, 2), observe(1, message="")])
    rows = read_rows(point_rows(events))
    assert [number(row[2]) for row in rows] == [2, 2, 1]
    assert number(rows[1][3]) - number(rows[0][3]) == 60_000_000
    assert [row[6] for row in rows] == [events[0].observations[0].message.encode()] * 2 + [b""]

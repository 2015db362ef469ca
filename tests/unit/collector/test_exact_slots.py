"""Ten-minute slots with exact points."""

from __future__ import annotations

from datetime import timedelta

from collector.exact_slots import exact_slots, slot_start
from tests.factories import T0, observe


def test_times_of_exact_rows_give_slots_of_ten_minutes() -> None:
    """0, 9.9 and 10 minutes are two slots; another cluster has its own; requests have none."""
    seen = [
        observe(1),
        observe(2, 9.9),
        observe(3, 10),
        observe(1, cluster="other"),
        observe(1, 60, counting="requests"),
    ]
    starts = sorted((slot_start(slot), slot[1]) for slot in exact_slots(seen))
    assert starts == [
        (T0.isoformat(), "other"),
        (T0.isoformat(), "prod"),
        ((T0 + timedelta(minutes=10)).isoformat(), "prod"),
    ]


def test_slots_before_the_year_2000_begin_on_time_too() -> None:
    """1999-12-31 23:55 lies in the slot from 23:50."""
    [slot] = exact_slots([observe(1, -9_501 * 1440 - 5)])
    assert slot_start(slot) == "1999-12-31T23:50:00+00:00"

"""Tests of times in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.times import (
    between,
    clock,
    date_and_time,
    elapsed,
    short_duration,
    span,
    stretch,
    weekday_label,
)
from tests.unit.reports.digests import BERLIN, at


def test_span_is_a_first_and_a_last_time() -> None:
    """Two minutes are joined by a dash; one minute stands alone."""
    assert span(at(2, 10), at(5, 40), dated=False) == "02:10–05:40"
    assert span(at(2, 10), at(2, 10), dated=False) == "02:10"


def test_span_names_a_day_once() -> None:
    """With days, the second one is left out where it is the same."""
    assert span(at(2, 10), at(5, 40), dated=True) == "21 Nov 02:10–05:40"
    assert span(at(2, 10), at(2, 10, day=22), dated=True) == "21 Nov 02:10–22 Nov 02:10"


def test_between_two_equal_times_is_at_one() -> None:
    """Seconds apart read the same; the same clock time a day later does not."""
    later = at(2, 10).replace(second=50)
    assert between(at(2, 10), at(5, 40), dated=False) == "between 02:10 and 05:40"
    assert between(at(2, 10), later, dated=False) == "at 02:10"
    assert between(at(2, 10), at(2, 10, day=22), dated=True) == (
        "between 21 Nov 02:10 and 22 Nov 02:10"
    )


def test_seconds_are_said_where_there_are_any() -> None:
    """A window from 02:10:05 on does not begin at 02:10."""
    assert date_and_time(at(2, 10)) == "2026-11-21 02:10"
    assert date_and_time(at(2, 10).replace(second=5)) == "2026-11-21 02:10:05"


def test_stretch_ends_at_twenty_four() -> None:
    """The end of a day belongs to that day."""
    assert stretch(at(23), at(0, day=22), dated=False) == "23:00–24:00"
    assert stretch(at(0), at(0, day=22), dated=False) == "00:00–24:00"
    assert stretch(at(18), at(0, day=22), dated=True) == "21 Nov 18:00–24:00"
    assert stretch(at(0), at(0, day=22), dated=True) == "21 Nov"
    assert stretch(at(18), at(0, day=23), dated=True) == "21 Nov 18:00–22 Nov 24:00"


def test_an_hour_that_comes_twice_names_its_zone() -> None:
    """When clocks go back, 02:15 is said with its zone; 03:15 needs none."""
    once = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN)
    assert clock(once, dated=False) == "02:15 CEST"
    assert clock(once.replace(fold=1), dated=False) == "02:15 CET"
    assert clock(once.replace(hour=3), dated=False) == "03:15"
    assert span(once, once.replace(fold=1), dated=False) == "02:15 CEST–02:15 CET"


def test_elapsed_is_true_time() -> None:
    """A day on which clocks go back has 25 hours; the spring one has 23."""
    autumn = datetime(2026, 10, 25, tzinfo=BERLIN)
    spring = datetime(2026, 3, 29, tzinfo=BERLIN)
    assert elapsed(autumn, autumn + timedelta(days=1)) == "25 h"
    assert elapsed(spring, spring + timedelta(days=1)) == "23 h"
    assert elapsed(autumn, autumn + timedelta(days=7)) == "7 days 1 h"
    assert elapsed(at(2, 10), at(5, 40)) == "3 h 30 min"
    assert elapsed(at(2), at(2) + timedelta(seconds=60)) == "1 min"
    assert elapsed(at(2), at(2) + timedelta(seconds=59.4)) == "59 s"


def test_zones_off_the_hour_are_read_as_they_are() -> None:
    """A zone of 5:45 shows its own minutes."""
    kathmandu = at(0, zone=ZoneInfo("UTC")).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert clock(kathmandu, dated=True) == "21 Nov 05:45"


def test_weekdays_do_not_follow_a_locale() -> None:
    """From Monday 16 to Sunday 22 November the names are English."""
    shown = [weekday_label(at(0, day=day)) for day in range(16, 23)]
    assert shown == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"), (119.4, "119s"), (120, "2m"), (121, "2m1s"), (599, "9m59s"), (600, "10m"),
        (10_799, "179m"), (10_800, "3h"), (10_860, "3h1m"), (28_800, "8h"), (172_799, "47h"),
        (172_800, "2d"), (176_400, "2d1h"), (691_200, "8d"), (86_400_000, "1,000d"),
    ],
)  # fmt: skip
def test_a_short_duration_is_written_as_kubectl_writes_an_age(seconds: float, text: str) -> None:
    """One or two units, as many as matter, and no space that would end a column."""
    assert short_duration(seconds) == text

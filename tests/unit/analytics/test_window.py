"""Days, weeks and buckets in zones whose clocks jump."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import WindowError
from analytics.window import Window

BERLIN = "Europe/Berlin"  # 2026: +02:00 from 29 March 02:00 to 25 October 03:00
ZONES = [BERLIN, "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]

moments = st.integers(0, 10 * 365 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def berlin(text: str) -> datetime:
    """Read a clock time in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


def test_daily_is_the_last_complete_local_day():
    """At 00:30 in Berlin, still the day before in UTC, the report is on Berlin's yesterday."""
    window = Window.daily(datetime(2026, 11, 21, 23, 30, tzinfo=UTC), BERLIN)
    assert window.start == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert window.end == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert (window.period, window.report, window.so_far) == ("2026-11-21", "daily", False)
    assert window.title == "Daily digest for Saturday 21 November 2026"


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-03-30T08:00", 23.0), ("2026-10-26T08:00", 25.0), ("2026-10-27T08:00", 24.0)],
)
def test_a_day_has_its_true_hours(now, hours):
    """Elapsed time counts, not the difference of the clock readings."""
    window = Window.daily(berlin(now), BERLIN)
    assert window.hours == hours
    assert len(window.edges(60)) == hours + 1


def test_buckets_of_half_a_day_follow_the_clock():
    """On the day of 25 hours the first six hours of the clock last seven."""
    edges = Window.daily(berlin("2026-10-26T08:00"), BERLIN).edges(360)
    assert [edge.tz_convert(BERLIN).hour for edge in edges] == [0, 6, 12, 18, 0]
    assert edges[1] - edges[0] == timedelta(hours=7)


def test_weekly_is_the_last_complete_iso_week():
    """On Sunday 22 November 2026 the last complete week is 47 less one."""
    window = Window.weekly(berlin("2026-11-22T12:00"), BERLIN)
    assert (window.period, window.hours) == ("2026-W46", 168.0)
    assert window.title == (
        "Weekly digest for week 46 of 2026 (9 November 2026 to 15 November 2026)"
    )
    assert window.previous().period == "2026-W45"
    assert Window.weekly(berlin("2026-11-23T00:00"), BERLIN).period == "2026-W47"


def test_iso_years_differ_from_calendar_years():
    """Friday 1 January 2027 lies in week 53 of 2026."""
    assert Window.weekly(berlin("2027-01-04T09:00"), BERLIN).period == "2026-W53"


def test_day_so_far_is_compared_with_the_same_clock_times():
    """The day so far ends now; its previous one ends at the same time of the day before."""
    window = Window.day_so_far(berlin("2026-10-26T09:30"), BERLIN)
    assert (window.so_far, window.period, window.hours) == (True, "2026-10-26", 9.5)
    assert window.title == "Daily digest for Monday 26 October 2026 so far, until 09:30"
    before = window.previous()
    assert (before.local_end.hour, before.hours) == (9, 10.5)


def test_previous_of_any_other_window_is_as_long():
    """Ninety minutes are compared with the ninety minutes before."""
    window = Window.between(berlin("2026-11-21T00:00"), berlin("2026-11-21T01:30"), BERLIN)
    assert window.previous().end == window.start
    assert window.previous().hours == 1.5
    assert window.period == "20261121T0000-20261121T0130"
    assert window.title == "Digest from 2026-11-21 00:00 to 2026-11-21 01:30"


def test_seconds_are_part_of_a_custom_period():
    """Two windows that differ by seconds have different names."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    window = Window.between(start, start + timedelta(seconds=90), "UTC")
    assert window.period == "20261121T0000-20261121T000130"
    assert window.title == "Digest from 2026-11-21 00:00 to 2026-11-21 00:01:30"


def test_weeks_below_ten_have_one_digit():
    """Week 6 of 2026 begins on Monday 2 February; in file names it has two digits."""
    window = Window.weekly(datetime(2026, 2, 9, tzinfo=UTC), "UTC")
    assert window.title == "Weekly digest for week 6 of 2026 (2 February 2026 to 8 February 2026)"
    assert window.period == "2026-W06"


def test_a_window_knows_what_it_is():
    """Only a day that has not ended is so far."""
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    made = [Window.daily(now, "UTC"), Window.weekly(now, "UTC"), Window.day_so_far(now, "UTC")]
    made += [Window.between(now, now + timedelta(hours=1), "UTC")]
    expected = [("daily", False), ("weekly", False), ("daily", True), ("custom", False)]
    assert [(window.report, window.so_far) for window in made] == expected
    previous = [window.previous() for window in made]
    assert [(window.report, window.so_far) for window in previous] == expected
    assert [window.hours for window in previous] == [24, 168, 9, 1]


def test_above_an_hour_the_clock_counts():
    """A day of 25 hours has 25 elapsed hours, but only 24 times 61 minutes and a rest of clock."""
    day = Window.daily(berlin("2026-10-26T08:00"), BERLIN)
    assert [len(day.edges(width)) - 1 for width in (59, 60, 61)] == [26, 25, 24]


@pytest.mark.parametrize(("width", "clock"), [(23 * 60, "23:00"), (23 * 60 + 30, "23:30")])
def test_a_bucket_as_long_as_the_shortest_day(width, clock):
    """On the day of 23 hours 23 hours of the clock are not all: after them there is another."""
    edges = Window.daily(berlin("2026-03-30T08:00"), BERLIN).edges(width)
    assert edges.tz_convert(BERLIN).strftime("%H:%M").tolist() == ["00:00", clock, "00:00"]


def test_edges_are_whole_microseconds():
    """Also of a window that pandas gave its times to the nanosecond."""
    start, end = (pd.Timestamp(f"2026-11-21T0{hour}:00Z").as_unit("ns") for hour in (1, 2))
    edges = Window.between(start, end, "UTC").edges(60)
    assert str(edges.dtype) == "datetime64[us, UTC]"


def test_elapsed_buckets_begin_with_the_window():
    """Forty minutes from 00:10 on, the last of them cut."""
    start = datetime(2026, 11, 21, 0, 10, tzinfo=UTC)
    edges = Window.between(start, start + timedelta(minutes=100), "UTC").edges(40)
    assert edges.strftime("%H:%M").tolist() == ["00:10", "00:50", "01:30", "01:50"]


def test_a_hundred_thousand_buckets_fit():
    """Minutes of 100,000 minutes are allowed, of one second more they are not."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    end = start + timedelta(minutes=100_000)
    assert len(Window.between(start, end, "UTC").edges(1)) == 100_001
    with pytest.raises(WindowError, match="100,000 pieces"):
        Window.between(start, end + timedelta(seconds=1), "UTC").edges(1)


@settings(deadline=None)
@given(
    moments,
    st.integers(1, 60 * 24 * 20),
    st.integers(7, 3000),
    st.sampled_from(ZONES),
)
def test_edges_cut_the_window_without_rest(start, minutes, width, zone):
    """Edges begin and end with the window and only ever go forward."""
    window = Window.between(start, start + timedelta(minutes=minutes), zone)
    edges = window.edges(width)
    assert edges.is_monotonic_increasing
    assert edges.is_unique
    assert (edges[0], edges[-1]) == (window.start, window.end)
    assert str(edges.dtype) == "datetime64[us, UTC]"


@settings(deadline=None)
@given(
    moments,
    st.sampled_from(ZONES),
)
def test_a_day_starts_where_the_day_before_ends(now, zone):
    """Days are half-open and leave no time between them."""
    window = Window.daily(now, zone)
    assert window.previous().end == window.start
    assert window.end <= now


@pytest.mark.parametrize("zone", ["Nowhere/Town", "", "Europe", "../etc/passwd", "a\0b", "/x"])
def test_an_unknown_zone_is_named_with_an_example(zone):
    """Whatever the text, the user learns how zones look."""
    with pytest.raises(WindowError, match=r"Unknown time zone .* Europe/Berlin"):
        Window.daily(datetime(2026, 11, 21, tzinfo=UTC), zone)


def test_a_zone_is_looked_up_before_it_is_needed():
    """A window of two instants is refused too."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    with pytest.raises(WindowError, match="Unknown time zone"):
        Window.between(start, start + timedelta(hours=1), "Nowhere/Town")


def test_of_a_long_zone_the_beginning_is_named():
    """An error holds 64 characters of what somebody else wrote, and no more."""
    with pytest.raises(WindowError, match=f"time zone '{'x' * 64}';"):
        Window.daily(datetime(2026, 11, 21, tzinfo=UTC), "x" * 100)


class Nowhere(tzinfo):
    """A zone that does not know its offset."""

    def utcoffset(self, _):
        """Return none."""


def test_a_zone_without_an_offset_is_none():
    """Python calls such a time naive too."""
    with pytest.raises(WindowError, match="no time zone"):
        Window.daily(datetime(2026, 11, 21, tzinfo=Nowhere()), "UTC")


def test_a_naive_time_is_refused():
    """A time without a zone could mean anything."""
    with pytest.raises(WindowError, match="no time zone"):
        Window.daily(datetime(2026, 11, 21), "UTC")  # noqa: DTZ001


def test_an_empty_window_is_refused():
    """Start and end are the same instant, written in two zones."""
    end = datetime(2026, 11, 21, 1, tzinfo=timezone(timedelta(hours=1)))
    with pytest.raises(WindowError, match="empty"):
        Window.between(datetime(2026, 11, 21, tzinfo=UTC), end, "UTC")


def test_a_year_outside_the_calendar_is_refused():
    """Year 1 is a sentence, not an overflow."""
    with pytest.raises(WindowError, match="year 1;"):
        Window.between(datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "UTC")


def test_the_first_and_the_last_year():
    """From 1800 to 2260, both included."""
    start, end = datetime(1800, 1, 1, tzinfo=UTC), datetime(2260, 12, 31, tzinfo=UTC)
    assert Window.between(start, end, "UTC").end == end


@pytest.mark.parametrize(("first", "last"), [(1799, 2260), (1800, 2261)])
def test_a_year_too_far(first, last):
    """The year before and the year after are refused."""
    start, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 12, 31, tzinfo=UTC)
    with pytest.raises(WindowError, match=r"between 1800 and 2260\."):
        Window.between(start, end, "UTC")


@pytest.mark.parametrize("width", [0, -5, 1])
def test_a_width_that_does_not_fit_is_refused(width):
    """Nothing is cut into pieces of zero minutes, nor a year into minutes."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(WindowError, match=r"[Bb]ucket"):
        Window.between(start, start + timedelta(days=365), "UTC").edges(width)


@pytest.mark.parametrize(
    ("now", "zone", "days", "hours"),
    [
        # 23 hours on 29 March 2026, 25 on 25 October
        ("2026-04-06T08:00", BERLIN, ["03-29", "03-22", "03-15", "03-08"], [23, 24, 24, 24]),
        ("2026-03-30T08:00", BERLIN, ["03-22", "03-15", "03-08", "03-01"], [24] * 4),
        ("2026-11-09T08:00", BERLIN, ["11-01", "10-25", "10-18", "10-11"], [24, 25, 24, 24]),
        ("2026-11-22T08:00", "Asia/Kathmandu", ["11-14", "11-07", "10-31", "10-24"], [24] * 4),
        # a leap day, and a year's end
        ("2024-03-08T08:00", "UTC", ["02-29", "02-22", "02-15", "02-08"], [24] * 4),
        ("2027-01-08T08:00", "UTC", ["12-31", "12-24", "12-17", "12-10"], [24] * 4),
    ],
)
def test_the_weeks_before_a_day_are_whole_local_days(now, zone, days, hours):
    """The same weekday, from local midnight to local midnight."""
    window = Window.daily(datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone)), zone)
    weeks = window.baseline()
    assert [f"{week.local_start:%m-%d}" for week in weeks] == days
    assert [week.hours for week in weeks] == hours
    assert {week.local_start.weekday() for week in weeks} == {window.local_start.weekday()}
    assert {f"{edge:%H:%M}" for w in weeks for edge in (w.local_start, w.local_end)} == {"00:00"}


def test_kathmandu_begins_its_days_at_quarter_past():
    """+05:45: midnight is 18:15 in UTC."""
    window = Window.daily(datetime(2026, 11, 22, 8, tzinfo=UTC), "Asia/Kathmandu")
    assert window.baseline()[0].start == datetime(2026, 11, 13, 18, 15, tzinfo=UTC)


def test_the_weeks_before_a_day_so_far_end_at_the_same_clock_time():
    """Noon of 29 March in Berlin is eleven hours after its midnight."""
    window = Window.day_so_far(berlin("2026-04-05T12:00"), BERLIN)
    weeks = window.baseline()
    assert [week.hours for week in weeks] == [11, 12, 12, 12]
    assert weeks[0].local_end == berlin("2026-03-29T12:00")
    assert all(week.so_far for week in weeks)


def test_the_first_week_before_a_week_is_the_previous_one():
    """A week of 169 hours among them."""
    window = Window.weekly(berlin("2026-11-03T12:00"), BERLIN)
    weeks = window.baseline()
    assert [week.period for week in weeks] == ["2026-W43", "2026-W42", "2026-W41", "2026-W40"]
    assert [week.hours for week in weeks] == [169, 168, 168, 168]
    assert weeks[0] == window.previous()


def test_the_weeks_before_a_longer_window_lie_right_before_it():
    """Eight days: four weeks end to end, 30 days the same."""
    for days in (8, 30):
        start = berlin("2026-11-01T06:30")
        weeks = Window.between(start, start + timedelta(days=days), BERLIN).baseline()
        assert [week.end for week in weeks] == [start, *(week.start for week in weeks[:-1])]
        assert weeks[-1].local_start == berlin("2026-10-04T06:30")
        assert [week.hours for week in weeks] == [168, 169, 168, 168]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-08T02:10", "2026-11-08T02:50", [2 / 3] * 4),  # 02:10 is shown twice on the 25th
        ("2026-04-05T02:10", "2026-04-05T02:50", [2 / 3] * 4),  # not shown on 29 March
        ("2026-04-05T02:30", "2026-04-05T03:10", [2 / 3] * 4),  # would end before it begins
        ("2026-04-05T01:30", "2026-04-05T03:30", [1, 2, 2, 2]),
        ("2026-11-01T02:30", "2026-11-01T03:30", [2, 1, 1, 1]),
    ],
)
def test_weeks_of_short_windows_where_clocks_are_turned(start, end, hours):
    """No week is empty, and a clock time that is skipped is an hour later."""
    weeks = Window.between(berlin(start), berlin(end), BERLIN).baseline()
    assert [week.hours for week in weeks] == pytest.approx(hours)


def test_an_hour_that_is_shown_twice_has_weeks_of_an_hour():
    """From 02:30 to 02:30 an hour later; on other days the clock shows no time between."""
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    window = Window.between(start, start + timedelta(hours=1), BERLIN)
    assert [week.hours for week in window.baseline()] == [1] * 4
    assert window.baseline()[0].start == datetime(2026, 10, 18, 0, 30, tzinfo=UTC)


def test_earlier_are_the_four_weeks_before_the_previous_period():
    """From 28 local days before it up to it."""
    earlier = Window.daily(berlin("2026-11-09T08:00"), BERLIN).earlier()
    assert (earlier.local_start, earlier.local_end) == (
        berlin("2026-10-10T00:00"),
        berlin("2026-11-07T00:00"),
    )
    assert earlier.hours == 28 * 24 + 1


@settings(deadline=None)
@given(moments, st.integers(1, 30 * 24 * 60), st.sampled_from(ZONES))
def test_weeks_are_in_order_and_apart(start, minutes, zone):
    """None is empty, and all are over when the window begins, unless it is turned into itself."""
    window = Window.between(start, start + timedelta(minutes=minutes), zone)
    weeks = window.baseline()
    edges = [edge for week in reversed(weeks) for edge in (week.start, week.end)]
    assert len(weeks) == 4
    assert all(week.hours > 0 for week in weeks)
    overlap = timedelta(hours=1)  # of windows of seven days in whose weeks the clocks are turned
    assert all(late - early > -overlap for early, late in pairwise(edges))
    assert weeks[0].end - window.start <= overlap

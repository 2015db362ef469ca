"""The half-open stretch of time that a report covers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.date_words import full_day, weekday
from analytics.errors import WindowError
from analytics.language import say

Report = Literal["daily", "weekly", "custom"]

FIRST_YEAR, LAST_YEAR = 1800, 2260
MAX_BUCKETS = 100_000
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """The times ``start <= t < end``, kept in UTC, with the zone whose days and hours are meant.

    Parameters
    ----------
    start, end
        Aware datetimes of any zone; both are turned into UTC.
    timezone
        IANA name of the report's zone, such as ``Europe/Berlin``.
    report
        What the window is: a local day, an ISO week, or anything else.
    so_far
        The window is a local day that has not ended yet.

    Raises
    ------
    WindowError
        A time is naive or outside the years 1800 to 2260, the window is empty, or the zone is
        unknown.

    Examples
    --------
    >>> now = datetime(2026, 10, 26, 8, tzinfo=UTC)
    >>> window = Window.daily(now, "Europe/Berlin")  # the day on which summer time ended
    >>> window.period, window.hours
    ('2026-10-25', 25.0)
    """

    start: datetime
    end: datetime
    timezone: str
    report: Report = "custom"
    so_far: bool = False

    def __post_init__(self) -> None:
        zone_of(self.timezone)
        object.__setattr__(self, "start", _utc(self.start, "start"))
        object.__setattr__(self, "end", _utc(self.end, "end"))
        if self.start >= self.end:
            raise WindowError(
                f"The window is empty: its start {self.start:%Y-%m-%d %H:%M:%S} UTC is not before "
                f"its end {self.end:%Y-%m-%d %H:%M:%S} UTC; choose an earlier start."
            )

    @classmethod
    def daily(cls, now: datetime, timezone: str) -> Window:
        """Return the last local day that was complete at *now*."""
        today = _local(now, timezone).date()
        return cls._days(today - timedelta(days=1), today, timezone, "daily")

    @classmethod
    def day_so_far(cls, now: datetime, timezone: str) -> Window:
        """Return the local day of *now*, from its midnight up to *now*."""
        midnight = _midnight(_local(now, timezone).date(), timezone)
        return cls(midnight, now, timezone, "daily", so_far=True)

    @classmethod
    def weekly(cls, now: datetime, timezone: str) -> Window:
        """Return the last ISO week, Monday to Sunday, that was complete at *now*."""
        today = _local(now, timezone).date()
        monday = today - timedelta(days=today.weekday())
        return cls._days(monday - timedelta(days=7), monday, timezone, "weekly")

    @classmethod
    def between(cls, start: datetime, end: datetime, timezone: str) -> Window:
        """Return the window from *start*, inclusive, to *end*, exclusive."""
        return cls(start, end, timezone)

    @classmethod
    def _days(cls, first: date, after: date, timezone: str, report: Report) -> Window:
        return cls(_midnight(first, timezone), _midnight(after, timezone), timezone, report)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the report."""
        return zone_of(self.timezone)

    @property
    def local_start(self) -> datetime:
        """The start in the report's zone."""
        return self.start.astimezone(self.zone)

    @property
    def local_end(self) -> datetime:
        """The end in the report's zone."""
        return self.end.astimezone(self.zone)

    @property
    def hours(self) -> float:
        """Elapsed hours: 23, 24 or 25 for a day in a zone with summer time [h]."""
        return (self.end - self.start) / timedelta(hours=1)

    @property
    def period(self) -> str:
        """Name of the stretch in keys and file names; a custom one has the local clock times."""
        if self.report == "daily":
            return f"{self.local_start:%Y-%m-%d}"
        if self.report == "weekly":
            return f"{self.local_start:%G-W%V}"
        return f"{_compact(self.local_start)}-{_compact(self.local_end)}"

    @property
    def title(self) -> str:
        """The heading of the report in the language in use."""
        start, end = self.local_start, self.local_end
        if self.report == "weekly":
            sunday = end - timedelta(days=1)
            week = f"{start:%V}".lstrip("0")
            return say(
                "Weekly digest for week {week} of {year} ({monday} to {sunday})",
                week=week,
                year=f"{start:%G}",
                monday=full_day(start),
                sunday=full_day(sunday),
            )
        if self.report == "custom":
            start_time, end_time = _date_and_time(start), _date_and_time(end)
            return say("Digest from {start} to {end}", start=start_time, end=end_time)
        name, day = weekday(start.weekday()), full_day(start)
        if not self.so_far:
            return say("Daily digest for {weekday} {day}", weekday=name, day=day)
        return say(
            "Daily digest for {weekday} {day} so far, until {time}",
            weekday=name,
            day=day,
            time=f"{end:%H:%M}",
        )

    def previous(self) -> Window:
        """Return the period to compare with.

        The local day or ISO week before; for a day so far the same clock times of the day before;
        for any other window the same elapsed time right before it.
        """
        first = self.local_start.date()
        if self.so_far:
            yesterday = first - timedelta(days=1)
            end = datetime.combine(yesterday, self.local_end.time(), self.zone)
            return Window(_midnight(yesterday, self.timezone), end, self.timezone, "daily", True)
        if self.report == "daily":
            return self._days(first - timedelta(days=1), first, self.timezone, "daily")
        if self.report == "weekly":
            return self._days(first - timedelta(days=7), first, self.timezone, "weekly")
        return Window(self.start - (self.end - self.start), self.start, self.timezone)

    def baseline(self) -> tuple[Window, ...]:
        """Return the four earlier weeks to compare with, the latest first.

        Of a window of at most seven days the same clock times 7, 14, 21 and 28 local days before:
        a day of 23 hours is compared with days of 24. A clock time that the clocks skip on such a
        day is an hour later there. Of a longer window the four weeks right before its start.
        Where a week is reported, the first of the four is ``previous()``, and of a window longer
        than that all four lie inside ``previous()`` or reach into it.

        Examples
        --------
        >>> window = Window.daily(datetime(2026, 11, 9, 8, tzinfo=UTC), "Europe/Berlin")
        >>> [(week.period, week.hours) for week in window.baseline()]  # summer time ended in it
        [('2026-11-01', 24.0), ('2026-10-25', 25.0), ('2026-10-18', 24.0), ('2026-10-11', 24.0)]
        """
        return tuple(self._days_before(days) for days in (7, 14, 21, 28))

    def earlier(self) -> Window:
        """Return the four weeks before the previous period: what failed in them is not new.

        Examples
        --------
        >>> window = Window.daily(datetime(2026, 11, 22, 8, tzinfo=UTC), "Asia/Kathmandu")
        >>> window.earlier().period
        '20261023T0000-20261120T0000'
        """
        end = self.previous().start
        clock = end.astimezone(self.zone).replace(tzinfo=None)
        return Window(_at(clock - timedelta(days=28), self.zone), end, self.timezone)

    def _days_before(self, days: int) -> Window:
        start, end = (edge.replace(tzinfo=None) for edge in (self.local_start, self.local_end))
        back = timedelta(days=days)
        if self.so_far:
            midnight = _midnight(start.date() - back, self.timezone)
            return Window(midnight, _at(end - back, self.zone), self.timezone, "daily", True)
        if self.report != "custom":
            first, after = start.date() - back, end.date() - back
            return self._days(first, after, self.timezone, self.report)
        if min(end - start, self.end - self.start) > WEEK:
            first_instant = _at(start - back, self.zone)
            return Window(first_instant, _at(start - back + WEEK, self.zone), self.timezone)
        moved, until = _at(start - back, self.zone), _at(end - back, self.zone)
        # a clock that is turned inside the window, or here, may leave nothing between the two
        until = until if until > moved else moved + (self.end - self.start)
        return Window(moved, until, self.timezone)

    def edges(self, width_minutes: int) -> pd.DatetimeIndex:
        """Return the edges of the buckets that the window falls into.

        Parameters
        ----------
        width_minutes
            Width of a bucket, at least 1. Up to 60 it is elapsed time from the window's start, so
            a day of 25 hours has 25 hourly buckets. Above 60 it is time on the local clock, so a
            bucket of a day ends at local midnight, whatever its length. [min]

        Returns
        -------
        pd.DatetimeIndex
            Strictly increasing edges in UTC, from ``start`` to ``end``, one more than there are
            buckets. The last bucket may be shorter than the others.

        Raises
        ------
        WindowError
            The width is below 1, or there would be more than 100,000 buckets.

        Examples
        --------
        >>> window = Window.daily(datetime(2026, 10, 26, 8, tzinfo=UTC), "Europe/Berlin")
        >>> len(window.edges(60)), len(window.edges(360))  # 25 buckets, 4 buckets
        (26, 5)
        """
        self._check_width(width_minutes)
        width = timedelta(minutes=width_minutes)
        buckets = math.ceil((self.end - self.start) / width) + 1  # one more where clocks go forward
        if width_minutes <= 60:
            inner = [self.start + number * width for number in range(1, buckets)]
        else:
            clock = self.local_start  # to which time is added as its hands move
            inner = [(clock + number * width).astimezone(UTC) for number in range(1, buckets)]
        inside = sorted({edge for edge in inner if self.start < edge < self.end})
        return pd.DatetimeIndex([self.start, *inside, self.end]).as_unit("us")

    def _check_width(self, width_minutes: int) -> None:
        if width_minutes < 1:
            raise WindowError(f"A bucket cannot be {width_minutes} minutes wide; use 1 or more.")
        if self.hours * 60 / width_minutes > MAX_BUCKETS:
            raise WindowError(
                f"Buckets of {width_minutes} minutes would cut the window into more than "
                f"{MAX_BUCKETS:,} pieces; choose wider buckets or a shorter window."
            )


def zone_of(name: str) -> ZoneInfo:
    """Return the IANA zone called *name*, or raise WindowError with a sentence for the user."""
    try:
        return ZoneInfo(name)
    # a missing name is a KeyError, a folder such as "Europe" an OSError, "../x" a ValueError
    except (KeyError, OSError, ValueError) as error:
        raise WindowError(
            f"Unknown time zone {name[:64]!r}; zones look like Europe/Berlin, Asia/Shanghai or UTC."
        ) from error


def _local(now: datetime, timezone: str) -> datetime:
    return _utc(now, "now").astimezone(zone_of(timezone))


def _at(clock: datetime, zone: ZoneInfo) -> datetime:
    return clock.replace(tzinfo=zone).astimezone(UTC)


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), zone_of(timezone))


def _utc(moment: datetime, name: str) -> datetime:
    if moment.utcoffset() is None:
        raise WindowError(
            f"The {name} of the window, {moment}, has no time zone; add an offset such as +01:00."
        )
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise WindowError(
            f"The {name} of the window lies in the year {moment.year}; "
            f"choose a time between {FIRST_YEAR} and {LAST_YEAR}."
        )
    return moment.astimezone(UTC)


def _compact(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}" if moment.second else f"{moment:%Y%m%dT%H%M}"


def _date_and_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"

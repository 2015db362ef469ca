"""Times in the words of a report: the reader's zone, and no more of a date than is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from analytics.date_words import day_of_year, short_weekday
from analytics.language import say, say_number


def date_label(moment: datetime) -> str:
    """Return the day of *moment*, such as ``21 Nov``."""
    return day_of_year(moment)


def weekday_label(moment: datetime) -> str:
    """Return the weekday of *moment*, such as ``Sat``."""
    return short_weekday(moment.weekday())


def weekday_name(number: int) -> str:
    """Return the weekday of that number, 0 for Mon."""
    return short_weekday(number)


def clock(moment: datetime, *, dated: bool) -> str:
    """Return ``02:10``, with the day if *dated*, with the zone where an hour comes twice."""
    text = f"{moment:%H:%M}"
    if moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset():
        text = f"{text} {moment.tzname()}"
    return f"{date_label(moment)} {text}" if dated else text


def date_and_time(moment: datetime) -> str:
    """Return ``2026-11-21 02:10``, with seconds where there are any."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"


def between(first: datetime, last: datetime, *, dated: bool) -> str:
    """Return ``between 02:10 and 05:40``, or ``at 02:10`` if both read the same."""
    start, end = clock(first, dated=dated), clock(last, dated=dated)
    if start == end:
        return say("at {time}", time=start)
    return say("between {start} and {end}", start=start, end=end)


def span(first: datetime, last: datetime, *, dated: bool) -> str:
    """Return ``02:10–05:40``, or one time if both read the same."""
    start = clock(first, dated=dated)
    end = clock(last, dated=dated and first.date() != last.date())
    return start if clock(first, dated=False) == end else f"{start}–{end}"


def stretch(start: datetime, end: datetime, *, dated: bool) -> str:
    """Return the half-open ``[start, end)`` as ``18:00–24:00``, or ``21 Nov`` for a whole day."""
    if not _is_midnight(end):
        return span(start, end, dated=dated)
    last_day = end - timedelta(days=1)
    if _is_midnight(start) and start.date() == last_day.date():
        return date_label(start) if dated else "00:00–24:00"
    named = f"{date_label(last_day)} " if dated and start.date() != last_day.date() else ""
    return f"{clock(start, dated=dated)}–{named}24:00"


def elapsed(start: datetime, end: datetime) -> str:
    """Return the true time between two instants: ``7 days``, ``25 h``, ``3 h 30 min``, ``15 s``."""
    seconds = elapsed_seconds(start, end)
    if seconds < 60:
        return say("{number} s", number=seconds)
    minutes = round(seconds / 60)
    days, minutes = divmod(minutes, 24 * 60) if minutes >= 48 * 60 else (0, minutes)
    hours, minutes = divmod(minutes, 60)
    parts = (
        say_number("{number} day", "{number} days", days) if days else "",
        say("{number} h", number=hours) if hours else "",
        say("{number} min", number=minutes) if minutes else "",
    )
    return " ".join(part for part in parts if part)


def elapsed_seconds(start: datetime, end: datetime) -> int:
    """Return the true time between two instants, rounded [s]."""
    # Subtracting two times of one zone would be wall-clock arithmetic, off by the clock change.
    return round((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds())


def short_duration(seconds: float) -> str:
    """Return a length of time as kubectl writes an age: in one or two units, without a space.

    >>> [short_duration(seconds) for seconds in (0.4, 119, 400, 5400, 19_000, 90_000, 700_000)]
    ['0s', '119s', '6m40s', '90m', '5h16m', '25h', '8d']
    """
    whole = round(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days:,}d"


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)

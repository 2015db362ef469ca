"""The two charts of a digest, laid out: failures by time of day, and of the last 30 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from analytics.digest import Bar, Day, Digest
from analytics.language import say, say_number
from reports.amounts import amount
from reports.chart import Rectangle, axis_marks, rectangles, run_length
from reports.times import clock, date_label, stretch, weekday_label

PLOT_HEIGHT = 140  # pixels of the bars

_MOST_TICKS = 8
_LEAST_DAYS_BETWEEN_TICKS = 8
_SATURDAY = 5

Part = Literal["", "peak", "reported", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarView:
    """One bar: what it stands for, where it is, and what is special about it."""

    when: str
    failures: str
    rectangle: Rectangle
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A label of an axis: the bucket or value it belongs to, and where it stands."""

    at: int
    label: str
    position: str  # x in per cent or y in pixels
    anchor: Literal["start", "end"] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A bar chart with everything that is written on it."""

    name: str  # unique on the page
    unit: str  # of one bar
    bar_minutes: int
    words: str  # what there is to see, in a sentence
    values: tuple[int | None, ...]  # the bare numbers, for charts of characters
    bars: tuple[BarView, ...]
    ticks: tuple[Mark, ...]
    levels: tuple[Mark, ...]
    weekends: tuple[Rectangle, ...] = ()

    @property
    def has_missing(self) -> bool:
        """Tell whether a bar stands for a stretch without data."""
        return None in self.values


def histogram_plot(digest: Digest, *, dated: bool) -> Plot:
    """Return the failures by time inside the window; no words on a quiet day."""
    bars = digest.histogram
    values = tuple(bar.failures for bar in bars)
    placed = rectangles(values, top=axis_marks(max(values, default=0))[-1], height=PLOT_HEIGHT)
    return Plot(
        name="when",
        unit=bucket_words(digest.bucket_minutes),
        bar_minutes=digest.bucket_minutes,
        words=_peak(digest.peak, dated=dated),
        values=values,
        bars=tuple(
            BarView(
                when=stretch(bar.start, bar.end, dated=dated),
                failures=amount(bar.failures),
                rectangle=rectangle,
                part="peak" if bar == digest.peak else "",
            )
            for bar, rectangle in zip(bars, placed, strict=True)
        ),
        ticks=_time_ticks(bars, dated=dated),
        levels=_levels(values),
    )


def daily_plot(digest: Digest) -> Plot:
    """Return the failures of each of the last days; days without data are empty, not zero."""
    values = tuple(day.failures for day in digest.daily)
    known = [value or 0 for value in values]
    placed = rectangles(known, top=axis_marks(max(known, default=0))[-1], height=PLOT_HEIGHT)
    columns = rectangles([PLOT_HEIGHT] * len(values), top=PLOT_HEIGHT, height=PLOT_HEIGHT)
    return Plot(
        name="days",
        unit=bucket_words(24 * 60),
        bar_minutes=24 * 60,
        words=_days_in_words(digest.daily),
        values=values,
        bars=tuple(
            BarView(
                when=say(
                    "{weekday} {date}",
                    weekday=weekday_label(day.start),
                    date=date_label(day.start),
                ),
                failures=say("no data") if day.failures is None else amount(day.failures),
                rectangle=column if day.failures is None else rectangle,
                part=_part(day, digest),
            )
            for day, rectangle, column in zip(digest.daily, placed, columns, strict=True)
        ),
        ticks=_day_ticks(digest.daily),
        levels=_levels(known),
        weekends=tuple(
            column
            for day, column in zip(digest.daily, columns, strict=True)
            if day.start.weekday() >= _SATURDAY
        ),
    )


def bucket_words(minutes: int) -> str:
    """Return the width of a bucket, such as ``hour``, ``6 hours`` or ``day``."""
    if minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return say("day") if days == 1 else say_number("{number} day", "{number} days", days)
    if minutes % 60 == 0:
        hours = minutes // 60
        return say("hour") if hours == 1 else say_number("{number} hour", "{number} hours", hours)
    return say_number("{number} minute", "{number} minutes", minutes)


def _peak(peak: Bar | None, *, dated: bool) -> str:
    if peak is None:
        return ""
    when = stretch(peak.start, peak.end, dated=dated)
    return say_number(
        "Peak {when}, {number} failure.",
        "Peak {when}, {number} failures.",
        peak.failures,
        when=when,
    )


def _days_in_words(days: tuple[Day, ...]) -> str:
    known = [(day.failures, day) for day in days if day.failures is not None]
    if not known:
        return say_number(
            "No data on any of {number} day.", "No data on any of {number} days.", len(days)
        )
    sum_of_days = sum(failures for failures, _ in known)
    total = say_number("{number} failure", "{number} failures", sum_of_days)
    if len(known) == 1:
        day = date_label(known[0][1].start)
        return say("{failures} on {date}, the only day with data.", failures=total, date=day)
    total = say_number(
        "{failures} in {number} day", "{failures} in {number} days", len(known), failures=total
    )
    missing = len(days) - len(known)
    if missing:
        total = say_number(
            "{failures}, {number} day without data",
            "{failures}, {number} days without data",
            missing,
            failures=total,
        )
    return _with_extremes(total, known)


def _with_extremes(total: str, known: list[tuple[int, Day]]) -> str:
    least, fewest = min(known, key=lambda pair: pair[0])
    greatest, most = max(known, key=lambda pair: pair[0])
    if not greatest:
        return say("{failures}.", failures=total)
    if least == greatest:
        return say("{failures}; {number} on each.", failures=total, number=amount(least))
    return say(
        "{failures}; least {least} on {day}, most {most} on {other_day}.",
        failures=total,
        least=amount(least),
        day=date_label(fewest.start),
        most=amount(greatest),
        other_day=date_label(most.start),
    )


def _part(day: Day, digest: Digest) -> Part:
    if day.failures is None:
        return "missing"
    last = (digest.end - timedelta(microseconds=1)).date()
    return "reported" if digest.start.date() <= day.start.date() <= last else ""


def _day_ticks(days: tuple[Day, ...]) -> tuple[Mark, ...]:
    """Return the Mondays, and the last day at the end of the axis."""
    last = len(days) - 1
    mondays = [
        i
        for i, day in enumerate(days)
        if day.start.weekday() == 0 and i <= last - _LEAST_DAYS_BETWEEN_TICKS
    ]
    marks = [
        Mark(at=i, label=date_label(days[i].start), position=f"{i * 100 / len(days):.2f}%")
        for i in mondays
    ]
    marks += [
        Mark(at=last, label=date_label(day.start), position="100%", anchor="end")
        for day in days[-1:]
    ]
    return tuple(marks)


def _time_ticks(bars: tuple[Bar, ...], *, dated: bool) -> tuple[Mark, ...]:
    """Return the labels under the bars: days, or every sixth hour of the clock."""
    starts = [bar.start for bar in bars]
    chosen = _landmarks(starts, dated=dated)
    if len(chosen) < 2:
        chosen = list(range(0, len(bars), max(1, len(bars) // 4)))
        dated = False
    return tuple(
        Mark(
            at=i,
            label=date_label(starts[i]) if dated else clock(starts[i], dated=False),
            position=f"{i * 100 / len(bars):.2f}%",
        )
        for i in chosen[:: run_length(len(chosen), _MOST_TICKS)]
    )


def _landmarks(starts: list[datetime], *, dated: bool) -> list[int]:
    if not dated:
        return [i for i, at in enumerate(starts) if at.hour % 6 == 0 and at.minute == 0]
    days = [i for i in range(1, len(starts)) if starts[i].date() != starts[i - 1].date()]
    has_room = not days or days[0] * _MOST_TICKS >= len(starts)
    return [0, *days] if has_room else days


def _levels(values: list[int] | tuple[int, ...]) -> tuple[Mark, ...]:
    marks = axis_marks(max(values, default=0))
    return tuple(
        Mark(
            at=mark, label=amount(mark), position=str(PLOT_HEIGHT - PLOT_HEIGHT * mark // marks[-1])
        )
        for mark in marks
    )

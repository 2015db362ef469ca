"""The last four weeks by weekday and hour, laid out: bars of four heights, and the words to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from analytics.date_words import weekday
from analytics.digest import HeatMap
from analytics.language import say
from reports.amounts import amount, rate
from reports.listing import significant
from reports.times import date_label, weekday_name
from reports.week_map import HOURS, WEEKDAYS, Cell, Week, shade_bounds, shade_of, week_map

ROW_HEIGHT = 22  # pixels
HEIGHTS = (5, 10, 15, 19)  # of the four shades
NONE_HEIGHT = 1
STEP = 10  # an hour's width in the view box
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Hours of a weekday of which nothing is known."""

    title: str
    x: str  # per cent
    width: str
    y: int  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekday:
    """One line of the map."""

    label: str
    name: str
    position: int  # of the label, in pixels
    unknown: tuple[Unknown, ...]
    failures: tuple[str, ...]  # of each hour
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """What a height stands for, and everything of that height."""

    part: str  # s1 to s4: a class of the page's style
    words: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """The map with everything that is written on it."""

    words: str  # what there is to see, in a sentence
    stretch: str  # the days that it is of
    weekdays: tuple[Weekday, ...]
    shades: tuple[Shade, ...]
    none: str  # the path of the hours in which nothing failed
    hours: tuple[str, ...]
    ticks: tuple[tuple[str, str], ...]  # position and label
    has_missing: bool
    box: str  # view box of the paths
    height: int
    week: Week

    def lines(self) -> list[str]:
        """Return the map of characters, at most 78 columns wide."""
        return week_map(self.week)


def week_view(found: HeatMap | None) -> WeekView | None:
    """Return a map laid out; None where nothing failed in all these days, or nothing is known."""
    if found is None or not any(count for line in found.failures for count in line):
        return None
    week = {
        (day, hour): _cell(found, day, hour) for day in range(WEEKDAYS) for hour in range(HOURS)
    }
    bounds = shade_bounds([cell.rate_per_hour or 0.0 for cell in week.values()])
    return WeekView(
        words=_words(week),
        stretch=f"{date_label(found.start)} – {date_label(found.end - _MOMENT)}",
        weekdays=tuple(_weekday(week, day, bounds) for day in range(WEEKDAYS)),
        shades=tuple(
            Shade(
                part=f"s{number}",
                words=f"≤ {significant(bound, 3)}",
                path=_path(week, bounds, number),
            )
            for number, bound in enumerate(bounds, start=1)
        ),
        none=_path(week, bounds, 0),
        hours=tuple(f"{hour:02}" for hour in range(HOURS)),
        ticks=tuple((f"{hour * 100 / HOURS:.2f}%", f"{hour:02}:00") for hour in range(0, HOURS, 6)),
        has_missing=any(cell.failures is None for cell in week.values()),
        box=f"0 0 {HOURS * STEP} {ROW_HEIGHT * WEEKDAYS}",
        height=ROW_HEIGHT * WEEKDAYS,
        week=week,
    )


def _cell(found: HeatMap, day: int, hour: int) -> Cell:
    failures, hours = found.failures[day][hour], found.hours[day][hour]
    per_hour = failures / hours if failures is not None and hours else None
    return Cell(failures=failures, rate_per_hour=per_hour, hours=hours)


def _words(week: Week) -> str:
    # the first of the greatest
    (day, hour), most = max(week.items(), key=lambda one: one[1].rate_per_hour or 0.0)
    return say(
        "Most on a {weekday} {hours}: {rate} on average.",
        weekday=weekday(day),
        hours=_between(hour, hour),
        rate=rate(most.rate_per_hour or 0.0),
    )


def _weekday(week: Week, day: int, bounds: tuple[float, ...]) -> Weekday:
    cells = [week[day, hour] for hour in range(HOURS)]
    known = [cell.failures for cell in cells if cell.failures is not None]
    return Weekday(
        label=weekday_name(day),
        name=weekday(day),
        position=ROW_HEIGHT * (day + 1) - 5,
        unknown=_unknown(cells, day),
        failures=tuple("–" if cell.failures is None else amount(cell.failures) for cell in cells),
        total=amount(sum(known)) if known else say("no data"),
    )


def _path(week: Week, bounds: tuple[float, ...], shade: int) -> str:
    """Return the path of all hours of a shade; 0 is none, of which neighbours are one line."""
    parts = []
    for day in range(WEEKDAYS):
        shades = [_shade(week[day, hour], bounds) for hour in range(HOURS)]
        bottom = ROW_HEIGHT * (day + 1) - 2
        height = HEIGHTS[shade - 1] if shade else NONE_HEIGHT
        for first, length in _runs(shades, shade):
            starts = range(first, first + length) if shade else [first]
            width = (1 if shade else length) * STEP - 1
            parts += [f"M{at * STEP} {bottom}h{width}v-{height}h-{width}z" for at in starts]
    return "".join(parts)


def _shade(cell: Cell, bounds: tuple[float, ...]) -> int | None:
    if cell.failures is None:
        return None
    return shade_of(cell.rate_per_hour or 0.0, bounds) if cell.failures else 0


def _runs(shades: list[int | None], wanted: int | None) -> list[tuple[int, int]]:
    """Return the first hour and the length of each run of hours of a shade."""
    grouped = groupby(range(HOURS), key=lambda hour: shades[hour])
    runs = [(shade, list(hours)) for shade, hours in grouped]
    return [(hours[0], len(hours)) for shade, hours in runs if shade == wanted]


def _unknown(cells: list[Cell], day: int) -> tuple[Unknown, ...]:
    known = [None if cell.failures is None else 0 for cell in cells]
    return tuple(
        Unknown(
            title=say(
                "{when}: {failures}",
                when=f"{weekday_name(day)} {_between(first, first + length - 1)}",
                failures=say("no data"),
            ),
            x=f"{first * 100 / HOURS:.2f}%",
            width=f"{length * 100 / HOURS:.2f}%",
            y=ROW_HEIGHT * day + 1,
        )
        for first, length in _runs(known, None)
    )


def _between(first: int, last: int) -> str:
    return f"{first:02}:00–{last + 1:02}:00"

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
HEIGHTS = (5, 9, 14, 18)  # of the four shades
NONE_HEIGHT = 1
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One hour of the week, or several on which nothing failed or of which nothing is known."""

    title: str
    part: str  # s1 to s4, none or missing: a class of the page's style
    x: str  # per cent
    y: int  # pixels
    width: str
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekday:
    """One line of the map."""

    label: str
    name: str
    position: int  # of the label, in pixels
    spots: tuple[Spot, ...]
    failures: tuple[str, ...]  # of each hour
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """What a height stands for."""

    part: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """The map with everything that is written on it."""

    words: str  # what there is to see, in a sentence
    stretch: str  # the days that it is of
    weekdays: tuple[Weekday, ...]
    shades: tuple[Shade, ...]
    hours: tuple[str, ...]
    ticks: tuple[tuple[str, str], ...]  # position and label
    has_missing: bool
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
            Shade(part=f"s{number}", words=f"≤ {significant(bound, 3)}")
            for number, bound in enumerate(bounds, start=1)
        ),
        hours=tuple(f"{hour:02}" for hour in range(HOURS)),
        ticks=tuple((f"{hour * 100 / HOURS:.2f}%", f"{hour:02}:00") for hour in range(0, HOURS, 6)),
        has_missing=any(cell.failures is None for cell in week.values()),
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
        spots=_spots(cells, day, bounds),
        failures=tuple("–" if cell.failures is None else amount(cell.failures) for cell in cells),
        total=amount(sum(known)) if known else say("no data"),
    )


def _spots(cells: list[Cell], day: int, bounds: tuple[float, ...]) -> tuple[Spot, ...]:
    """Return the spots of a line; neighbours without failures or without data are one."""
    parts = [_part(cell, bounds) for cell in cells]
    runs = groupby(
        range(HOURS), key=lambda hour: (parts[hour], hour if cells[hour].failures else -1)
    )
    spots = []
    for (part, _), run in runs:
        hours = list(run)
        spots.append(_spot(cells[hours[0]], part, day, hours[0], hours[-1]))
    return tuple(spots)


def _part(cell: Cell, bounds: tuple[float, ...]) -> str:
    if cell.failures is None:
        return "missing"
    if not cell.failures:
        return "none"
    return f"s{shade_of(cell.rate_per_hour or 0.0, bounds)}"


def _spot(cell: Cell, part: str, day: int, first: int, last: int) -> Spot:
    bottom = ROW_HEIGHT * (day + 1) - 2
    heights = {"missing": HEIGHTS[-1], "none": NONE_HEIGHT}
    height = heights.get(part) or HEIGHTS[int(part[1:]) - 1]
    counted = say("no data") if cell.failures is None else amount(cell.failures)
    when = f"{weekday_name(day)} {_between(first, last)}"
    return Spot(
        title=say("{when}: {failures}", when=when, failures=counted),
        part=part,
        x=f"{first * 100 / HOURS + 0.2:.2f}%",
        y=bottom - height,
        width=f"{(last - first + 1) * 100 / HOURS - 0.4:.2f}%",
        height=height,
    )


def _between(first: int, last: int) -> str:
    return f"{first:02}:00–{last + 1:02}:00"

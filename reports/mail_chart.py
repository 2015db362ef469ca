"""The charts of a mail: columns made of table cells, the one thing that every mail reader draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.language import say
from reports.chart import rectangles, sums
from reports.plots import Part, Plot
from reports.text import COLUMNS
from reports.text_chart import column_unit, merged
from reports.week import WeekView
from reports.week_map import HOURS, WEEKDAYS, Cell, shade_bounds, shade_of

CHART_HEIGHT = 72  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its height in pixels, 0 for none, and what is special about it."""

    height: int
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A label under the columns that it has to itself."""

    columns: int
    label: str
    align: str = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A column chart with what is written on it."""

    heading: str
    words: str  # what there is to see, in a sentence
    hint: str  # what one column stands for
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    legend: tuple[tuple[Part, str], ...] = ()  # a part and what it means


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekLine:
    """The hours of a weekday as shades: 0 for none, 1 to 4, None where nothing is known."""

    label: str
    shades: tuple[int | None, ...]
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekChart:
    """The hours of a week as coloured cells."""

    heading: str
    words: str
    hint: str
    lines: tuple[WeekLine, ...]
    ticks: tuple[Tick, ...]
    legend: tuple[tuple[int | None, str], ...]  # a shade and what it means


def histogram_chart(plot: Plot) -> tuple[Chart, ...]:
    """Return the failures by time, in as many columns as the text part has; none on a quiet day."""
    if not plot.words:
        return ()
    size = merged(plot, COLUMNS)
    counts = sums([value or 0 for value in plot.values], size)
    peaks = {i // size for i, bar in enumerate(plot.bars) if bar.part == "peak"}
    parts: list[Part] = ["peak" if i in peaks else "" for i in range(len(counts))]
    chart = Chart(
        heading=say("When"),
        words=plot.words,
        hint=say("failures per {unit}", unit=column_unit(plot, COLUMNS)),
        columns=_columns(counts, parts),
        ticks=_ticks({mark.at // size: mark.label for mark in plot.ticks}, len(counts)),
    )
    return (chart,)


def daily_chart(plot: Plot) -> tuple[Chart, ...]:
    """Return the failures of each of the last days; a day without data is a pale full column."""
    if not plot.bars:
        return ()
    half = len(plot.bars) // 2
    columns = _columns([value or 0 for value in plot.values], [bar.part for bar in plot.bars])
    drawn = {column.part for column in columns if column.height}
    meanings: list[tuple[Part, str]] = [
        ("reported", say("this digest")),
        ("missing", say("no data")),
    ]
    chart = Chart(
        heading=say("{number} days", number=len(plot.bars)),
        words=plot.words,
        hint=say("failures per day"),
        columns=columns,
        ticks=(
            Tick(columns=half, label=plot.bars[0].when),
            Tick(columns=len(plot.bars) - half, label=plot.bars[-1].when, align="right"),
        ),
        legend=tuple((part, words) for part, words in meanings if part in drawn),
    )
    return (chart,)


def week_chart(view: WeekView | None) -> WeekChart | None:
    """Return four weeks by weekday and hour; none where nothing failed in them."""
    if view is None:
        return None
    bounds = shade_bounds([cell.rate_per_hour or 0.0 for cell in view.week.values()])
    legend: list[tuple[int | None, str]] = [
        (number, shade.words) for number, shade in enumerate(view.shades, start=1)
    ]
    legend += [(None, say("no data"))] if view.has_missing else []
    return WeekChart(
        heading=say("Four weeks by hour"),
        words=view.words,
        hint=say("Failures per hour of the week, {stretch}", stretch=view.stretch),
        lines=tuple(
            WeekLine(
                label=view.weekdays[day].label,
                shades=tuple(_shade(view.week[day, hour], bounds) for hour in range(HOURS)),
                total=view.weekdays[day].total,
            )
            for day in range(WEEKDAYS)
        ),
        ticks=tuple(Tick(columns=6, label=f"{hour:02}") for hour in range(0, HOURS, 6)),
        legend=tuple(legend),
    )


def _shade(cell: Cell, bounds: Sequence[float]) -> int | None:
    if cell.failures is None:
        return None
    return shade_of(cell.rate_per_hour or 0.0, bounds) if cell.failures else 0


def _columns(counts: Sequence[int], parts: Sequence[Part]) -> tuple[Column, ...]:
    placed = rectangles(counts, top=max(1, *counts), height=CHART_HEIGHT)
    return tuple(
        Column(height=CHART_HEIGHT if part == "missing" else rectangle.height, part=part)
        for rectangle, part in zip(placed, parts, strict=True)
    )


def _ticks(labels: dict[int, str], columns: int) -> tuple[Tick, ...]:
    """Return the labels, each up to the next; before the first there may be room without one."""
    labels = labels if 0 in labels else {0: "", **labels}
    starts = list(labels)
    ends = [*starts[1:], columns]
    return tuple(
        Tick(columns=end - start, label=labels[start])
        for start, end in zip(starts, ends, strict=True)
    )

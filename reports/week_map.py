"""The hours of a week as a map of characters, with a legend of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from analytics.language import say
from reports.chart import MISSING, NOTHING
from reports.listing import significant
from reports.times import weekday_name
from reports.width import display_width, ljust

SHADES = "▂▄▆█"
STEP = 3  # each shade stands for rates up to three times those of the one before
HOURS, WEEKDAYS = 24, 7
COLUMNS = 78  # at most, totals of nine digits included

Paint = Callable[[str, int], str]  # a text and its shade, from 1; 0 is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One hour of the week."""

    failures: int | None  # None where nobody watched
    rate_per_hour: float | None
    hours: float  # that the window has of it [h]


Week = Mapping[tuple[int, int], Cell]  # by weekday, from Monday, and hour


def week_map(week: Week, *, headers: bool = True, paint: Paint = lambda text, _: text) -> list[str]:
    """Return the lines of a map: a row a weekday, two columns an hour, and what the shades mean.

    Parameters
    ----------
    week
        All 168 hours.
    headers
        Whether the first line names the hours.
    paint
        Colours a shade, on terminals; the shades say all there is to say without it.

    Returns
    -------
    list of str
        At most 78 columns wide. A cell is shaded by its failures per hour of the clock, a row ends
        with its failures. What the window does not reach is blank, ``·`` is none, ``░`` is no data.
    """
    bounds = shade_bounds([cell.rate_per_hour or 0.0 for cell in week.values()])
    head = ["     " + "".join(f"{hour:02}    " for hour in range(0, HOURS, 3)) + _total_heading()]
    lines = [_line(week, weekday, bounds, paint) for weekday in range(WEEKDAYS)]
    return [*(head if headers else []), *lines, "", *_legend(week, bounds, paint)]


def shade_bounds(rates: Sequence[float]) -> tuple[float, ...]:
    """Return the greatest rate of each shade, in rising order; () where nothing failed.

    >>> [round(bound, 2) for bound in shade_bounds([0.0, 5.0, 54.0])]
    [2.0, 6.0, 18.0, 54.0]
    """
    greatest = max(rates, default=0.0)
    if greatest <= 0:
        return ()
    return tuple(greatest / STEP**power for power in reversed(range(len(SHADES))))


def shade_of(rate: float, bounds: Sequence[float]) -> int:
    """Return the shade of a rate, from 1, given the bounds of which the last is the greatest."""
    return next(number for number, bound in enumerate(bounds, start=1) if rate <= bound)


def _total_heading() -> str:
    heading = say("FAILURES")
    return " " * (10 - display_width(heading)) + heading


def _line(week: Week, weekday: int, bounds: Sequence[float], paint: Paint) -> str:
    cells = [week[weekday, hour] for hour in range(HOURS)]
    drawn = "".join(_drawn(cell, bounds, paint) for cell in cells)
    known = [cell.failures for cell in cells if cell.failures is not None]
    is_reached = any(cell.hours or cell.failures for cell in cells)
    total = f"{sum(known):>10,}" if known and is_reached else f"{'-':>10}" if is_reached else ""
    return f"{ljust(weekday_name(weekday), 5)}{drawn}{total}".rstrip()


def _drawn(cell: Cell, bounds: Sequence[float], paint: Paint) -> str:
    if cell.failures is None:
        return MISSING * 2
    if not cell.failures:
        return f"{NOTHING} " if cell.hours else "  "
    shade = shade_of(cell.rate_per_hour or 0.0, bounds)
    return paint(SHADES[shade - 1] * 2, shade)


def _legend(week: Week, bounds: Sequence[float], paint: Paint) -> list[str]:
    failures = [cell.failures for cell in week.values()]
    shades = _shades(bounds, paint)
    rest = [f"{NOTHING} {say('none')}"] if 0 in failures else []
    rest += [f"{MISSING} {say('no data')}"] if None in failures else []
    head = say("per hour:") + " "
    line = head + "  ".join([*_shades(bounds, lambda text, _: text), *rest])
    if display_width(line) <= COLUMNS:
        return [head + "  ".join([*shades, *rest])]
    return [head + "  ".join(shades), " " * display_width(head) + "  ".join(rest)]


def _shades(bounds: Sequence[float], paint: Paint) -> list[str]:
    return [
        f"{paint(shade, number)} ≤ {significant(_up(bound), 3)}"
        for number, (shade, bound) in enumerate(zip(SHADES, bounds, strict=False), start=1)
    ]


def _up(bound: float) -> float:
    """Round up to three digits, so that what is shaded so is never more than it says."""
    scale = 10 ** (len(f"{bound:.0f}") - 3) if bound >= 1 else 0.001
    return ceil(bound / scale - 1e-9) * scale

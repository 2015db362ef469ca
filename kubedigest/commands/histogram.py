"""``kubedigest histogram``: when it failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import click
import pandas as pd
from sqlalchemy import Engine

from analytics.catalogue import Catalogue
from analytics.heat_map import heat_map
from analytics.histogram import time_histogram
from analytics.hour_of_day import hour_of_day
from analytics.known_counts import known_counts, known_hours
from analytics.load import load_coverage, load_points
from analytics.presence import Presence, presence
from analytics.rollup_source import open_rollup
from analytics.selected_source import select
from analytics.selection import Selection
from analytics.source import KEY, Source
from analytics.window import Window
from kubedigest.answering import (
    about,
    is_coloured,
    say_coverage,
    say_heading,
    say_rest,
    show,
    terminal_columns,
)
from kubedigest.errors import UsageError
from kubedigest.session import catalogue, configuration, open_store
from kubedigest.times import parse_duration
from kubedigest.window_options import Asked, Shape, answer_options, window_options
from reports.amounts import counted
from reports.groupings import GROUPINGS, Grouping
from reports.when import (
    Kind,
    bar_listing,
    data_listing,
    first_groups,
    group_listing,
    group_totals,
    map_text,
    most_first,
    peak,
)

DAY_MINUTES = 24 * 60
SHADE_COLOURS = ("green", "yellow", "bright_red", "red")  # what the shades say, once more


@click.command(name="histogram")
@window_options
@click.option(
    "--width",
    metavar="DURATION",
    help="Of a bucket [default: 1h up to three days, 6h up to two weeks, else 1d].",
)
@click.option("--hour-of-day", "by_hour", is_flag=True, help="Add up the hours of the clock.")
@click.option(
    "--heat-map",
    "by_week",
    is_flag=True,
    help="Add up the hours of the week; without a window of the last complete week.",
)
@click.option("--by", type=click.Choice(list(GROUPINGS)), help="One for each.")
@answer_options
@click.pass_context
def command(
    ctx: click.Context,
    width: str | None,
    by_hour: bool,
    by_week: bool,
    by: str | None,
    asked: Asked,
    shape: Shape,
) -> None:
    """Count the failures of the last complete day or week, or of any window, in buckets of time.

    Buckets above an hour end on the local clock, so that a day is a day where clocks change.
    --limit is for --by: the groups with most failures are shown.
    """
    kind = _kind(width, by_hour=by_hour, by_week=by_week)
    settings, window, _ = asked.settle(configuration(ctx), usual="weekly" if by_week else "daily")
    minutes = _minutes(width) if width else usual_minutes(window)
    window.edges(minutes)  # refuses a width that does not fit before anything is read
    question = _Question(kind=kind, minutes=minutes, by=by, shape=shape)
    meanings = catalogue(settings)
    engine = open_store(settings)
    spans = load_coverage(engine, window.start, window.end)
    with open_rollup(engine) as source:
        known = presence(source, spans, window, namespace=shape.only)
        narrow = select(source, Selection.of_namespace(shape.only), meanings)
        told = question.grouping is None or set(question.grouping.by) <= set(KEY)
        counts = narrow if told else _points(engine, window, shape)
        found = _counts(counts, known, question, meanings)
    _say(question, found, known)
    _show(question, found, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    kind: Kind
    minutes: int  # width of a bucket of time
    by: str | None
    shape: Shape

    @property
    def grouping(self) -> Grouping | None:
        return GROUPINGS[self.by] if self.by else None


def usual_minutes(window: Window) -> int:
    """Return the width of bucket with which a window fits on a page [min]."""
    # the extra hour is the one that a window over the end of summer time has
    if window.hours <= 3 * 24 + 1:
        return 60
    return 6 * 60 if window.hours <= 14 * 24 + 1 else DAY_MINUTES


def _kind(width: str | None, *, by_hour: bool, by_week: bool) -> Kind:
    if by_hour and by_week:
        raise UsageError("it is either --hour-of-day or --heat-map, not both")
    if width is not None and (by_hour or by_week):
        flag = "--hour-of-day" if by_hour else "--heat-map"
        raise UsageError(f"{flag} counts in hours; leave out --width")
    return "hour" if by_hour else "week" if by_week else "time"


def _minutes(width: str) -> int:
    minutes, rest = divmod(parse_duration(width, "--width"), timedelta(minutes=1))
    if rest:
        raise UsageError(f"--width {width} is not in whole minutes; write 15m, 1h or 1d")
    return minutes


def _points(engine: Engine, window: Window, shape: Shape) -> pd.DataFrame:
    """Read what the roll-up does not tell: which node an event lies on."""
    points = load_points(engine, window)
    return points if shape.only is None else points[points["namespace"] == shape.only]


def _counts(
    points: pd.DataFrame | Source, known: Presence, question: _Question, meanings: Catalogue
) -> pd.DataFrame:
    """Count, and tell 0 from what nobody watched."""
    window, by = known.window, question.grouping.by if question.grouping else ()
    if question.kind == "time":
        width = question.minutes
        counts = time_histogram(points, window, width_minutes=width, by=by, catalogue=meanings)
        found = known_counts(counts, known)
    else:
        count = hour_of_day if question.kind == "hour" else heat_map
        found = known_hours(count(points, window, by=by, catalogue=meanings), known)
    return most_first(found, by) if by else found


def _say(question: _Question, found: pd.DataFrame, known: Presence) -> None:
    failures = int(found["failures"].sum())
    most = "" if question.by else peak(found, question.kind, known.window)
    total = f"{counted(failures, 'failure')}{f', most {most}' if most else ''}"
    say_heading(known, question.shape, total)
    say_coverage(known, failures=failures)
    if question.grouping and question.by:
        say_rest(group_totals(found, question.grouping.by), question.shape, question.by)


def _show(question: _Question, found: pd.DataFrame, known: Presence) -> None:
    kind, grouping, shape = question.kind, question.grouping, question.shape
    shown = first_groups(found, grouping.by, shape.limit) if grouping else found
    if not shape.is_table:
        failures = int(found["failures"].sum())
        width = {"bucket_minutes": question.minutes} if kind == "time" else {}
        figures = about(known, failures, **width)
        show(replace(data_listing(shown, kind, known.window, grouping), about=figures), shape)
    elif kind == "week":
        text = map_text(shown, grouping, headers=not shape.no_headers, paint=_paint)
        click.echo(text, nl=False, color=is_coloured())
    elif grouping:
        show(group_listing(shown, kind, known.window, grouping), shape)
    else:
        show(bar_listing(shown, kind, known.window, terminal_columns()), shape)


def _paint(text: str, shade: int) -> str:
    return click.style(text, fg=SHADE_COLOURS[shade - 1]) if is_coloured() else text

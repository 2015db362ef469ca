"""``kubedigest top``: what failed most."""

from __future__ import annotations

import click
import pandas as pd
from sqlalchemy import Engine

from analytics.catalogue import Catalogue
from analytics.frequency import failure_frequency
from analytics.histogram import time_histogram
from analytics.hotspots import hotspots
from analytics.known_counts import known_counts, spark_minutes, sparklines
from analytics.load import load_coverage, load_points
from analytics.presence import Presence, presence
from analytics.rollup_source import open_rollup
from analytics.selected_source import select
from analytics.selection import Selection
from analytics.source import KEY, Source
from analytics.window import Window
from kubedigest.answering import say_coverage, say_heading, say_rest, show
from kubedigest.saying import say
from kubedigest.session import catalogue, configuration, open_store
from kubedigest.window_options import Asked, Shape, answer_options, window_options
from reports.amounts import counted, share
from reports.chart import sparkline
from reports.groupings import GROUPINGS, Grouping
from reports.hot_spots import hot, hot_listing, none_hot
from reports.listing import MISSING, Column, Listing, records, significant
from reports.times import short_duration

HOTSPOT = "hotspot"
USUAL = "24h"

COLUMNS = (
    Column(name="failures"),
    Column(name="episodes", spare=2),
    Column(name="objects", spare=1),
    Column(name="first", where="wide"),
    Column(name="last", spare=3),
    Column(
        name="rate_per_hour",
        heading="per hour",
        where="wide",
        show=lambda rate: MISSING if rate is None else significant(rate, 3),
    ),
    Column(
        name="mean_time_between_failures_seconds",
        heading="mtbf",
        where="wide",
        show=lambda seconds: MISSING if seconds is None else short_duration(seconds),
    ),
    Column(name="share", where="wide", show=lambda part: share(part).replace(" ", "")),
    Column(name="sparkline", heading="when", where="wide", show=sparkline),
    Column(name="sparkline_bucket_minutes", where="data"),
)


@click.command(name="top")
@window_options
@click.option(
    "--by",
    type=click.Choice([*GROUPINGS, HOTSPOT]),
    default="workload",
    show_default=True,
    help="What a row is. A problem is one workload with one reason; a hotspot a node or namespace "
    "where more workloads fail than elsewhere.",
)
@answer_options
@click.pass_context
def command(ctx: click.Context, by: str, asked: Asked, shape: Shape) -> None:
    """List what failed most in the last 24 hours, or any window, highest first."""
    settings, window, _ = asked.settle(configuration(ctx), usual=USUAL)
    meanings = catalogue(settings)
    engine = open_store(settings)
    spans = load_coverage(engine, window.start, window.end)
    with open_rollup(engine) as source:
        known = presence(source, spans, window, namespace=shape.only)
        if by == HOTSPOT:
            points = _points(engine, window, shape)
            _show_hot(hotspots(points, window, catalogue=meanings), known, shape)
            return
        grouping = GROUPINGS[by]
        narrow = select(source, Selection.of_namespace(shape.only), meanings)
        told = set(grouping.by) <= set(KEY)
        counts = narrow if told else _points(engine, window, shape)
        _show(counts, known, grouping, meanings, by, shape)


def _show(
    counts: pd.DataFrame | Source,
    known: Presence,
    grouping: Grouping,
    meanings: Catalogue,
    by: str,
    shape: Shape,
) -> None:
    window = known.window
    found = failure_frequency(
        counts, window, by=grouping.by, catalogue=meanings, exposed=known.exposed
    )
    failures = int(found["failures"].sum())
    total = f"{counted(failures, 'failure')} in {counted(len(found), by)}"
    say_heading(known, shape, total)
    say_coverage(known, failures=failures)
    shown = found.head(shape.limit)
    if shape.output != "table":  # which has no room for them
        shown = _with_sparklines(shown, counts, known, grouping, meanings)
    show(_listing(shown, window, grouping), shape)
    say_rest(found, shape, by)


def _points(engine: Engine, window: Window, shape: Shape) -> pd.DataFrame:
    """Read what the roll-up does not tell: which node an event lies on."""
    points = load_points(engine, window)
    return points if shape.only is None else points[points["namespace"] == shape.only]


def _show_hot(found: pd.DataFrame, known: Presence, shape: Shape) -> None:
    places = hot(found)
    say_heading(known, shape, counted(len(places), "hot spot"))
    say_coverage(known, failures=int(found["failures"].sum()))
    if sentence := none_hot(found):
        say(sentence)
    show(hot_listing(places.head(shape.limit), known.window.zone), shape)
    say_rest(places, shape, "hot spot")


def _with_sparklines(
    found: pd.DataFrame,
    counts: pd.DataFrame | Source,
    known: Presence,
    grouping: Grouping,
    meanings: Catalogue,
) -> pd.DataFrame:
    minutes = spark_minutes(known.window)
    bars = time_histogram(
        counts, known.window, width_minutes=minutes, by=grouping.by, catalogue=meanings
    )
    lines = sparklines(known_counts(bars, known), found, grouping.by)
    drawn = pd.Series(lines, index=found.index, dtype="object")
    return found.assign(sparkline=drawn, sparkline_bucket_minutes=minutes)


def _listing(found: pd.DataFrame, window: Window, grouping: Grouping) -> Listing:
    named = {"mean_time_between_failures": "mean_time_between_failures_seconds"}
    values = records(found.rename(columns=named), window.zone)
    rows = [grouping.identity(one) | one for one in values]
    return Listing(columns=(*grouping.columns, *COLUMNS), rows=rows)

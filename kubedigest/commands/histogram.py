"""``kubedigest histogram``: when it failed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import click
import pandas as pd

from analytics.histogram import time_histogram
from analytics.hour_of_day import hour_of_day
from analytics.load import load_points
from analytics.trends import clusters_inside
from analytics.window import Window
from kubedigest.errors import UsageError
from kubedigest.presence import watched_clusters
from kubedigest.saying import say
from kubedigest.session import catalogue, configuration, open_store, with_timezone
from kubedigest.times import parse_duration, parse_instant
from kubedigest.window_options import choose_window, window_options
from reports.csv_document import csv_text
from reports.table import render_table

BAR_CHARACTERS = 40


@click.command(name="histogram")
@window_options
@click.option("--width", default="1h", show_default=True, metavar="DURATION", help="Of a bucket.")
@click.option("--hour-of-day", "by_hour", is_flag=True, help="Add up the hours of the clock.")
@click.option("-n", "--namespace", metavar="NAME", help="Only this namespace.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Every namespace (the default).")
@click.option("-o", "--output", type=click.Choice(["table", "json", "csv"]), default="table")
@click.option("--no-headers", is_flag=True)
@click.pass_context
def command(
    ctx: click.Context,
    kind: str | None,
    since: str | None,
    until: str | None,
    at: str | None,
    timezone: str | None,
    width: str,
    by_hour: bool,
    namespace: str | None,
    all_namespaces: bool,
    output: str,
    no_headers: bool,
) -> None:
    """Count the failures of the last complete day or week, or of any window, in buckets of time.

    Buckets above an hour end on the local clock, so that a day is a day where clocks change.
    """
    settings = with_timezone(configuration(ctx), timezone)
    now = parse_instant(at, "--at", settings.timezone) or datetime.now(UTC)
    window = choose_window(kind, since, until, settings, now)
    minutes = _minutes(width)
    window.edges(minutes)  # refuses a width that does not fit before anything is read
    engine = open_store(settings)
    points = load_points(engine, window)
    if not (clusters_inside(points, window) or watched_clusters(engine, window)):
        say("no data: not one event lies in the window")
    if namespace is not None and not all_namespaces:
        points = points[points["namespace"] == namespace]
    meanings = catalogue(settings)
    if by_hour:
        found = hour_of_day(points, window, catalogue=meanings)
    else:
        found = time_histogram(points, window, width_minutes=minutes, catalogue=meanings)
        found = found.assign(start=_local(found["start"], window), end=_local(found["end"], window))
    click.echo(_rendered(found, output, headers=not no_headers), nl=False)


def _minutes(width: str) -> int:
    minutes, rest = divmod(parse_duration(width, "--width"), timedelta(minutes=1))
    if rest:
        raise UsageError(f"--width {width} is not in whole minutes; write 15m, 1h or 1d")
    return minutes


def _local(times: pd.Series, window: Window) -> list[str]:
    return [time.isoformat(timespec="minutes") for time in times.dt.tz_convert(window.zone)]


def _rendered(found: pd.DataFrame, output: str, *, headers: bool) -> str:
    columns = list(found.columns)
    rows = [list(row) for row in found.astype("object").itertuples(index=False)]
    if output == "json":
        cells = ([None if pd.isna(cell) else cell for cell in row] for row in rows)
        values = [dict(zip(columns, row, strict=True)) for row in cells]
        return json.dumps(values, indent=2) + "\n"
    if output == "csv":
        written = csv_text(columns, rows)
        return written if headers else written.partition("\n")[2]
    most = max(1, int(found["failures"].max()))
    bars = ["█" * round(BAR_CHARACTERS * count / most) for count in found["failures"]]
    shown = [
        [first, count, bar]
        for first, count, bar in zip(found.iloc[:, 0], found["failures"], bars, strict=True)
    ]
    return render_table([columns[0], "failures", ""], shown, headers=headers)

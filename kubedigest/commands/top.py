"""``kubedigest top``: what failed most."""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Any

import click
import pandas as pd

from analytics.frequency import failure_frequency
from analytics.load import load_points
from analytics.trends import clusters_inside
from analytics.window import Window
from kubedigest.presence import watched_clusters
from kubedigest.saying import say
from kubedigest.session import catalogue, configuration, open_store, with_timezone
from kubedigest.times import parse_instant, parse_since
from reports.table import render_table

# what a row stands for -> the columns that name it; kind is fixed where no column holds it
GROUPINGS = {
    "workload": ("cluster", "namespace", "workload_kind", "workload"),
    "namespace": ("cluster", "namespace"),
    "node": ("cluster", "host"),
    "reason": ("cluster", "reason"),
}
KINDS = {"namespace": "Namespace", "node": "Node", "reason": "Reason"}
NAMES = {"workload": "workload", "namespace": "namespace", "node": "host", "reason": "reason"}


@click.command(name="top")
@click.option(
    "--since", default="24h", show_default=True, metavar="TIME", help="A duration or an ISO time."
)
@click.option("--at", metavar="ISO-TIME", help="What counts as now.")
@click.option("--timezone", metavar="ZONE", help="Zone of times, as Europe/Berlin.")
@click.option("--by", type=click.Choice(list(GROUPINGS)), default="workload", show_default=True)
@click.option("-n", "--namespace", metavar="NAME", help="Only this namespace.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Every namespace (the default).")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table")
@click.option("--no-headers", is_flag=True)
@click.pass_context
def command(
    ctx: click.Context,
    since: str,
    at: str | None,
    timezone: str | None,
    by: str,
    namespace: str | None,
    all_namespaces: bool,
    limit: int,
    output: str,
    no_headers: bool,
) -> None:
    """List what failed most, highest first."""
    settings = with_timezone(configuration(ctx), timezone)
    now = parse_instant(at, "--at", settings.timezone) or datetime.now(UTC)
    start = parse_since(since, now, settings.timezone)
    window = Window.between(start, now, settings.timezone)
    engine = open_store(settings)
    points = load_points(engine, window)
    if not (clusters_inside(points, window) or watched_clusters(engine, window)):
        say("no data: not one event lies in the window")
    if namespace is not None and not all_namespaces:
        points = points[points["namespace"] == namespace]
    found = failure_frequency(points, window, by=GROUPINGS[by], catalogue=catalogue(settings))
    rows = [_row(values, by) for values in found.head(limit).to_dict("records")]
    if output == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        click.echo(_table(rows, window, by, headers=not no_headers), nl=False)


def _row(values: dict[Hashable, Any], by: str) -> dict[str, object]:
    gap = values["mean_time_between_failures"]
    return {
        "cluster": values["cluster"],
        "namespace": values.get("namespace", ""),
        "kind": values.get("workload_kind", KINDS.get(by)),
        "name": values[NAMES[by]],
        "failures": values["failures"],
        "episodes": values["episodes"],
        "objects": values["objects"],
        "first": _iso(values["first"]),
        "last": _iso(values["last"]),
        "rate_per_hour": values["rate_per_hour"],
        "mean_time_between_failures_seconds": None if pd.isna(gap) else gap,
        "share": values["share"],
    }


def _iso(value: pd.Timestamp) -> str:
    return value.isoformat()


def _table(rows: list[dict[str, object]], window: Window, by: str, *, headers: bool) -> str:
    named = ("cluster", "namespace", "kind", "name") if by == "workload" else ("cluster", by)
    columns = (*named, "failures", "episodes", "objects", "last")
    cells = [_cells(row | {by: row["name"]}, columns, window) for row in rows]
    return render_table(columns, cells, headers=headers)


def _cells(row: dict[str, object], columns: tuple[str, ...], window: Window) -> list[str]:
    last = datetime.fromisoformat(str(row["last"])).astimezone(window.zone)
    shown = row | {"last": f"{last:%Y-%m-%d %H:%M:%S}"}
    return [str(shown[column]) or "<none>" for column in columns]

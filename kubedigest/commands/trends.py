"""``kubedigest trends``: what is new, worse, better or gone."""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Any

import click
import pandas as pd

from analytics.daily import clusters_before, day_edges
from analytics.exposure import exposures, since_began
from analytics.load import load_coverage, load_daily, load_points
from analytics.trends import (
    VERDICTS,
    clusters_inside,
    covered_clusters,
    known_before,
    trends,
)
from kubedigest.commands.top import GROUPINGS, KINDS, NAMES
from kubedigest.saying import say
from kubedigest.session import catalogue, configuration, open_store, with_timezone
from kubedigest.times import parse_instant
from kubedigest.window_options import choose_window, window_options
from reports.csv_document import csv_text
from reports.table import render_table

PROBLEM = "problem"
BY = {PROBLEM: (*GROUPINGS["workload"], "reason"), **GROUPINGS}
NAME = {PROBLEM: "workload", **NAMES}


@click.command(name="trends")
@window_options
@click.option(
    "--by",
    type=click.Choice(list(BY)),
    default=PROBLEM,
    show_default=True,
    help="What a row is; a problem is one workload with one reason.",
)
@click.option("-n", "--namespace", metavar="NAME", help="Only this namespace.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Every namespace (the default).")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
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
    by: str,
    namespace: str | None,
    all_namespaces: bool,
    limit: int,
    output: str,
    no_headers: bool,
) -> None:
    """Compare the last complete day or week, or any window, with the period before.

    What is new comes first, then what is rising, gone, falling and steady. Rows without enough
    data to tell are last, marked insufficient.
    """
    settings = with_timezone(configuration(ctx), timezone)
    now = parse_instant(at, "--at", settings.timezone) or datetime.now(UTC)
    window = choose_window(kind, since, until, settings, now)
    engine = open_store(settings)
    before = window.previous()
    points, previous = load_points(engine, window), load_points(engine, before)
    exposed = exposures(load_coverage(engine, before.start, window.end), window)
    earlier = clusters_before(load_daily(engine, day_edges(window)), window)
    covered = covered_clusters(points, previous, window, known_before=earlier, exposed=exposed)
    known = known_before(since_began(previous, before, exposed), exposed)
    watched = {name for name, exposure in exposed.items() if exposure.share}
    present = clusters_inside(points, window) | watched
    if not present:
        say("no data: not one event lies in the window")
    if namespace is not None and not all_namespaces:
        points = points[points["namespace"] == namespace]
        previous = previous[previous["namespace"] == namespace]
    found = trends(
        points,
        previous,
        window,
        by=BY[by],
        catalogue=catalogue(settings),
        covered=covered,
        exposed=exposed,
    )
    # sorting is stable: within a verdict the most failures stay first
    found = found.sort_values("verdict", key=lambda verdict: verdict.map(VERDICTS.index))
    rows = [_row(values, by, present, known) for values in found.head(limit).to_dict("records")]
    click.echo(_rendered(rows, by, output, headers=not no_headers), nl=False)


def _row(
    values: dict[Hashable, Any], by: str, present: set[str], known: set[str]
) -> dict[str, object]:
    """Shape one row; a cluster without data in a period has no figure there, not nought."""
    is_present, is_known = values["cluster"] in present, values["cluster"] in known
    row = {
        "cluster": values["cluster"],
        "namespace": values.get("namespace", ""),
        "kind": values.get("workload_kind", KINDS.get(by)),
        "name": values[NAME[by]],
        "verdict": values["verdict"],
        "failures": values["failures"] if is_present else None,
        "previous_failures": values["previous_failures"] if is_known else None,
        "episodes": values["episodes"] if is_present else None,
        "previous_episodes": values["previous_episodes"] if is_known else None,
    }
    if by == PROBLEM:
        row["reason"] = values["reason"]
    figures = ("ratio", "p_value", "q_value")
    return row | {name: None if pd.isna(values[name]) else values[name] for name in figures}


def _rendered(rows: list[dict[str, object]], by: str, output: str, *, headers: bool) -> str:
    if output == "json":
        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    columns = ["verdict", "cluster", "namespace", "kind", "name"]
    columns += ["reason"] if by == PROBLEM else []
    columns += ["failures", "previous_failures"]
    if output == "csv":
        columns += ["episodes", "previous_episodes", "ratio", "p_value", "q_value"]
        written = csv_text(columns, [[row[column] for column in columns] for row in rows])
        return written if headers else written.partition("\n")[2]
    shown = [["-" if row[column] is None else row[column] for column in columns] for row in rows]
    return render_table([name.replace("_failures", "") for name in columns], shown, headers=headers)

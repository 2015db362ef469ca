"""Digest -> the daily table of the hook proxy: when each resource failed, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from prettytable import PrettyTable

from analytics.digest import Digest, Row
from analytics.language import say, say_number
from reports.amounts import amount
from reports.rows import cluster_name, shown
from reports.times import clock, date_and_time
from reports.width import clip, wrap

_NAME_COLUMNS = 120
_CELL_COLUMNS = 44  # of a name: the table has 80 where times are dated


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedResource:
    """One workload with one reason."""

    times: tuple[str, ...]  # starts of the histogram's buckets in which it failed
    name: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureTable:
    """What the table says; the failures of resources and residual add up to the total."""

    date: str  # the day, or both ends of another window
    resources: tuple[FailedResource, ...]
    residual: str  # how many rows are left out, "" for none
    residual_failures: int
    total: str  # "–" where nothing is known of the window: that is not 0


def failure_table(digest: Digest) -> FailureTable:
    """Return the rows of *digest* as the daily table has them, in its order."""
    residual = digest.residual
    return FailureTable(
        date=_date(digest),
        resources=tuple(_resource(row, digest) for row in digest.rows),
        residual=say_number("… {number} more row", "… {number} more rows", residual.rows)
        if residual.rows
        else "",
        residual_failures=residual.failures,
        total="–" if digest.state == "no data" else amount(digest.failures),
    )


def render_failure_table(digest: Digest) -> str:
    """Return the table as text, aligned by display width, with the verdict above it."""
    table = failure_table(digest)
    written = PrettyTable(
        [say("FailureTime"), say("ResourcesName"), say("FailuresNumber")], align="l"
    )
    written.align[say("FailuresNumber")] = "r"
    for resource in table.resources:
        times, name = "\n".join(resource.times), "\n".join(wrap(resource.name, _CELL_COLUMNS))
        written.add_row([times, name, amount(resource.failures)], divider=True)
    if table.residual:
        written.add_row(["", table.residual, amount(table.residual_failures)], divider=True)
    written.add_row(["", say("Total"), table.total])
    lines = [shown(digest.verdict, 300), _dated(table.date), *written.get_string().splitlines()]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def failure_lines(digest: Digest) -> list[str]:
    """Return the table as lines that need no columns: name, number, and one time a line."""
    table = failure_table(digest)
    lines = [_dated(table.date)]
    for resource in table.resources:
        lines += ["", f"{say('ResourcesName')}: {resource.name}"]
        lines += [f"{say('FailuresNumber')}: {amount(resource.failures)}"]
        lines += [f"{say('FailureTime')}:", *resource.times]
    lines.append("")
    if table.residual:
        lines.append(f"{table.residual}: {amount(table.residual_failures)}")
    return [*lines, f"{say('Total')}: {table.total}"]


def _dated(date: str) -> str:
    return f"{say('CurrentDate')}: {date}"


def _date(digest: Digest) -> str:
    if digest.report == "daily":
        return f"{digest.start:%Y-%m-%d}"
    return f"{date_and_time(digest.start)} – {date_and_time(digest.end)}"


def _resource(row: Row, digest: Digest) -> FailedResource:
    dated = digest.start.date() != (digest.end - timedelta(microseconds=1)).date()
    bars = zip(digest.histogram, row.sparkline, strict=False)
    starts = [bar.start for bar, failures in bars if failures] or [row.first]
    return FailedResource(
        times=tuple(clock(start, dated=dated) for start in starts),
        name=_name(row, digest),
        failures=row.failures,
    )


def _name(row: Row, digest: Digest) -> str:
    cluster = cluster_name(row.cluster) if len(digest.clusters) > 1 else ""
    owner = "/".join(shown(part) for part in (row.namespace, row.kind) if part)
    workload = " ".join(part for part in (cluster, owner, shown(row.name)) if part)
    parts = (workload, shown(row.reason))
    return clip(" · ".join(part for part in parts if part), _NAME_COLUMNS)

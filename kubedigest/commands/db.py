"""``kubedigest db``: the store itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import Engine

from analytics.inert import printable
from collector import migrations
from collector.rejected import list_rejected, reread
from collector.retention import prune
from collector.roles import OWNER, grant_rights, purposes
from collector.watches import Watch, list_watches
from kubedigest.errors import Failure, UsageError
from kubedigest.local_postgres import LocalPostgres, default_home
from kubedigest.receiver_templates import receiver_templates
from kubedigest.saying import say
from kubedigest.session import configuration, open_store
from kubedigest.times import parse_duration, parse_instant
from reports.table import render_table

WORK = {
    "kubedigest_collector": "collect",
    "kubedigest_reporter": "report",
    "kubedigest_notifier": "notify",
    OWNER: "upgrade and prune",
}


@click.group(name="db")
def command() -> None:
    """Upgrade, look at, prune or mend the store."""


@command.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the schema to this version; safe to run at any time, by many at once."""
    engine = open_store(configuration(ctx), upgrade=False)
    applied = migrations.upgrade(engine)
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("the schema is up to date")


@command.command()
@click.pass_context
def grants(ctx: click.Context) -> None:
    """Give the database roles their rights; for the owner of the store, at any time.

    The roles are kubedigest_collector, kubedigest_reporter and kubedigest_notifier. A login that is
    granted one of them can do its work and nothing else (docs/operations.md). `db upgrade` does the
    same; this is for roles that were made, or a backup that was restored, afterwards. The exit code
    is 1 where a role does not exist and may not be made.
    """
    missing = grant_rights(open_store(configuration(ctx)))
    for role in WORK:
        if role in missing:
            click.echo(f"{role}  missing")
        elif role != OWNER:
            click.echo(f"{role}  has its rights")
    if missing:
        made = " ".join(f"CREATE ROLE {role} NOLOGIN;" for role in missing)
        raise Failure(
            f"this login may not make roles; let an administrator run: {made} "
            "and then 'kubedigest db grants' again"
        )


@command.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Say which migrations are applied, what this login may do, and how far each watch is proved.

    The exit code is 1 while migrations are pending.
    """
    engine = open_store(configuration(ctx), upgrade=False)
    waiting = {migration.name for migration in migrations.pending(engine)}
    for migration in migrations.available():
        state = "pending" if migration.name in waiting else "applied"
        click.echo(f"{migration.name}  {state}")
    for name in migrations.newer(engine):
        click.echo(f"{name}  applied by a later version")
    if not waiting:
        click.echo(_login_line(purposes(engine)))
        for watch in list_watches(engine):
            click.echo(_watch_line(watch))
    ctx.exit(1 if waiting else 0)


@command.command(name="prune")
@click.option("--keep", metavar="DURATION", help="How much to keep point by point, such as 90d.")
@click.option("--at", metavar="ISO-TIME", help="What counts as now.")
@click.pass_context
def prune_command(ctx: click.Context, keep: str | None, at: str | None) -> None:
    """Move old points into hourly totals; every report keeps its totals.

    Default for --keep: `retention_days` of the configuration. What is older than that is refused
    from then on, so that reading an old file again adds nothing.
    """
    settings = configuration(ctx)
    period = parse_duration(keep, "--keep") if keep else timedelta(days=settings.retention_days)
    now = parse_instant(at, "--at", settings.timezone) or datetime.now(UTC)
    engine = open_store(settings)
    _bring_up_to_date(engine)  # what goes now is known by the hour only from then on
    points = anchors = 0
    for step in prune(engine, now=now, keep=period):
        points += step.points
        anchors += step.anchors
        if step.points:
            say(f"settled up to {step.horizon:%Y-%m-%d %H:%M} UTC: {step.points:,} points")
    click.echo(f"pruned {points:,} points and {anchors:,} idle events; every total stays")


@command.command()
@click.pass_context
def refresh(ctx: click.Context) -> None:
    """Bring the roll-up up to date, as every report does: what is done now need not wait then."""
    hours = _bring_up_to_date(open_store(configuration(ctx)))
    click.echo(f"rolled up {hours:,} hours" if hours else "the roll-up is up to date")


@command.command()
@click.option(
    "--episode-gap",
    metavar="DURATION",
    help="Failures further apart than this are two episodes, from 1s to 1h; default: as it is.",
)
@click.pass_context
def rebuild(ctx: click.Context, episode_gap: str | None) -> None:
    """Make the roll-up anew from the points; every report keeps its totals.

    Needed after the database was restored from a backup into another server, and to change what an
    episode is. What was pruned stays as it is.
    """
    gap = None
    if episode_gap is not None:
        gap = parse_duration(
            episode_gap, "--episode-gap", longest=timedelta(hours=1), usual="write 1s to 1h"
        )
        if gap < timedelta(seconds=1):
            raise UsageError(f"--episode-gap {episode_gap} is too short; write 1s to 1h")
    from analytics import rollup

    engine = open_store(configuration(ctx))
    rollup.rebuild(engine, gap=gap)
    click.echo(f"rolled up {_bring_up_to_date(engine):,} hours")


@command.command()
def stop() -> None:
    """Stop the private server, which otherwise keeps running for the next command."""
    LocalPostgres(default_home()).stop()


@command.command()
@click.option("--reread", "again", is_flag=True, help="Read them again, as after a fix.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most records."
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    help="json has the raw text, too.",
)
@click.option("--no-headers", is_flag=True, help="Of the table.")
@click.pass_context
def rejected(ctx: click.Context, again: bool, limit: int, output: str, no_headers: bool) -> None:
    """List records that could not be counted, the latest first, with the reason.

    With -o json the raw text is shown too; secrets in it are redacted.
    """
    settings = configuration(ctx)
    engine = open_store(settings)
    if again:
        read, kept = reread(engine, receiver_templates(settings))
        click.echo(f"read {read} of {read + kept} records now; {kept} stay rejected")
        return
    rows = list(list_rejected(engine, most=limit))
    if output == "json":
        shown = [{**asdict(row), "sender": row.sender} for row in rows]
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False, default=_as_text))
        return
    columns = ("received", "cluster", "sender", "place", "reason")
    cells = [
        (f"{row.received:%Y-%m-%d %H:%M:%S}", row.cluster, row.sender, row.short_place, row.reason)
        for row in rows
    ]
    click.echo(render_table(columns, cells, headers=not no_headers), nl=False)


def _bring_up_to_date(engine: Engine) -> int:
    """Refresh the roll-up, telling of each step that took a while; return how many hours."""
    from analytics import rollup  # brings pandas, which the other commands do without

    hours = 0
    for step in rollup.refresh(engine):
        hours += (step.end - step.start) // timedelta(hours=1)
        say(f"rolled up to {step.end:%Y-%m-%d %H:%M} UTC: {step.points:,} points")
    return hours


def _login_line(allowed: dict[str, bool]) -> str:
    may = [work for role, work in WORK.items() if allowed[role]]
    may_not = [work for role, work in WORK.items() if not allowed[role]]
    parts = [
        f"may {', '.join(may)}" if may else "",
        f"may not {', '.join(may_not)}" if may_not else "",
    ]
    return f"this login {' and '.join(filter(None, parts))}"


def _watch_line(watch: Watch) -> str:
    stream = watch.stream
    where = f"namespace {stream.namespace}" if stream.namespace else "all namespaces"
    parts = [where, stream.api, *([stream.field_selector] if stream.field_selector else [])]
    proved = watch.proved.astimezone(UTC)
    named = f"watch {stream.cluster} ({', '.join(parts)})"
    return printable(f"{named}  proved until {proved:%Y-%m-%d %H:%M:%S} UTC")


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

"""``kubedigest db``: the store itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from collector import migrations
from collector.retention import prune
from kubedigest.durations import parse_duration
from kubedigest.session import configuration, open_store, parse_instant, say


@click.group(name="db")
def command() -> None:
    """Upgrade, look at or prune the store."""


@command.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the schema to this version; safe to run at any time, by many at once."""
    engine = open_store(configuration(ctx), upgrade=False)
    for name in migrations.upgrade(engine) or ["nothing: the schema is up to date"]:
        click.echo(f"applied {name}")


@command.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Say which migrations are applied; exit code 1 while some are pending."""
    engine = open_store(configuration(ctx), upgrade=False)
    waiting = {migration.name for migration in migrations.pending(engine)}
    for migration in migrations.available():
        state = "pending" if migration.name in waiting else "applied"
        click.echo(f"{migration.name}  {state}")
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
    now = parse_instant(at, "--at") or datetime.now(UTC)
    points = anchors = 0
    for step in prune(open_store(settings), now=now, keep=period):
        points += step.points
        anchors += step.anchors
        say(f"settled up to {step.horizon:%Y-%m-%d %H:%M} UTC: {step.points} points")
    click.echo(f"pruned {points} points and {anchors} idle events; totals are unchanged")

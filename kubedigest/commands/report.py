"""``kubedigest report``: a digest of a day, a week or any window."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from analytics.digest import Digest
from analytics.window import Window
from kubedigest.configuration import Configuration
from kubedigest.digesting import daily_digest, make_digest, with_timezone, write_files
from kubedigest.durations import parse_since
from kubedigest.errors import UsageError
from kubedigest.session import configuration, open_store, parse_instant, say
from reports.formats import FORMATS


@click.command(name="report")
@click.argument("kind", type=click.Choice(["daily", "weekly"]), required=False)
@click.option("--since", metavar="TIME", help="Start of a window: ISO time, or 24h before its end.")
@click.option("--until", metavar="ISO-TIME", help="End of a window; default: now.")
@click.option("--at", metavar="ISO-TIME", help="What counts as now.")
@click.option("--timezone", metavar="ZONE", help="Zone of days and times, as Europe/Berlin.")
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    help="Repeat for several; default: text.",
)
@click.option("--output", metavar="DIR|-", default="-", help="A folder, or - for standard output.")
@click.pass_context
def command(
    ctx: click.Context,
    kind: str | None,
    since: str | None,
    until: str | None,
    at: str | None,
    timezone: str | None,
    formats: tuple[str, ...],
    output: str,
) -> None:
    """Write the digest of the last complete day or week, or of any window.

    Files are named after report and period, such as daily-2026-11-21.html. The same store,
    configuration and version give the same bytes.
    """
    if kind is not None and (since or until):
        raise UsageError("report takes daily or weekly, or --since and --until, not both")
    formats = formats or ("text",)
    if output == "-" and len(formats) > 1:
        raise UsageError("several formats need a folder: add --output DIR")
    settings = with_timezone(configuration(ctx), timezone)
    now = parse_instant(at, "--at") or datetime.now(UTC)
    window = _window(kind, since, until, settings, now)
    digest = _digest(open_store(settings), window, settings, now)
    if output == "-":
        click.echo(FORMATS[formats[0]].render(digest), nl=False)
        return
    for path in write_files(digest, formats, Path(output)):
        say(f"wrote {path}")


def _window(
    kind: str | None, since: str | None, until: str | None, settings: Configuration, now: datetime
) -> Window:
    """Settle the window before anything is started, so that a wrong one costs nothing."""
    if since is not None or until is not None:
        if since is None:
            raise UsageError("--until needs --since")
        end = parse_instant(until, "--until") or now
        return Window.between(parse_since(since, end), end, settings.timezone)
    if kind == "weekly":
        return Window.weekly(now, settings.timezone)
    return Window.daily(now, settings.timezone)


def _digest(engine: Engine, window: Window, settings: Configuration, now: datetime) -> Digest:
    if window.report == "daily":
        return daily_digest(engine, settings, now)
    return make_digest(engine, window, settings)

"""``kubedigest report``: a digest of a day, a week or any window, written or sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from analytics.digest import Digest
from analytics.language import speaking
from analytics.window import Window
from kubedigest import sending, sent
from kubedigest.answering import show
from kubedigest.configuration import Configuration
from kubedigest.digesting import make_digest, period_digest, write_files
from kubedigest.documents import render
from kubedigest.errors import UsageError
from kubedigest.saying import say
from kubedigest.session import (
    configuration,
    language_of,
    open_store,
    with_language,
    with_timezone,
)
from kubedigest.times import parse_instant
from kubedigest.window_options import Asked, Shape, language_option, window_options
from reports.formats import FORMATS
from reports.outputs import OUTPUTS

MOST_CATCH_UP_DAYS = 31
STATUS_SPAN = "7d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is asked for besides writing a digest."""

    send: tuple[str, ...]
    dry_run: bool
    catch_up: int
    jitter: int
    status: bool
    resend: str | None
    mark_sent: str | None
    show: str | None

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are meant; a dry run without any means all."""
        return self.send or ((sending.EVERY,) if self.dry_run else ())

    def check(self) -> None:
        """Raise UsageError where two different things are asked for."""
        asked = {
            "--send or --dry-run": bool(self.channels),
            "--status": self.status,
            "--resend": self.resend is not None,
            "--mark-sent": self.mark_sent is not None,
            "--show": self.show is not None,
        }
        names = [name for name, is_asked in asked.items() if is_asked]
        if len(names) > 1:
            raise UsageError(f"it is either {' or '.join(names)}, one at a time")


@click.command(name="report")
@window_options
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    help="Repeat for several; default: text.",
)
@language_option
@click.option("--output", metavar="DIR|-", help="A folder, or - for standard output (the default).")
@click.option("--send", metavar="CHANNEL", multiple=True, help="Send it there; all for every one.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
@click.option(
    "--catch-up",
    metavar="DAYS",
    type=click.IntRange(0, MOST_CATCH_UP_DAYS),
    default=7,
    show_default=True,
    help="Also send what was missed so many days before.",
)
@click.option(
    "--jitter",
    metavar="SECONDS",
    type=click.IntRange(0, 3600),
    default=0,
    help="Spread the channels over so long, off full and half hours.",
)
@click.option("--status", is_flag=True, help=f"List what was sent; of the last {STATUS_SPAN}.")
@click.option("--resend", metavar=sent.KEY, help="Send another copy of one of them.")
@click.option("--mark-sent", metavar=sent.KEY, help="Note that it did arrive.")
@click.option("--show", metavar=sent.KEY, help="Write again what was sent.")
@click.option("-o", "listed", type=click.Choice(OUTPUTS), default="table", help="Of --status.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    asked: Asked,
    formats: tuple[str, ...],
    language: str | None,
    output: str | None,
    listed: str,
    **delivery: object,
) -> None:
    """Write or send the digest of the last complete day or week, or of any window.

    Files are named after report and period, such as daily-2026-11-21.html. The same store,
    configuration and version give the same bytes. With --send nothing is written unless --output or
    --format asks for it. The exit code is 1 where a channel did not get its digest.
    """
    wanted = Delivery(**delivery)  # type: ignore[arg-type] # click has made them of these types
    wanted.check()
    if output in (None, "-") and len(formats) > 1:
        raise UsageError("several formats need a folder: add --output DIR")
    settings = with_language(configuration(ctx), language)
    if wanted.status:
        _list(asked, settings, listed)
        return
    write = _writer(formats or ("text",), output or "-", settings)
    if wanted.resend or wanted.mark_sent or wanted.show:
        ctx.exit(0 if _revisit(wanted, asked, settings, write) else 1)
    is_written = not wanted.channels or output is not None or bool(formats)
    ctx.exit(0 if _report(wanted, asked, settings, write if is_written else None) else 1)


def _report(
    wanted: Delivery,
    asked: Asked,
    settings: Configuration,
    write: Callable[[Digest], None] | None,
) -> bool:
    """Write and send; tell whether every channel got what it is to get."""
    local, window, now = asked.settle(settings)
    if window.start >= now:
        raise UsageError(f"{window.period} lies in the future; there is nothing to report yet")
    look = None
    if wanted.channels:
        today = datetime.now(UTC)
        exact = replace(asked, at=now.isoformat())
        look = sending.plan(wanted.channels, exact, settings, today=today)
    engine = open_store(settings)
    if write is not None:
        write(_digest(engine, window, local, now))
    if look is None:
        return True
    plans = look(engine, wanted.catch_up)
    if wanted.dry_run:
        for text in sending.preview(engine, plans, now):
            click.echo(text, nl=False)
        return True
    return sending.send(engine, plans, now, jitter_seconds=wanted.jitter)


def _revisit(
    wanted: Delivery, asked: Asked, settings: Configuration, write: Callable[[Digest], None]
) -> bool:
    """Resend, mark or show one digest that was sent; tell whether that went well."""
    settings = with_timezone(settings, asked.timezone)
    engine = open_store(settings)
    key = wanted.resend or wanted.mark_sent or wanted.show or ""
    entry = sent.find(engine, key, asked.timezone)
    if wanted.show:
        write(sent.sent_digest(engine, entry))
        return True
    if wanted.mark_sent:
        say(f"{sent.mark_sent(engine, entry)} is marked as sent")
        return True
    now = parse_instant(asked.at, "--at", settings.timezone) or datetime.now(UTC)
    found = sent.resend(engine, settings, entry, now=now)
    say(sending.line(found))
    return not found.has_failed


def _list(asked: Asked, settings: Configuration, listed: str) -> None:
    spanned = replace(asked, kind=None, since=asked.since or STATUS_SPAN)
    settings, window, _ = spanned.settle(settings)
    listing = sent.status(open_store(settings), settings, since=window.start, report=asked.kind)
    shape = Shape(output=listed)
    if not listing.rows:
        say("nothing was sent since then")
    if listing.rows or not shape.is_table:
        show(listing, shape)


def _writer(
    formats: tuple[str, ...], output: str, settings: Configuration
) -> Callable[[Digest], None]:
    spoken = language_of(settings)

    def write(digest: Digest) -> None:
        with speaking(spoken):
            if output == "-":
                click.echo(render(digest, formats[0], settings.templates), nl=False)
                return
            for path in write_files(digest, formats, Path(output), settings.templates):
                say(f"wrote {path}")

    return write


def _digest(engine: Engine, window: Window, settings: Configuration, now: datetime) -> Digest:
    if window.report == "custom":
        return make_digest(engine, window, settings, now=now)
    return period_digest(engine, window, settings, now)

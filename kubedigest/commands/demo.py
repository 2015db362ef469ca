"""``kubedigest demo``: what the product does, without a cluster, a server or a network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from analytics.digest import Digest
from analytics.language import SHIPPED, Language, speaking
from analytics.language import language as language_named
from analytics.window import Window
from kubedigest.configuration import Configuration
from kubedigest.demo_events import make_demo
from kubedigest.demo_messages import post_messages, write_messages
from kubedigest.demo_store import WEEKS, empty, fill
from kubedigest.digesting import period_digest, write_files
from kubedigest.errors import UsageError
from kubedigest.local_postgres import LocalPostgres, default_home
from kubedigest.session import (
    configuration,
    language_of,
    open_private,
    with_language,
    with_timezone,
)
from kubedigest.times import parse_instant
from kubedigest.window_options import language_option
from reports.formats import FORMATS

LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}


@click.command(name="demo")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("digests"),
    show_default=True,
    help="Folder for the digests.",
)
@click.option("--at", metavar="ISO-TIME", help="What counts as now.")
@click.option("--timezone", metavar="ZONE", help="Zone of days and times, as Europe/Berlin.")
@language_option
@click.pass_context
def command(
    ctx: click.Context,
    output: Path,
    at: str | None,
    timezone: str | None,
    language: str | None,
) -> None:
    """Import weeks of made-up events of two clusters and show yesterday's digest.

    Writes the digest in every format and the message of every channel, also in the other
    languages that come with kubedigest, and sends the messages to a chat server of its own on
    this machine. Nothing leaves it.

    The events go through the real import into a private PostgreSQL of the demo's own, which
    stops at the end; your store is not touched.
    """
    settings = with_language(with_timezone(_settings(ctx), timezone), language)
    spoken = language_of(settings)
    now = parse_instant(at, "--at", settings.timezone) or datetime.now(UTC)
    if output.exists() and not output.is_dir():
        raise UsageError(f"--output {output} is not a folder")
    server = LocalPostgres(default_home() / "demo", durable=False)
    try:
        engine = open_private(server)
        empty(engine)
        fill(engine, make_demo(now.astimezone(ZoneInfo(settings.timezone)), weeks=WEEKS), now)
        digest = period_digest(engine, Window.daily(now, settings.timezone), settings, now)
        engine.dispose()
    finally:
        server.stop()
    with speaking(spoken):
        paths = write_files(digest, list(FORMATS), output)
        missing = write_messages(digest, output / "payloads")
        answers = post_messages(digest, now)
        click.echo(FORMATS["text"].render(digest), nl=False)
    others = _write_other_languages(digest, output, spoken)
    click.echo("\nTo a chat server on this machine:")
    for sentence in (*(f"{channel}: {answer}" for channel, answer in answers), *missing):
        click.echo(f"  {sentence}")
    click.echo(f"Their messages, and that of email: {(output / 'payloads').resolve()}")
    for folder in others:
        click.echo(f"The same in {LANGUAGE_NAMES[folder.name]}: {folder.resolve()}")
    page = next(path for path in paths if path.suffix == ".html")
    click.echo(f"The same as a page: {page.resolve().as_uri()}")


def _write_other_languages(digest: Digest, output: Path, spoken: Language) -> list[Path]:
    """Write everything in the other shipped languages, a folder each; return the folders."""
    folders = []
    for name in SHIPPED:
        if (other := language_named(name)) != spoken:
            folders.append(output / name)
            with speaking(other):
                write_files(digest, list(FORMATS), folders[-1])
                write_messages(digest, folders[-1] / "payloads")
    return folders


def _settings(ctx: click.Context) -> Configuration:
    settings = configuration(ctx)
    return settings.model_copy(update={"database_url": None})

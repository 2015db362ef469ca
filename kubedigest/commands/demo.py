"""``kubedigest demo``: what the product does, without a cluster, a server or a network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from analytics.language import SHIPPED, language, speaking
from analytics.window import Window
from kubedigest.configuration import Configuration
from kubedigest.demo_events import make_demo
from kubedigest.demo_messages import post_messages, write_messages
from kubedigest.demo_store import WEEKS, empty, fill
from kubedigest.digesting import period_digest, write_files
from kubedigest.errors import UsageError
from kubedigest.local_postgres import LocalPostgres, default_home
from kubedigest.session import configuration, open_private, with_timezone
from kubedigest.times import parse_instant
from reports.formats import FORMATS

LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}
OTHER_LANGUAGES = [name for name in SHIPPED if name != "en"]


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
@click.pass_context
def command(ctx: click.Context, output: Path, at: str | None, timezone: str | None) -> None:
    """Import weeks of made-up events of two clusters and show yesterday's digest.

    Writes the digest in every format and the message of every channel, in English and in Chinese,
    and sends the messages to a chat server of its own on this machine. Nothing leaves it.

    The events go through the real import into a private PostgreSQL of the demo's own, which
    stops at the end; your store is not touched.
    """
    settings = with_timezone(_settings(ctx), timezone)
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
    paths = write_files(digest, list(FORMATS), output)
    missing = write_messages(digest, output / "payloads")
    for name in OTHER_LANGUAGES:
        with speaking(language(name)):
            write_files(digest, list(FORMATS), output / name)
            write_messages(digest, output / name / "payloads")
    click.echo(FORMATS["text"].render(digest), nl=False)
    click.echo("\nTo a chat server on this machine:")
    for channel, answer in post_messages(digest, now):
        click.echo(f"  {channel}: {answer}")
    for sentence in missing:
        click.echo(f"  {sentence}")
    click.echo(f"Their messages, and that of email: {(output / 'payloads').resolve()}")
    for name in OTHER_LANGUAGES:
        click.echo(f"The same in {LANGUAGE_NAMES[name]}: {(output / name).resolve()}")
    page = next(path for path in paths if path.suffix == ".html")
    click.echo(f"The same as a page: {page.resolve().as_uri()}")


def _settings(ctx: click.Context) -> Configuration:
    settings = configuration(ctx)
    return settings.model_copy(update={"database_url": None})

"""``kubedigest channels``: where digests are sent, and whether that works."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from analytics.language import language, speaking
from kubedigest.answering import is_coloured
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.session import configuration
from reports.channels.settings import ChannelSettings
from reports.json_document import json_text
from reports.table import render_table

COLUMNS = ("name", "type", "host", "timezone", "language", "selection", "policy", "fallback")


@click.group(name="channels")
def command() -> None:
    """List where digests are sent, or send one channel a test."""


@command.command("list")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How the channels are listed.",
)
@click.pass_context
def show(ctx: click.Context, output: str) -> None:
    """List the channels of the configuration; of addresses the host alone is shown."""
    from kubedigest.channel_words import listed

    settings = configuration(ctx)
    rows = [listed(name, one, settings) for name, one in settings.channels.items()]
    if output == "json":
        click.echo(json_text(rows), nl=False)
    else:
        lines = [[row[column] or "-" for column in COLUMNS] for row in rows]
        click.echo(render_table(COLUMNS, lines), nl=False, color=is_coloured())


@command.command("test")
@click.argument("name")
@click.pass_context
def test(ctx: click.Context, name: str) -> None:
    """Send the channel NAME a small message of made-up figures, marked as a test.

    Says what the answer means. Exit code 0 where the service has the message, 1 where it has not
    or where nobody knows. Nothing is read from the store, and nothing is noted down.
    """
    settings = configuration(ctx)
    channel = known_channel(name, settings)
    sentences, sent = _try(name, channel, settings, datetime.now(UTC))
    for sentence in sentences:
        click.echo(sentence)
    sys.exit(0 if sent else 1)


def known_channel(name: str, settings: Configuration) -> ChannelSettings:
    """Return the settings of a channel.

    Raises
    ------
    UsageError
        There is no such channel; the sentence names those that there are.
    """
    if name in settings.channels:
        return settings.channels[name]
    known = ", ".join(sorted(settings.channels))
    raise UsageError(
        f"there is no channel {name[:60]!r}; "
        + (f"the configuration has: {known}" if known else "the configuration has no channels")
    )


def _try(
    name: str, settings: ChannelSettings, all_settings: Configuration, now: datetime
) -> tuple[list[str], bool]:
    """Send a test; return what became of it in sentences, and whether it has arrived."""
    from kubedigest.channel_words import conclusion_sentences  # what follows brings pandas
    from kubedigest.sample_digest import sample_digest
    from reports.channels import open_channel
    from reports.channels.channel import Letter

    zone = settings.timezone or all_settings.timezone
    letter = Letter(
        digest=sample_digest(now, zone, top=settings.top),
        id=f"test-{now:%Y%m%dT%H%M%SZ}",
        is_test=True,
    )
    with speaking(language(settings.language)):
        channel = open_channel(settings)
        for message in channel.compose(letter):
            found = channel.send(message, letter, now)
            if found.state != "sent":
                break
    return conclusion_sentences(name, found), found.state == "sent"

"""``kubedigest config``: what the settings are, and what there is to translate."""

from __future__ import annotations

import click
import yaml

from analytics.blank_catalogue import blank_catalogue
from analytics.errors import LanguageError
from analytics.language import language
from kubedigest.errors import UsageError
from kubedigest.session import catalogue, configuration, language_of


@click.group(name="config")
def command() -> None:
    """Check the configuration, or begin a translation."""


@command.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Read the configuration and the environment, and print what results; secrets are masked."""
    settings = configuration(ctx)
    catalogue(settings)
    language_of(settings)
    for name, channel in settings.channels.items():
        try:
            language(channel.language)
        except LanguageError as error:
            raise UsageError(f"channel {name!r}: {error}") from error
    shown = settings.model_dump(mode="json")
    if shown["database_url"] is None:
        shown["database_url"] = "(a private server)"
    click.echo(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True), nl=False)


@command.command(name="catalogue")
def write_catalogue() -> None:
    """Print a catalogue (.po) of every text of a digest, to translate into another language."""
    click.echo(blank_catalogue(), nl=False)

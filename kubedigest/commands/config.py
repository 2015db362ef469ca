"""``kubedigest config``: what the settings are."""

from __future__ import annotations

import click
import yaml

from kubedigest.session import catalogue, configuration


@click.group(name="config")
def command() -> None:
    """Check the configuration."""


@command.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Read the configuration and the environment, and print what results; secrets are masked."""
    settings = configuration(ctx)
    catalogue(settings)
    shown = settings.model_dump(mode="json")
    if shown["database_url"] is None:
        shown["database_url"] = "(a private server)"
    click.echo(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True), nl=False)

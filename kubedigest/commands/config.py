"""``kubedigest config``: what the settings are."""

from __future__ import annotations

import click

from kubedigest.digesting import catalogue
from kubedigest.session import configuration


@click.group(name="config")
def command() -> None:
    """Check the configuration."""


@command.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Read the configuration and the environment, and print what results; secrets are masked."""
    settings = configuration(ctx)
    catalogue(settings)
    for key, value in settings.model_dump(mode="json").items():
        click.echo(f"{key}: {value}")

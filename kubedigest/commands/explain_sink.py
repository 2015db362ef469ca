"""``kubedigest explain-sink``: what a --sink string of kube-eventer really filters."""

from __future__ import annotations

import os

import click
from pydantic import ValidationError

from kubedigest.configuration import Configuration
from kubedigest.configuration_errors import sentence
from kubedigest.errors import UsageError
from reports.errors import SinkError
from reports.json_document import json_text
from reports.sinks.explanation import document, explained, table
from reports.sinks.our_channel import OurChannel, our_channel
from reports.sinks.reading import read_sink
from reports.sinks.sink import Sink
from reports.yaml_document import yaml_text


@click.command(name="explain-sink")
@click.argument("sinks", metavar="SINK...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json", "yaml"]),
    default="table",
    show_default=True,
    help="How it is shown.",
)
def command(sinks: tuple[str, ...], output: str) -> None:
    """Explain --sink strings of kube-eventer, such as 'webhook:https://host/path?level=Warning'.

    Says of each what it filters, what kube-eventer really did with it, and the same as a channel of
    our own. Nothing is sent. Secrets are masked.
    """
    found = []
    for number, text in enumerate(sinks, start=1):
        sink = _read(text, number if len(sinks) > 1 else 0)
        channel = our_channel(sink, number)
        found.append(explained(sink, channel, _problem(channel)))
    if output == "json":
        click.echo(json_text(document(found)), nl=False)
    elif output == "yaml":
        click.echo(yaml_text(document(found)), nl=False)
    else:
        click.echo("\n".join(map(table, found)), nl=False)


def _read(text: str, number: int) -> Sink:
    try:
        return read_sink(text, os.environ)
    except SinkError as error:
        raise UsageError(f"sink {number}: {error}" if number else str(error)) from None


def _problem(channel: OurChannel) -> str:
    """Return why the configuration does not take a channel; "" where it does."""
    try:
        Configuration.model_validate(
            {"channels": {channel.name: channel.with_secrets()}, "notify": [channel.rule]}
        )
    except ValidationError as error:
        return sentence(error, Configuration).strip(" ,:")
    return ""

"""Sentences for whoever runs a command: on standard error, or in the log where that is JSON."""

from __future__ import annotations

import logging

import click

JSON_HANDLER = "JSON lines"  # name of the handler that owns standard error
LOG = logging.getLogger("kubedigest")


def say(sentence: str) -> None:
    """Tell the person at the terminal; standard output belongs to the result."""
    if _is_json():
        LOG.info("%s", sentence)
    else:
        click.echo(sentence, err=True)


def say_failure(error: Exception) -> None:
    """Say why the command ends."""
    if _is_json():
        LOG.error("%s", error)
    else:
        click.echo(f"kubedigest: {error}", err=True)


def _is_json() -> bool:
    return any(handler.get_name() == JSON_HANDLER for handler in logging.getLogger().handlers)

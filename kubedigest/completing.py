"""What kubectl asks for the completion of `kubectl event-digest`."""

from __future__ import annotations

import sys

import click
from click.shell_completion import ShellComplete

from kubedigest.cli import kubedigest

_NO_FILES = ":4"  # a directive of kubectl's own completion
_FILES = ":0"


def main(arguments: list[str] | None = None) -> None:
    """Print one candidate a line, with its explanation after a tab, and then the directive.

    The last argument is the word that is being written.
    """
    *before, incomplete = (sys.argv[1:] if arguments is None else arguments) or [""]
    found = ShellComplete(kubedigest, {}, "kubedigest", "").get_completions(before, incomplete)
    for one in found:
        if one.type == "plain":
            click.echo(f"{one.value}\t{one.help}" if one.help else one.value)
    click.echo(_NO_FILES if found and all(one.type == "plain" for one in found) else _FILES)

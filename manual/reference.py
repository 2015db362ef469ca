"""docs/reference.md: every command with every option, as the program itself says it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

import click

from kubedigest.cli import kubedigest

_HEAD = """\
# Commands and options

<!-- made by ./run manual: change the help text in the code -->

Every command also answers `--help`. Installed as a plugin, `kubectl event-digest COMMAND` is the
same program ([completion and plugin](command-line.md#shell-completion-and-kubectl)). What the
answers look like is in [command-line.md](command-line.md), what goes into the configuration in
[configuration.md](configuration.md).
"""


def reference() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *map(_section, contexts())])


def contexts() -> Iterator[click.Context]:
    """Yield the context of each command, groups before what is in them."""
    yield from _below(click.Context(kubedigest, info_name="kubedigest"))


def _below(context: click.Context) -> Iterator[click.Context]:
    yield context
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            if command := group.get_command(context, name):
                yield from _below(click.Context(command, info_name=name, parent=context))


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"## {context.command_path}", "", f"`{usage}`", ""]
    for paragraph in (command.help or "").split("\n\n"):
        lines += [*textwrap.wrap(_plain(paragraph), 100, break_on_hyphens=False), ""]
    options = (one for one in command.params if isinstance(one, click.Option))
    if rows := [record for one in options if (record := one.get_help_record(context))]:
        lines += ["| option | meaning |", "| --- | --- |"]
        lines += [f"| `{_cell(names)}` | {_plain(_cell(text))} |" for names, text in rows]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _plain(text: str) -> str:
    """Return *text* so that Markdown shows it as it stands, but for its own backticks."""
    return re.sub(r"([<*])", r"\\\1", " ".join(text.split()))

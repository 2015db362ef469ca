"""The command line: sub-commands are imported when they are called."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from analytics.errors import AnalyticsError, WindowError
from collector.errors import AddressError, CollectorError, KubeconfigError, ListenError
from kubedigest import __version__
from kubedigest.errors import KubedigestError
from kubedigest.saying import say_failure
from reports.errors import ReportError

COMMANDS = {
    "demo": ("kubedigest.commands.demo", "Show what the product does; needs nothing."),
    "collect": ("kubedigest.commands.collect", "Watch clusters and store their events."),
    "receive": ("kubedigest.commands.receive", "Receive and store what exporters post."),
    "import": ("kubedigest.commands.importing", "Store the events of files."),
    "report": ("kubedigest.commands.report", "Write a digest of a day, a week or any window."),
    "notify": ("kubedigest.commands.notify", "Tell live what fails, to chats."),
    "top": ("kubedigest.commands.top", "List what failed most."),
    "histogram": ("kubedigest.commands.histogram", "Show when it failed."),
    "trends": ("kubedigest.commands.trends", "List what is new, worse, better or gone."),
    "explain-sink": (
        "kubedigest.commands.explain_sink",
        "Explain what a --sink string of kube-eventer filters.",
    ),
    "channels": ("kubedigest.commands.channels", "List the channels, or send one a test."),
    "mute": ("kubedigest.commands.mute", "Keep failures out of digests for a while."),
    "db": ("kubedigest.commands.db", "Upgrade, look at or prune the store."),
    "config": ("kubedigest.commands.config", "Check the configuration, or begin a translation."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, importing its module."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = import_module(module).command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands without importing any; options, where one is begun."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=sentence)
            for name, (_, sentence) in COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="YAML file; default: $KUBEDIGEST_CONFIG, else ~/.config/kubedigest/config.yaml.",
)
@click.version_option(__version__, prog_name="kubedigest")
@click.pass_context
def kubedigest(ctx: click.Context, config_file: Path | None) -> None:
    """Count the events of Kubernetes clusters right, and say every morning what broke.

    Without a database URL (KUBEDIGEST_DATABASE_URL, DATABASE_URL, PG* or the configuration) a
    private PostgreSQL in your data folder is used. Exit codes: 0 ok, 1 failure, 2 usage.
    """
    ctx.obj = config_file


def main(arguments: list[str] | None = None, name: str = "kubedigest") -> Any:
    """Run the command line; every error a user can make is one sentence on stderr."""
    try:
        return kubedigest.main(
            args=arguments,
            prog_name=name,
            complete_var="_KUBEDIGEST_COMPLETE",
            standalone_mode=True,
        )
    except KubedigestError as error:
        _fail(error, error.exit_code)
    except (AddressError, KubeconfigError, ListenError, WindowError) as error:
        _fail(error, 2)
    except (CollectorError, AnalyticsError, ReportError) as error:
        _fail(error, 1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone, and nobody is left to tell
        sys.exit(1)


def plugin() -> Any:
    """Run the command line under the name that kubectl gives it."""
    return main(name="kubectl event-digest")


def _fail(error: Exception, exit_code: int) -> None:
    say_failure(error)
    sys.exit(exit_code)

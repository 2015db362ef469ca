"""The options with which a command is told its window, and how to show what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from analytics.window import Window
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.names import checked, some_text
from kubedigest.session import with_timezone
from kubedigest.times import parse_instant, parse_since
from reports.outputs import OUTPUTS

Command = Callable[..., Any]

_WINDOW = (
    click.argument("kind", type=click.Choice(["daily", "weekly"]), required=False),
    click.option(
        "--since",
        metavar="TIME",
        help="Start of a window: 24h before its end, or an ISO time.",
    ),
    click.option("--until", metavar="ISO-TIME", help="End of a window; default: now."),
    click.option("--at", metavar="ISO-TIME", help="What counts as now."),
    click.option(
        "--timezone",
        metavar="ZONE",
        help="Zone of days, and of times without offset, as Europe/Berlin.",
    ),
)
_ANSWER = (
    click.option("-n", "--namespace", metavar="NAME", help="Only this namespace."),
    click.option("-A", "--all-namespaces", is_flag=True, help="Every namespace (the default)."),
    click.option(
        "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most rows."
    ),
    click.option(
        "-o",
        "--output",
        type=click.Choice(OUTPUTS),
        default="table",
        help="wide has more columns; json, yaml and csv have every field.",
    ),
    click.option("--no-headers", is_flag=True, help="Of table, wide and csv."),
)

language_option = click.option(
    "--language",
    metavar="en|zh|FILE.po",
    help="Language of the digest; default: that of the configuration, else English.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The window that was asked for, in the words of the command line."""

    kind: str | None = None
    since: str | None = None
    until: str | None = None
    at: str | None = None
    timezone: str | None = None

    def settle(
        self, settings: Configuration, *, usual: str = "daily"
    ) -> tuple[Configuration, Window, datetime]:
        """Return the settings in the zone that was asked for, the window, and what is now.

        *usual* is what nothing means: daily, weekly, or a duration before now.

        Raises
        ------
        UsageError
            The options contradict each other or cannot be read.
        """
        settings = with_timezone(settings, self.timezone)
        now = parse_instant(self.at, "--at", settings.timezone) or datetime.now(UTC)
        kind, since = self.kind, self.since
        if kind is since is self.until is None:
            kind, since = (usual, None) if usual in ("daily", "weekly") else (None, usual)
        return settings, choose_window(kind, since, self.until, settings, now), now


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which rows of an answer are wanted, and how they are to be written."""

    namespace: str | None = None
    all_namespaces: bool = False
    limit: int = 20
    output: str = "table"
    no_headers: bool = False

    def __post_init__(self) -> None:
        if self.namespace is not None:
            checked("--namespace", self.namespace, some_text)

    @property
    def only(self) -> str | None:
        """The one namespace that is asked for, None for all."""
        return None if self.all_namespaces else self.namespace

    @property
    def is_table(self) -> bool:
        """Tell whether a person is going to read it."""
        return self.output in ("table", "wide")


def window_options(command: Command) -> Command:
    """Add kind, --since, --until, --at and --timezone, which the command gets as ``asked``."""
    return _bundled("asked", Asked, _WINDOW)(command)


def answer_options(command: Command) -> Command:
    """Add -n, -A, --limit, -o and --no-headers, which the command gets as ``shape``."""
    return _bundled("shape", Shape, _ANSWER)(command)


def choose_window(
    kind: str | None, since: str | None, until: str | None, settings: Configuration, now: datetime
) -> Window:
    """Settle the window before anything is started, so that a wrong one costs nothing.

    Raises
    ------
    UsageError
        The options contradict each other or cannot be read.
    """
    if kind is not None and (since is not None or until is not None):
        raise UsageError(f"it is either {kind}, or --since and --until, not both")
    if since is not None or until is not None:
        if since is None:
            raise UsageError("--until needs --since")
        end = parse_instant(until, "--until", settings.timezone) or now
        return Window.between(parse_since(since, end, settings.timezone), end, settings.timezone)
    if kind == "weekly":
        return Window.weekly(now, settings.timezone)
    return Window.daily(now, settings.timezone)


def _bundled(
    name: str, bundle: type[Asked] | type[Shape], options: Sequence[Callable[[Command], Command]]
) -> Callable[[Command], Command]:
    taken = [one.name for one in fields(bundle)]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(*arguments: Any, **given: Any) -> Any:
            values = {field: given.pop(field) for field in taken}
            return command(*arguments, **given, **{name: bundle(**values)})

        decorated: Command = run
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate

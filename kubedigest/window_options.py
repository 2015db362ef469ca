"""The options with which a command is told its window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from analytics.window import Window
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.times import parse_instant, parse_since

_OPTIONS = (
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


def window_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add kind, --since, --until, --at and --timezone to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


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

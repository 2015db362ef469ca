"""Which window the options of a command ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.window_options import (
    Asked,
    Shape,
    answer_options,
    choose_window,
    window_options,
)

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
BERLIN = Configuration(timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("kind", "period"), [(None, "2026-11-21"), ("daily", "2026-11-21"), ("weekly", "2026-W46")]
)
def test_the_last_complete_period_of_the_zone(kind: str | None, period: str) -> None:
    """Without any option the day before."""
    assert choose_window(kind, None, None, BERLIN, NOW).period == period


def test_since_and_until() -> None:
    """A duration before the end, which is now where nothing else is said."""
    window = choose_window(None, "24h", None, BERLIN, NOW)
    assert (window.end, window.hours) == (NOW, 24)
    window = choose_window(None, "2026-11-20T00:00+01:00", "2026-11-20T06:00Z", BERLIN, NOW)
    assert window.start == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert window.end - window.start == timedelta(hours=7)


@pytest.mark.parametrize(
    ("kind", "since", "until", "sentence"),
    [
        ("daily", "24h", None, "not both"),
        ("weekly", None, "2026-11-20", "not both"),
        (None, None, "2026-11-20", "--until needs --since"),
        (None, "yesterday", None, "neither a duration"),
        (None, "24h", "noon", "--until 'noon' is not a time"),
    ],
)
def test_options_that_cannot_be(
    kind: str | None, since: str | None, until: str | None, sentence: str
) -> None:
    """The sentence says which option it is."""
    with pytest.raises(UsageError, match=sentence):
        choose_window(kind, since, until, BERLIN, NOW)


@pytest.mark.parametrize(
    ("asked", "usual", "period", "zone"),
    [
        (Asked(), "daily", "2026-11-21", "Europe/Berlin"),
        (Asked(), "weekly", "2026-W46", "Europe/Berlin"),
        (Asked(), "24h", "20261121T0930-20261122T0930", "Europe/Berlin"),
        (Asked(kind="daily"), "24h", "2026-11-21", "Europe/Berlin"),
        (Asked(since="1h"), "weekly", "20261122T0830-20261122T0930", "Europe/Berlin"),
        (Asked(timezone="Asia/Kolkata"), "24h", "20261121T1400-20261122T1400", "Asia/Kolkata"),
    ],
)
def test_what_is_asked_is_settled(asked: Asked, usual: str, period: str, zone: str) -> None:
    """What is usual counts where nothing is said; the zone of the option wins."""
    settings, window, now = replace(asked, at=NOW.isoformat()).settle(BERLIN, usual=usual)
    assert (window.period, window.timezone, settings.timezone) == (period, zone, zone)
    assert now == NOW


def test_nothing_usual_hides_a_contradiction() -> None:
    """--until alone is still half a window."""
    with pytest.raises(UsageError, match="--until needs --since"):
        Asked(until="2026-11-20").settle(BERLIN, usual="24h")


def test_the_shape_of_an_answer() -> None:
    """All namespaces win over one, as in kubectl; a namespace is a text."""
    assert Shape(namespace="shop").only == "shop"
    assert Shape(namespace="shop", all_namespaces=True).only is None
    assert [Shape(output=output).is_table for output in ("table", "wide", "csv")] == [
        True, True, False,
    ]  # fmt: skip
    with pytest.raises(UsageError, match="--namespace"):
        Shape(namespace=" ")


def test_a_command_gets_its_options_in_two_pieces() -> None:
    """Whatever else it takes; both help and defaults are click's."""

    @click.command
    @window_options
    @click.option("--own")
    @answer_options
    @click.pass_context
    def command(ctx: click.Context, own: str, asked: Asked, shape: Shape) -> None:
        assert ctx.command.name == "command"
        click.echo((own, asked, shape))

    given = ["weekly", "--own", "x", "--at", "T", "-n", "shop", "--limit", "3", "-o", "csv"]
    ran = CliRunner().invoke(command, given)
    expected = Shape(namespace="shop", limit=3, output="csv")
    assert ran.output == f"{('x', Asked(kind='weekly', at='T'), expected)}\n"
    assert CliRunner().invoke(command, []).output == f"{(None, Asked(), Shape())}\n"

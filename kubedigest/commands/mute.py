"""``kubedigest mute``: keep something out of the digests for a while."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from analytics.globs import says_nothing
from analytics.mute_store import add_mute, lift_mutes, load_mutes
from analytics.mutes import FIELDS, Mute
from analytics.window import zone_of
from kubedigest.answering import show
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.names import checked, some_text
from kubedigest.saying import say
from kubedigest.session import configuration, open_store
from kubedigest.times import parse_duration, parse_instant
from kubedigest.window_options import Shape
from reports.listing import NAMELESS, Column, Listing
from reports.outputs import OUTPUTS
from reports.times import date_and_time

LONGEST = timedelta(days=366)
MOST_CHARACTERS = 500

Command = Callable[..., Any]


def _any(value: object) -> str:
    return str(value) if value else "*"


def _minute(value: Any) -> str:
    return date_and_time(value) if isinstance(value, datetime) else NAMELESS


COLUMNS = (
    Column(name="id"),
    Column(name="state", where="wide"),
    *(Column(name=name, show=_any) for name in FIELDS),
    Column(name="expires", heading="until", show=_minute),
    Column(name="by"),
    Column(name="because"),
    Column(name="created", where="wide", show=_minute),
    Column(name="lifted", where="wide"),
    Column(name="lifted_by", where="wide"),
)

_AT = click.option("--at", metavar="ISO-TIME", help="What counts as now.")
_BY = click.option(
    "--by", metavar="NAME", help="Who you are; default: the name that you are logged in with."
)


@click.group(name="mute")
def command() -> None:
    """Keep failures out of the rows of digests for a while.

    A digest still counts what is muted, apart, and says who muted it, why and until when.
    """


@command.command()
@click.option("--cluster", metavar="PATTERN", default="", help="As prod-*; default: every one.")
@click.option("-n", "--namespace", metavar="PATTERN", default="", help="Default: every one.")
@click.option("--kind", metavar="PATTERN", default="", help="Of the workload, as Deployment.")
@click.option("--name", metavar="PATTERN", default="", help="Of the workload.")
@click.option("--reason", metavar="PATTERN", default="", help="Of the events, as FailedMount.")
@click.option("--for", "lasting", metavar="DURATION", help="How long: 12h, 3d, 2w.")
@click.option("--until", metavar="ISO-TIME", help="Until when, instead of --for.")
@click.option("--because", metavar="TEXT", required=True, help="Why, as every digest will say.")
@_BY
@_AT
@click.pass_context
def add(
    ctx: click.Context,
    cluster: str,
    namespace: str,
    kind: str,
    name: str,
    reason: str,
    lasting: str | None,
    until: str | None,
    because: str,
    by: str | None,
    at: str | None,
) -> None:
    """Mute what matches every pattern that is given; * stands for any text, ? for a character.

    It takes effect with the next digest, also of a day that is over. Kinds and reasons match in
    any case.
    """
    settings = configuration(ctx)
    now = _now(at, settings)
    mute = Mute(
        id=0,
        cluster=cluster,
        namespace=namespace,
        kind=kind,
        name=name,
        reason=reason,
        because=_text("--because", because),
        by=_who(by),
        created=now,
        expires=_expires(lasting, until, now, settings),
    )
    _require_patterns(mute)
    kept = add_mute(open_store(settings), mute)
    say(f"mute {kept.id} holds until {_local(kept.expires, settings)}; lift it earlier with")
    say(f"kubedigest mute remove {kept.id}")
    click.echo(kept.id)


@command.command(name="list")
@click.option("--all", "every", is_flag=True, help="Those too that expired or were lifted.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(OUTPUTS),
    default="table",
    show_default=True,
    help="How the mutes are listed.",
)
@click.option("--no-headers", is_flag=True, help="Of table, wide and csv.")
@_AT
@click.pass_context
def list_command(
    ctx: click.Context, every: bool, output: str, no_headers: bool, at: str | None
) -> None:
    """List what is muted now, the oldest first."""
    settings = configuration(ctx)
    now = _now(at, settings)
    mutes = [mute for mute in load_mutes(open_store(settings)) if every or mute.holds_at(now)]
    shape = Shape(output=output, no_headers=no_headers)
    if not mutes and shape.is_table:
        say("nothing was ever muted" if every else "nothing is muted")
        return
    show(Listing(columns=COLUMNS, rows=[_row(mute, now, settings) for mute in mutes]), shape)


@command.command()
@click.argument("numbers", metavar="ID...", nargs=-1, required=True, type=click.IntRange(min=1))
@_BY
@_AT
@click.pass_context
def remove(ctx: click.Context, numbers: tuple[int, ...], by: str | None, at: str | None) -> None:
    """Lift mutes before they expire; `kubedigest mute list` shows their numbers."""
    settings = configuration(ctx)
    now, who = _now(at, settings), _who(by)
    engine = open_store(settings)
    holding = {mute.id for mute in load_mutes(engine) if mute.holds_at(now)}
    if wrong := sorted(set(numbers) - holding):
        raise UsageError(
            f"mute {wrong[0]} does not hold now, and nothing was lifted; see kubedigest mute list"
        )
    for number in sorted(lift_mutes(engine, set(numbers), now=now, by=who)):
        click.echo(f"lifted {number}")


def _require_patterns(mute: Mute) -> None:
    if all(map(says_nothing, mute.patterns.values())):
        raise UsageError(
            "this would mute everything; say what, with --namespace, --kind, --name, --reason or "
            "--cluster"
        )
    for name, pattern in mute.patterns.items():
        checked(f"--{name}", pattern, some_text)


def _row(mute: Mute, now: datetime, settings: Configuration) -> dict[str, object]:
    zone = zone_of(settings.timezone)
    return {
        "id": mute.id,
        "state": _state(mute, now),
        **{name: getattr(mute, name) for name in FIELDS},
        "expires": mute.expires.astimezone(zone),
        "by": mute.by,
        "because": mute.because,
        "created": mute.created.astimezone(zone),
        "lifted": mute.lifted and mute.lifted.astimezone(zone),
        "lifted_by": mute.lifted_by,
    }


def _state(mute: Mute, now: datetime) -> str:
    if mute.holds_at(now):
        return "holds"
    if now < mute.created:
        return "later"
    return "lifted" if mute.lifted is not None and mute.lifted < mute.expires else "expired"


def _expires(
    lasting: str | None, until: str | None, now: datetime, settings: Configuration
) -> datetime:
    if (lasting is None) == (until is None):
        raise UsageError("say for how long: --for 3d, or --until with an ISO time")
    if lasting is not None:
        return now + parse_duration(
            lasting, "--for", longest=LONGEST, usual="write 12h, 3d or 2w, up to a year"
        )
    expires = parse_instant(until, "--until", settings.timezone)
    assert expires is not None  # noqa: S101 - a text was given
    if not now < expires <= now + LONGEST:
        raise UsageError(f"--until {until} does not lie within the next year")
    return expires


def _now(at: str | None, settings: Configuration) -> datetime:
    return parse_instant(at, "--at", settings.timezone) or datetime.now(UTC)


def _local(instant: datetime, settings: Configuration) -> str:
    return f"{date_and_time(instant.astimezone(zone_of(settings.timezone)))} {settings.timezone}"


def _who(by: str | None) -> str:
    if by is not None:
        return _text("--by", by)
    for name in ("LOGNAME", "USER", "USERNAME"):
        if os.environ.get(name):
            return _text(f"${name}", os.environ[name])
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a container's user without a name
        raise UsageError("nobody knows your name here; give it with --by") from error


def _text(option: str, value: str) -> str:
    checked(option, value, some_text)
    if len(value) > MOST_CHARACTERS:
        raise UsageError(f"{option} takes up to {MOST_CHARACTERS} characters")
    return value

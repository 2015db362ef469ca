"""Sends digests to the channels of the configuration, or shows what would be sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial

from sqlalchemy import Engine

from analytics.inert import printable
from analytics.language import language, speaking
from analytics.window import Window
from collector.errors import CollectorError
from kubedigest.configuration import Configuration
from kubedigest.digesting import ChannelDigests
from kubedigest.errors import UsageError
from kubedigest.saying import say
from kubedigest.window_options import Asked
from reports.catch_up import delay_seconds, due
from reports.channels import open_channel
from reports.channels.channel import Channel, Letter
from reports.delivering import Courier
from reports.errand import Delivered
from reports.ledger import Address, Entry, Ledger

EVERY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be sent to one channel."""

    channel: str
    settings: Configuration  # in the zone of the channel
    windows: tuple[Window, ...]  # the oldest first, the one that was asked for last
    unclear: tuple[Address, ...] = ()  # earlier ones that a person has to look at


def chosen_channels(names: Sequence[str], settings: Configuration) -> tuple[str, ...]:
    """Return the channels that are meant, each once; *all* means every one.

    Raises
    ------
    UsageError
        There is no such channel.
    """
    known = settings.channels
    if not known:
        raise UsageError("no channel is configured; add one to channels: in the configuration")
    wanted = tuple(known) if EVERY in names else tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"there is no channel {printable(name)[:60]!r}; there are {', '.join(known)}"
            )
    return wanted


def plan(
    names: Sequence[str], asked: Asked, settings: Configuration, *, today: datetime
) -> Callable[[Engine, int], list[Plan]]:
    """Settle what is to be sent, before anything is started; the answer looks into the ledger.

    Parameters
    ----------
    names
        Channels, or *all*.
    asked
        The window; days and clock times are those of each channel's zone.
    today
        What the machine's clock says.

    Raises
    ------
    UsageError
        A channel or a window cannot be, or the window is not over.
    """
    settings, _, now = asked.settle(settings)
    exact = replace(asked, at=now.isoformat(), timezone=None)
    latest: list[tuple[str, Configuration, Window]] = []
    for name in chosen_channels(names, settings):
        zone = settings.channels[name].timezone or settings.timezone
        local, window, _ = exact.settle(settings.model_copy(update={"timezone": zone}))
        if window.end > min(now, today):
            raise UsageError(f"{window.period} is not over yet, so that it cannot be sent")
        latest.append((name, local, window))

    def look(engine: Engine, days: int) -> list[Plan]:
        ledger = Ledger(engine)
        ledger.settle_abandoned()
        return [
            _plan(name, local, window, ledger.entries(channel=name), days=days)
            for name, local, window in latest
        ]

    return look


def _plan(
    name: str, settings: Configuration, latest: Window, entries: Sequence[Entry], *, days: int
) -> Plan:
    windows = due(latest, entries, days=days)
    unclear = [
        entry.address
        for entry in entries
        if entry.state == "unclear" and entry.address.window not in windows
    ]
    return Plan(channel=name, settings=settings, windows=windows, unclear=tuple(unclear))


def send(
    engine: Engine,
    plans: Sequence[Plan],
    now: datetime,
    *,
    jitter_seconds: int,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Send what is planned, saying in a line each what became of it; tell whether all arrived.

    A channel that fails stops no other. Where a missed period cannot be sent, the last one is tried
    all the same, and the rest waits for the next run.
    """
    started, digests = datetime.now(UTC), ChannelDigests(engine, now)
    waits = {
        one.channel: delay_seconds(one.channel, started, within=jitter_seconds) for one in plans
    }
    is_well = True
    for one in sorted(plans, key=lambda plan: waits[plan.channel]):
        passed = (datetime.now(UTC) - started).total_seconds()
        sleep(max(0.0, waits[one.channel] - passed))
        for found in _sent(engine, one, digests):
            say(line(found))
            is_well = is_well and not found.has_failed
        for address in one.unclear:
            say(f"{one.channel}: {address} is unclear still; see --mark-sent and --resend")
    return is_well


def line(found: Delivered) -> str:
    """Return what became of one digest, on one line."""
    address = found.address
    what = f"{address.window.report} {address.window.period}"
    for_whom = f" in place of {address.stands_in_for}" if address.stands_in_for else ""
    said = {"already sent": "was sent already", "busy": "is left to another run"}
    verb = said.get(found.outcome, found.outcome)
    parts = [f"{address.channel}: {what} {verb}{for_whom}"]
    if found.copies > 1:
        parts.append(f"there may be {found.copies} copies of it")
    if found.has_failed:
        code = f" ({found.code})" if found.code else ""
        parts += [f"{found.reason}{code}", found.hint]
        if found.next_try is not None:
            parts.append(f"next try after {found.next_try.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    return printable("; ".join(part for part in parts if part))


def preview(engine: Engine, plans: Sequence[Plan], now: datetime) -> Iterator[str]:
    """Yield every payload as it would be sent, with its secrets masked; nothing is written down."""
    ledger, digests = Ledger(engine), ChannelDigests(engine, now)
    for one in plans:
        channel = open_channel(one.settings.channels[one.channel])
        for window in one.windows:
            address = Address(channel=one.channel, window=window)
            digest = digests.of(window, one.settings, channel.settings)
            letter = Letter(
                digest=digest,
                id=ledger.letter_id(address),
                is_late=window != one.windows[-1],
            )
            with speaking(language(channel.settings.language)):
                messages = channel.compose(letter)
                for number, message in enumerate(messages, start=1):
                    yield f"--- {address} ({number} of {len(messages)})\n"
                    yield channel.preview(message, letter, now).rstrip("\n") + "\n"


def _sent(engine: Engine, one: Plan, digests: ChannelDigests) -> Iterator[Delivered]:
    courier = Courier(engine)
    channels = cache(partial(_open, one.settings))
    fallback = one.settings.channels[one.channel].fallback
    is_stopped = False
    for window in one.windows:
        is_late = window != one.windows[-1]
        if is_late and is_stopped:
            continue
        address = Address(channel=one.channel, window=window)
        chosen = one.settings.channels[one.channel]
        build = partial(digests.of, window, one.settings, chosen)
        try:
            found = courier.deliver_or_stand_in(
                channels, address, build, fallback=fallback, is_late=is_late
            )
        except CollectorError as error:  # of the ledger: what it does not know of was not sent
            reason = printable(str(error))
            found = (Delivered(address=address, outcome="not sent", reason=reason),)
        is_stopped = found[0].has_failed
        yield from found


def _open(settings: Configuration, name: str) -> Channel:
    return open_channel(settings.channels[name])

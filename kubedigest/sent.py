"""What the ledger knows of digests that were sent: shown, sent again, or marked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from analytics.digest import Digest
from analytics.inert import printable
from kubedigest.configuration import Configuration
from kubedigest.digesting import channel_digest
from kubedigest.errors import Failure, UsageError
from kubedigest.sending import chosen_channels
from reports.channels import open_channel
from reports.delivering import Courier
from reports.errand import Delivered
from reports.ledger import Address, Entry, Ledger
from reports.listing import Column, Listing
from reports.stored_digest import from_json

KEY = "REPORT/PERIOD/CHANNEL"

_COLUMNS = (
    Column(name="digest"),
    Column(name="state"),
    Column(name="copies"),
    Column(name="tries", spare=2),
    Column(name="changed"),
    Column(name="reason", spare=1),
    Column(name="code", where="wide"),
    Column(name="hint", where="wide"),
    *(
        Column(name=name, where="data")
        for name in (
            "channel",
            "stands_in_for",
            "report",
            "period",
            "start",
            "end",
            "timezone",
            "id",
            "policy",
            "parts",
            "parts_sent",
            "next_try",
            "created",
            "sent",
        )
    ),
)


def status(
    engine: Engine, settings: Configuration, *, since: datetime, report: str | None
) -> Listing:
    """List what became of the digests that something was noted of since then."""
    ledger = Ledger(engine)
    ledger.settle_abandoned()
    entries = ledger.entries(since=since, report=report)
    zone = ZoneInfo(settings.timezone)
    return Listing(columns=_COLUMNS, rows=[_row(entry, zone) for entry in entries])


def find(engine: Engine, key: str, timezone: str | None) -> Entry:
    """Return what the ledger knows of ``REPORT/PERIOD/CHANNEL``.

    Parameters
    ----------
    key
        As `status` lists it; a fourth part is the channel that it stands in for.
    timezone
        Needed only where the period was sent in several zones.

    Raises
    ------
    UsageError
        There is none, or there are several.
    """
    parts = key.split("/")
    if not 3 <= len(parts) <= 4:
        raise UsageError(
            f"{printable(key)[:60]!r} is no digest that was sent; write {KEY}, such as "
            "daily/2026-11-21/ops"
        )
    report, period, channel, *stands_in_for = parts
    ledger = Ledger(engine)
    ledger.settle_abandoned()
    found = [
        entry
        for entry in ledger.entries(channel=channel, report=report, period=period)
        if entry.address.stands_in_for == "".join(stands_in_for)
        and timezone in (None, entry.address.window.timezone)
    ]
    if not found:
        raise UsageError(
            f"nothing is known of {printable(key)[:120]}; report --status lists what is"
        )
    if len(found) > 1:
        zones = ", ".join(sorted({entry.address.window.timezone for entry in found}))
        raise UsageError(f"there are {len(found)} of {key}, in {zones}; add --timezone ZONE")
    return found[0]


def sent_digest(engine: Engine, entry: Entry) -> Digest:
    """Return what was sent.

    Raises
    ------
    Failure
        Nothing was.
    """
    stored = Ledger(engine).digest(entry.address)
    if stored is None:
        raise Failure(f"{entry.address} was never on its way, so that nothing of it is kept")
    return from_json(stored)


def resend(engine: Engine, settings: Configuration, entry: Entry, *, now: datetime) -> Delivered:
    """Send another copy, marked as one where an earlier one may have arrived.

    Raises
    ------
    UsageError
        The channel is no longer configured.
    """
    address = entry.address
    chosen_channels([address.channel], settings)
    channel = open_channel(settings.channels[address.channel])
    window = address.window
    local = settings.model_copy(update={"timezone": window.timezone})

    def build() -> Digest:
        chosen = settings.channels.get(address.stands_in_for, channel.settings)
        return channel_digest(engine, window, local, chosen, now=now)

    return Courier(engine).deliver(channel, address, build, by_hand=True)


def mark_sent(engine: Engine, entry: Entry) -> Address:
    """Note that somebody has found it in its chat.

    Raises
    ------
    Failure
        A run is sending it.
    """
    if not Ledger(engine).mark_sent(entry.address):
        raise Failure(f"{entry.address} is being sent; wait for the run that does it")
    return entry.address


def _row(entry: Entry, zone: ZoneInfo) -> dict[str, object]:
    window = entry.address.window
    moments: Sequence[datetime | None] = (
        entry.updated,
        entry.next_try,
        entry.created,
        entry.sent_time,
    )
    changed, next_try, created, sent = (
        None if moment is None else moment.astimezone(zone).replace(microsecond=0)
        for moment in moments
    )
    return {
        "digest": str(entry.address),
        "state": entry.state,
        "copies": entry.copies,
        "tries": entry.tries,
        "changed": changed,
        "reason": entry.reason,
        "code": entry.code,
        "hint": entry.hint,
        "channel": entry.address.channel,
        "stands_in_for": entry.address.stands_in_for,
        "report": window.report,
        "period": window.period,
        "start": window.local_start,
        "end": window.local_end,
        "timezone": window.timezone,
        "id": entry.letter_id,
        "policy": entry.policy,
        "parts": entry.parts,
        "parts_sent": entry.parts_sent,
        "next_try": next_try,
        "created": created,
        "sent": sent,
    }

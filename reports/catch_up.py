"""Which periods a channel is to get: the last one, and those before it that it has missed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from analytics.window import Window
from reports.ledger import Entry

_HALF_HOUR = timedelta(minutes=30)
_QUIET = timedelta(minutes=1)  # how long a full or half hour is a bad moment


def due(latest: Window, entries: Sequence[Entry], *, days: int) -> tuple[Window, ...]:
    """Return the windows whose digests a channel is to get.

    Parameters
    ----------
    latest
        The last complete day or week, or any other window.
    entries
        What the ledger knows of the channel.
    days
        How far back before the end of the latest one a missed one may end; 0 for none. [d]

    Returns
    -------
    tuple of Window
        The oldest first, *latest* always last. One is missed where nothing was sent of it, it lies
        after the first that the ledger knows of this channel and report, and its policy allows it:
        a channel that is new gets no flood. A day that was sent in another zone was not missed.
    """
    own = [
        entry
        for entry in entries
        if entry.address.window.report == latest.report and not entry.address.stands_in_for
    ]
    if latest.report == "custom" or not own:
        return (latest,)
    first = min(entry.address.window.start for entry in own)
    missed: list[Window] = []
    window = latest.previous()
    while window.end >= latest.end - timedelta(days=days) and window.start >= first:
        known = [entry for entry in own if entry.address.window.period == window.period]
        if all(entry.may_be_claimed for entry in known):
            missed.append(known[-1].address.window if known else window)
        window = window.previous()
    return (*reversed(missed), latest)


def delay_seconds(channel: str, now: datetime, *, within: int) -> float:
    """Return how long a channel is to wait, so that not all of them are sent to at once.

    Parameters
    ----------
    channel
        Its name decides: the same channel waits for as long every day.
    now
        When it would be sent to otherwise.
    within
        The longest wait; 0 for none. [s]

    Returns
    -------
    float
        Some services refuse messages at full and half hours, when everybody sends: the first
        minute after them is kept off, for which the wait may be a minute longer than *within*.

    Examples
    --------
    >>> from datetime import UTC
    >>> nine = datetime(2026, 11, 22, 9, tzinfo=UTC)
    >>> delay_seconds("ops", nine, within=0), delay_seconds("ops", nine, within=30) >= 60
    (0.0, True)
    """
    if within <= 0:
        return 0.0
    digest = hashlib.sha256(channel.encode()).digest()
    wait = timedelta(seconds=int.from_bytes(digest[:8], "big") / 2**64 * within)
    since_midnight = now + wait - now.replace(hour=0, minute=0, second=0, microsecond=0)
    if since_midnight % _HALF_HOUR < _QUIET:
        wait += _QUIET
    return wait.total_seconds()

"""The window that a notebook asks for."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from analytics.errors import WindowError
from analytics.window import Window, zone_of
from kubedigest.errors import UsageError
from kubedigest.times import parse_duration, parse_instant

Moment = str | datetime
USUAL = "24h"


def asked_window(
    what: str | Window | None,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    now: datetime,
    timezone: str,
) -> Window:
    """Return the window that is meant.

    Parameters
    ----------
    what
        ``"daily"`` and ``"weekly"``, the last complete local day or ISO week; a duration such as
        ``"24h"``, which ends at *until*; a Window, taken as it is; or ``None`` where *since* says
        it, else the last 24 hours.
    since
        A duration before the end, or the start itself.
    until
        The end; ``None`` for *now*.
    now
        Aware.
    timezone
        IANA name: the zone of days, and of times that are text without an offset.

    Returns
    -------
    Window
        Half-open, in UTC.

    Raises
    ------
    UsageError
        The arguments contradict each other, or a text is neither a duration nor a time.
    WindowError
        The window is empty, a datetime is naive, or there is no such zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 10, 26, 8, tzinfo=UTC)
    >>> asked_window("daily", now=now, timezone="Europe/Berlin").hours  # summer time ended
    25.0
    >>> asked_window("90m", until="2026-10-25T12:00", now=now, timezone="UTC").period
    '20261025T1030-20261025T1200'
    """
    if isinstance(what, Window):
        if since is not None or until is not None:
            raise UsageError("it is either a Window, or since and until, not both")
        return what
    zone_of(timezone)
    if what in {"daily", "weekly"}:
        if since is not None or until is not None:
            raise UsageError(f"it is either {what!r}, or since and until, not both")
        return Window.daily(now, timezone) if what == "daily" else Window.weekly(now, timezone)
    if what is not None and since is not None:
        raise UsageError(f"it is either {what[:60]!r} or since, not both")
    end = now if until is None else _instant(until, "until", timezone)
    start = what if what is not None else since if since is not None else USUAL
    return Window.between(_start(start, end, timezone), end, timezone)


def _start(value: Moment, end: datetime, timezone: str) -> datetime:
    if isinstance(value, str):
        try:
            return end - parse_duration(value, "since")
        except OverflowError as error:
            raise UsageError(f"since {value!r} begins before the year 1") from error
        except UsageError:
            if not value[:4].isdecimal():
                raise UsageError(
                    f"{value[:60]!r} is neither 'daily' nor 'weekly', nor a duration such as "
                    "'24h' or '7d', nor an ISO time"
                ) from None
    return _instant(value, "since", timezone)


def _instant(value: Moment, name: str, timezone: str) -> datetime:
    if isinstance(value, str):
        parsed = parse_instant(value, name, timezone)
        assert parsed is not None  # noqa: S101 - a text was given
        return parsed
    if isinstance(value, pd.Timestamp):  # it keeps nanoseconds, which a Window has none of
        return value.floor("us").to_pydatetime()
    if not isinstance(value, datetime):
        raise WindowError(f"{name} has to be a text or a datetime, not {type(value).__name__}.")
    return value

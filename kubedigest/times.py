"""Times and durations as people write them: 2026-11-22T09:00, 90m, 24h, 7d, 2w."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from kubedigest.errors import UsageError

LONGEST = timedelta(days=36_525)  # a century
_DURATION = re.compile(r"(\d{1,9})(ms|[smhdw])")
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_duration(
    value: str,
    option: str,
    *,
    longest: timedelta = LONGEST,
    usual: str = "write 90m, 24h, 7d or 2w, up to a century",
) -> timedelta:
    """Return the duration; UsageError naming *option*, and what is usual, where it is none."""
    match = _DURATION.fullmatch(value)
    seconds = int(match[1]) * _UNIT_SECONDS[match[2]] if match else 0
    if not 0 < seconds <= LONGEST.total_seconds():
        raise UsageError(f"{option} {value[:60]!r} is not a duration; {usual}")
    if seconds > longest.total_seconds():
        raise UsageError(f"{option} {value} is too long; {usual}")
    return timedelta(seconds=seconds)


def parse_instant(value: str | None, option: str, timezone: str) -> datetime | None:
    """Return an aware time in UTC from ISO 8601; one without offset is a local time.

    Raises
    ------
    UsageError
        It is no time, or one outside the years 1 to 9999.
    """
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
        aware = instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(timezone))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option} {value[:60]!r} is not a time; write it like 2026-11-22T09:00:00+01:00, or "
            f"without an offset for {timezone}"
        ) from error


def parse_since(value: str, end: datetime, timezone: str) -> datetime:
    """Return the start of a window: a duration before *end*, or an ISO 8601 time."""
    if _DURATION.fullmatch(value):
        try:
            return end - parse_duration(value, "--since")
        except OverflowError as error:
            raise UsageError(f"--since {value} begins before the year 1") from error
    try:
        start = parse_instant(value, "--since", timezone)
    except UsageError as error:
        raise UsageError(
            f"--since {value[:60]!r} is neither a duration such as 24h nor an ISO time"
        ) from error
    assert start is not None  # noqa: S101 - a text was given
    return start

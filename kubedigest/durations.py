"""Durations as people write them: 90m, 24h, 7d, 2w."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from kubedigest.errors import UsageError

_DURATION = re.compile(r"(\d{1,6})([smhdw])")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(value: str, option: str) -> timedelta:
    """Return the duration; UsageError naming *option* where it cannot be read."""
    match = _DURATION.fullmatch(value)
    if match is None or int(match[1]) == 0:
        raise UsageError(f"{option} {value[:60]!r} is not a duration; write 90m, 24h, 7d or 2w")
    return timedelta(**{_UNIT[match[2]]: int(match[1])})


def parse_since(value: str, end: datetime) -> datetime:
    """Return the start of a window: a duration before *end*, or an ISO 8601 time."""
    if _DURATION.fullmatch(value):
        return end - parse_duration(value, "--since")
    try:
        start = datetime.fromisoformat(value)
    except ValueError as error:
        raise UsageError(
            f"--since {value[:60]!r} is neither a duration such as 24h nor an ISO time"
        ) from error
    return start if start.tzinfo else start.replace(tzinfo=UTC)

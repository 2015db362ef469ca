"""Durations as people write them: 90m, 24h, 7d, 2w."""

from __future__ import annotations

import re
from datetime import timedelta

from kubedigest.errors import UsageError

_DURATION = re.compile(r"(\d{1,6})([smhdw])")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(value: str, option: str) -> timedelta:
    """Return the duration; UsageError naming *option* where it cannot be read."""
    match = _DURATION.fullmatch(value)
    if match is None or int(match[1]) == 0:
        raise UsageError(f"{option} {value[:60]!r} is not a duration; write 90m, 24h, 7d or 2w")
    return timedelta(**{_UNIT[match[2]]: int(match[1])})

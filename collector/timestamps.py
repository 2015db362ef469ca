"""Times as Kubernetes and Go write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# datetime.fromisoformat reads more than RFC 3339 (week dates, plain dates); this is what it lacks
_GO_TEXT = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?([+-]\d\d):?(\d\d)"
    r"(?: [A-Z]{1,5}| [+-]\d{2,4})?(?: m=[+-][\d.]+)?",
    re.ASCII,
)
_NAME_SUFFIX = re.compile(r"\.([0-9a-f]{15,16})\Z")
_NAME_TIME_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_NAME_TIME_END = datetime(2100, 1, 1, tzinfo=UTC)


def parse_time(value: object) -> datetime | None:
    """Read RFC 3339 or Go's default text as UTC, to the microsecond; None for whatever else.

    Year 1, Go's zero value, is no time.
    """
    if not isinstance(value, str) or len(value) < 20:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return _parse_rare(value)
    if moment.tzinfo is UTC and moment.year > 1 and value[7] == "-":
        return moment
    return _in_utc(moment) if value[7] == "-" else None


def name_time(event_name: str) -> datetime | None:
    """Read the hex UnixNano that client-go puts at the end of an event's name."""
    found = _NAME_SUFFIX.search(event_name)
    if found is None:
        return None
    microseconds = int(found[1], 16) // 1000
    if microseconds > 4_200_000_000_000_000:  # year 2103: what follows would not fit a datetime
        return None
    moment = _EPOCH + microseconds * _MICROSECOND
    return moment if _NAME_TIME_FIRST <= moment < _NAME_TIME_END else None


def _parse_rare(value: str) -> datetime | None:
    """Read lower-case letters, outer blanks and Go's ``2021-05-06 16:50:00 +0800 CST m=+0.1``."""
    text = value.strip().upper().replace(" M=", " m=").replace("Z", "+00:00")
    found = _GO_TEXT.fullmatch(text)
    if found is None:
        return None
    day, clock, hours, minutes = found.groups()
    try:
        return _in_utc(datetime.fromisoformat(f"{day}T{clock}{hours}:{minutes}"))
    except ValueError:
        return None


def _in_utc(moment: datetime) -> datetime | None:
    """Convert to UTC; None without an offset, in year 1 and beyond year 9999."""
    if moment.tzinfo is None:
        return None
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment if moment.year > 1 else None

"""Texts that Go prints, read back: times, counts, maps, series, and what its functions escape."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

from collector.timestamps import parse_time

_LONGEST_TIME_CHARACTERS = 100
_SERIES_CHARACTERS = 300
_SERIES = re.compile(r"&EventSeries\{Count:(\d{1,19}),LastObservedTime:([^,{}]{0,100}),.*\}")
_PAIR = re.compile(r"([^\s:\[\]]{1,317}):([^\s:\[\]]{0,63})")
_HEX = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))", re.ASCII
)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECOND_DIGITS = 16  # 13 to 16 would be milli- and microseconds, which Go has no method for


def go_time(text: str) -> datetime | None:
    """Read a time as Go prints it; None for year 1, which is Go's zero, and what is no time.

    >>> go_time("2026-01-02 11:05:05 +0800 CST").isoformat()
    '2026-01-02T03:05:05+00:00'
    >>> go_time("0001-01-01 00:00:00 +0000 UTC")
    """
    text = text.strip()
    return parse_time(text) if len(text) <= _LONGEST_TIME_CHARACTERS else None


def is_clock_reading(text: str) -> bool:
    """Tell whether Go printed what its clock said then, and no time of an event.

    Only that has the monotonic reading behind it; and no timestamp of an event but eventTime has
    a fraction of a second.

    >>> is_clock_reading("2026-11-23 01:01:45.16129866 +0800 CST m=+4.537762618")
    True
    >>> is_clock_reading("2026-01-02 11:05:05 +0800 CST")
    False
    """
    return " m=" in text or "." in text[:_LONGEST_TIME_CHARACTERS]


def go_series(text: str) -> tuple[str, str] | None:
    """Read count and time of a printed ``*EventSeries``; None for nil."""
    found = _SERIES.fullmatch(text.strip()[:_SERIES_CHARACTERS])
    return (found[1], found[2]) if found else None


def go_map(text: str) -> dict[str, str]:
    """Read ``map[a:b c:d]``, as labels are printed; their values hold neither blank nor colon."""
    text = text.strip()
    if not (text.startswith("map[") and text.endswith("]")):
        return {}
    return dict(_PAIR.findall(text[4:-1]))


def from_hex(text: str) -> str | None:
    """Read ``printf "%x"`` of a string."""
    text = text.strip()
    if not _HEX.fullmatch(text):
        return None
    return bytes.fromhex(text).decode(errors="replace")


def from_html(text: str) -> str | None:
    """Read what ``html`` escaped."""
    return html.unescape(text)


def from_url(text: str) -> str | None:
    """Read what ``urlquery`` escaped."""
    return unquote_plus(text, errors="replace")


def from_quoted(text: str) -> str | None:
    """Read ``printf "%q"``: a string in quotes."""
    text = text.strip()
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return None
    return unescape(text[1:-1])


def unescape(text: str) -> str | None:
    """Read escapes with a backslash, as ``js`` and ``%q`` write them."""
    return _ESCAPE.sub(_character, text)


def from_unix(text: str) -> str | None:
    """Read seconds or nanoseconds since 1970, as ISO 8601."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
        return None
    number = int(digits)
    nanoseconds = number if len(digits) > _NANOSECOND_DIGITS else number * 10**9
    try:
        return (_EPOCH + timedelta(microseconds=nanoseconds // 1000)).isoformat()
    except OverflowError:
        return None


def _rfc3339(text: str) -> str | None:
    return text


def _in_utc(text: str) -> str | None:
    return text.strip().replace(" ", "T") + "+00:00"


# layouts of .Format that can be read back; those without an offset only after .UTC
GO_TIME_LAYOUTS: dict[str, Callable[[str], str | None]] = {
    **{
        f"2006-01-02{between}15:04:05{fraction}Z07:00": _rfc3339
        for between in ("T", " ")
        for fraction in ("", *("." + digit * n for digit in "09" for n in (3, 6, 9)))
    },
    **{
        f"2006-01-02{between}15:04:05{fraction}": _in_utc
        for between in ("T", " ")
        for fraction in ("", *("." + digit * n for digit in "09" for n in (3, 6, 9)))
    },
}


def _character(found: re.Match[str]) -> str:
    simple, *coded = found.groups()
    if simple:
        return _ESCAPES.get(simple, simple)
    number = int(next(code for code in coded if code), 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"

"""Values of Go's templates and how Go prints them: times, layouts, structs, quotes, printf."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

MOST_WIDTH = 1000

_ZERO = datetime(1, 1, 1, tzinfo=UTC)
_VERB = re.compile(r"%([-+# 0]*)(\d*)(?:\.(\d*))?(.)", re.DOTALL | re.ASCII)
_LAYOUT = re.compile(
    r"January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|-07:00|-0700|-07|[.,](?:0+|9+)(?!\d)"
    r"|002|0[1-6]|15|PM|pm|_2|[1-5]"
)
_GO_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_GO_ESCAPES |= {"\v": "\\v", '"': '\\"', "\\": "\\\\"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


class Missing(str):
    """What a map has under a key that it does not have."""

    __slots__ = ()


class Quoted(str):
    """What ``printf "%q"`` makes: where a JSON value stands, it is one already."""

    __slots__ = ()


class Escaped(str):
    """What ``js`` makes, with what it was before: in JSON that is escaped anyhow."""

    __slots__ = ("before",)
    before: str


@dataclass(frozen=True, slots=True)
class GoTime:
    """A time in a zone; None is Go's zero, the beginning of year 1."""

    instant: datetime | None
    zone: tzinfo

    @property
    def local(self) -> datetime:
        """Return the time in its zone; the zero is in UTC, as Kubernetes has it."""
        return self.instant.astimezone(self.zone) if self.instant else _ZERO

    def __str__(self) -> str:
        return formatted_time(self.local, "2006-01-02 15:04:05.999999999 -0700 MST")


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct of Go, by its fields."""

    name: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        inner = "".join(f"{name}:{printed(value)}," for name, value in self.fields.items())
        return f"&{self.name}{{{inner}}}"


def printed(value: object) -> str:
    """Return what ``{{ value }}`` prints.

    >>> printed({"b": "2", "a": "1"}), printed(True), printed(None)
    ('map[a:1 b:2]', 'true', 'nil')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Missing):
        return "<no value>"
    if value is None:
        return "nil"  # as the pointers of an event print themselves
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{value[key]}' for key in sorted(value))}]"
    return str(value)


def is_true(value: object) -> bool:
    """Tell what ``if`` decides: a struct is true whatever it holds, and so is a time."""
    return isinstance(value, GoTime | Struct) or bool(value)


def formatted_time(time: datetime, layout: str) -> str:
    """Return an aware time as ``.Format`` prints it.

    >>> formatted_time(datetime(2026, 1, 2, 15, 4, 5, 120000, UTC), "Jan _2 3:04:05.000PM Z07:00")
    'Jan  2 3:04:05.120PM Z'
    """
    return _LAYOUT.sub(lambda found: _time_part(time, found[0]), layout)


def _time_part(time: datetime, part: str) -> str:
    offset = time.utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset else 0
    sign, hours = "-" if minutes < 0 else "+", f"{abs(minutes) // 60:02}"
    rest = f"{abs(minutes) % 60:02}"
    if part[0] in ".,":
        digits = f"{time.microsecond * 1000:09}"[: len(part) - 1].ljust(len(part) - 1, "0")
        digits = digits.rstrip("0") if part[1] == "9" else digits
        return part[0] + digits if digits else ""
    if part[0] == "Z" and not minutes:
        return "Z"
    if part in _PARTS:
        return _PARTS[part](time)
    colon = ":" if ":" in part else ""
    return sign + hours if part == "-07" else f"{sign}{hours}{colon}{rest}"


_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "2006": lambda time: f"{time.year:04}",
    "06": lambda time: f"{time.year % 100:02}",
    "01": lambda time: f"{time.month:02}",
    "1": lambda time: str(time.month),
    "January": lambda time: _MONTHS[time.month - 1],
    "Jan": lambda time: _MONTHS[time.month - 1][:3],
    "Monday": lambda time: _DAYS[time.weekday()],
    "Mon": lambda time: _DAYS[time.weekday()][:3],
    "002": lambda time: f"{time.timetuple().tm_yday:03}",
    "02": lambda time: f"{time.day:02}",
    "_2": lambda time: f"{time.day:2}",
    "2": lambda time: str(time.day),
    "15": lambda time: f"{time.hour:02}",
    "03": lambda time: f"{time.hour % 12 or 12:02}",
    "3": lambda time: str(time.hour % 12 or 12),
    "04": lambda time: f"{time.minute:02}",
    "4": lambda time: str(time.minute),
    "05": lambda time: f"{time.second:02}",
    "5": lambda time: str(time.second),
    "PM": lambda time: "PM" if time.hour >= 12 else "AM",
    "pm": lambda time: "pm" if time.hour >= 12 else "am",
    "MST": lambda time: time.tzname() or "",
}


def quoted(text: str) -> str:
    """Return a string as ``%q`` prints it."""
    return f'"{"".join(map(_go_letter, text))}"'


def _go_letter(letter: str) -> str:
    if letter in _GO_ESCAPES:
        return _GO_ESCAPES[letter]
    if letter.isprintable():
        return letter
    number = ord(letter)
    return (
        f"\\x{number:02x}"
        if number < 128
        else f"\\u{number:04x}"
        if number < 65536
        else (f"\\U{number:08x}")
    )


def verbs(layout: str) -> list[str]:
    """Return the verbs of a format, of which each takes a value.

    Raises
    ------
    ValueError
        With the verb that is not understood.
    """
    found = []
    for flags, width, _, verb in _VERB.findall(layout):
        if verb == "%":
            continue
        if verb not in "svdqxXt" or int(width or 0) > MOST_WIDTH or "#" in flags:
            raise ValueError(f"%{flags}{width}{verb}")
        found.append(verb)
    if layout.replace("%%", "").count("%") != len(found):
        raise ValueError("%")
    return found


def printf(layout: str, values: Sequence[object]) -> str:
    """Return what ``printf`` prints, for as many values as there are `verbs`."""
    waiting = iter(values)

    def one(found: re.Match[str]) -> str:
        flags, width, precision, verb = found.groups()
        return (
            "%"
            if verb == "%"
            else _padded(_verb(verb, next(waiting), precision, flags), flags, int(width or 0), verb)
        )

    text = _VERB.sub(one, layout)
    return Quoted(text) if layout == "%q" else text


def _verb(verb: str, value: object, precision: str | None, flags: str) -> str:
    most = None if precision is None else int(precision or 0)
    if isinstance(value, int) and not isinstance(value, bool):
        if verb in "xX":
            return f"{value:{verb}}"
        return f"{value:+d}" if "+" in flags else str(value)
    text = printed(value)
    if verb in "xX":
        digits = text.encode(errors="replace")[:most].hex()
        return digits.upper() if verb == "X" else digits
    text = text[:most]
    return quoted(text) if verb == "q" else text


def _padded(text: str, flags: str, width: int, verb: str) -> str:
    if "-" in flags:
        return text.ljust(width)
    return text.zfill(width) if "0" in flags and verb == "d" else text.rjust(width)

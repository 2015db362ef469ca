"""The functions that Go's templates have: what they take, and what they return."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from reports.sinks.go_printing import Escaped, Missing, is_true, printed

ANY = "any"
_BASIC = ("string", "int", "bool", "float")
_JS = {
    **{"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026"},
    "=": "\\u003D",
}


class ArgumentError(Exception):
    """The function does not take these; one clause, without the place."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: how its types are checked once, and what it does every time."""

    check: Callable[[Sequence[str]], str]  # types of the arguments -> type of the result
    run: Callable[..., object]


def _takes(least: int, most: int, kinds: Sequence[str], result: str) -> Callable[..., str]:
    """Return a check of number and types; no kinds for anything."""

    def check(types: Sequence[str]) -> str:
        if not least <= len(types) <= most:
            wanted = f"{least}" if least == most else f"{least} or more"
            raise ArgumentError(f"takes {wanted} values and gets {len(types)}")
        for type_ in types:
            if kinds and type_ not in (*kinds, ANY):
                raise ArgumentError(f"does not take a value of the type {type_}")
        return result

    return check


def _same(least: int, most: int, kinds: Sequence[str]) -> Callable[..., str]:
    """Return a check of a comparison: all are of one type, which can be compared."""
    number = _takes(least, most, kinds, "bool")

    def check(types: Sequence[str]) -> str:
        number(types)
        if len(set(types) - {ANY}) > 1:
            raise ArgumentError(f"cannot compare {' with '.join(types)}")
        return "bool"

    return check


def _one_of(types: Sequence[str]) -> str:
    if not types:
        raise ArgumentError("takes 1 or more values and gets 0")
    return types[0] if len(set(types)) == 1 else ANY


def _index(types: Sequence[str]) -> str:
    if len(types) != 2 or types[0] != "map" or types[1] not in ("string", ANY):
        raise ArgumentError('takes labels or annotations and a key: index .Labels "app"')
    return "string"


def _and(*values: object) -> object:
    return next((value for value in values if not is_true(value)), values[-1])


def _or(*values: object) -> object:
    return next((value for value in values if is_true(value)), values[-1])


def _compare(test: Callable[[object, object], bool]) -> Callable[..., bool]:
    def run(one: object, other: object) -> bool:
        try:
            return test(one, other)
        except TypeError:
            return False

    return run


def _print(*values: object) -> str:
    """Put a blank between two values that are no strings, as fmt.Sprint does."""
    text, before = "", True
    for number, value in enumerate(values):
        is_text = isinstance(value, str)
        text += " " if number and not before and not is_text else ""
        text += printed(value)
        before = is_text
    return text


def _println(*values: object) -> str:
    return " ".join(map(printed, values)) + "\n"


def _slice(text: str, *bounds: int) -> str:
    start, end = [*bounds, *(0, len(text.encode()))[len(bounds) :]][:2]
    return text.encode()[max(0, start) : max(0, end)].decode(errors="replace")


def _check_slice(types: Sequence[str]) -> str:
    if not 1 <= len(types) <= 3 or types[0] != "string" or set(types[1:]) - {"int"}:
        raise ArgumentError("takes a text and one or two numbers: slice .Message 0 200")
    return "string"


def _js(*values: object) -> str:
    before = _print(*values)
    escaped = Escaped(
        "".join(
            _JS.get(letter) or (letter if letter.isprintable() else f"\\u{ord(letter):04X}")
            for letter in before
        )
    )
    escaped.before = before
    return escaped


def _length(value: Mapping[str, str] | str) -> int:
    return len(value.encode()) if isinstance(value, str) else len(value)


def _find(labels: Mapping[str, str], key: str) -> str:
    return labels.get(key, "")


_MANY = 100
FUNCTIONS: Mapping[str, Function] = {
    "eq": Function(_same(2, _MANY, _BASIC), lambda one, *others: one in others),
    "ne": Function(_same(2, 2, _BASIC), lambda one, other: one != other),
    "lt": Function(_same(2, 2, _BASIC), _compare(lambda one, other: one < other)),  # type: ignore[operator]
    "le": Function(_same(2, 2, _BASIC), _compare(lambda one, other: one <= other)),  # type: ignore[operator]
    "gt": Function(_same(2, 2, _BASIC), _compare(lambda one, other: one > other)),  # type: ignore[operator]
    "ge": Function(_same(2, 2, _BASIC), _compare(lambda one, other: one >= other)),  # type: ignore[operator]
    "and": Function(_one_of, _and),
    "or": Function(_one_of, _or),
    "not": Function(_takes(1, 1, (), "bool"), lambda value: not is_true(value)),
    "len": Function(_takes(1, 1, ("string", "map"), "int"), _length),
    "index": Function(_index, _find),
    "slice": Function(_check_slice, _slice),
    "print": Function(_takes(0, _MANY, (), "string"), _print),
    "println": Function(_takes(0, _MANY, (), "string"), _println),
    "js": Function(_takes(1, _MANY, (), "string"), _js),
    "html": Function(
        _takes(1, _MANY, (), "string"),
        lambda *values: (
            html.escape(_print(*values)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
        ),
    ),
    "urlquery": Function(
        _takes(1, _MANY, (), "string"),
        lambda *values: quote_plus(_print(*values), errors="replace"),
    ),
}


def key_of(labels: Mapping[str, str], key: str) -> str:
    """Return what a path such as ``.Labels.app`` finds."""
    return labels.get(key, Missing())

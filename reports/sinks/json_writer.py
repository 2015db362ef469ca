"""What a template prints, put together: as it is, or so that no value breaks the JSON around it."""

from __future__ import annotations

import json
import re

from reports.errors import TemplateError
from reports.sinks.go_printing import Escaped, Quoted, printed

MOST_CHARACTERS = 1_000_000
_MOST_REPAIRS = 50
_SURROGATES = re.compile("[\ud800-\udfff]")
_MARKS = re.compile(r'[\\"]')


class PlainWriter:
    """Escapes nothing."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = MOST_CHARACTERS

    def literal(self, text: str) -> None:
        """Take what the template itself says."""
        self._room -= len(text)
        if self._room < 0:
            raise TemplateError(f"makes more than {MOST_CHARACTERS:,} characters")
        self._parts.append(text)

    def value(self, value: object) -> None:
        """Take what the event says."""
        self.literal(_SURROGATES.sub("\ufffd", printed(value)))

    def text(self) -> str:
        """Return all of it."""
        return "".join(self._parts)


class JsonWriter(PlainWriter):
    """Escapes values for the place where they stand: inside of a text, or as one."""

    def __init__(self) -> None:
        super().__init__()
        self._is_inside = False  # of a text
        self._is_escaped = False  # by a backslash at the end of a literal

    def literal(self, text: str) -> None:
        """Take what the template itself says."""
        super().literal(text)
        at = 1 if self._is_escaped and text else 0
        self._is_escaped = self._is_escaped and not text
        while found := _MARKS.search(text, at):
            at = found.end()
            if found[0] == '"':
                self._is_inside = not self._is_inside
            elif self._is_inside:
                self._is_escaped = at == len(text)
                at += 1

    def value(self, value: object) -> None:
        """Take what the event says."""
        value = value.before if isinstance(value, Escaped) else value
        shown = _SURROGATES.sub("\ufffd", printed(value))
        if self._is_inside:
            backslash = "\\" if self._is_escaped else ""  # of the template, and it means itself
            self._is_escaped = False
            super().literal(backslash + json.dumps(shown, ensure_ascii=False)[1:-1])
        elif isinstance(value, bool | int | float | Quoted):
            super().literal(shown)
        else:
            super().literal(json.dumps(shown, ensure_ascii=False))


def repaired(text: str) -> str:
    """Return JSON for what lacks nothing but commas and the outer braces.

    Raises
    ------
    TemplateError
        With what is wrong, and the line of the text in which it is.

    Examples
    --------
    >>> repaired('"a": "1" "b": 2')
    '{"a": "1", "b": 2}'
    """
    found = text.strip()
    found = f"{{{found}" if found.startswith('"') else found
    for _ in range(_MOST_REPAIRS):
        try:
            json.loads(found, parse_constant=_refuse)
        except json.JSONDecodeError as error:
            if error.msg != "Expecting ',' delimiter":
                raise _no_json(error.msg, error.lineno) from None
            end = error.pos >= len(found)
            if end and not found.startswith("{"):
                raise _no_json("it ends too early", error.lineno) from None
            comma = found[: error.pos].rstrip()
            found = found + "}" if end else f"{comma}, {found[error.pos :]}"
        except (ValueError, RecursionError) as error:
            raise _no_json(str(error), 1) from None
        else:
            return found
    raise _no_json(f"more than {_MOST_REPAIRS} commas are missing", 1)


def _no_json(reason: str, line: int) -> TemplateError:
    return TemplateError(
        f"makes no JSON: {reason[:1].lower()}{reason[1:]}, line {line} of the body"
    )


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")

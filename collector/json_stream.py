"""Huge JSON read record by record, with flat memory.

Read are single documents, lists (an object with ``items``), bare arrays, JSON lines, and documents
one after the other. Records are decoded by the C scanner of the standard library on a moving
buffer; a broken record is handed out as `Broken`, and reading resumes at the next one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from collector.observation import RAW_LIMIT_CHARACTERS

CHUNK_CHARACTERS = 1 << 18
RECORD_LIMIT_CHARACTERS = 8 << 20

CUT_OFF = "the input ends inside"
NOT_JSON = "this is not JSON"
_CUT_OFF_RECORD = f"{CUT_OFF} this record"
_CUT_OFF_LIST = f"{CUT_OFF} a list"
_TOO_LARGE = f"the record is larger than {RECORD_LIMIT_CHARACTERS >> 20} Mi characters"

_BETWEEN_DOCUMENTS = re.compile(r"[\s,\x1e\ufeff]*")
_BLANK = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r"(?:^|\n)([ \t]*)\Z")
_INDENT_CHARACTERS = 8
_NEXT_ELEMENT = re.compile(r"(\}\s{0,99},\s{0,99})\{\s{0,99}")
_FIRST_KEY = re.compile(r'\{\s{0,99}("[^"\\]{1,99}")')
# a string ends at the end of its line here, so that one missing quote does not invert the rest
_STRUCTURE = re.compile(r'"(?:[^"\\\n]++|\\.)*+("?)|[{}\[\],]')
_STRING_REST = re.compile(r'(?:[^"\\\n]++|\\.)*+("?)')
_MARGIN_CHARACTERS = 16  # a token that the end of the buffer cuts is reported no further from it


class SupportsRead(Protocol):
    """A source of decoded text; an empty string is its end."""

    def read(self, size: int, /) -> str:
        """Return some text, about `size` characters at most."""


@dataclass(frozen=True, slots=True)
class Record:
    """One decoded value, and where it stood."""

    value: object
    number: int  # counts all records of the input, from 1
    line: int  # of its first character, from 1
    raw: str  # its text, cut to RAW_LIMIT_CHARACTERS
    list_kind: str = ""  # of the list it is an item of, where that stood before the items
    list_api_version: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that cannot be decoded, and why."""

    number: int
    line: int
    reason: str
    raw: str


class _DecodeError(Exception):
    """The value at hand cannot be decoded; the message is the reason."""


class _FinishedError(Exception):
    """The input ended inside a list, and that has been said."""


def iterate_values(stream: SupportsRead) -> Iterator[Record | Broken]:
    """Yield every record of the stream; what it holds never raises."""
    return _Reader(stream).records()


class _Reader:
    """A window on the text: `_text[_at:]` is what is still to be read."""

    def __init__(self, stream: SupportsRead) -> None:
        self._stream = stream
        self._decode = json.JSONDecoder(strict=False).raw_decode
        self._text = ""
        self._at = 0
        self._dropped = 0  # characters before the window
        self._ended = False
        self._line = 1
        self._lines_counted_to = 0
        self._number = 0
        self._indent = 0  # of the document at hand

    def records(self) -> Iterator[Record | Broken]:
        """Yield the records of all documents."""
        try:
            while self._skip(_BETWEEN_DOCUMENTS):
                first = self._text[self._at]
                self._indent = self._indent_here()
                if first == "[":
                    self._at += 1
                    yield from self._elements("", "")
                elif first == "{":
                    yield from self._document()
                else:
                    if self._number == 0:  # whatever stands before the first document
                        self._indent = _INDENT_CHARACTERS
                    yield self._broken(NOT_JSON, self._to_next_document)
        except _FinishedError:
            return

    def _document(self) -> Iterator[Record | Broken]:
        """Yield one object, or the elements of its items."""
        try:
            found = self._value(may_be_list=True)
        except _DecodeError as error:
            yield self._broken(str(error), self._to_next_document)
            return
        if found is None or (isinstance(found[0], dict) and "items" in found[0]):
            yield from self._list()
        else:
            yield self._record(*found)

    def _list(self) -> Iterator[Record | Broken]:
        """Read an object member by member, so that its items are never held together."""
        line, raw, start = self._line_here(), self._raw(), self._position()
        members: dict[str, object] = {}
        held_from = start
        streamed = False
        self._at += 1
        try:
            while (key := self._key()) is not None:
                if key != "items" or self._peek() != "[":
                    members[key] = self._scalar_or_small(held_from)
                    continue
                self._at += 1
                before = self._number
                yield from self._elements(_text(members, "kind"), _text(members, "apiVersion"))
                streamed = streamed or self._number > before
                members[key] = []
                held_from = self._position()
        except _DecodeError as error:
            self._number += 1
            self._to_next_document()
            raw = raw[: self._position() - start].rstrip()
            yield Broken(self._number, line, str(error), raw)
            return
        if not streamed:  # no list of records after all, or an empty one, which has a kind
            self._number += 1
            yield Record(members, self._number, line, raw)

    def _scalar_or_small(self, held_from: int) -> object:
        found = self._value()
        if found is None or self._dropped + found[1] - held_from > RECORD_LIMIT_CHARACTERS:
            raise _DecodeError(_TOO_LARGE)
        value, self._at = found
        return value

    def _key(self) -> str | None:
        """Read the next key of an object with its colon; None at the end of the object."""
        while self._peek() == ",":
            self._at += 1
        if self._peek() == "}":
            self._at += 1
            return None
        key = self._scalar_or_small(self._position())
        if not isinstance(key, str) or self._peek() != ":":
            raise _DecodeError("a key and a colon are expected")
        self._at += 1
        self._peek()
        return key

    def _elements(self, list_kind: str, list_api_version: str) -> Iterator[Record | Broken]:
        """Yield the elements of an array up to its end."""
        while self._skip(_BLANK):
            first = self._text[self._at]
            if first in ",]":
                self._at += 1
                if first == "]":
                    return
                continue
            try:
                found = self._value()
            except _DecodeError as error:
                yield self._broken(str(error), self._to_next_element)
                if not self._skip(_BLANK):
                    raise _FinishedError from None
            else:
                if found is not None:
                    yield self._record(*found, list_kind, list_api_version)
        yield self._broken(_CUT_OFF_LIST, lambda: None)
        raise _FinishedError

    def _record(
        self, value: object, end: int, list_kind: str = "", list_api_version: str = ""
    ) -> Record:
        self._number += 1
        line, raw = (
            self._line_here(),
            self._text[self._at : min(end, self._at + RAW_LIMIT_CHARACTERS)],
        )
        self._at = end
        return Record(value, self._number, line, raw, list_kind, list_api_version)

    def _broken(self, reason: str, skip: Callable[[], None]) -> Broken:
        """Step over what cannot be read, and say what it was."""
        self._number += 1
        line, raw, start = self._line_here(), self._raw(), self._position()
        skip()
        return Broken(self._number, line, reason, raw[: self._position() - start].rstrip())

    def _value(self, *, may_be_list: bool = False) -> tuple[object, int] | None:
        """Decode one value, and say where it ends; None where streaming its items is better."""
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                text_end = len(self._text)
                cut = error.pos >= text_end - _MARGIN_CHARACTERS or error.msg.startswith("Unterm")
                reason = f"the record is not valid JSON: {error.msg.lower()}"
            except ValueError:
                raise _DecodeError("the record holds a number of too many digits") from None
            except RecursionError:
                raise _DecodeError("the record is nested too deeply") from None
            else:
                if end - self._at > RECORD_LIMIT_CHARACTERS:
                    raise _DecodeError(_TOO_LARGE)
                if end < len(self._text) or self._ended or self._text[end - 1] in '}]"':
                    return value, end
                cut = True  # a number may go on beyond the buffer
            if may_be_list and self._text.find('"items"', self._at) >= 0:
                return None
            if not cut or self._ended:
                raise _DecodeError(_CUT_OFF_RECORD if cut else reason)
            if len(self._text) - self._at > RECORD_LIMIT_CHARACTERS:
                raise _DecodeError(_TOO_LARGE)
            self._more()

    def _to_next_document(self) -> None:
        """Go on at the next line that starts with a brace or bracket, indented no further."""
        next_document = re.compile(rf"\n[ \t]{{0,{self._indent}}}[{{\[]")
        while (found := next_document.search(self._text, self._at)) is None:
            self._at = max(self._at, len(self._text) - 1 - self._indent)
            if not self._more():
                self._at = len(self._text)
                return
        self._at = found.start() + 1

    def _to_next_element(self) -> None:
        """Go on behind the broken element: at its matching brace, or where another begins."""
        end = self._element_end(drop=len(self._text) - self._at > RECORD_LIMIT_CHARACTERS)
        if end is None:
            key = _FIRST_KEY.match(self._text, self._at)
            alike = _NEXT_ELEMENT.pattern + re.escape(key[1]) if key else "(?!)"
            found = re.compile(alike).search(self._text, self._at + 1)
            found = found or _NEXT_ELEMENT.search(self._text, self._at + 1)
            end = found.end(1) if found else self._element_end(drop=True)
        self._at = len(self._text) if end is None else end

    def _element_end(self, *, drop: bool) -> int | None:
        """Find the end of the element by its braces; None where they do not match.

        `drop` gives up the text while reading on, and trusts the braces whatever they are.
        """
        begin = self._position()
        depth, in_string, at = 0, False, self._at
        closing: list[str] = []
        while True:
            if in_string and (rest := _STRING_REST.match(self._text, at)):
                at = rest.end()
                in_string = not rest[1] and self._text[at : at + 1] in ("", "\\")
            for token in _STRUCTURE.finditer(self._text, at):
                at = token.end()
                first = token[0][0]
                if first == '"':
                    in_string = not token[1] and self._text[at : at + 1] in ("", "\\")
                elif depth == 0 and first in ",}]":
                    return max(token.start(), begin + 1 - self._dropped)
                elif first in "{[":
                    depth += 1
                    closing += () if drop else ("}" if first == "{" else "]")
                elif first != ",":
                    depth -= 1
                    if not drop and closing.pop() != first:
                        return None
                    if depth == 0:
                        return at
            at = at if in_string else len(self._text)
            if drop:
                self._at = at
            elif len(self._text) - self._at > RECORD_LIMIT_CHARACTERS:
                return None
            at -= self._at
            if not self._more():
                return None
            at += self._at

    def _peek(self) -> str:
        """Return the next character that is not blank."""
        if not self._skip(_BLANK):
            raise _DecodeError(_CUT_OFF_LIST)
        return self._text[self._at]

    def _skip(self, blank: re.Pattern[str]) -> bool:
        """Step over blanks; False at the end of the input."""
        while True:
            found = blank.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        """Drop what has been read, and read on; at least half of what is still pending."""
        self._line_here()
        kept = max(0, self._at - _INDENT_CHARACTERS - 1)  # so that the indent stays known
        pieces = [self._text[kept:]]
        pending, gained = len(pieces[0]), 0
        while not self._ended and (gained == 0 or gained < pending // 2):
            pieces.append(self._stream.read(CHUNK_CHARACTERS))
            gained += len(pieces[-1])
            self._ended = not pieces[-1]
        self._dropped += kept
        self._text, self._at = "".join(pieces), self._at - kept
        self._lines_counted_to = self._at
        return gained > 0

    def _indent_here(self) -> int:
        """Return how many blanks stand before the document on its line; 0 behind another one."""
        before = self._text[max(0, self._at - _INDENT_CHARACTERS - 1) : self._at]
        found = _INDENT.search(before)
        return min(len(found[1]), _INDENT_CHARACTERS) if found else 0

    def _position(self) -> int:
        return self._dropped + self._at

    def _raw(self) -> str:
        while len(self._text) - self._at < RAW_LIMIT_CHARACTERS and self._more():
            pass
        return self._text[self._at : self._at + RAW_LIMIT_CHARACTERS]

    def _line_here(self) -> int:
        if self._at > self._lines_counted_to:
            self._line += self._text.count("\n", self._lines_counted_to, self._at)
            self._lines_counted_to = self._at
        return self._line


def _text(members: dict[str, object], key: str) -> str:
    value = members.get(key)
    return value if isinstance(value, str) else ""

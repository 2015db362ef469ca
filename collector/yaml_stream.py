"""Huge YAML read record by record, with flat memory.

Lists are cut into their items by the dashes of the list, before anything is parsed: only one item
is ever held, and a broken one is handed out as `Broken` while the others are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.json_stream import RECORD_LIMIT_CHARACTERS, Broken, Record, SupportsRead
from collector.lines import Line, iterate_lines
from collector.observation import RAW_LIMIT_CHARACTERS
from collector.yaml_values import YamlError, parse_yaml

_DOCUMENT_MARK = re.compile(r"(?:---|\.\.\.)(?:\s|$)")
_NO_CONTENT = re.compile(r"\s*(?:#.*)?$|%")
_ITEMS_KEY = re.compile(r"[\"']?items[\"']?:\s*(?:#.*)?$")
_DASH = re.compile(r"( *)-(?:\s|$)")
_INDENT = re.compile(r" *")
_TOO_LARGE = f"the record is larger than {RECORD_LIMIT_CHARACTERS >> 20} Mi characters"


def iterate_yaml(stream: SupportsRead) -> Iterator[Record | Broken]:
    """Yield every record of all documents; what the stream holds never raises."""
    document = _Document(0)
    for line in iterate_lines(stream):
        if _DOCUMENT_MARK.match(line.text):
            yield from document.finish()
            document = _Document(document.number)
            if line.text[3:].strip() and line.text.startswith("---"):
                yield from document.read(Line(line.number, line.text[3:].lstrip()))
        else:
            yield from document.read(line)
    yield from document.finish()


class _Document:
    """Reads the lines of one document: what stands before the list, its items, what follows."""

    def __init__(self, number: int) -> None:
        self.number = number  # of the last record
        self._list_kind = ""
        self._list_api_version = ""
        self._item_indent: int | None = None  # of the dashes, once the list has begun
        self._expects_items = False
        self._is_after_items = False
        self._chunk = _Chunk()

    def read(self, line: Line) -> Iterator[Record | Broken]:
        """Take one line; yield the record that it ends."""
        text = line.text
        if self._item_indent is None:
            yield from self._read_head(line)
            return
        dash = _DASH.match(text)
        if dash and len(dash[1]) == self._item_indent:
            yield from self._end_of_chunk()
            self._is_after_items = False
        elif not self._is_after_items and self._leaves_list(text):
            yield from self._end_of_chunk()
            self._is_after_items = True
        self._chunk.add(line)

    def finish(self) -> Iterator[Record | Broken]:
        """Yield what is still held."""
        yield from self._end_of_chunk()

    def _read_head(self, line: Line) -> Iterator[Record | Broken]:
        """Take a line from before the list, or of a document that is no list."""
        text = line.text
        if self._chunk.is_blank and text.startswith("Warning: "):  # kubectl says so, no key
            return
        dash = _DASH.match(text)
        is_blank = _NO_CONTENT.match(text) is not None
        if dash and (self._expects_items or self._chunk.is_blank):
            if self._expects_items:
                self._remember_head()
            self._chunk = _Chunk()
            self._item_indent = len(dash[1])
        elif not is_blank:
            self._expects_items = _ITEMS_KEY.match(text) is not None
        self._chunk.add(line, is_blank=is_blank)
        yield from ()

    def _leaves_list(self, text: str) -> bool:
        indent = _INDENT.match(text)
        width = indent.end() if indent else 0
        is_key = width < len(text) and not text[width:].startswith(("#", "\t"))
        return is_key and width <= (self._item_indent or 0) and not text.startswith("\r")

    def _remember_head(self) -> None:
        """Keep what the list says of all its items."""
        try:
            head = parse_yaml(self._chunk.text)[0]
        except (YamlError, IndexError):
            return
        if isinstance(head, dict):
            kind, api_version = head.get("kind"), head.get("apiVersion")
            self._list_kind = kind if isinstance(kind, str) else ""
            self._list_api_version = api_version if isinstance(api_version, str) else ""

    def _end_of_chunk(self) -> Iterator[Record | Broken]:
        chunk, self._chunk = self._chunk, _Chunk()
        if chunk.is_blank:
            return
        try:
            value = chunk.value()
        except YamlError as error:
            self.number += 1
            yield Broken(self.number, chunk.line, str(error), chunk.raw)
            return
        if self._is_after_items and isinstance(value, dict):
            return
        self.number += 1
        is_item = self._item_indent is not None and isinstance(value, list) and len(value) == 1
        yield Record(
            value[0] if is_item and isinstance(value, list) else value,
            self.number,
            chunk.line,
            chunk.raw,
            self._list_kind,
            self._list_api_version,
        )


class _Chunk:
    """The lines of one record, up to a limit."""

    def __init__(self) -> None:
        self.line = 0
        self.is_blank = True
        self.is_too_large = False
        self._lines: list[str] = []
        self._characters = 0

    def add(self, line: Line, *, is_blank: bool | None = None) -> None:
        """Take in a line; what is beyond the limit is dropped."""
        if self.is_blank and not (not line.text.strip() if is_blank is None else is_blank):
            self.is_blank = False
            self.line = line.number
        if self._characters <= RECORD_LIMIT_CHARACTERS:
            self._lines.append(line.text)
        self._characters += len(line.text) + 1
        self.is_too_large = self._characters > RECORD_LIMIT_CHARACTERS

    def value(self) -> object:
        """Parse it; raise YamlError where that cannot be done."""
        if self.is_too_large:
            raise YamlError(_TOO_LARGE)
        return (parse_yaml(self.text) or [None])[0]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self._lines)

    @property
    def raw(self) -> str:
        """Its beginning, to be kept where it cannot be read."""
        return self.text[:RAW_LIMIT_CHARACTERS].rstrip()

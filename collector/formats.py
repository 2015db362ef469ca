"""What a text is, found by looking at its beginning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from collector.container_logs import WithoutContainerLogs
from collector.json_stream import Broken, Record, SupportsRead, iterate_values
from collector.kubectl_text import NOTHING_FOUND, is_heading, is_row, iterate_rows
from collector.log_lines import iterate_log, looks_like_a_log
from collector.yaml_stream import iterate_yaml

Format = Literal["json", "yaml", "text", "log"]

HEAD_CHARACTERS = 1 << 16
_LOOKED_AT_LINES = 200
_YAML_LINE = re.compile(r"---|%YAML|#|- |[\"']?[A-Za-z][\w.-]*[\"']?:(?:\s|$)")
_YAML_SIGN = re.compile(
    r"^\s{0,4}(?:- )?[\"']?(?:apiVersion|kind|items|metadata|reason)[\"']?:", re.MULTILINE
)
_JSON_BEGIN = re.compile(r"\s*(?:\{|\[\s*(?:$|[\[\]{\"\d]))")
_JSON_LINE = re.compile(r"^[ \t]{0,8}[{\[]", re.MULTILINE)
_JSON_TEXT = re.compile(r"^(?:\{\s*(?:$|\")|\[\s*(?:$|\{))", re.MULTILINE)
_DOCUMENT_LINE = re.compile(r"[{\[]\s*$")
_LOGGED_EVENT = re.compile(r"\S.*\{.*(?:involvedObject|regarding)\\?\":")


class Peeked:
    """A text whose beginning may be looked at before it is read."""

    def __init__(self, stream: SupportsRead) -> None:
        self._stream = stream
        self._head: list[str] = []

    def head(self) -> str:
        """Return the beginning; it is still to be read."""
        held = 0
        while held < HEAD_CHARACTERS and (text := self._stream.read(HEAD_CHARACTERS)):
            self._head.append(text)
            held += len(text)
        return "".join(self._head)

    def read(self, size: int, /) -> str:
        """Return the next text; an empty string is the end."""
        return self._head.pop(0) if self._head else self._stream.read(size)


def detect(head: str) -> Format | None:
    """Tell what begins like this; None for what nobody here can read."""
    lines = [line for line in head.lstrip("\ufeff").splitlines() if line.strip()]
    lines = lines[:_LOOKED_AT_LINES]
    if not lines:
        return "json"
    first = lines[0]
    if looks_like_a_log(lines[:1]):
        return _log_or_json(lines)
    if _JSON_BEGIN.match(first):
        return "json"
    if any(map(is_heading, lines[:20])) or is_row(first) or NOTHING_FOUND.match(first):
        return "text"
    if _YAML_LINE.match(first) and _YAML_SIGN.search(head) and not _JSON_TEXT.search(head):
        return "yaml"
    if looks_like_a_log(lines):
        return _log_or_json(lines)
    if any(map(is_row, lines)):
        return "text"
    return "json" if _JSON_LINE.search(head) else None


def _log_or_json(lines: list[str]) -> Format:
    """Tell a log of events from a document that a line of a log stands before."""
    has_document = any(map(_DOCUMENT_LINE.match, lines))
    return "json" if has_document and not any(map(_LOGGED_EVENT.search, lines)) else "log"


def iterate_records(stream: SupportsRead, form: Format) -> Iterator[Record | Broken]:
    """Yield every record of a text of that format."""
    return _READERS[form](stream)


_READERS: dict[Format, Callable[[SupportsRead], Iterator[Record | Broken]]] = {
    "json": lambda stream: iterate_values(WithoutContainerLogs(stream)),
    "yaml": lambda stream: iterate_yaml(WithoutContainerLogs(stream)),
    "text": iterate_rows,
    "log": iterate_log,
}

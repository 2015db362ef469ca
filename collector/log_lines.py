"""Logs read line by line: the JSON behind a prefix, and lines that container runtimes wrap.

Known prefixes are whatever stands before the first brace of a line: times, klog's header, a
container runtime's ``<time> stdout F``. Lines that a runtime has cut are put together again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from collector.json_stream import Broken, Record, SupportsRead
from collector.lines import LINE_LIMIT_CHARACTERS, Line, iterate_lines
from collector.observation import RAW_LIMIT_CHARACTERS

_RUNTIME = re.compile(r"\S{20,40} (?:stdout|stderr) ([FP])(?::\S*)? ")
_PREFIX = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d[T ]|[IWEF]\d{4} \d\d:\d\d|\[[\w:]|\S+ (?:stdout|stderr) "
)
_PREFIX_CHARACTERS = 300
_OBJECT = re.compile(r"\{\s{0,9}\"")  # braces in prose hold no quote
_DECODER = json.JSONDecoder(strict=False)
# what an event, or a frame around one, has one of; what is in the prefix of a line has none
_CARRIERS = frozenset(
    ("involvedObject", "regarding", "reason", "metadata", "items", "object", "event", "Event",
     "data", "data_base64", "kind")
)  # fmt: skip


class LogLine(NamedTuple):
    """A line of a log that holds no JSON."""

    text: str


def looks_like_a_log(lines: list[str]) -> bool:
    """Tell whether one of the lines is JSON behind a prefix, or inside a runtime's frame."""
    for line in lines:
        at = line.find("{", 0, _PREFIX_CHARACTERS)
        if at > 0 and _PREFIX.match(line) and '"' in line[at:]:
            return True
        if at == 0 and line.startswith('{"log":') and '"stream":' in line:
            return True
    return False


def iterate_log(stream: SupportsRead) -> Iterator[Record | Broken]:
    """Yield the JSON of every line as a record; a line without any is one of a `LogLine`."""
    held: Line | None = None
    number = 0
    for line in iterate_lines(stream):
        text, is_whole = _unwrapped(line.text)
        whole = Line(held.number, held.text + text) if held else Line(line.number, text)
        if not is_whole and len(whole.text) < LINE_LIMIT_CHARACTERS:
            held = whole
            continue
        held = None
        if whole.text.strip():
            for record in _records(whole, number):
                number = record.number
                yield record
    if held is not None:
        yield from _records(held, number)


def _unwrapped(text: str) -> tuple[str, bool]:
    """Take a runtime's frame away; say whether the line ends there."""
    found = _RUNTIME.match(text)
    if found:
        return text[found.end() :], found[1] == "F"
    if not text.startswith("{") or '"log"' not in text:
        return text, True
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return text, True
    if not isinstance(frame, dict) or "stream" not in frame:
        return text, True
    log = frame.get("log")
    return (log.rstrip("\n"), log.endswith("\n")) if isinstance(log, str) else (text, True)


def _records(line: Line, number: int) -> Iterator[Record | Broken]:
    """Yield every document of the line, numbered on; a prefix in braces is none beside an event."""
    raw = line.text[:RAW_LIMIT_CHARACTERS]
    values, problem = _documents(line.text)
    events = [one for one in values if not _CARRIERS.isdisjoint(one[0])]
    if not events and not problem and _is_prose(line.text):
        yield Record(LogLine(raw), number + 1, line.number, raw)
        return
    found = events or ([] if problem else values)
    for value, own_raw in found:
        number += 1
        yield Record(value, number, line.number, own_raw)
    if problem:
        yield Broken(number + 1, line.number, f"the record is not valid JSON: {problem}", raw)


def _documents(text: str) -> tuple[list[tuple[dict[str, object], str]], str]:
    """Return the objects of the line with their texts, and why what follows cannot be read."""
    values: list[tuple[dict[str, object], str]] = []
    at = 0
    while begin := _OBJECT.search(text, at):
        try:
            value, at = _DECODER.raw_decode(text, begin.start())
        except json.JSONDecodeError as error:
            return values, error.msg.lower()
        except (ValueError, RecursionError):
            return values, "too large"
        values.append((value, text[begin.start() : at][:RAW_LIMIT_CHARACTERS]))
    return values, ""


def _is_prose(text: str) -> bool:
    """Tell whether the first brace of the line, if any, begins no JSON."""
    return not _OBJECT.match(text, max(0, text.find("{")))

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
            number += 1
            yield _record(whole, number)
    if held is not None:
        yield _record(held, number + 1)


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


def _record(line: Line, number: int) -> Record | Broken:
    raw = line.text[:RAW_LIMIT_CHARACTERS]
    at = line.text.find("{")
    if at < 0:
        return Record(LogLine(raw), number, line.number, raw)
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(line.text, at)
    except (ValueError, RecursionError) as error:
        if '"' not in line.text[at : at + 3]:  # braces in prose
            return Record(LogLine(raw), number, line.number, raw)
        problem = error.msg.lower() if isinstance(error, json.JSONDecodeError) else "too large"
        return Broken(number, line.number, f"the record is not valid JSON: {problem}", raw)
    return Record(value, number, line.number, raw)

"""JSON in logs."""

from __future__ import annotations

import io
import json

import pytest

from collector.json_stream import Broken, Record
from collector.log_lines import LogLine, iterate_log, looks_like_a_log

EVENT = {"kind": "Event", "reason": "BackOff", "message": "a {b}"}
TEXT = json.dumps(EVENT)
CRI = "2026-01-10T10:00:00.123456789Z stdout"


def values(text: str) -> list[object]:
    """Return what each record holds, or why it cannot be read."""
    return [
        one.value if isinstance(one, Record) else one.reason
        for one in iterate_log(io.StringIO(text))
    ]


@pytest.mark.parametrize(
    "prefix",
    [
        "2026-01-10T10:00:00Z ",
        "2026/01/10 10:00:00 main.go:5: ",
        "I0110 10:00:00.123456       1 glogsink.go:42] ",
        f"{CRI} F ",
        f"{CRI} F I0110 10:00:00.123456       1 glogsink.go:42] ",
        "[2026-01-10 10:00:00] INFO ",
    ],
)
def test_prefixes(prefix: str) -> None:
    """The JSON behind a time, klog's header or a runtime's frame is the record."""
    assert looks_like_a_log([prefix + TEXT])
    assert values(f"{prefix}{TEXT}\n") == [EVENT]


def test_docker_frames() -> None:
    """Docker wraps each line in JSON, and cuts long ones."""

    def frame(log: str) -> str:
        return json.dumps({"log": log, "stream": "stdout", "time": "2026-01-10T10:00:00Z"})

    lines = [frame(TEXT + "\n"), frame(TEXT[:20]), frame(TEXT[20:] + "\n"), TEXT]
    assert looks_like_a_log(lines[:1])
    assert values("\n".join(lines)) == [EVENT, EVENT, EVENT]


def test_lines_that_a_runtime_has_cut() -> None:
    """They are one record, which stands where the first of them stood."""
    text = f"{CRI} F hello\n{CRI} P {TEXT[:20]}\n{CRI} F {TEXT[20:]}\n{CRI} P {TEXT}"
    found = list(iterate_log(io.StringIO(text)))
    assert [one.line for one in found] == [1, 2, 4]
    assert values(text) == [LogLine("hello"), EVENT, EVENT]


def test_lines_without_events() -> None:
    """Prose is a log line, also with braces; JSON that is cut is said."""
    text = "started\nmap{a: 1}\nx {0}\n\n" + TEXT[:-5] + "\n"
    found = values(text)
    assert found[:3] == [LogLine("started"), LogLine("map{a: 1}"), LogLine("x {0}")]
    assert str(found[3]).startswith("the record is not valid JSON: ")
    deep = "x " + '{"a":' * 100_000
    assert isinstance(next(iterate_log(io.StringIO(deep))), Broken)


@pytest.mark.parametrize("line", [TEXT, f"[{TEXT}]", '{"log": 1}', "a: {b: c}", ""])
def test_what_is_no_log(line: str) -> None:
    """JSON and YAML are read by their own readers."""
    assert not looks_like_a_log([line])


@pytest.mark.parametrize(
    "prefix", ["INFO {worker-1} ", 'INFO {"id":1} ', '{"level":"info","message":"x"} ', "a {} "]
)
def test_braces_in_the_prefix(prefix: str) -> None:
    """They do not hide the event behind them, nor are they records."""
    assert values(f"{prefix}{TEXT}\n") == [EVENT]


def test_several_documents_on_one_line() -> None:
    """Each is a record, and what is broken behind them is said."""
    found = list(iterate_log(io.StringIO(f"x {TEXT} {TEXT}{TEXT[:-3]}\n{TEXT}")))
    assert [isinstance(one, Record) for one in found] == [True, True, False, True]
    assert [(one.number, one.line) for one in found] == [(1, 1), (2, 1), (3, 1), (4, 2)]


def test_braces_without_end_take_linear_time() -> None:
    """A line of braces is prose, and a line of documents is read once."""
    assert isinstance(values("x " + "{" * 1_000_000)[0], LogLine)
    assert len(values("x " + '{"a":1}' * 100_000)) == 100_000

"""Log lines are lines, and hold no secret."""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubedigest import json_logs
from kubedigest.json_logs import JsonLines, LogFormat, StandardError, TextLines, configure

CANARY = "S3cr3tCanary9x"
DSN = f"postgresql://app:{CANARY}@db.example.com/events"
BEARER = f"Authorization: Bearer {CANARY}"
LOG = logging.getLogger("collector.test_json_logs")
NAMES = ("", "collector", "analytics", "reports", "kubedigest", "waitress.queue")


class Pipe(io.StringIO):
    """Standard error, as a terminal or not."""

    is_terminal = False

    def isatty(self) -> bool:
        """Tell what the test has chosen."""
        return self.is_terminal


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    """Yield standard error, and put logging back as it was."""
    levels = {name: logging.getLogger(name).level for name in NAMES}
    handlers = list(logging.getLogger().handlers)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    pipe = Pipe()
    monkeypatch.setattr(json_logs, "sys", SimpleNamespace(stderr=pipe))  # pytest owns the other
    yield pipe
    logging.captureWarnings(False)
    logging.getLogger().handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines(pipe: Pipe) -> list[dict[str, Any]]:
    """Return the JSON objects of all lines."""
    return [json.loads(line) for line in pipe.getvalue().splitlines()]


def record(**values: Any) -> logging.LogRecord:
    """Return a record of the beginning of 1970."""
    return logging.makeLogRecord(
        {"name": "collector", "levelno": 20, "levelname": "INFO", "created": 0.25, **values}
    )


def test_a_json_line_has_the_fields(stderr: Pipe) -> None:
    """Time in UTC, level, logger, message and extras are one JSON object on one line."""
    configure()
    StandardError(JsonLines()).emit(record(msg="%s of %d", args=("two", 3), cluster="prod"))
    assert stderr.getvalue().count("\n") == 1
    assert lines(stderr) == [
        {
            "time": "1970-01-01T00:00:00.250Z",
            "level": "info",
            "logger": "collector",
            "message": "two of 3",
            "cluster": "prod",
        }
    ]


def test_a_text_line_is_short() -> None:
    """For a person: the time, what deviates from info, the message and the extras."""
    handler = StandardError(TextLines())
    assert handler.format(record(msg="begun")) == "1970-01-01T00:00:00Z begun"
    warned = record(msg="cut", levelno=30, levelname="WARNING", cluster="prod", tries=2)
    assert handler.format(warned) == "1970-01-01T00:00:00Z warning: cut cluster=prod tries=2"


@pytest.mark.parametrize(("is_terminal", "first"), [(True, "2"), (False, "{")])
def test_the_format_fits_the_reader(stderr: Pipe, is_terminal: bool, first: str) -> None:
    """A terminal gets text, everything else JSON."""
    stderr.is_terminal = is_terminal
    configure()
    LOG.info("begun")
    assert stderr.getvalue()[0] == first


@pytest.mark.parametrize(("log_format", "first"), [("text", "2"), ("json", "{")])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_format_asked_for_wins(
    stderr: Pipe, is_terminal: bool, log_format: LogFormat, first: str
) -> None:
    """Whatever standard error is, the option decides."""
    stderr.is_terminal = is_terminal
    configure(log_format=log_format)
    LOG.info("begun")
    assert stderr.getvalue()[0] == first


def test_libraries_are_quieter(stderr: Pipe) -> None:
    """The level is ours; libraries speak up from warnings on, in clean lines."""
    configure(level="debug")
    LOG.debug("ours")
    for name in ("kubernetes.client.rest", "urllib3.connectionpool", "waitress"):
        logging.getLogger(name).info("response body: %s", DSN)
    logging.getLogger("urllib3.connectionpool").warning("retrying %s", DSN)
    logging.getLogger("waitress.queue").warning("Task queue depth is 1")
    assert [line["message"] for line in lines(stderr)] == [
        "ours",
        "retrying postgresql://app:[REDACTED]@db.example.com/events",
    ]


def test_the_level_is_a_floor(stderr: Pipe) -> None:
    """At level error neither we nor libraries warn."""
    configure(level="error")
    LOG.warning("ours")
    logging.getLogger("urllib3").warning("theirs")
    LOG.error("broken")
    assert [line["message"] for line in lines(stderr)] == ["broken"]


def test_configuring_twice_writes_once(stderr: Pipe) -> None:
    """A second configuration replaces the first."""
    configure(log_format="json")
    configure(log_format="json")
    LOG.info("begun")
    assert len(lines(stderr)) == 1


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_secret_is_written(stderr: Pipe, log_format: LogFormat) -> None:
    """Secrets in messages, arguments, extras, their names, tracebacks and stacks are gone."""
    configure(log_format=log_format)
    LOG.info(f"connecting to {DSN}")
    LOG.info("connecting to %s as %s", DSN, {"header": BEARER})
    LOG.info("user=%s password=%s", "app", CANARY)
    LOG.info("extras", extra={"dsn": DSN, "tries": [DSN, {"deep": BEARER}], "one": ValueError(DSN)})
    LOG.info("names", extra={"password": CANARY, "headers": {"token": CANARY}, "api_key": [CANARY]})
    LOG.info({"message": DSN, "password": CANARY})
    error = ConnectionError(f"no route to {DSN}: {BEARER}")
    LOG.error("failed", exc_info=error, stack_info=True)
    written = stderr.getvalue()
    assert CANARY not in written
    assert written.count("\n") == 7
    assert "no route to postgresql://app:[REDACTED]@" in written


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_foreign_text_stays_one_inert_line(stderr: Pipe, log_format: LogFormat) -> None:
    """Line breaks cannot forge a line, nor control characters act, in message and extras."""
    hostile = "gone\n1970-01-01T00:00:00Z forged\r\x1b[2J\x7f\x85\u2028\u202e\udc80\x00"
    configure(log_format=log_format)
    LOG.warning("%s", hostile, extra={"cause": hostile})
    written = stderr.getvalue()
    assert written.endswith("\n")
    assert written[:-1].isprintable()


def test_json_keeps_the_text(stderr: Pipe) -> None:
    """What was escaped for the line is read back from JSON unchanged."""
    configure(log_format="json")
    LOG.info("two\nlines \x7f 宽")
    assert lines(stderr)[0]["message"] == "two\nlines \x7f 宽"


def test_values_become_what_json_knows(stderr: Pipe) -> None:
    """Numbers stay numbers, times are RFC 3339 in UTC, and the rest is text."""
    configure(log_format="json")
    east = timezone(timedelta(hours=5, minutes=30))
    values = {
        "count": 3,
        "seconds": 0.5,
        "is_new": True,
        "none": None,
        "proved": datetime(2026, 1, 1, 5, 30, tzinfo=east),
        "endless": float("inf"),
        "names": ("a", "b"),
        "kind": UTC,
    }
    LOG.info("values", extra=values)
    line = lines(stderr)[0]
    assert {name: line[name] for name in values} == {
        "count": 3,
        "seconds": 0.5,
        "is_new": True,
        "none": None,
        "proved": "2026-01-01T00:00:00.000Z",
        "endless": "inf",
        "names": ["a", "b"],
        "kind": "UTC",
    }


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_a_wrong_call_loses_no_message(formatter: logging.Formatter) -> None:
    """Arguments that do not fit are shown, clean, instead of a traceback."""
    line = StandardError(formatter).format(record(msg="%d batches of %s", args=(DSN,)))
    assert "%d batches of %s ('postgresql://app:[REDACTED]@db" in line
    assert line.isprintable()


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_a_value_that_raises_costs_its_line_only(formatter: logging.Formatter) -> None:
    """An object that cannot be shown never stops who logs it."""

    class Broken:
        def __str__(self) -> str:
            raise RuntimeError(DSN)

    handler = StandardError(formatter)
    said = "watcher:7 logged what raised RuntimeError"
    for broken in (record(msg="value", value=Broken()), record(msg="%s", args=(Broken(),))):
        broken.module, broken.lineno = "watcher", 7
        line = handler.format(broken)
        assert said in line
        assert CANARY not in line


def test_a_reader_that_has_gone_stops_nobody(stderr: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logging to a closed or broken standard error does nothing."""
    configure(log_format="json")
    stderr.close()
    LOG.info("unread")
    full = SimpleNamespace(write=Mock(side_effect=OSError(28, "No space left on device")))
    monkeypatch.setattr(json_logs, "sys", SimpleNamespace(stderr=full))
    LOG.info("unread")
    full.write.assert_called_once()


def test_a_thread_that_dies_is_logged_clean(stderr: Pipe) -> None:
    """The traceback of a thread that nobody watches is a clean line."""
    configure(log_format="json")

    def fail() -> None:
        raise ConnectionError(DSN)

    thread = threading.Thread(target=fail, name="writer")
    thread.start()
    thread.join()
    line = lines(stderr)[0]
    assert (line["level"], line["message"]) == ("error", "writer died")
    assert "ConnectionError: postgresql://app:[REDACTED]@" in line["exception"]


def test_warnings_of_python_are_logged(stderr: Pipe) -> None:
    """A library's warning is a log line like any other."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure(log_format="json")
        warnings.warn(f"insecure request to {DSN}", UserWarning, stacklevel=1)
        logging.captureWarnings(False)
    assert lines(stderr)[0]["logger"] == "py.warnings"
    assert CANARY not in stderr.getvalue()


@given(message=st.text(), value=st.text(), trace=st.text())
def test_any_text_is_one_line_of_each_format(message: str, value: str, trace: str) -> None:
    """Whatever is logged, text is printable and JSON is ASCII that reads back."""
    one = record(msg=message, extra_text=value, exc_text=trace)
    assert StandardError(TextLines()).format(one).isprintable()
    line = StandardError(JsonLines()).format(one)
    assert line.isascii()
    assert line.isprintable()
    assert set(json.loads(line)) >= {"time", "level", "logger", "message", "extra_text"}

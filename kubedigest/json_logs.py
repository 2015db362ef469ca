"""Logging on standard error: JSON lines, or short lines for a terminal; never a secret.

Whatever a caller or a library logs passes `collector.redaction.clean`, and stays one line.
"""

from __future__ import annotations

import logging
import sys
import threading
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from analytics.inert import printable
from collector.redaction import MARK, clean
from kubedigest.saying import JSON_HANDLER

LogFormat = Literal["json", "text"]
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_OURS = ("collector", "analytics", "reports", "kubedigest")
_DEEPEST = 4


def configure(*, level: str = "info", log_format: LogFormat | None = None) -> None:
    """Log to standard error; by default text on a terminal and JSON elsewhere."""
    chosen = log_format or ("text" if sys.stderr.isatty() else "json")
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, StandardError)]:
        root.removeHandler(handler)
    handler = StandardError(JsonLines() if chosen == "json" else TextLines())
    handler.set_name(JSON_HANDLER if chosen == "json" else "text")
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, LEVELS[level]))  # libraries tell their URLs and headers
    for name in _OURS:
        logging.getLogger(name).setLevel(LEVELS[level])
    # it warns whenever two requests come at once
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.captureWarnings(True)
    threading.excepthook = _log_death


class StandardError(logging.Handler):
    """Writes clean records to what `sys.stderr` is at the moment."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record* at once; where nobody can read it, nobody is told."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            return

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; one whose values cannot be had says so and costs no more."""
        try:
            return super().format(_cleaned(record))
        except Exception as error:
            said = f"{record.module}:{record.lineno} logged what raised {type(error).__name__}"
            values = {"name": record.name, "levelno": record.levelno, "msg": said}
            failed = logging.makeLogRecord({**values, "levelname": record.levelname})
            return super().format(_cleaned(failed))


class JsonLines(JsonFormatter):
    """One JSON object a line: time, level, logger, message, extras, exception."""

    def __init__(self) -> None:
        super().__init__(
            ["asctime", "levelname", "name", "message"],
            rename_fields={
                "asctime": "time",
                "levelname": "level",
                "name": "logger",
                "exc_info": "exception",
                "stack_info": "stack",
            },
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the time of *record* in RFC 3339, UTC."""
        return _written(datetime.fromtimestamp(record.created, UTC))

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """Return one line of ASCII; the only control character JSON leaves alone is spelt out."""
        return super().jsonify_log_record(log_data).replace("\x7f", "\\u007f")


class TextLines(logging.Formatter):
    """One line of text: time, level where it matters, message, extras, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with whatever could act on a terminal spelt out."""
        time = _written(datetime.fromtimestamp(record.created, UTC), "seconds")
        level = "" if record.levelno == logging.INFO else f"{record.levelname}: "
        extras = [f"{name}={value}" for name, value in _extras(record).items()]
        parts = [f"{time} {level}{record.getMessage()}", *extras]
        return printable(" ".join(parts + [one for one in _traces(record) if one]))


def _cleaned(record: logging.LogRecord) -> logging.LogRecord:
    """Return a copy that holds nothing but clean text: formatters can add no secret."""
    copy = logging.makeLogRecord(record.__dict__)
    copy.msg, copy.args = clean(_message(record)), None
    copy.levelname = record.levelname.lower()
    if record.exc_info:
        copy.exc_text = logging.Formatter().formatException(record.exc_info)
    copy.exc_info = None
    copy.exc_text = clean(copy.exc_text) if copy.exc_text else None
    copy.stack_info = clean(copy.stack_info) if copy.stack_info else None
    for name, value in _extras(record).items():
        setattr(copy, name, _clean_value(name, value, _DEEPEST))
    return copy


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a wrong number of arguments loses no message
        return f"{record.msg} {record.args}"


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    known = {*RESERVED_ATTRS, "taskName"}
    return {name: value for name, value in vars(record).items() if name not in known}


def _traces(record: logging.LogRecord) -> tuple[str | None, str | None]:
    return record.exc_text, record.stack_info


def _clean_value(name: str, value: object, depth: int) -> object:
    """Return *value* as what JSON knows, without secrets; *name* may tell that all of it is one."""
    if MARK in clean(f"{name}=0a1b2c3d"):
        return MARK
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return _written(value.astimezone(UTC))
    if isinstance(value, dict) and depth:
        return {
            clean(str(key)): _clean_value(str(key), one, depth - 1) for key, one in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return [_clean_value("", one, depth - 1) for one in value]
    return clean(str(value))


def _written(time: datetime, unit: str = "milliseconds") -> str:
    return time.isoformat(timespec=unit).replace("+00:00", "Z")


def _log_death(died: threading.ExceptHookArgs) -> None:
    if died.exc_value is None or died.exc_type is SystemExit:
        return
    name = died.thread.name if died.thread else "a thread"
    trace = (died.exc_type, died.exc_value, died.exc_traceback)
    logging.getLogger(__name__).error("%s died", name, exc_info=trace)

"""Sentences go where they are expected."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from kubedigest.errors import Failure
from kubedigest.json_logs import JsonLines, StandardError
from kubedigest.saying import JSON_HANDLER, say, say_failure


@pytest.fixture
def json_log() -> Iterator[None]:
    """Let standard error belong to a log of JSON lines."""
    root, own = logging.getLogger(), logging.getLogger("kubedigest")
    level = own.level
    handler = StandardError(JsonLines())
    handler.set_name(JSON_HANDLER)
    before = list(root.handlers)
    # a command that another test ran in this process may have left its own
    root.handlers = [one for one in before if not isinstance(one, StandardError)] + [handler]
    own.setLevel(logging.INFO)
    yield
    own.setLevel(level)
    root.handlers = before


def test_people_read_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    """A failure begins with the name of the program."""
    say("schema: applied 0001_store")
    say_failure(Failure("it broke"))
    assert capsys.readouterr().err == "schema: applied 0001_store\nkubedigest: it broke\n"


@pytest.mark.usefixtures("json_log")
def test_programs_read_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Also of a sentence with an RBAC rule below it; nothing else is written."""
    say("schema: applied 0001_store")
    say_failure(Failure("403\nkind: ClusterRole"))
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["level"], one["logger"], one["message"]) for one in found] == [
        ("info", "kubedigest", "schema: applied 0001_store"),
        ("error", "kubedigest", "403\nkind: ClusterRole"),
    ]

"""Layouts of kubernetes-event-exporter are read by a mapping of our fields to their keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from collector.bodies import Route, Templates, read_body
from collector.errors import TemplateError
from collector.observation import Rejection
from tests.unit.collector.test_event_bodies import (
    EXPORTER,
    LAID_OUT,
    LAYOUT,
    RECEIPT,
    rows,
    watched,
)


def test_a_layout_with_identity_is_exact_and_one_without_is_requests() -> None:
    """Every leaf is a text; times may be Go's."""
    templates = Templates(layouts={"flat": LAYOUT})
    [row] = rows(LAID_OUT, templates=templates)
    assert (row.counting, row.cumulative, row.name) == ("exact", 3, "web-1.17aa")
    assert row.birth == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (row.time.minute, row.object, row.workload) == (5, "web-1", "web")
    short = Templates(layouts={"flat": {"reason": "reason", "message": "details.message",
                                        "last": "when.last"}})  # fmt: skip
    [row] = rows(LAID_OUT, templates=short)
    assert (row.counting, row.name, row.message) == ("requests", "request:0001", "Back-off")
    assert row.time == datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)


def test_the_layout_of_the_route_comes_before_everything_else() -> None:
    """Else what looks like an event is one."""
    templates = Templates(layouts={"odd": {"reason": "message", "object": "reason"}})
    assert rows(EXPORTER, templates=templates) == [watched(EXPORTER)]
    [row] = rows(EXPORTER, Route(layout="odd"), templates)
    assert (row.reason, row.object, row.counting) == ("Back-off …\n<b>&", "BackOff", "requests")


def test_a_key_of_a_layout_may_hold_dots() -> None:
    """The longest key wins."""
    templates = Templates(layouts={"flat": {"reason": "a.b.c", "message": "m"}})
    for body in (
        {"a.b.c": "R"},
        {"a": {"b.c": "R"}},
        {"a.b": {"c": "R"}},
        {"a": {"b": {"c": "R"}}},
    ):
        [row] = rows({**body, "m": "x"}, templates=templates)
        assert row.reason == "R"


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (
            {"reasons": "x"},
            "the layout mine maps reasons, which is no field; the fields are name, ",
        ),
        (
            {"message": "x"},
            "the layout mine needs a key for reason, and one for object, message or",
        ),
        ({"reason": "x"}, "the layout mine needs a key for reason, and one for object, message or"),
        ({"reason": "", "object": "y"}, "the layout mine maps reason to '', which is no path"),
    ],
)
def test_a_layout_that_cannot_work_is_refused(mapping: dict[str, str], sentence: str) -> None:
    """When the receiver starts."""
    with pytest.raises(TemplateError) as raised:
        Templates(layouts={"mine": mapping})
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize("key", ["kind", "event", "level", "object"])
def test_a_layout_may_look_like_another_object(key: str) -> None:
    """Like a Pod, a frame or a line of a log; what stands behind it is not read."""
    templates = Templates(layouts={"flat": {"reason": "why", "message": "message"}})
    body = {"why": "R", "message": "m", key: {"x": "y"} if key in {"event", "object"} else "Pod"}
    [row] = rows(body, templates=templates)
    assert (row.reason, row.message) == ("R", "m")
    if key in {"kind", "level"}:
        found = read_body((json.dumps(body) + json.dumps(EXPORTER)).encode(), RECEIPT, templates)
        [row, bad] = found
        assert isinstance(bad, Rejection)
        assert bad.reason == "the body goes on behind a record that is no event"

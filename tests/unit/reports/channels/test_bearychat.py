"""Tests of BearyChat's format."""

from __future__ import annotations

import pytest

from reports.transport import Answer
from tests.unit.reports.channels.payloads import channel, document, letter
from tests.unit.reports.digests import busy


def test_members_are_the_documented_ones() -> None:
    """Text and notification are the verdict; nothing is markdown."""
    [sent] = channel("bearychat").compose(letter(busy()))
    body = document(sent)
    assert list(body) == ["text", "notification", "markdown", "attachments"]
    assert body["text"] == body["notification"] == busy().verdict
    assert body["markdown"] is False
    [attachment] = body["attachments"]
    assert list(attachment) == ["title", "text", "color"]


def test_a_channel_can_be_named() -> None:
    """It is where the robot posts instead of its own channel."""
    [sent] = channel("bearychat", channel="ops").compose(letter(busy()))
    assert document(sent)["channel"] == "ops"


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, '{"code":0,"result":null}', "sent"),
        (200, "", "sent"),
        (200, '{"code":3,"error":"robot not found"}', "refused"),
        (404, "", "refused"),
        (429, "", "not sent"),
        (502, "", "unclear"),
    ],
)
def test_answer(status: int, body: str, state: str) -> None:
    """A code other than 0 is an error."""
    assert (
        channel("bearychat").classify(Answer(status=status, headers={}, body=body)).state == state
    )

"""Tests of answers that carry a number in their body."""

from __future__ import annotations

import pytest

from reports.channels.coded_answer import (
    Coded,
    Meaning,
    coded,
    concluded,
    uncoded,
)
from reports.transport import Answer


def answer(body: str, status: int = 200, **headers: str) -> Answer:
    """Return an answer with that body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "ok",
        "0",
        "[]",
        "{}",
        '{"errcode": null}',
        '{"errcode": "0"}',
        '{"errcode": false}',
        '{"errcode": 0.0}',
        '{"errcode": 0',
        "[" * 100_000,
        f'{{"errcode": {"9" * 5000}}}',
        "<html>signed in</html>",
    ],
    ids=lambda body: body[:20],
)
def test_what_is_no_number_is_no_success(body: str) -> None:
    """A page, a text, a null, a false or half an object is not the answer of a service."""
    assert coded(answer(body), ("errcode",), ("errmsg",)) is None
    assert uncoded("WeCom", answer(body)).state == "unclear"


def test_the_first_number_counts() -> None:
    """Feishu writes two of them; the sentence is foreign text, whatever its type."""
    found = coded(
        answer('{"StatusCode": 0, "code": 19021, "msg": ["x"], "StatusMessage": "y"}'),
        ("code", "StatusCode"),
        ("msg", "StatusMessage"),
    )
    assert found is not None
    assert (found.code, found.said) == (19021, "y")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "unclear"),
        (302, "refused"),
        (400, "refused"),
        (404, "refused"),
        (429, "not sent"),
        (500, "unclear"),
        (502, "unclear"),
        (504, "unclear"),
    ],
)
def test_without_a_number_the_status_counts(status: int, state: str) -> None:
    """From 500 on the message may have arrived; below, it has not."""
    conclusion = uncoded("DingTalk", answer("Bad gateway", status))
    assert conclusion.state == state
    assert str(status) in conclusion.reason


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1e9", None),
        ("99999999999", None),
        ("٣", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_a_wait_is_a_number_of_seconds(value: str, seconds: float | None) -> None:
    """What is no small number of seconds is no wait that the service asked for."""
    assert uncoded("WeCom", answer("", 429, retry_after=value)).retry_after_seconds == seconds


def test_an_unknown_number_is_refused_with_its_sentence() -> None:
    """The sentence is made inert and cut, and what looks like a key is masked."""
    said = "no: \x1b[2J\u202e key 693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa " + "宽" * 500
    found = Coded(status=200, code=4711, said=said, document={})
    conclusion = concluded("WeCom", found, {})
    assert conclusion.state == "refused"
    assert conclusion.code == "4711"
    assert conclusion.reason.isprintable()
    assert len(conclusion.reason) < 250
    assert "key ***" in conclusion.reason
    assert "693a91f6" not in conclusion.reason


def test_an_unknown_number_of_a_failed_server_is_unclear() -> None:
    """Behind a status of 500 nobody knows what was done."""
    found = Coded(status=500, code=1, said="", document={})
    assert concluded("Feishu", found, {}).state == "unclear"


def test_a_known_number_means_what_it_means() -> None:
    """State, hint and wait are those of the table."""
    found = Coded(status=200, code=7, said="x", document={})
    meanings = {7: Meaning(state="not sent", reason="later", hint="Wait.", retry_after_seconds=5.0)}
    conclusion = concluded("Feishu", found, meanings)
    assert conclusion.state == "not sent"
    assert conclusion.reason == "Feishu: later."
    assert (conclusion.code, conclusion.hint, conclusion.retry_after_seconds) == ("7", "Wait.", 5.0)

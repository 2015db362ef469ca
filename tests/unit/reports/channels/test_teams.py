"""Tests of Teams: a card of known keys, and a 2xx that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analytics.digest import Residual
from reports.transport import Answer
from tests.unit.reports.channels.payloads import channel, document, letter
from tests.unit.reports.digests import EVERY_DIGEST, busy, row

if TYPE_CHECKING:
    from analytics.digest import Digest

# Keys of Adaptive Cards 1.5 that are used here, and the values that the schema allows.
_KEYS: dict[str, dict[str, object]] = {
    "AdaptiveCard": {
        "$schema": str, "version": "1.5", "fallbackText": str, "msteams": dict, "body": list,
    },
    "Container": {"items": list, "spacing": {"None", "Small", "Default", "Medium"}},
    "RichTextBlock": {
        "inlines": list, "spacing": {"None", "Small", "Default", "Medium"}, "separator": bool,
    },
    "TextRun": {
        "text": str, "weight": {"Bolder"}, "size": {"Small", "Medium"}, "isSubtle": bool,
        "color": {"Accent", "Attention"}, "fontType": {"Monospace"},
    },
    "Table": {"columns": list, "rows": list, "firstRowAsHeader": bool, "showGridLines": bool},
    "TableRow": {"cells": list},
    "TableCell": {"items": list},
}  # fmt: skip


def _check(element: dict[str, Any]) -> None:
    allowed = _KEYS[element["type"]]
    for key, value in element.items():
        if key == "type":
            continue
        wanted = allowed[key]
        if isinstance(wanted, type):
            assert isinstance(value, wanted)
            assert value != []
        elif isinstance(wanted, set):
            assert value in wanted
        else:
            assert value == wanted
        if isinstance(value, list) and key != "columns":
            for inner in value:
                _check(inner)
    assert element["type"] != "TextRun" or element["text"]


def _answer(body: str, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=body)


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_card_has_known_keys_only(digest: Digest) -> None:
    """The envelope is that of a workflow; the card needs nothing beyond Adaptive Cards 1.5."""
    [sent] = channel("teams").compose(letter(digest))
    body = document(sent)
    [attachment] = body["attachments"]
    assert body.keys() == {"type", "attachments"}
    assert body["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["type"] == "AdaptiveCard"
    assert card["msteams"] == {"width": "Full"}
    _check(card)


def test_no_text_is_markdown() -> None:
    """Every text is a run, which Teams shows as it is; a TextBlock would format it."""
    [sent] = channel("teams").compose(letter(busy()))
    assert b"TextBlock" in sent.body.replace(b"RichTextBlock", b"TextBlock")
    assert b'"TextBlock"' not in sent.body


def test_rows_beyond_the_first_screen_are_a_table() -> None:
    """Of twelve rows seven are in the table, under a heading, each as wide as its columns."""
    rows = tuple(row(name=f"w{n}", failures=20 - n) for n in range(12))
    digest = busy(rows=rows, residual=Residual(rows=0, failures=0))
    [sent] = channel("teams", top=12).compose(letter(digest))
    body = document(sent)["attachments"][0]["content"]["body"]
    [table] = [element for element in body if element["type"] == "Table"]
    _check(table)
    assert len(table["rows"]) == 8
    assert {len(line["cells"]) for line in table["rows"]} == {len(table["columns"])}


@pytest.mark.parametrize(
    ("status", "body"), [(202, ""), (200, "1"), (200, ""), (202, '{"id":"08585"}')]
)
def test_an_accepted_message_is_sent(status: int, body: str) -> None:
    """Workflows answer 202 with nothing; other 2xx are as good if they complain of nothing."""
    assert channel("teams").classify(_answer(body, status)).state == "sent"


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned "
            "HTTP error 429 with ContextId tcid=0",
            "not sent",
        ),
        ("Microsoft Teams endpoint returned HTTP error 413", "refused"),
        ("Microsoft Teams endpoint returned HTTP error 404", "refused"),
        ("Microsoft Teams endpoint returned HTTP error 503", "unclear"),
        ("Request Entity too large", "refused"),
        ("Webhook message delivery failed", "not sent"),
        ("Summary or Text is required.", "not sent"),
        ('{"error":{"code":"WorkflowTriggerIsNotEnabled"}}', "not sent"),
    ],
)
def test_an_error_in_a_success_is_none(body: str, state: str) -> None:
    """Teams answers 200 to what failed behind it."""
    for status in (200, 202):
        found = channel("teams").classify(_answer(body, status, retry_after="9"))
        assert found.state == state
        assert found.retry_after_seconds == (9.0 if state == "not sent" else None)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (302, "refused"),
        (400, "refused"),
        (401, "refused"),
        (404, "refused"),
        (413, "refused"),
        (408, "unclear"),
        (429, "not sent"),
        (500, "unclear"),
        (502, "unclear"),
        (504, "unclear"),
    ],
)
def test_a_status_decides_without_a_body(status: int, state: str) -> None:
    """What a status alone means; where a person can do something, it is said."""
    found = channel("teams").classify(_answer("", status))
    assert found.state == state
    assert found.hint or state != "refused"

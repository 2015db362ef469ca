"""The JSON Schemas hold for everything that is written, and leave no field out."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import SecretStr

from analytics.digest import LIVE, Digest
from kubedigest.sample_digest import sample_digest
from manual.pages import ROOT
from manual.schema import digest_schema, webhook_schema
from reports.channels.channel import Letter
from reports.channels.settings import WebhookSettings
from reports.channels.webhook import WebhookChannel

DIGEST, WEBHOOK = digest_schema(), webhook_schema()
GOLDEN = ROOT / "tests/golden"
DIGESTS = sorted(GOLDEN.glob("*.json"))
WEBHOOKS = sorted(GOLDEN.glob("channels/webhook-*.json"))


def strict(schema: Any) -> Any:
    """Return *schema* refusing every member that it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: strict(value) for key, value in schema.items()}
    return {**changed, "additionalProperties": False} if "properties" in schema else changed


@cache
def validator(text: str) -> jsonschema_rs.Validator:
    """Return what refuses a document, formats included."""
    schema = strict(json.loads(text))
    return jsonschema_rs.validator_for(schema, validate_formats=True)


@cache
def made_up() -> Digest:
    """Return the digest of `channels test`."""
    return sample_digest(datetime(2026, 11, 22, 8, tzinfo=UTC), "Asia/Shanghai")


def documents(path: Path) -> list[Any]:
    """Return the digests in a golden file: one, or the bodies of messages."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_every_golden_digest_is_valid(path: Path) -> None:
    """With every field named."""
    for document in documents(path):
        validator(DIGEST).validate(document)


@pytest.mark.parametrize("path", WEBHOOKS, ids=lambda path: path.stem)
def test_every_golden_webhook_is_valid(path: Path) -> None:
    """With every field named."""
    for document in documents(path):
        validator(WEBHOOK).validate(document)


@pytest.mark.parametrize(
    ("report", "max_bytes", "change"),
    [
        ("daily", 20_000, {}),
        ("daily", 8_000, {"is_late": True, "stands_in_for": "dev"}),
        (LIVE, 8_000, {"is_test": True}),
    ],
    ids=["daily", "late", "live"],
)
def test_whatever_is_posted_is_valid(report: str, max_bytes: int, change: dict[str, Any]) -> None:
    """Live, late and made-up, and where fields were left out since it would be too long."""
    digest = made_up()
    long = [dataclasses.replace(digest.rows[0], message="m" * 900)] * 30
    digest = dataclasses.replace(digest, report=report, rows=tuple(long))
    settings = WebhookSettings(
        type="webhook", url=SecretStr("https://x.example"), max_bytes=max_bytes
    )
    letter = Letter(digest=digest, id="d-1", **change)
    [message] = WebhookChannel(settings).compose(letter)
    document = json.loads(message.body)
    validator(WEBHOOK).validate(document)
    assert document["type"] == (
        "kubedigest.notification" if report == LIVE else "kubedigest.digest"
    )
    assert len(document["rows"]) < 30


def test_there_are_documents_of_both() -> None:
    """Otherwise nothing was shown above."""
    assert len(DIGESTS) >= 9
    assert len(WEBHOOKS) >= 9


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"failures": "204"}, "is not of type"),
        ({"failures": 1.5}, "is not of type"),
        ({"state": "calm"}, "is not one of"),
        ({"start": "yesterday"}, "date-time"),
        ({"schema_version": 2}, "1 was expected"),
        ({"quality": {}}, "required"),
        ({"unheard_of": 1}, "Additional properties"),
    ],
)
def test_a_wrong_document_is_refused(change: dict[str, Any], said: str) -> None:
    """Wrong types, values and versions, and what is missing."""
    [document] = documents(GOLDEN / "busy.json")
    with pytest.raises(jsonschema_rs.ValidationError, match=said):
        validator(DIGEST).validate({**document, **change})


def test_every_field_of_a_digest_is_required() -> None:
    """A program need not ask whether it is there."""
    schema = json.loads(digest_schema())
    assert schema["required"] == ["schema_version", *Digest.__dataclass_fields__]
    assert schema["$defs"]["Row"]["properties"]["share"]["description"].endswith("0..1")

"""Tests of the webhook: signatures that are known, documents that fit, answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from analytics.digest import Residual
from reports.channels.settings import WebhookSettings
from reports.channels.webhook import signed_headers
from reports.transport import Answer
from tests.unit.reports.channels.payloads import ADDRESS, channel, document, letter
from tests.unit.reports.digests import at, busy, coverage, gone, hourly, message, row

_NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)  # 1700000000
_KNOWN = "v1,tDnYFrCIK4MQWDoOot4FXQ7/xKQ3Ta7J5hEfw60KmoA="
_KEY = b"k" * 32


def _answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body="no")


def test_signature_is_the_known_one() -> None:
    """The vector of Standard Webhooks; the key as base64 and as text gives the same."""
    encoded = f"whsec_{base64.b64encode(_KEY).decode()}"
    for secret in (encoded, _KEY.decode()):
        assert signed_headers("msg_1", _NOW, b'{"a":1}', (secret,)) == {
            "webhook-id": "msg_1",
            "webhook-timestamp": "1700000000",
            "webhook-signature": _KNOWN,
        }


def test_every_secret_signs() -> None:
    """While one secret replaces another, a server that knows either of them can verify."""
    headers = signed_headers("msg_1", _NOW, b'{"a":1}', (_KEY.decode(), "new secret"))
    first, second = headers["webhook-signature"].split(" ")
    assert first == _KNOWN
    content = b'msg_1.1700000000.{"a":1}'
    expected = base64.b64encode(hmac.digest(b"new secret", content, hashlib.sha256)).decode()
    assert second == f"v1,{expected}"


def test_without_a_secret_nothing_is_signed() -> None:
    """The id is there all the same, so that copies can be told."""
    assert set(signed_headers("m", _NOW, b"", ())) == {"webhook-id", "webhook-timestamp"}


def test_a_retry_has_the_same_id_and_another_time() -> None:
    """A minute later the body and the id are the same, the signature is not."""
    webhook = channel("webhook", secrets=["one"], headers={"Authorization": "Bearer t"})
    sent = letter(busy())
    [body] = webhook.compose(sent)
    first = webhook.request(body, sent, _NOW)
    later = webhook.request(body, sent, _NOW + timedelta(minutes=1))
    assert first.body == later.body
    assert first.headers["webhook-id"] == later.headers["webhook-id"] == sent.id
    assert first.headers["webhook-timestamp"] == "1700000000"
    assert first.headers["webhook-signature"] != later.headers["webhook-signature"]
    assert first.headers["authorization"] == "Bearer t"
    assert first.headers["content-type"] == "application/json; charset=utf-8"


def test_body_is_the_digest_with_its_type() -> None:
    """The fields of the JSON format, after a type, the end of the window and the id."""
    [sent] = channel("webhook").compose(letter(busy()))
    body = document(sent)
    assert list(body)[:9] == [
        "type", "timestamp", "id", "resend", "test", "late", "stands_in_for", "left_out",
        "schema_version",
    ]  # fmt: skip
    assert body["type"] == "kubedigest.digest"
    assert body["timestamp"] == "2026-11-22T00:00:00+01:00"
    assert body["left_out"] == []
    assert body["verdict"] == busy().verdict


def test_messages_are_those_of_the_shown_rows() -> None:
    """A group of messages whose row is left out is left out with it."""
    [sent] = channel("webhook", top=1).compose(letter(busy()))
    assert [group["name"] for group in document(sent)["messages"]] == ["checkout"]


def test_a_long_message_costs_no_row() -> None:
    """A message of 50,000 letters is cut to 1,000, and the row is there."""
    [sent] = channel("webhook").compose(letter(busy(rows=(row(message="x" * 50_000),))))
    [shown] = document(sent)["rows"]
    assert shown["message"] == "x" * 999 + "…"


def _huge() -> Any:
    bars = hourly(at(0), (9,) * 400)
    names = tuple(f"cluster-{'n' * 200}-{n}" for n in range(100))
    return busy(
        verdict="\u202e" * 3000,
        title="\U000e0041" * 3000,
        clusters=names,
        silent=names,
        rows=tuple(row(name="n" * 2000, sparkline=(1,) * 400) for _ in range(10)),
        residual=Residual(rows=0, failures=0),
        failures=1200,
        histogram=bars,
        gone=(gone(name="g" * 2000),) * 10,
        messages=(message(pattern="p" * 9000),),
        quality=replace(busy().quality, covered=tuple(coverage(cluster=name) for name in names)),
    )


@pytest.mark.parametrize("most", [8_000, 20_000, 100_000])
def test_what_does_not_fit_is_named(most: int) -> None:
    """A digest of enormous parts fits; what is empty that was not is named, and sums hold."""
    [sent] = channel("webhook", max_bytes=most).compose(letter(_huge()))
    assert len(sent.body) <= most
    body = document(sent)
    shown = sum(one["failures"] for one in body["rows"])
    assert shown + body["residual"]["failures"] == body["failures"] == 1200
    before = 20 * len(body["gone"]) + body["gone_residual"]["failures"]
    assert before == 200 + busy().gone_residual.failures
    for name in ("gone", "histogram", "daily", "clusters", "silent"):
        assert bool(body[name]) != (name in body["left_out"])
    assert bool(body["quality"]["covered"]) != ("quality.covered" in body["left_out"])


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "sent"),
        (204, "sent"),
        (301, "refused"),
        (308, "refused"),
        (400, "refused"),
        (401, "refused"),
        (410, "refused"),
        (413, "refused"),
        (408, "unclear"),
        (429, "not sent"),
        (500, "unclear"),
        (502, "unclear"),
        (503, "unclear"),
    ],
)
def test_status_decides(status: int, state: str) -> None:
    """2xx is a success whatever it says."""
    assert channel("webhook").classify(_answer(status)).state == state


def test_gone_means_disable() -> None:
    """410 is how a server says that it wants no more."""
    assert "take the channel out" in channel("webhook").classify(_answer(410)).hint


def test_busy_servers_say_when() -> None:
    """503 with a time to come back has not taken the message."""
    found = channel("webhook").classify(_answer(503, retry_after="30"))
    assert (found.state, found.retry_after_seconds) == ("not sent", 30.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secrets": ["ok", "whsec_***"]}, "number 2 of the secrets starts with whsec_"),
        ({"secrets": ["whsec_"]}, "number 1 of the secrets starts with whsec_"),
        ({"headers": {"webhook-id": "x"}}, "'webhook-id' cannot be the name of a header"),
        ({"headers": {"bad name": "x"}}, "'bad name' cannot be the name of a header"),
        ({"headers": {"X-A": "a\r\nB: c"}}, "the header X-A has a value that cannot be sent"),
        ({"max_bytes": 100}, "greater than or equal to 8000"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, object], words: str) -> None:
    """One sentence says what is wrong, and no secret is in it."""
    values = {"type": "webhook", "url": ADDRESS, **changes}
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(WebhookSettings).validate_python(values)
    assert words in str(caught.value)
    assert "***" not in str(caught.value)
    assert "SECRET" not in str(caught.value)

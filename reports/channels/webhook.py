"""Any HTTP server: the digest as JSON, signed as Standard Webhooks 1.0.0 has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from analytics.digest import LIVE, Digest, Residual
from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.http_channel import JSON, HttpChannel
from reports.channels.settings import WebhookSettings
from reports.channels.statuses import by_status, too_many
from reports.json_document import compact_json, digest_document
from reports.shortening import fitting, shortened
from reports.transport import Answer, Request

TYPE = "kubedigest.digest"
LIVE_TYPE = "kubedigest.notification"
PREFIX = "whsec_"

_HINTS = {
    401: "Does the server know the secret that this message was signed with?",
    403: "Does the server know the secret that this message was signed with?",
    410: "The server wants no more messages; take the channel out of the configuration.",
    413: "Set a lower max_bytes for this channel.",
}
# What may be left out beside rows, in this order, where a digest without rows is still too long.
_SPARE = ("messages", "gone", "histogram", "daily")
_SPARE_QUALITY = ("covered", "gaps", "silences")
_NAMES = ("clusters", "silent")
_MESSAGE_CHARACTERS = 1_000
_VERDICT_CHARACTERS = 300
_TITLE_CHARACTERS = 120


class WebhookChannel(HttpChannel):
    """A server of the reader's own."""

    usual_per_minute = 60

    def __init__(self, settings: WebhookSettings) -> None:
        super().__init__(settings)
        self._secrets = tuple(secret.get_secret_value() for secret in settings.secrets)
        self._headers = {
            name.lower(): value.get_secret_value() for name, value in settings.headers.items()
        }
        self._most_bytes = settings.max_bytes

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return the digest as one document of at most so many bytes as are configured.

        Rows are left out first, and the residual says so. Where that is not enough, whole fields
        are emptied and named in ``left_out``.
        """
        lean = letter.digest
        left_out: tuple[str, ...] = ()
        for spare in ("", *_SPARE, *_SPARE_QUALITY, *_NAMES):
            lean, left_out = _without(lean, spare, left_out)
            if len(_body(replace(letter, digest=shortened(lean, 0)), left_out)) <= self._most_bytes:
                break
        body = fitting(
            lean,
            lambda digest: _body(replace(letter, digest=digest), left_out),
            self._most_bytes,
            rows=self.settings.top,
        )
        return (Message(content_type=JSON, body=body),)

    def request(self, message: Message, letter: Letter, now: datetime) -> Request:
        """Return the request, signed at *now* with every secret that is configured."""
        unsigned = super().request(message, letter, now)
        headers = {**self._headers, **unsigned.headers}
        headers |= signed_headers(letter.id, now, message.body, self._secrets)
        return replace(unsigned, headers=headers)

    def classify(self, answer: Answer) -> Conclusion:
        """Return what the status means; the body is the reader's own affair."""
        if answer.status == 503 and "retry-after" in answer.headers:
            return too_many(answer, reason="the server answered 503 and when to try again")
        address = self.settings.url.get_secret_value()
        found = by_status(answer, secret=address, hints=_HINTS)
        return found or Conclusion(state="sent", reason=f"the server answered {answer.status}")


def signed_headers(
    message_id: str, now: datetime, body: bytes, secrets: tuple[str, ...]
) -> Mapping[str, str]:
    """Return the three headers of Standard Webhooks; without a secret there is no signature.

    Parameters
    ----------
    message_id
        The same at every try, so that a server can tell a copy.
    now
        Time of this try; servers refuse what is more than a few minutes old.
    body
        What is sent, to the byte.
    secrets
        Each is ``whsec_`` and base64, or any text. A signature with each stands in the header, so
        that one can replace another without a message lost.
    """
    seconds = str(int(now.timestamp()))
    content = b".".join((message_id.encode(), seconds.encode(), body))
    headers = {"webhook-id": message_id, "webhook-timestamp": seconds}
    if secrets:
        headers["webhook-signature"] = " ".join(_signature(secret, content) for secret in secrets)
    return headers


def _signature(secret: str, content: bytes) -> str:
    encoded = secret.startswith(PREFIX)
    key = base64.b64decode(secret.removeprefix(PREFIX)) if encoded else secret.encode()
    return f"v1,{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}"


def _body(letter: Letter, left_out: tuple[str, ...]) -> bytes:
    digest = letter.digest
    rows = {(row.cluster, row.namespace, row.kind, row.name, row.reason) for row in digest.rows}
    shown = tuple(
        group
        for group in digest.messages
        if (group.cluster, group.namespace, group.kind, group.name, group.reason) in rows
    )
    document = {
        "type": LIVE_TYPE if digest.report == LIVE else TYPE,
        "timestamp": digest.end,
        "id": letter.id,
        "resend": letter.is_resend,
        "test": letter.is_test,
        "late": letter.is_late,
        "stands_in_for": letter.stands_in_for,
        "left_out": left_out,
        **digest_document(replace(_cut(digest), messages=shown)),
    }
    return compact_json(document).encode()


def _cut(digest: Digest) -> Digest:
    """Return *digest* with the texts cut that have no end of their own."""
    rows = [
        replace(row, message=_beginning(row.message, _MESSAGE_CHARACTERS)) for row in digest.rows
    ]
    return replace(
        digest,
        verdict=_beginning(digest.verdict, _VERDICT_CHARACTERS),
        title=_beginning(digest.title, _TITLE_CHARACTERS),
        rows=tuple(rows),
    )


def _beginning(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _without(
    digest: Digest, name: str, left_out: tuple[str, ...]
) -> tuple[Digest, tuple[str, ...]]:
    """Return *digest* without the field of that name, and the names of all that are left out."""
    if name in _SPARE_QUALITY:
        quality, named = digest.quality, f"quality.{name}"
        changes: dict[str, Any] = {name: ()}
        if not getattr(quality, name):
            return digest, left_out
        return replace(digest, quality=replace(quality, **changes)), (*left_out, named)
    if not name or not getattr(digest, name):
        return digest, left_out
    changes = {name: ()}
    if name == "gone":
        failures = sum(gone.previous_failures for gone in digest.gone)
        changes["gone_residual"] = Residual(
            rows=digest.gone_residual.rows + len(digest.gone),
            failures=digest.gone_residual.failures + failures,
        )
    return replace(digest, **changes), (*left_out, name)

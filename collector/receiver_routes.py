"""Who may send to which path, and what is known of what they send."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from collector.bodies import Route

TOKEN_PATH = "/hook/"  # noqa: S105 - where a token stands, and no token
TOLERANCE_SECONDS = 300
_ENCODED = "whsec_"
_BEARER = "bearer "

Why = Literal["token", "signature", "certificate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What a request has to show; all that is set has to hold."""

    tokens: Sequence[str] = field(default=(), repr=False)  # one of them
    secrets: Sequence[str] = field(default=(), repr=False)  # of the signature, one of them
    certificates: Sequence[str] = ()  # names in the client's certificate, one of them

    def __bool__(self) -> bool:
        return bool(self.tokens or self.secrets or self.certificates)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverRoute:
    """The senders that post to one path and everything below it."""

    path: str
    cluster: str
    known: Route = field(default_factory=Route)
    protection: Protection = field(default_factory=Protection)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows before its body is read. Names of headers are as in CGI."""

    headers: Mapping[str, str] = field(repr=False)
    certificate: Sequence[str] = ()  # the names in it, once TLS has verified it


class Routes:
    """Finds the route of a path: the longest that the path begins with, by whole segments."""

    def __init__(self, routes: Sequence[ReceiverRoute]) -> None:
        self._routes = sorted(routes, key=lambda one: len(_segments(one.path)), reverse=True)

    def find(self, path: str) -> tuple[ReceiverRoute | None, str, str]:
        """Return the route, what of the path lies behind a token in it, and that token."""
        token = ""
        if path.startswith(TOKEN_PATH):
            token, _, rest = path.removeprefix(TOKEN_PATH).partition("/")
            path = f"/{rest}"
        segments = _segments(path)
        for one in self._routes:
            known = _segments(one.path)
            if segments[: len(known)] == known:
                return one, path, token
        return None, path, token

    def why_not(self, route: ReceiverRoute, token: str, shown: Shown, *, now: float) -> Why | None:
        """Return what a request does not show that it has to; its signature is checked later."""
        protection = route.protection
        if protection.certificates and not set(protection.certificates) & set(shown.certificate):
            return "certificate"
        if protection.tokens and not _is_one_of(token or _bearer(shown.headers), protection.tokens):
            return "token"
        if protection.secrets and not _is_signed_now(shown.headers, now):
            return "signature"
        return None


def is_signed(protection: Protection, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether the signature is that of the body, as Standard Webhooks has it.

    The body is what came, before it is unpacked. Without a secret nothing needs to be signed.
    """
    if not protection.secrets:
        return True
    signed = f"{headers['WEBHOOK_ID']}.{headers['WEBHOOK_TIMESTAMP']}.".encode("latin-1") + body
    given = [
        one.removeprefix("v1,")
        for one in headers["WEBHOOK_SIGNATURE"].split(" ")
        if one.startswith("v1,")
    ]
    matches = [
        _is_same(one, base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode())
        for secret in protection.secrets
        for one in given
    ]
    return any(matches)


def _is_signed_now(headers: Mapping[str, str], now: float) -> bool:
    timestamp = headers.get("WEBHOOK_TIMESTAMP", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    is_near = abs(now - int(timestamp)) <= TOLERANCE_SECONDS
    return is_near and bool(headers.get("WEBHOOK_ID")) and bool(headers.get("WEBHOOK_SIGNATURE"))


def _key(secret: str) -> bytes:
    if secret.startswith(_ENCODED):
        return base64.b64decode(secret.removeprefix(_ENCODED))
    return secret.encode()


def _bearer(headers: Mapping[str, str]) -> str:
    value = headers.get("AUTHORIZATION", "")
    return value[len(_BEARER) :].strip() if value[: len(_BEARER)].lower() == _BEARER else ""


def _is_one_of(given: str, tokens: Sequence[str]) -> bool:
    return any([_is_same(given, token) for token in tokens])  # noqa: C419 - each takes its time


def _is_same(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing, not even the length."""
    return hmac.compare_digest(_digest(given), _digest(expected))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogateescape")).digest()


def _segments(path: str) -> list[str]:
    return [one for one in path.split("/") if one]

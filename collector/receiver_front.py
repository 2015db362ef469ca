"""Requests -> bodies on disk, and the answers: 200 only for what is kept."""

from __future__ import annotations

import itertools
import json
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from collector.bodies import Receipt
from collector.body_file import KeptBody
from collector.body_log import BodyLog
from collector.content_encoding import DamagedBody, TooLarge, UnknownEncoding, decoded
from collector.errors import SpoolError
from collector.gated_server import ADMISSION, Head, Limits, Refusal
from collector.peer_limits import PeerLimits
from collector.receiver_metrics import Outcome, ReceiverMetrics
from collector.receiver_routes import TOLERANCE_SECONDS, ReceiverRoute, Routes, Shown, is_signed
from collector.redaction import clean

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

LOG = logging.getLogger(__name__)
METHODS = ("GET", "HEAD", "POST", "PUT")
STATISTICAL = "/eventer/statistical"
MOST_IDS = 100_000  # of signed bodies that are remembered
_AGENT_CHARACTERS = 80
_SAY_AGAIN_SECONDS = 60.0
_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]
_SUCCESS = b'{"status":"success"}'
_WHY = {
    "token": "the token is missing or wrong",
    "signature": "the signature is missing, wrong or from another time",
    "certificate": "no client certificate with an allowed name was shown",
}


@dataclass(frozen=True, slots=True)
class _Page:
    """A request without a body for one of the receiver's own pages."""

    answer: WSGIApplication
    method: str


@dataclass(frozen=True, slots=True)
class _Post:
    """A request for a route whose head is in order."""

    route: ReceiverRoute
    sender: str
    headers: Mapping[str, str] = field(repr=False)
    has_body: bool
    is_statistical: bool


class Front:
    """Decides by the head, keeps the body, answers.

    `admit`, `refuse_malformed` and `cut` are called by one thread, `application` by many.
    """

    def __init__(
        self,
        log: BodyLog,
        routes: Routes,
        *,
        counts: ReceiverMetrics,
        limits: Limits,
        per_second: float,
        pages: Mapping[str, WSGIApplication],
        send_statistical: Callable[[], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*pages* are answered at their paths, without protection, to requests without a body.

        *send_statistical* sends the daily table; without it there is no such page.
        """
        self._log = log
        self._routes = routes
        self._counts = counts
        self._limits = limits
        self._peers = PeerLimits(per_second)
        self._pages = pages
        self._send_statistical = send_statistical
        self._now = now
        self._run = secrets.token_hex(6)  # numbers of two processes are never the same
        self._numbers = itertools.count(1)
        self._ids = _Ids()
        self._said: dict[str, float] = {}

    # -- by the head

    def admit(self, head: Head) -> object:
        """Return a `Refusal`, or what `application` goes on with."""
        page = self._pages.get(head.path)
        if page is not None and not head.has_body and head.method in {"GET", "HEAD"}:
            return _Page(page, head.method)
        if not self._peers.allow(head.peer):
            return self._refuse("rate_limited", HTTPStatus.TOO_MANY_REQUESTS, "too many requests")
        if head.is_framed is None:
            return self._refuse("invalid", HTTPStatus.BAD_REQUEST, "the body ends in two ways")
        if head.method not in METHODS:
            return self._refuse(
                "invalid", HTTPStatus.METHOD_NOT_ALLOWED, "send it by POST, PUT or GET"
            )
        if head.method in {"POST", "PUT"} and not head.is_framed:
            return self._refuse("invalid", HTTPStatus.LENGTH_REQUIRED, "its length is missing")
        return self._admit_to_route(head)

    def _admit_to_route(self, head: Head) -> object:
        route, path, token = self._routes.find(head.path)
        if route is None:
            return self._refuse("not_found", HTTPStatus.NOT_FOUND, "there is no route of this path")
        shown = Shown(head.headers, head.certificate)
        why = self._routes.why_not(route, token, shown, now=time.time())
        if why is not None:
            self._say(f"a request from {head.peer} to {route.path} was refused: {_WHY[why]}")
            return self._refuse("unauthorized", HTTPStatus.UNAUTHORIZED, _WHY[why])
        asks = head.method == "GET" and not head.has_body and path.rstrip("/") == STATISTICAL
        if asks and self._send_statistical is None:
            return self._refuse(
                "not_found",
                HTTPStatus.NOT_FOUND,
                "no channel is configured: set statistical_channel of receiver",
            )
        return _Post(route, _sender(head), head.headers, head.has_body, asks)

    def refuse_malformed(self, status: int, reason: str) -> Refusal:
        """Return the answer to what is no HTTP, or larger than allowed."""
        is_large = status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return self._refuse("too_large" if is_large else "invalid", HTTPStatus(status), reason)

    def cut(self) -> None:
        """Count a connection that was too slow."""
        self._counts.cut()

    def _refuse(self, outcome: Outcome, status: HTTPStatus, reason: str) -> Refusal:
        self._counts.answered(outcome)
        body = _reason(reason)
        headers = [*_HEADERS, *_extra_headers(status), ("Content-Length", str(len(body)))]
        return Refusal(f"{status.value} {status.phrase}", headers, body)

    # -- with the body

    def application(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request that was admitted."""
        admission = environ[ADMISSION]
        if isinstance(admission, _Page):
            self._counts.answered("page")
            body = admission.answer({**environ, "REQUEST_METHOD": "GET"}, start_response)
            return [b""] if admission.method == "HEAD" else body
        status, outcome, reason = self._answer(admission, environ)
        self._counts.answered(outcome)
        answer = _reason(reason) if reason else _SUCCESS
        headers = [*_HEADERS, *_extra_headers(status), ("Content-Length", str(len(answer)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer]

    def _answer(self, post: _Post, environ: Mapping[str, Any]) -> tuple[HTTPStatus, Outcome, str]:
        raw = environ["wsgi.input"].read() if post.has_body else b""
        if not is_signed(post.route.protection, post.headers, raw):
            return HTTPStatus.UNAUTHORIZED, "unauthorized", _WHY["signature"]
        if post.is_statistical and self._send_statistical is not None:
            self._send_statistical()
        if not raw:
            return HTTPStatus.OK, "empty", ""
        try:
            encodings = post.headers.get("CONTENT_ENCODING", "")
            body = decoded(raw, encodings, most_bytes=self._limits.body_bytes)
        except UnknownEncoding:
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "invalid", "only gzip and deflate are known"
        except DamagedBody:
            return HTTPStatus.BAD_REQUEST, "invalid", "the body is not encoded as its header says"
        except TooLarge:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "the body is too large"
        return self._keep(post, body)

    def _keep(self, post: _Post, body: bytes) -> tuple[HTTPStatus, Outcome, str]:
        key = _id_key(post) if post.route.protection.secrets else ""
        if key and self._ids.knows(key):
            return HTTPStatus.OK, "repeated", ""
        receipt = Receipt(
            number=key or f"{self._run}-{next(self._numbers):x}",
            received=self._now(),
            cluster=post.route.cluster,
            sender=post.sender,
            route=post.route.known,
        )
        try:
            self._log.keep(KeptBody(receipt, body))
        except SpoolError as error:
            self._say(f"a body was not taken: {error}")
            return HTTPStatus.SERVICE_UNAVAILABLE, "dropped", "it cannot be kept now"
        if key:
            self._ids.add(key)
        return HTTPStatus.OK, "durable", ""

    def _say(self, sentence: str) -> None:
        """Log a sentence, the same one once a minute."""
        now = time.monotonic()
        if now - self._said.get(sentence, float("-inf")) >= _SAY_AGAIN_SECONDS:
            if len(self._said) > 1000:  # as many peers as like to
                self._said.clear()
            self._said[sentence] = now
            LOG.warning("%s", sentence)


class _Ids:
    """Which signed bodies are kept already, for as long as their signature is taken."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def knows(self, key: str) -> bool:
        with self._lock:
            return key in self._kept

    def add(self, key: str) -> None:
        now = time.monotonic()
        with self._lock:
            self._kept[key] = now
            while self._kept:
                oldest = next(iter(self._kept))
                is_old = now - self._kept[oldest] > 2 * TOLERANCE_SECONDS
                if not is_old and len(self._kept) <= MOST_IDS:
                    return
                del self._kept[oldest]


def _id_key(post: _Post) -> str:
    """Return the number of a signed body: sent again, it is the same one."""
    told = f"{post.route.path}\0{post.headers['WEBHOOK_ID']}".encode(errors="surrogateescape")
    return f"signed-{blake2b(told, digest_size=16).hexdigest()}"


def _sender(head: Head) -> str:
    agent = clean(head.headers.get("USER_AGENT", ""))[:_AGENT_CHARACTERS]
    shown = "".join(one for one in agent if one.isprintable())
    address = head.peer.removeprefix("::ffff:")
    return f"{address} ({shown})" if shown else address


def _reason(reason: str) -> bytes:
    return json.dumps({"status": "error", "reason": reason}).encode()


def _extra_headers(status: HTTPStatus) -> list[tuple[str, str]]:
    if status == HTTPStatus.UNAUTHORIZED:
        return [("WWW-Authenticate", "Bearer")]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return [("Allow", ", ".join(METHODS))]
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        return [("Retry-After", "5")]
    return []

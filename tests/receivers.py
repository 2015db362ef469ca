"""Receivers for tests, and clients that speak HTTP by hand."""

from __future__ import annotations

import base64
import hmac
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collector.database import engine_on
from collector.gated_server import Limits
from collector.metrics import Metrics
from collector.receiver_routes import ReceiverRoute
from collector.receiving import Receiver, ReceiverSettings

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"  # nobody listens on port 1
EVERYBODY = ReceiverRoute(path="/", cluster="lab")
BODY = (
    b'\n{\n\t"EventType": "Warning",\n\t"EventKind": "Pod",\n\t"EventReason": "BackOff",\n'
    b'\t"EventTime": "2026-01-02 11:05:05 +0800 CST",\n\t"EventMessage": "body 1"\n}'
)
SUCCESS = b'{"status":"success"}'


@contextmanager
def receiver(
    spool: Path,
    *routes: ReceiverRoute,
    database: str = NOWHERE,
    patience_seconds: float = 20.0,
    limits: Limits | None = None,
    listen: str = "127.0.0.1:0",
    send_statistical: Callable[[], None] | None = None,
    **settings: Any,
) -> Iterator[tuple[Receiver, Metrics]]:
    """Run a receiver on a port of its own; at the end it stores what it can."""
    metrics = Metrics(version="1", now=lambda: datetime.now(UTC))
    asked = ReceiverSettings(
        listen=listen,
        routes=routes or (EVERYBODY,),
        spool=spool,
        limits=limits or Limits(),
        **{"per_second": 1e6, **settings},
    )
    running = Receiver(
        engine_on(database), asked, metrics=metrics, send_statistical=send_statistical
    )
    try:
        yield running, metrics
    finally:
        running.close(patience_seconds=patience_seconds)


def connected(address: str, tls: ssl.SSLContext | None = None) -> socket.socket:
    """Return a connection to ADDR:PORT."""
    host, _, port = address.rpartition(":")
    made = socket.create_connection((host, int(port)), timeout=30)
    return tls.wrap_socket(made, server_hostname="localhost") if tls is not None else made


def exchange(address: str, request: bytes, tls: ssl.SSLContext | None = None) -> bytes:
    """Send bytes, say that nothing follows, and return all that comes back."""
    with connected(address, tls) as connection:
        return _exchanged(connection, request)


def status_of(answer: bytes) -> int:
    """Return the status of the first answer; 0 where the connection was closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


def request(
    method: str = "POST",
    path: str = "/eventer/",
    body: bytes = BODY,
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return a whole request of a client that closes the connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: receiver", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def signed(
    secret: str, body: bytes, *, at: float | None = None, number: str = "msg_1"
) -> list[tuple[str, str]]:
    """Return the headers of a body that is signed as Standard Webhooks has it."""
    timestamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    digest = hmac.digest(key, f"{number}.{timestamp}.".encode() + body, "sha256")
    return [
        ("webhook-id", number),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", f"v1,{base64.b64encode(digest).decode()}"),
    ]


def outcomes(metrics: Metrics) -> dict[str, int]:
    """Return how many requests ended how, without those that never did."""
    return {
        sample.labels["outcome"]: int(sample.value)
        for family in metrics.registry.collect()
        if family.name == "kubedigest_receiver_requests"
        for sample in family.samples
        if sample.value
    }


def _exchanged(connection: socket.socket, request: bytes) -> bytes:
    answer = b""
    try:
        connection.sendall(request)
        while block := connection.recv(65_536):
            answer += block
    except ConnectionError:
        pass
    return answer

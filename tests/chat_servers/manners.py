"""How a chat answers, well or badly, and whether it has taken the message when it does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a server does with one request that it has read, or not."""

    takes: bool  # the message is in the chat afterwards
    answer: bytes = b""
    reads: bool = True  # the request, before it does anything
    ends: Literal["close", "reset", "hold"] = "close"  # hold: it says nothing more and stays
    drip_seconds: float = 0.0  # between two bytes of the answer


def http(
    status: int,
    body: str | bytes | Mapping[str, object] = b"",
    *,
    headers: Mapping[str, str] | None = None,
    declared: int | None = None,
) -> bytes:
    """Return an answer; *declared* is the length that it claims to have."""
    raw = json.dumps(body).encode() if isinstance(body, Mapping) else body
    raw = raw.encode() if isinstance(raw, str) else raw
    length = len(raw) if declared is None else declared
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def misbehaving(good: Manner) -> Mapping[str, Manner]:
    """Return what may go wrong with any server whose good answer is known."""
    head, _, body = good.answer.partition(b"\r\n\r\n")
    return {
        "reset before reading": Manner(takes=False, reads=False, ends="reset"),
        "closed without an answer, not taken": Manner(takes=False),
        "closed without an answer, taken": Manner(takes=True),
        "reset before the answer, not taken": Manner(takes=False, ends="reset"),
        "reset after it was taken": Manner(takes=True, ends="reset"),
        "silent, taken": Manner(takes=True, ends="hold"),
        "silent, not taken": Manner(takes=False, ends="hold"),
        "dripping, taken": replace(good, drip_seconds=0.2),
        "cut within its head, taken": replace(good, answer=head[:12]),
        "cut within its body, taken": replace(good, answer=head + b"\r\n\r\n" + body[:-1]),
        "not HTTP, taken": Manner(takes=True, answer=b"220 mail.example ESMTP\r\n"),
        "500, taken": Manner(takes=True, answer=http(500, "oops")),
        "500, not taken": Manner(takes=False, answer=http(500, "oops")),
        "502, taken": Manner(takes=True, answer=http(502, "<html>Bad Gateway</html>")),
        "504, taken": Manner(takes=True, answer=http(504, "")),
        "503, not taken": Manner(takes=False, answer=http(503, "")),
        "redirect": Manner(
            takes=False, answer=http(307, headers={"Location": "http://169.254.169.254/"})
        ),
        "404": Manner(takes=False, answer=http(404, "no_service")),
        "410": Manner(takes=False, answer=http(410, "gone")),
        "429 in 7 seconds": Manner(
            takes=False, answer=http(429, "slow down", headers={"Retry-After": "7"})
        ),
        "429 without a time": Manner(takes=False, answer=http(429, "")),
    }

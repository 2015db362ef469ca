"""Channels to test, and what is read back out of their payloads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from analytics.digest import Digest
from reports.channels import open_channel
from reports.channels.channel import Channel, Letter, Message
from reports.channels.settings import AnyChannelSettings

ADDRESS = "https://chat.example/hooks/T0SECRET0/B0SECRET0"
KINDS = ("slack", "teams", "worktile", "bearychat", "webhook", "apprise")
CHATS = ("slack", "teams", "worktile", "bearychat", "apprise")

_ROW = re.compile(r"^\*?([\d,]+) · (?!… [\d,]+ more rows?$|failures in all$)")
_SUM = re.compile(r"^\*?([\d,]+)\*? (?:· )?(?:… [\d,]+ more rows?|failures in all)$")
_TABLE_LINE = re.compile(r"^(?:FailuresNumber|… [\d,]+ more rows?|Total): ([\d,]+)$")


def channel(kind: str, **settings: object) -> Any:
    """Return a channel of this kind, with *settings* besides its address."""
    address = "json://127.0.0.1:9/T0SECRET0" if kind == "apprise" else ADDRESS
    values = {"type": kind, "url": address, **settings}
    opened: Channel = open_channel(TypeAdapter(AnyChannelSettings).validate_python(values))
    return opened


def letter(digest: Digest, **changes: Any) -> Letter:
    """Return a letter with a known id."""
    return Letter(**({"digest": digest, "id": "daily-2026-11-21-1f0c"} | changes))


def document(message: Message) -> Any:
    """Return the body of a message, parsed where it is JSON."""
    text = message.body.decode()
    return json.loads(text) if message.content_type.startswith("application/json") else text


def texts(value: object) -> Iterator[str]:
    """Return every text of a payload, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def outline(value: object) -> object:
    """Return the shape of a payload: keys and types, without what its texts say."""
    if isinstance(value, dict):
        return {key: outline(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [outline(inner) for inner in value]
    return type(value).__name__


def counted(kind: str, message: Message) -> tuple[list[int], int | None]:
    """Return what a payload shows of failures, row by row and the residual last, and its total."""
    found = _webhook(document(message)) if kind == "webhook" else _lines(kind, message)
    *parts, total = found or [None]
    return [part for part in parts if part is not None], total


def _webhook(digest: Any) -> list[int | None]:
    return [
        *(row["failures"] for row in digest["rows"]),
        digest["residual"]["failures"],
        digest["failures"],
    ]


def _lines(kind: str, message: Message) -> list[int | None]:
    body = document(message)
    if kind == "slack":
        lines = list(_slack(body["blocks"]))
    elif kind == "teams":
        lines = list(_teams(body["attachments"][0]["content"]["body"]))
    elif kind == "worktile":
        lines = body["attachment"]["text"].split("\n")
    elif kind == "bearychat":
        lines = body["attachments"][0]["text"].split("\n")
    else:
        lines = body.split("\n")
    patterns = (_ROW, _SUM, _TABLE_LINE)
    found = (match for line in lines for pattern in patterns if (match := pattern.search(line)))
    return [int(match[1].replace(",", "")) for match in found]


def _slack(blocks: list[Any]) -> Iterator[str]:
    for block in blocks:
        if block["type"] == "section" and block["text"]["type"] == "mrkdwn":
            yield from block["text"]["text"].split("\n")
        elif block["type"] == "table":
            yield from (f"{line[0]['text']} · in a table" for line in block["rows"][1:])


def _teams(elements: list[Any]) -> Iterator[str]:
    for element in elements:
        if element["type"] == "Container":
            yield from _teams(element["items"])
        elif element["type"] == "Table":
            lines = (line["cells"][0]["items"][0]["inlines"] for line in element["rows"][1:])
            yield from (f"{inlines[0]['text']} · in a table" for inlines in lines)
        elif element["inlines"][0].get("weight") == "Bolder":
            yield "".join(run["text"] for run in element["inlines"])

"""The demo's messages: what each channel would send as files, and sent to a chat on loopback."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analytics.digest import Digest
from kubedigest.demo_chat import demo_chat
from kubedigest.errors import Failure
from reports.channels import CHANNELS, open_channel
from reports.channels.channel import Channel, Letter, Message
from reports.channels.settings import CHANNEL_MODELS
from reports.errors import ReportError
from reports.json_document import json_text

# what a channel needs beside the address of the chat
_EXTRAS: MappingProxyType[str, dict[str, Any]] = MappingProxyType(
    {
        "wecom_app": {"corp_id": "demo", "corp_secret": "demo", "agent_id": 1, "to_user": "@all"},
        "webhook": {"secrets": ["the demo's secret"]},
        "email": {
            "host": "mail.example",
            "sender": "Cluster digest <digest@example.org>",
            "to": ["on-call@example.org"],
        },
        "apprise": {"url": "json://localhost"},
    }
)
_NOT_HTTP = frozenset({"email", "apprise"})


def write_messages(digest: Digest, folder: Path) -> list[str]:
    """Write what every channel sends into files; return which could not be made, and why.

    Raises
    ------
    Failure
        The folder cannot be made or a file cannot be written.
    """
    letter, missing = _letter(digest), []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind in CHANNELS:
            try:
                messages = _opened(kind).compose(letter)
            except ReportError as error:
                missing.append(f"{kind}: {error}")
                continue
            for number, message in enumerate(messages, start=1):
                suffix, text = _readable(message)
                name = kind if number == 1 else f"{kind}-{number}"
                (folder / f"{name}{suffix}").write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot write to {folder}: {error.strerror}") from error
    return missing


def post_messages(digest: Digest, now: datetime) -> list[tuple[str, str]]:
    """Send the digest to a chat server that runs meanwhile; return each channel and its answer."""
    letter, answers = _letter(digest), []
    with demo_chat() as chat:
        for kind in CHANNELS:
            if kind in _NOT_HTTP:
                continue
            channel = _opened(kind, chat.address)
            found = [channel.send(one, letter, now) for one in channel.compose(letter)]
            first = next((one for one in found if one.state != "sent"), found[-1])
            answers.append((kind, first.state if first.state == "sent" else first.reason))
    return answers


def _letter(digest: Digest) -> Letter:
    return Letter(digest=digest, id=f"{digest.report}-{digest.period}")


def _opened(kind: str, address: str = "http://127.0.0.1") -> Channel:
    extras = _EXTRAS.get(kind, {})
    values: dict[str, Any] = {"type": kind, **extras}
    if kind not in _NOT_HTTP:
        url = address if kind == "wecom_app" else f"{address}/{kind}"
        values |= {"url": url, "allow_http": True, "allow_private": True}
    return open_channel(CHANNEL_MODELS[kind].model_validate(values))


def _readable(message: Message) -> tuple[str, str]:
    """Return the suffix of a message's file and its text; JSON is spread out to be read."""
    if message.content_type.startswith("application/json"):
        return ".json", json_text(json.loads(message.body))
    if message.content_type.startswith("message/"):
        return ".eml", message.body.decode()
    return ".txt", message.body.decode()

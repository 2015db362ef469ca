"""Feishu and Lark custom bot: a card with native tables and chart, signed in the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from analytics.digest import Digest
from analytics.inert import printable
from analytics.language import say
from reports.brief import Brief, brief
from reports.channels.channel import Letter, Message
from reports.channels.coded_answer import Meaning, coded, concluded, uncoded
from reports.channels.conclusion import Conclusion
from reports.channels.fitting_letter import fitting_letter
from reports.channels.http_channel import JSON, HttpChannel, json_message
from reports.channels.markdown_message import SAMPLES, change, preview_line, sample, what
from reports.channels.markdown_text import cut, is_copyable, plain
from reports.channels.settings import FeishuSettings
from reports.chart import run_length, sums
from reports.rows import RowGroup, RowView
from reports.times import clock
from reports.transport import Answer, Request, masked

SERVICE = "Feishu"
MOST_BYTES = 18_000  # of the body without time and signature; Feishu takes 20 KB

Element = dict[str, Any]

_PREVIEW_COLUMNS = 120
_PAGE_ROWS = 10  # the most that a table shows before its reader has to turn a page
_MOST_BARS = 48
_LINE_BYTES = 600
_COLOURS = MappingProxyType({"failures": "orange", "quiet": "green", "no data": "grey"})

_MEANINGS = {
    11_232: Meaning(
        state="not sent",
        reason="too many messages, or too many bots that send at this moment",
        hint="Avoid full and half hours, at which everybody's reports are sent.",
        retry_after_seconds=60.0,
    ),
    9499: Meaning(state="refused", reason="the message is not one that Feishu takes"),
    19_001: Meaning(
        state="refused",
        reason="the webhook address is not valid",
        hint="Copy the bot's webhook address again.",
    ),
    19_021: Meaning(
        state="refused",
        reason="the signature does not match, or its time is over an hour off",
        hint="Set secret to the bot's secret, and the clock of this machine.",
    ),
    19_022: Meaning(
        state="refused",
        reason="this machine's address is not on the bot's list",
        hint="Add the address that this machine is seen with to the bot's list.",
    ),
    19_024: Meaning(
        state="refused",
        reason="the message has none of the bot's keywords",
        hint="Set keyword to one of the bot's keywords.",
    ),
    19_036: Meaning(
        state="refused",
        reason="the message is too long",
        hint="Lower top; with a template of your own, shorten what it writes.",
    ),
}


class FeishuChannel(HttpChannel):
    """A custom bot of a Feishu or Lark group."""

    usual_per_minute = 100
    settings: FeishuSettings

    def __init__(self, settings: FeishuSettings) -> None:
        super().__init__(settings)

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return one card, which is signed when it is sent."""

        def write(told: Letter, extras: Sequence[str]) -> bytes:
            return json_message(self._document(told, extras)).body

        return (Message(content_type=JSON, body=fitting_letter(letter, MOST_BYTES, write)),)

    def request(self, message: Message, letter: Letter, now: datetime) -> Request:
        """Return the request, with time and signature in its body where there is a secret."""
        request = super().request(message, letter, now)
        if self.settings.secret is None:
            return request
        return _signed(request, signature(self.settings.secret.get_secret_value(), now))

    def preview(self, message: Message, letter: Letter, now: datetime) -> str:
        """Return what `send` would put on the wire; for an hour, a signature is a secret too."""
        request = super().request(message, letter, now)
        if self.settings.secret is None:
            return masked(request)
        secret = self.settings.secret.get_secret_value()
        return masked(_signed(request, {**signature(secret, now), "sign": "***"}))

    def classify(self, answer: Answer) -> Conclusion:
        """Return what an answer means: only the number 0 is success."""
        found = coded(answer, ("code", "StatusCode"), ("msg", "StatusMessage"))
        if found is None:
            return uncoded(SERVICE, answer)
        if found.code == 0:
            return Conclusion(state="sent", reason="Feishu has it.", code="0")
        return concluded(SERVICE, found, _MEANINGS)

    def _document(self, letter: Letter, extras: Sequence[str]) -> dict[str, object]:
        said = brief(letter)
        elements = _elements(said, letter.digest, extras)
        header: Element = {
            "title": _plain_text(said.verdict),
            "subtitle": _plain_text(said.title),
            "template": _COLOURS[said.state],
        }
        texts = [element["text"] for element in elements if element["tag"] == "div"]
        texts += [header["title"], header["subtitle"]]
        keyword = self.settings.keyword
        if keyword and not any(keyword in text["content"] for text in texts):
            elements.append(_text(keyword, aside=True, raw=True))
        return {
            "msg_type": "interactive",
            "card": {
                "schema": "2.0",
                "config": {
                    "width_mode": "fill",
                    "summary": {"content": plain(preview_line(letter, _PREVIEW_COLUMNS))},
                },
                "header": header,
                "body": {"elements": elements},
            },
        }


def signature(secret: str, now: datetime) -> dict[str, str]:
    """Return what signs a body at *now*: the key is time and secret, the message is empty.

    >>> from datetime import UTC
    >>> signature("test", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC))["sign"]
    'eSJQnOl8XqPTMPHWz9e5IzeHS/tqoc68g2967ekIPmg='
    """
    timestamp = str(int(now.timestamp()))
    digest = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def _signed(request: Request, signed: dict[str, str]) -> Request:
    body = json_message({**signed, **json.loads(request.body)}).body
    return Request(url=request.url, body=body, headers=request.headers)


def _elements(said: Brief, digest: Digest, extras: Sequence[str]) -> list[Element]:
    """Return the card from top to bottom. Nothing in it is markdown, so no text can be markup."""
    rows = [row for group in said.groups for row in group.rows]
    facts = [said.figures or said.meaning, said.baseline if "baseline" in extras else ""]
    samples = rows[:SAMPLES] if "samples" in extras else []
    figures = [figure for figure in (said.residual, said.total) if figure]
    elements = [
        _text("\n".join(said.marks)),
        _text("\n".join(fact for fact in facts if fact)),
        _text(_command(said, digest, extras), raw=True),
    ]
    if rows:
        elements.append(_table(said.groups))
    elements += [
        _text("\n".join(f"{figure.number} {figure.words}" for figure in figures)),
        *(_text(f"{row.subject.reason}: {sample(row)}", aside=True) for row in samples),
        _text(said.gone if "gone" in extras else ""),
    ]
    if "peak" in extras and said.peak:
        elements += [_text(said.peak), _chart(digest)]
    alerts = said.alerts if "alerts" in extras else ()
    elements += [_text(f"! {alert}") for alert in alerts]
    elements.append(_text(said.footer, aside=True))
    return [element for element in elements if element]


def _command(said: Brief, digest: Digest, extras: Sequence[str]) -> str:
    if said.command or not digest.rows or "command" not in extras:
        return said.command
    command = printable(digest.rows[0].kubectl)
    return command if is_copyable(command) else ""


def _plain_text(text: str, *, raw: bool = False) -> Element:
    return {"tag": "plain_text", "content": text if raw else cut(plain(text), _LINE_BYTES)}


def _text(text: str, *, aside: bool = False, raw: bool = False) -> Element:
    """Return an element, or an empty one where there is nothing to say."""
    if not text:
        return {}
    style = {"text_size": "notation", "text_color": "grey"} if aside else {}
    return {"tag": "div", "text": {**_plain_text(text, raw=raw), **style}}


def _table(groups: Sequence[RowGroup]) -> Element:
    """Return one table, in which a row names each group: one a group would fill a phone."""
    columns = [
        _column("failures", say("Failures"), width="80px", horizontal_align="right"),
        _column("what", say("What")),
        _column("change", say("Change")),
        _column("when", say("When")),
    ]
    return {
        "tag": "table",
        "page_size": _PAGE_ROWS,
        "row_height": "auto",
        "freeze_first_column": True,
        "columns": columns,
        "rows": [line for group in groups for line in _rows(group)],
    }


def _column(name: str, shown: str, **layout: str) -> Element:
    # text is what it is; the other types parse markup
    return {"name": name, "display_name": shown, "data_type": "text", **layout}


def _rows(group: RowGroup) -> list[Element]:
    named = {"failures": "", "what": group.heading, "change": "", "when": ""}
    return [named, *map(_row, group.rows)]


def _row(row: RowView) -> Element:
    return {
        "failures": row.failures,
        "what": cut(plain(what(row)), _LINE_BYTES),
        "change": plain(change(row)),
        "when": plain(row.span),
    }


def _chart(digest: Digest) -> Element:
    """Return the histogram as the chart that Feishu draws, neighbours summed where it is long."""
    bars = digest.histogram
    merged = run_length(len(bars), _MOST_BARS)
    counts = sums([bar.failures for bar in bars], merged)
    dated = digest.start.date() != (digest.end - timedelta(microseconds=1)).date()
    values = [
        {"time": clock(bar.start, dated=dated), "failures": count}
        for bar, count in zip(bars[::merged], counts, strict=True)
    ]
    return {
        "tag": "chart",
        "aspect_ratio": "2:1",
        "chart_spec": {
            "type": "bar",
            "data": {"values": values},
            "xField": "time",
            "yField": "failures",
        },
    }

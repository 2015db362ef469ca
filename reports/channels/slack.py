"""Slack incoming webhooks: Block Kit, and an answer that is the word ok or no success."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from analytics.digest import Digest
from analytics.language import say
from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.defusing import entities, mrkdwn
from reports.channels.http_channel import HttpChannel, json_message
from reports.channels.markup import characters, cut
from reports.channels.reading import ChatRow, Reading, reading
from reports.channels.statuses import by_status, excerpt, too_many
from reports.shortening import fitting
from reports.times import date_and_time
from reports.transport import Answer

MOST_CHARACTERS = 12_000  # of all blocks: from 13,200 on they are refused as msg_blocks_too_long
MOST_TABLE_CHARACTERS = 10_000  # docs.slack.dev/reference/block-kit/blocks/table-block
MOST_HEADER_CHARACTERS = 150

Block = dict[str, Any]

_NEW_ADDRESS = "Make a new incoming webhook and configure its address."
_OURS = "The payload is not as Slack wants it; if a template makes it, correct that."
_CHANNEL = "The channel of the webhook is gone or closed; make a webhook for another."
_ADMINISTRATOR = "An administrator of the workspace has to allow it."
_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "no_text": _OURS,
        "invalid_payload": _OURS,
        "invalid_blocks": _OURS,
        "invalid_blocks_format": _OURS,
        "invalid_attachments": _OURS,
        "missing_text_or_fallback_or_attachments": _OURS,
        "too_many_attachments": _OURS,
        "msg_too_long": "Set a lower top for this channel.",
        "msg_blocks_too_long": "Set a lower top for this channel.",
        "no_service": _NEW_ADDRESS,
        "no_service_id": _NEW_ADDRESS,
        "no_team": _NEW_ADDRESS,
        "team_disabled": _NEW_ADDRESS,
        "invalid_token": _NEW_ADDRESS,
        "no_active_hooks": _NEW_ADDRESS,
        "user_not_found": _NEW_ADDRESS,
        "channel_not_found": _CHANNEL,
        "channel_is_archived": _CHANNEL,
        "action_prohibited": _ADMINISTRATOR,
        "posting_to_general_channel_denied": _ADMINISTRATOR,
        "restricted_action": _ADMINISTRATOR,
    }
)
_LATER = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


class SlackChannel(HttpChannel):
    """A channel of a Slack workspace."""

    usual_per_minute = 60  # one a second, docs.slack.dev/apis/web-api/rate-limits

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return one message of blocks, with as many rows as its characters allow."""
        page = fitting(
            letter.digest,
            lambda digest: _page(replace(letter, digest=digest)),
            MOST_CHARACTERS,
            rows=self.settings.top,
        )
        return (json_message(page.document),)

    def classify(self, answer: Answer) -> Conclusion:
        """Return what a whole answer means: only the bare word ok is a success."""
        said = answer.body.strip()
        if answer.status == 200 and said == "ok":
            return Conclusion(state="sent", reason="Slack answered ok")
        code = said.partition(":")[0].strip()
        if code in _LATER:
            return too_many(answer, reason=f"Slack takes no more messages now: {code}")
        if code in _HINTS and answer.status < 500:
            hint = _HINTS[code]
            return Conclusion(
                state="refused", reason=f"Slack refused: {code}", code=code, hint=hint
            )
        address = self.settings.url.get_secret_value()
        hints = {403: _NEW_ADDRESS, 404: _NEW_ADDRESS, 410: _CHANNEL}
        return by_status(answer, secret=address, hints=hints) or Conclusion(
            state="refused",
            reason=f"the answer is not Slack's ok but {excerpt(said, address) or 'empty'}",
            code=str(answer.status),
            hint="Is the address that of a Slack webhook, and no proxy between?",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A payload that is as long as the fuller of its two budgets says."""

    document: Mapping[str, object]

    def __len__(self) -> int:
        blocks = self.document["blocks"]
        everything = sum(map(characters, _texts(blocks)))
        tables = [block for block in _dicts(blocks) if block.get("type") == "table"]
        inside = sum(map(characters, _texts(tables)))
        return max(everything, inside * MOST_CHARACTERS // MOST_TABLE_CHARACTERS)


def _page(letter: Letter) -> _Page:
    read = reading(letter)
    blocks = [*_head(read), *_rows(read), *_rest(read), _footer(read, letter.digest)]
    document = {
        "text": entities(read.headline),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return _Page(document=document)


def _head(read: Reading) -> list[Block]:
    header = _fitted_header(read.verdict)
    blocks: list[Block] = [_context(_plain(read.marks))] if read.marks else []
    blocks.append({"type": "header", "text": _plain(header)})
    if header != read.verdict:
        blocks.append({"type": "section", "text": _plain(read.verdict)})
    blocks.append(_context(_plain(read.title)))
    words = "\n".join(part for part in (read.figures, read.meaning, read.baseline) if part)
    if words:
        blocks.append({"type": "section", "text": _plain(words)})
    if read.command:
        blocks.append(_section(f"`{entities(read.command)}`"))
    return blocks


def _fitted_header(verdict: str) -> str:
    columns = MOST_HEADER_CHARACTERS
    header = cut(verdict, columns)
    while characters(header) > MOST_HEADER_CHARACTERS:
        columns -= 10
        header = cut(verdict, columns)
    return header


def _rows(read: Reading) -> list[Block]:
    blocks: list[Block] = []
    for row in read.full:
        blocks.append(_section(_row(row)))
        if row.message:
            blocks.append(_context(_plain(row.message)))
    if read.compact:
        blocks.append(_table(read.compact))
    if read.sums:
        lines = (f"*{figure.number}* {mrkdwn(figure.words)}" for figure in read.sums)
        blocks.append(_section("\n".join(lines)))
    return blocks


def _row(row: ChatRow) -> str:
    heading = f"*{mrkdwn(row.heading)}*" if row.heading else ""
    what = f"*{row.failures} · {mrkdwn(row.reason)}* · {mrkdwn(row.workload)}"
    command = f"`{entities(row.kubectl)}`" if row.kubectl else ""
    return "\n".join(part for part in (heading, what, mrkdwn(row.facts), command) if part)


def _table(rows: tuple[ChatRow, ...]) -> Block:
    columns = (say("Failures"), say("Reason"), say("Workload"), say("Change"), say("When"))
    lines = [columns]
    lines += [(row.failures, row.reason, row.workload, _change(row), row.span) for row in rows]
    return {
        "type": "table",
        "column_settings": [
            {"align": "right"},
            *({"is_wrapped": True} for _ in columns[1:]),
        ],
        "rows": [[{"type": "raw_text", "text": text or "–"} for text in line] for line in lines],
    }


def _change(row: ChatRow) -> str:
    return " · ".join(part for part in (row.change, row.firing) if part)


def _rest(read: Reading) -> list[Block]:
    lines = [read.gone, read.peak, *(f"⚠ {alert}" for alert in read.alerts)]
    shown = [_plain(line) for line in lines if line]
    return [_context(*shown)] if shown else []


def _footer(read: Reading, digest: Digest) -> Block:
    """Return version and id, and the window in the zone of whoever reads it."""
    window = say(
        "In your time: {start} to {end}",
        start=_local(digest.start.timestamp(), date_and_time(digest.start)),
        end=_local(digest.end.timestamp(), date_and_time(digest.end)),
    )
    return _context(_marked(window), _plain(read.footer))


def _local(epoch: float, fallback: str) -> str:
    return f"<!date^{int(epoch)}^{{date_short_pretty}} {{time}}|{fallback}>"


def _section(text: str) -> Block:
    return {"type": "section", "text": _marked(text)}


def _context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def _marked(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _texts(value: object) -> Iterator[str]:
    return (found["text"] for found in _dicts(value) if isinstance(found.get("text"), str))


def _dicts(value: object) -> Iterator[Block]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _dicts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _dicts(inner)

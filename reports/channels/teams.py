"""Microsoft Teams by a workflow: an Adaptive Card, and errors that are told in a 2xx."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from analytics.language import say
from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.http_channel import HttpChannel, json_message
from reports.channels.reading import ChatRow, Reading, reading
from reports.channels.statuses import by_status, excerpt, too_many
from reports.shortening import fitting
from reports.transport import Answer

MOST_BYTES = 27_000  # of the whole message; from about 28 KB on Teams refuses it

Element = dict[str, Any]

_CARD = "application/vnd.microsoft.card.adaptive"
_STATUS = re.compile(r"HTTP error (\d{3})", re.IGNORECASE)
_TOO_LARGE = re.compile(r"entity too large|payload too large|too large", re.IGNORECASE)
_FAILED = re.compile(r"fail|error|bad payload|is required|not found", re.IGNORECASE)
_FLOW = "Look at the run history of the workflow: is it switched on, and may it post there?"
_LESS = "Set a lower top for this channel."
_HINTS = {
    400: _FLOW,
    401: "Copy the whole address of the workflow: a part of it, such as sig, is missing or old.",
    403: "Copy the whole address of the workflow: a part of it, such as sig, is missing or old.",
    404: "The workflow is gone or switched off, or its owner is; make a new one.",
    410: "The workflow is gone; make a new one.",
    413: _LESS,
}


class TeamsChannel(HttpChannel):
    """A chat or channel of Microsoft Teams."""

    usual_per_minute = 60  # connectors took four a second; for workflows no number is known

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return one card, with as many rows as the bytes of a message allow."""
        body = fitting(
            letter.digest,
            lambda digest: json_message(_document(replace(letter, digest=digest))).body,
            MOST_BYTES,
            rows=self.settings.top,
        )
        return (replace(json_message({}), body=body),)

    def classify(self, answer: Answer) -> Conclusion:
        """Return what a whole answer means: a 2xx is a success only without a word of failure."""
        address = self.settings.url.get_secret_value()
        if (found := by_status(answer, secret=address, hints=_HINTS)) is not None:
            return found
        said = excerpt(answer.body, address)
        if status := _STATUS.search(answer.body):
            inner = by_status(replace(answer, status=int(status[1])), secret=address, hints=_HINTS)
            if inner is not None:
                return replace(inner, reason=f"Teams answered {answer.status}, but says: {said}")
        if _TOO_LARGE.search(answer.body):
            reason = f"the message is too large for Teams: {said}"
            return Conclusion(state="refused", reason=reason, code="413", hint=_LESS)
        if _FAILED.search(answer.body):
            reason = f"Teams answered {answer.status}, but says: {said}"
            return replace(too_many(answer, reason=reason), hint=_FLOW)
        return Conclusion(state="sent", reason=f"Teams answered {answer.status}")


def _document(letter: Letter) -> dict[str, object]:
    read = reading(letter)
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "fallbackText": read.headline,
        "msteams": {"width": "Full"},
        "body": [*_head(read), *map(_row, read.full), *_rest(read)],
    }
    attachment = {"contentType": _CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _head(read: Reading) -> list[Element]:
    elements = [_line(_run(read.marks, weight="Bolder", color="Attention"))] if read.marks else []
    elements.append(_line(_run(read.verdict, weight="Bolder", size="Medium")))
    elements.append(_line(_run(read.title, size="Small", isSubtle=True), spacing="Small"))
    elements += [_line(_run(text)) for text in (read.figures, read.meaning, read.baseline) if text]
    elements += [_line(_run(read.command, fontType="Monospace"))] if read.command else []
    return elements


def _row(row: ChatRow) -> Element:
    heading = [_line(_run(row.heading, weight="Bolder", color="Accent"))] if row.heading else []
    what = _line(
        _run(f"{row.failures} · {row.reason}", weight="Bolder"), _run(f" · {row.workload}")
    )
    details = [
        _line(_run(row.facts, size="Small"), spacing="None") if row.facts else None,
        _line(_run(row.message, size="Small", isSubtle=True), spacing="None")
        if row.message
        else None,
        _line(_run(row.kubectl, size="Small", fontType="Monospace"), spacing="None")
        if row.kubectl
        else None,
    ]
    items = [*heading, what, *(detail for detail in details if detail)]
    return {"type": "Container", "spacing": "Medium" if heading else "Small", "items": items}


def _rest(read: Reading) -> list[Element]:
    elements = [_table(read.compact)] if read.compact else []
    elements += [
        _line(_run(figure.number, weight="Bolder"), _run(f" {figure.words}"), spacing="Small")
        for figure in read.sums
    ]
    alerts = [f"⚠ {alert}" for alert in read.alerts]
    lines = [line for line in (read.gone, read.peak, *alerts) if line]
    elements += [_line(_run(line, size="Small"), spacing="Small") for line in lines]
    footer = _line(_run(read.footer, size="Small", isSubtle=True))
    return [*elements, {**footer, "separator": True}]


def _table(rows: tuple[ChatRow, ...]) -> Element:
    """Return a table of three columns, which is what a phone has room for."""
    lines = [(say("Failures"), say("What"), say("Change"))]
    lines += [(row.failures, f"{row.reason} · {row.workload}", row.facts or "–") for row in rows]
    return {
        "type": "Table",
        "columns": [{"width": 1}, {"width": 4}, {"width": 3}],
        "firstRowAsHeader": True,
        "showGridLines": False,
        "rows": [{"type": "TableRow", "cells": [_cell(text) for text in line]} for line in lines],
    }


def _cell(text: str) -> Element:
    return {"type": "TableCell", "items": [_line(_run(text, size="Small"))]}


def _line(*runs: Element, spacing: str = "") -> Element:
    """Return a line of runs: unlike a TextBlock, they know no markdown."""
    line: Element = {"type": "RichTextBlock", "inlines": list(runs)}
    return {**line, "spacing": spacing} if spacing else line


def _run(text: str, **looks: object) -> Element:
    return {"type": "TextRun", "text": text, **looks}

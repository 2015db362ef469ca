"""Live messages as a --sink string of kube-eventer asks for them: one request an event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from analytics.inert import printable
from reports.channels import open_channel
from reports.channels.channel import Message
from reports.channels.conclusion import Conclusion
from reports.channels.dingtalk import signature
from reports.channels.http_channel import JSON, HttpChannel, json_message
from reports.channels.settings import CHANNEL_MODELS
from reports.channels.statuses import by_status
from reports.channels.templated import RULES
from reports.channels.wecom_app import WeComAppChannel
from reports.errors import TemplateError
from reports.ledger import Policy
from reports.live.event_json import event_from_json, event_to_json
from reports.live.live_store import DueGroup
from reports.sinks.body_template import Version
from reports.sinks.live_event import LiveEvent
from reports.sinks.our_channel import our_channel
from reports.sinks.sink import ChatOptions, Sink
from reports.sinks.sink import Request as SinkRequest
from reports.transport import Answer, Request, masked, post

_TIMEOUT_SECONDS = 20.0
_BATCH = 100  # messages that are noted together, to a service without one
_NAMES = 3
_PLAIN = "text/plain; charset=utf-8"


class Classifier(Protocol):
    """Knows what a service's answer means."""

    def classify(self, answer: Answer) -> Conclusion:
        """Return what a whole answer means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkOptions:
    """How the sinks of one run are used."""

    zone: ZoneInfo
    policy: Policy = "at-least-once"
    as_kube_eventer: Version | None = None  # to the letter of this version


class SinkOutlet:
    """One sink.

    Parameters
    ----------
    sink
        What the string asks for.
    content
        Of its ConfigMap, None where it names none.
    options
        Of the run.

    Raises
    ------
    SinkError
        It cannot be used, or its ConfigMap is missing.
    TemplateError
        Its template has a mistake.
    """

    def __init__(self, sink: Sink, content: str | None, options: SinkOptions) -> None:
        self._sink, self._options = sink, options
        if options.as_kube_eventer is None:
            sink.require_usable()
            self.template = sink.template(content)
        else:
            self.template = sink.template_as_kube_eventer(content, options.as_kube_eventer)
        self._channel = _channel(sink)
        self.service = self._channel.settings.type if self._channel is not None else "webhook"
        self._rule = RULES[self.service]

    @property
    def pace_name(self) -> str:
        """Sinks that call the same address share its budget."""
        address = hashlib.sha256(self._sink.request.url.encode()).hexdigest()[:12]
        return f"sink {self._sink.host} {address}"

    @property
    def per_minute(self) -> int | None:
        """How many messages a known service takes in a minute, ``None`` for any other server."""
        if self._options.as_kube_eventer is not None or self._channel is None:
            return None
        return int(self._channel.per_minute)

    @property
    def policy(self) -> Policy:
        """What happens after a try of which nobody knows whether it arrived."""
        return self._options.policy

    @property
    def timeout_seconds(self) -> float:
        """How long one try may take."""
        return _TIMEOUT_SECONDS

    def portions(self, groups: Sequence[DueGroup]) -> list[tuple[DueGroup, ...]]:
        """Return a message a group; where more wait than a service with a limit takes, one."""
        if self.per_minute is None:
            return [(group,) for group in groups[:_BATCH]]
        # what would take a service longer than half a minute becomes one that tells of them all
        return [tuple(groups)] if len(groups) * 2 > self.per_minute else [(groups[0],)]

    def write(self, groups: Sequence[DueGroup], now: datetime) -> str:
        """Return the event that stands for the groups, with what it leaves out in its message."""
        event = groups[0].latest
        if self._options.as_kube_eventer is None:
            event = replace(event, message=event.message + _further(groups))
        return json.dumps(event_to_json(event))

    def write_end(self, groups: Sequence[DueGroup], now: datetime) -> str | None:
        """Return None: a sink tells of events only."""
        return None

    def send(self, content: str, letter_id: str, now: datetime, *, is_resend: bool) -> Conclusion:
        """Try once."""
        try:
            event = event_from_json(json.loads(content))
            if is_resend and self._options.as_kube_eventer is None:
                event = replace(event, message=f"{event.message} (sent again)")
            request = self.request(event, letter_id, now, is_resend=is_resend)
        except TemplateError as error:
            return Conclusion(state="refused", reason=str(error))
        if isinstance(self._channel, WeComAppChannel):
            return self._channel.send_message(Message(content_type=JSON, body=request.body), now)
        answer = post(
            request, timeout_seconds=_TIMEOUT_SECONDS, allow_http=True, allow_private=True
        )
        return self._classified(answer) if isinstance(answer, Answer) else answer

    def preview(self, content: str, letter_id: str, now: datetime) -> str:
        """Return what `send` would put on the wire, with every secret masked."""
        event = event_from_json(json.loads(content))
        return masked(self.request(event, letter_id, now, is_resend=False))

    def request(
        self, event: LiveEvent, letter_id: str, now: datetime, *, is_resend: bool
    ) -> Request:
        """Return the request for one event.

        Raises
        ------
        TemplateError
            The template makes nothing that could be sent of it.
        """
        to_the_letter = self._options.as_kube_eventer is not None
        asked = self._sink.request_as_kube_eventer if to_the_letter else self._sink.request
        if self._sink.chat is not None:
            message = _chat_message(self._sink, self._safe(event), self._options.zone)
            return self._chat_request(asked, message, now)
        if to_the_letter:
            body = self.template.render_as_kube_eventer(
                event, self._options.zone, self._options.as_kube_eventer or "1.2.14"
            )
            return _request(asked, body.text, {})
        body = self.template.render(self._safe(event), self._options.zone)
        headers = {"content-type": JSON if body.is_json else _PLAIN, "webhook-id": letter_id}
        if is_resend:
            headers["webhook-resend"] = "true"
        return _request(asked, body.text, headers)

    def _chat_request(self, asked: SinkRequest, message: Message, now: datetime) -> Request:
        url = asked.url
        if self._sink.chat is not None and self._sink.chat.sign:
            url = f"{url}&{signature(self._sink.chat.sign, now)}"
        return Request(url=url, body=message.body, headers={"content-type": message.content_type})

    def _safe(self, event: LiveEvent) -> LiveEvent:
        """Return the event with its texts harmless for the chat that reads them."""
        if self._channel is None or self._options.as_kube_eventer is not None:
            return event
        texts: dict[str, Any] = {
            name: self._rule.escape(printable(value) if name != "message" else _one_line(value))
            for name in _TEXTS
            if (value := getattr(event, name))
        }
        labels = {name: self._rule.escape(printable(value)) for name, value in event.labels.items()}
        return replace(event, **texts, labels=labels)

    def _classified(self, answer: Answer) -> Conclusion:
        if self._channel is not None:
            found: Conclusion = self._channel.classify(answer)
            return found
        refused = by_status(answer, secret=self._sink.request.url)
        return refused or Conclusion(state="sent", reason=f"the server answered {answer.status}")


_TEXTS = (
    *("type", "reason", "message", "kind", "object_namespace", "object", "namespace", "name"),
    *("component", "host", "controller"),
)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split("\n")))


def _channel(sink: Sink) -> Any:
    """Return the channel of the service that a sink calls, ``None`` where it is nobody's known."""
    ours = our_channel(sink)
    type_ = str(ours.settings["type"])
    if type_ == "webhook":
        return None
    keys = CHANNEL_MODELS[type_].model_fields
    settings = {key: value for key, value in ours.with_secrets().items() if key in keys}
    for spare in ("include", "exclude"):
        settings.pop(spare, None)
    found = open_channel(CHANNEL_MODELS[type_].model_validate(settings))
    return found if isinstance(found, HttpChannel | WeComAppChannel) else None


def _request(asked: SinkRequest, body: str, headers: dict[str, str]) -> Request:
    named = {name.lower(): value for name, value in asked.headers}
    return Request(
        url=asked.url, body=body.encode(), headers={**headers, **named}, method=asked.method
    )


def _chat_message(sink: Sink, event: LiveEvent, zone: ZoneInfo) -> Message:
    chat = sink.chat or ChatOptions()
    text = sink.chat_text(event, zone)
    if sink.type == "wechat":
        return json_message(
            {
                "touser": "|".join(chat.to_user),
                "msgtype": "text",
                "agentid": chat.agent_id,
                "text": {"content": text},
                "safe": 0,
            }
        )
    if chat.msg_type == "markdown":
        title = f"{event.type} {event.reason}"
        lines = "\n\n".join(line for line in text.split("\n") if line.strip())
        return json_message({"msgtype": "markdown", "markdown": {"title": title, "text": lines}})
    return json_message({"msgtype": "text", "text": {"content": text}})


def _further(groups: Sequence[DueGroup]) -> str:
    """Return what one event does not say of the groups that it stands for, "" where it says all."""
    first, others = groups[0], groups[1:]
    parts = []
    if first.waiting > 1:
        parts.append(f"{first.waiting:,} times")
    if others:
        number = sum(group.waiting for group in others)
        names = [f"{one.latest.reason} {one.latest.object}" for one in others[:_NAMES]]
        more = f" and {len(others) - _NAMES:,} more" if len(others) > _NAMES else ""
        parts.append(f"and {number:,} other events: {', '.join(names)}{more}")
    return f" ({'; '.join(parts)})" if parts else ""

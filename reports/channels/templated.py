"""A channel whose message a template of the user's makes; all else stays the channel's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes, policy
from types import MappingProxyType

from analytics.digest import Digest
from reports.channels import template_escapes
from reports.channels.channel import Channel, Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.http_channel import json_message
from reports.channels.markup import characters
from reports.channels.settings import ChannelSettings, WebhookSettings
from reports.errors import TemplateError
from reports.shortening import fitting
from reports.template_context import Kind
from reports.template_digest import template_digest
from reports.user_templates import made, unescaped

_TEXT = "text/plain; charset=utf-8"
_SHOWN_CHARACTERS = 60
_MAIL = policy.SMTP.clone(cte_type="7bit", refold_source="none")
# who gets a message of WeCom, and how it knows a second copy: never a template's affair
_OF_THE_APPLICATION = (
    "touser",
    "toparty",
    "totag",
    "agentid",
    "enable_duplicate_check",
    "duplicate_check_interval",
)


def byte_length(text: str) -> int:
    """Return the length of *text* in UTF-8."""
    return len(text.encode())


def longest_text(payload: str) -> int:
    """Return the bytes of the longest text in a payload."""
    return max((byte_length(text) for text in _texts(json.loads(payload))), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a template of one type of channel makes, and what the service takes of it."""

    kind: Kind = "json"
    escape: Callable[[str], str] = template_escapes.for_chat
    most: int
    measure: Callable[[str], int] = byte_length
    unit: str = "bytes"


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "slack": Rule(
            escape=template_escapes.for_slack,
            most=12_000,
            measure=characters,
            unit="characters",
        ),
        "teams": Rule(most=27_000),
        "worktile": Rule(most=16_000),
        "bearychat": Rule(most=8_000),
        "webhook": Rule(escape=unescaped, most=20_000),
        "dingtalk": Rule(escape=template_escapes.for_markdown, most=18_000),
        "wecom": Rule(
            escape=template_escapes.for_markdown,
            most=4_096,
            measure=longest_text,
            unit="bytes in one text",
        ),
        "wecom_app": Rule(
            escape=template_escapes.for_markdown,
            most=2_048,
            measure=longest_text,
            unit="bytes in one text",
        ),
        "feishu": Rule(escape=template_escapes.for_markdown, most=18_000),
        "email": Rule(kind="html", escape=unescaped, most=90 * 1024),
        "apprise": Rule(kind="text", most=32_768, measure=characters, unit="characters"),
    }
)


class TemplatedChannel:
    """A channel with a template.

    Parameters
    ----------
    channel
        Signs, sends, and knows what the answer means.
    """

    def __init__(self, channel: Channel) -> None:
        template = channel.settings.template
        if template is None:
            raise ValueError("the channel has no template")
        self._channel, self._template = channel, template
        rule = RULES[channel.settings.type]
        if isinstance(channel.settings, WebhookSettings):
            rule = replace(rule, most=channel.settings.max_bytes)
        self._rule = rule

    @property
    def settings(self) -> ChannelSettings:
        """What is configured."""
        return self._channel.settings

    @property
    def per_minute(self) -> int:
        """How many messages the service takes in a minute."""
        return self._channel.per_minute

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return the one message that the template makes, with as many rows as the service takes.

        Raises
        ------
        TemplateError
            The template has a mistake, or makes what the service would not take.
        """
        text = self._fitted(letter)
        if self._rule.kind == "json":
            payload = _payload(text, self._template.name)
            if self.settings.type == "wecom_app":
                payload |= self._of_the_application(letter)
            return (json_message(payload),)
        if self.settings.type == "email":
            [message] = self._channel.compose(letter)
            return (replace(message, body=_with_html(message.body, text)),)
        return (Message(content_type=_TEXT, body=text.encode()),)

    def send(self, message: Message, letter: Letter, now: datetime) -> Conclusion:
        """Try once, signed at *now*."""
        return self._channel.send(message, letter, now)

    def preview(self, message: Message, letter: Letter, now: datetime) -> str:
        """Return what `send` would put on the wire, with every secret masked."""
        return self._channel.preview(message, letter, now)

    def _fitted(self, letter: Letter) -> str:
        rule, tried = self._rule, []

        def write(digest: Digest) -> _Written:
            text = self._made(replace(letter, digest=digest))
            tried.append(_Written(text=text, length=rule.measure(text)))
            return tried[-1]

        try:
            return fitting(letter.digest, write, rule.most, rows=self.settings.top).text
        except ValueError as error:
            least = min(one.length for one in tried)
            raise TemplateError(
                f"the template {self._template.name} makes {least:,} {rule.unit} even without a "
                f"row, and {self.settings.type} takes {rule.most:,}"
            ) from error

    def _made(self, letter: Letter) -> str:
        rule = self._rule
        if self.settings.type == "wecom_app":  # which knows a copy by its equal bytes
            letter = replace(letter, is_resend=False)
        text = made(self._template, rule.kind, template_digest(letter), escape=rule.escape)
        if rule.kind != "json":
            return text
        return json_message(_payload(text, self._template.name)).body.decode()

    def _of_the_application(self, letter: Letter) -> dict[str, object]:
        [message] = self._channel.compose(letter)
        document = json.loads(message.body)
        return {key: document[key] for key in _OF_THE_APPLICATION if key in document}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A text that is as long as the service counts it."""

    text: str = field(repr=False)
    length: int

    def __len__(self) -> int:
        return self.length


def _payload(text: str, name: str) -> dict[str, object]:
    """Return the JSON object that a template made."""
    try:
        document = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        lines = text.splitlines() or [""]
        line = lines[min(error.lineno, len(lines)) - 1].strip()[:_SHOWN_CHARACTERS]
        raise TemplateError(
            f"the template {name} makes no JSON: {error.msg} in line {error.lineno} of what it "
            f"makes, {line!r}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"the template {name} makes no JSON: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError(f"the template {name} must make a JSON object: {{…}}")
    return document


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _with_html(mail: bytes, html: str) -> bytes:
    """Return *mail* with another HTML part; headers, text and attachments stay, to the byte."""
    parsed = message_from_bytes(mail, policy=_MAIL)
    for part in parsed.walk():
        if part.get_content_type() == "text/html" and not part.get_filename():
            part.set_content(html, subtype="html")
            break
    return parsed.as_bytes()

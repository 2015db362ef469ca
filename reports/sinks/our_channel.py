"""The channel and the live rule of our own configuration that do what a sink does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.sinks.rules import How, Rules
from reports.sinks.sink import Sink

# whose address a webhook sink calls -> type of channel; the first that fits
_SERVICES = (
    (re.compile(r"oapi\.dingtalk\.com/robot/"), "dingtalk"),
    (re.compile(r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/"), "wecom"),
    (re.compile(r"hooks\.slack\.com/"), "slack"),
    (re.compile(r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/"), "feishu"),
    (re.compile(r"hook\.worktile\.com/"), "worktile"),
    (re.compile(r"hook\.bearychat\.com/"), "bearychat"),
)
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_FORBIDDEN_HEADERS = ("webhook-", "content-", "host", "transfer-encoding", "connection")


@dataclass(frozen=True, slots=True, kw_only=True)
class OurChannel:
    """A channel in the terms of the configuration, with its secrets in the environment."""

    name: str
    # as in YAML; a secret is {"env": NAME}
    settings: Mapping[str, object] = field(repr=False)
    rule: Mapping[str, object] = field(repr=False)  # an entry of notify
    environment: Mapping[str, str] = field(repr=False)  # NAME -> the secret
    notes: tuple[str, ...]  # what it does otherwise

    def with_secrets(self) -> dict[str, object]:
        """Return the settings with the secrets themselves, to check them."""
        return {key: self._filled(value) for key, value in self.settings.items()}

    def _filled(self, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        if set(value) == {"env"}:
            return self.environment[str(value["env"])]
        return {key: self._filled(inner) for key, inner in value.items()}


def our_channel(sink: Sink, number: int = 1) -> OurChannel:
    """Return the channel for a sink; the number tells several sinks apart.

    Parameters
    ----------
    sink
        Whatever it asks for, also one that is refused.
    number
        From 1.
    """
    type_ = _type(sink)
    name = type_.replace("_", "-") + (f"-{number}" if number > 1 else "")
    prefix = name.upper().replace("-", "_")
    settings: dict[str, object] = {"type": type_}
    secrets: dict[str, str] = {}
    notes: list[str] = []

    def secret(of: str, value: str) -> dict[str, str]:
        secrets[f"{prefix}_{of}"] = value
        return {"env": f"{prefix}_{of}"}

    if sink.type == "wechat" and sink.chat is not None:
        settings["corp_id"] = sink.chat.corp_id
        settings["corp_secret"] = secret("SECRET", sink.chat.corp_secret)
        settings["agent_id"] = sink.chat.agent_id
        settings["to_user"] = "|".join(sink.chat.to_user)
    else:
        settings["url"] = secret("URL", sink.request.url)
        if sink.request.url.startswith("http://"):
            settings["allow_http"] = True
    if sink.type == "dingtalk" and sink.chat is not None and sink.chat.sign:
        settings["secret"] = secret("SECRET", sink.chat.sign)
    if type_ == "webhook":
        headers = {
            header: secret(re.sub(r"[^A-Z0-9]", "_", header.upper()), value)
            for header, value in sink.request.headers
            if not header.lower().startswith(_FORBIDDEN_HEADERS)
        }
        settings |= {"headers": headers} if headers else {}
    _note(sink, type_, notes)
    return OurChannel(
        name=name,
        settings=settings,
        rule={"channel": name, **_rule(sink.documented)},
        environment=secrets,
        notes=tuple(notes),
    )


def _type(sink: Sink) -> str:
    if sink.type == "wechat":
        return "wecom_app"
    if sink.type == "dingtalk":
        return "dingtalk"
    place = sink.request.url.partition("://")[2].rpartition("@")[2]
    return next((type_ for form, type_ in _SERVICES if form.match(place)), "webhook")


def _rule(rules: Rules) -> dict[str, object]:
    """Return what an entry of notify says besides its channel."""
    types = [] if rules.types is None else list(rules.types.texts)
    include = {
        key: [_pattern(text, rule.how) for text in rule.texts]
        for key, rule in (
            ("namespaces", rules.namespaces),
            ("kinds", rules.kinds),
            ("reasons", rules.reasons),
        )
        if rule is not None
    }
    return {
        **({"types": types} if len(types) == 1 else {}),
        "meanings": [],
        **({"include": include} if include else {}),
        "group_by": ["event"],
    }


def _pattern(text: str, how: How) -> str:
    """Return the pattern of a live rule that fits the same."""
    if how == "anywhere":
        return f"re:{text}"
    if _PLAIN.fullmatch(text):
        return text
    if how == "whole":
        return f"re:^(?:{text})$"
    return f"re:{'(?i)' if how == 'equal but for case' else ''}^{re.escape(text)}$"


def _note(sink: Sink, type_: str, notes: list[str]) -> None:
    if sink.request.method != "POST":
        notes.append(f"method is POST, and not {sink.request.method}")
    if sink.configmap is not None:
        notes.append("the body is that of the channel; a Jinja template can replace it (template:)")
    if type_ != "webhook" and sink.type == "webhook":
        notes.append("headers are those of the channel")
    if sink.chat is not None and sink.chat.labels:
        notes.append("label is left out: messages name their clusters")

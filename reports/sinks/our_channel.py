"""The channel of our own configuration that does what a sink does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports.sinks.rules import OneOf
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
_GLOB_PARTS = re.compile(r"\.\*|\.\+|\.|[A-Za-z0-9_-]+|\\[.-]")
_FORBIDDEN_HEADERS = ("webhook-", "content-", "host", "transfer-encoding", "connection")


@dataclass(frozen=True, slots=True, kw_only=True)
class OurChannel:
    """A channel in the terms of the configuration, with its secrets in the environment."""

    name: str
    # as in YAML; a secret is {"env": NAME}
    settings: Mapping[str, object] = field(repr=False)
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
    include = _include(sink, notes)
    settings |= {"include": include} if include else {}
    _note(sink, type_, notes)
    return OurChannel(name=name, settings=settings, environment=secrets, notes=tuple(notes))


def _type(sink: Sink) -> str:
    if sink.type == "wechat":
        return "wecom_app"
    if sink.type == "dingtalk":
        return "dingtalk"
    place = sink.request.url.partition("://")[2].rpartition("@")[2]
    return next((type_ for form, type_ in _SERVICES if form.match(place)), "webhook")


def _include(sink: Sink, notes: list[str]) -> dict[str, list[str]]:
    """Return what can be said with * and ?, and note down what cannot."""
    rules = sink.documented
    found: dict[str, list[str]] = {}
    for key, name, rule in (
        ("namespaces", "namespaces", rules.namespaces),
        ("reasons", "reason", rules.reasons),
    ):
        if rule is None:
            continue
        patterns = _globs(rule)
        if patterns is None:
            notes.append(f"{name} is left out: its patterns cannot be said with * and ?")
        else:
            found[key] = patterns
    if rules.kinds is not None:
        notes.append(
            "kinds is left out: a channel's kinds are those of workloads (Deployment for its pods)"
        )
    return found


def _note(sink: Sink, type_: str, notes: list[str]) -> None:
    if rules := sink.documented.types:
        both = len(rules.texts) > 1
        notes.append(
            "level is left out: what is a failure is decided by the catalogue of reasons, "
            + ("Normal events among them" if both else "whatever the type of the event")
        )
    if sink.request.method != "POST":
        notes.append(f"method is POST, and not {sink.request.method}")
    if sink.configmap is not None:
        notes.append("the body is that of the channel; a Jinja template can replace it (template:)")
    if type_ != "webhook" and sink.type == "webhook":
        notes.append("headers are those of the channel")
    if sink.chat is not None and sink.chat.labels:
        notes.append("label is left out: messages name their clusters")


def _globs(rule: OneOf) -> list[str] | None:
    """Return patterns of * and ? that fit the same, None where there are none."""
    if rule.how in ("equal", "equal but for case"):
        return list(rule.texts) if all(map(_is_plain, rule.texts)) else None
    found: list[str] = []
    for text in rule.texts:
        alternatives = _alternatives(text)
        if alternatives is None:
            return None
        for one in alternatives:
            glob = _glob(one, is_whole=rule.how == "whole")
            if glob is None:
                return None
            found.append(glob)
    return list(dict.fromkeys(found))


def _is_plain(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9._-]+", text))


def _alternatives(text: str) -> Sequence[str] | None:
    """Split ``^(a|b)$`` and ``a|b``; None of any other use of parentheses."""
    if found := re.fullmatch(r"(\^?)\(([^()^$]*)\)(\$?)", text):
        return [f"{found[1]}{one}{found[3]}" for one in found[2].split("|")]
    return None if "(" in text else text.split("|")


def _glob(text: str, *, is_whole: bool) -> str | None:
    starts, ends = text.startswith("^"), text.endswith("$")
    inner = text.removeprefix("^").removesuffix("$")
    parts = _GLOB_PARTS.findall(inner)
    if not parts or "".join(parts) != inner:
        return None
    said = {".*": "*", ".+": "?*", ".": "?"}
    glob = "".join(said.get(part, part.removeprefix("\\")) for part in parts)
    before = "" if is_whole or starts else "*"
    after = "" if is_whole or ends else "*"
    return re.sub(r"\*+", "*", f"{before}{glob}{after}")

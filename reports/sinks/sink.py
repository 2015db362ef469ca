"""What one --sink string of kube-eventer asks for: as documented, and as it really was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Literal

from collector.known_templates import SINK_TEXT
from reports.errors import SinkError
from reports.sinks.body_template import DEFAULT_BODIES, BodyTemplate, Version
from reports.sinks.live_event import LiveEvent
from reports.sinks.rules import Rules

NEWEST: Version = "1.2.14"
SinkType = Literal["webhook", "dingtalk", "wechat"]
_DATE_TIME = '{{ .LastTimestamp.Format "2006-01-02 15:04:05" }}'
_CHAT_TEXTS: Mapping[SinkType, BodyTemplate] = {
    "dingtalk": BodyTemplate("dingtalk", SINK_TEXT.replace("{{ .LastTimestamp }}", _DATE_TIME)),
    "wechat": BodyTemplate("wechat", SINK_TEXT),
    "webhook": BodyTemplate("webhook", SINK_TEXT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter, in words that hold no secret."""

    name: str
    given: str  # "" where it is not
    kube_eventer: str  # what it really did
    kubedigest: str  # what it does here


@dataclass(frozen=True, slots=True)
class Trap:
    """Where kube-eventer's behaviour differed from what a reader of the string expects."""

    parameter: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is called. Address and headers are secrets."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions:
    """What the sinks dingtalk and wechat have besides filters."""

    labels: tuple[str, ...] = ()
    msg_type: str = "text"
    cluster_id: str = ""
    region: str = ""
    agent_id: int = 0
    to_user: tuple[str, ...] = ()
    access_token: str = field(default="", repr=False)
    sign: str = field(default="", repr=False)
    corp_id: str = field(default="", repr=False)
    corp_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """One sink, parsed."""

    type: SinkType
    host: str
    documented: Rules = field(repr=False)
    by_version: Mapping[Version, Rules] = field(repr=False)  # to the letter
    request: Request
    request_as_kube_eventer: Request
    configmap: tuple[str, str] | None = field(
        default=None, repr=False
    )  # namespace and name, with the key content
    chat: ChatOptions | None = field(default=None, repr=False)
    parameters: tuple[Parameter, ...] = ()
    traps: tuple[Trap, ...] = ()
    problems: tuple[str, ...] = ()  # for which it is refused at start
    secrets: tuple[str, ...] = field(default=(), repr=False)  # that must not be shown

    def as_documented(self, event: LiveEvent) -> bool:
        """Tell whether the sink is meant to send an event.

        Raises
        ------
        SinkError
            It cannot be used as it is meant.
        """
        self.require_usable()
        return self.documented.passes(event)

    def as_kube_eventer(self, event: LiveEvent, version: Version = NEWEST) -> bool:
        """Tell whether kube-eventer sent an event."""
        return self.by_version[version].passes(event)

    def require_usable(self) -> None:
        """Refuse what would do something else than it says.

        Raises
        ------
        SinkError
            With the first problem.
        """
        if self.problems:
            raise SinkError(f"the sink {self.type} to {self.host or 'no host'}: {self.problems[0]}")

    def template(self, content: str | None) -> BodyTemplate:
        """Return the template of the bodies as it is documented.

        Parameters
        ----------
        content
            The value of the key ``content`` of the ConfigMap, None where there is none.

        Raises
        ------
        SinkError
            The ConfigMap that the sink names, or its key, is missing.
        TemplateError
            The template has a mistake.
        """
        if self.configmap is None:
            return BodyTemplate("default", DEFAULT_BODIES[NEWEST])
        namespace, name = self.configmap
        if content is None:
            raise SinkError(
                f"there is no ConfigMap {name[:60]} with the key content in the namespace "
                f"{namespace[:60]}; kube-eventer would send its default body"
            )
        return BodyTemplate(f"{namespace[:60]}/{name[:60]}", content)

    def template_as_kube_eventer(
        self, content: str | None, version: Version = NEWEST
    ) -> BodyTemplate:
        """Return the template to the letter: without a ConfigMap it is the default one."""
        if self.configmap is None or content is None:
            return BodyTemplate("default", DEFAULT_BODIES[version])
        return BodyTemplate("/".join(self.configmap)[:120], content)

    def chat_text(self, event: LiveEvent, zone: tzinfo = UTC) -> str:
        """Return the text that dingtalk and wechat send, the labels before it, the last one first.

        It is plain text, for a message that is encoded as JSON; what a chat would read as markup in
        it is for the channel to defuse.
        """
        labels = self.chat.labels if self.chat is not None else ()
        lines = "".join(f"{label}\n" for label in reversed(labels))
        return lines + _CHAT_TEXTS[self.type].render(event, zone).text

"""A template of kube-eventer's webhook sink -> the bodies of requests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Literal

from collector import errors
from collector.eventer_template import content_of
from collector.go_syntax import parse_nodes
from collector.known_templates import KNOWN_TEMPLATES
from reports.errors import TemplateError
from reports.sinks.go_program import Compiler, Scope
from reports.sinks.json_writer import JsonWriter, PlainWriter, repaired
from reports.sinks.live_event import NOT_STORED, LiveEvent, go_event

Version = Literal["v1.2.0", "v1.2.7", "1.2.14"]
VERSIONS: tuple[Version, ...] = ("v1.2.0", "v1.2.7", "1.2.14")

# what kube-eventer sends where no ConfigMap says otherwise
DEFAULT_BODIES: Mapping[Version, str] = {
    "v1.2.0": "\n" + KNOWN_TEMPLATES["default-v1.2.0"],
    "v1.2.7": "\n" + KNOWN_TEMPLATES["default"],
    "1.2.14": "\n" + KNOWN_TEMPLATES["default"],
}

_PAIR = re.compile(r'"[^"\n]*"\s*:')  # how a body begins whose opening brace is missing
_T = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_EMPTY = LiveEvent(received=_T)
_TEXT = 'a"\\\n'
_FULL = LiveEvent(
    received=_T,
    type=_TEXT,
    reason=_TEXT,
    message=_TEXT,
    kind=_TEXT,
    object_namespace=_TEXT,
    object=_TEXT,
    namespace=_TEXT,
    name=_TEXT,
    first_timestamp=_T,
    last_timestamp=_T,
    event_time=_T,
    creation_timestamp=_T,
    series_count=2,
    series_time=_T,
    component=_TEXT,
    host=_TEXT,
    controller=_TEXT,
    labels={"app": _TEXT},
)
_PROBES = (
    _EMPTY,
    _FULL,
    *(replace(_FULL, type=type_, series_count=0, labels={}) for type_ in ("Normal", "Warning")),
)


@dataclass(frozen=True, slots=True)
class Body:
    """One rendered body."""

    text: str
    is_json: bool


class BodyTemplate:
    """A template that is checked and ready.

    Parameters
    ----------
    name
        Of the template, for sentences about it.
    text
        What stands in the ConfigMap under ``content``, or the whole ConfigMap.

    Raises
    ------
    TemplateError
        A function or a field is unknown, or it begins like JSON and makes none; the sentence has
        line and column.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        compiler = Compiler()
        try:
            self._text = content_of(name, text)
        except errors.TemplateError as error:
            raise TemplateError(str(error)) from None
        try:
            self._run = compiler.program(parse_nodes(self._text))
        except (errors.TemplateError, TemplateError) as error:
            raise self._named(error) from None
        self.paths = frozenset(compiler.paths)
        self.is_json = self._makes_json()

    @property
    def unknown_paths(self) -> tuple[str, ...]:
        """Fields that the template prints and nobody stores, so that they stay empty."""
        return tuple(sorted(self.paths & NOT_STORED))

    @property
    def was_repaired(self) -> bool:
        """Whether braces or commas are missing that kubedigest puts in."""
        if not self.is_json:
            return False
        return any(repaired(text) != text for text in self._probes() if text)

    def render(self, event: LiveEvent, zone: tzinfo = UTC) -> Body:
        """Return a body that is JSON whatever the event says, where the template makes JSON.

        Raises
        ------
        TemplateError
            It grows too large, or a choice of the template leads to what is no JSON.
        """
        if not self.is_json:
            return Body(self._written(event, zone, PlainWriter()), is_json=False)
        try:
            text = self._written(event, zone, JsonWriter()).strip()
            return Body(repaired(text) if text else text, is_json=True)
        except TemplateError as error:
            raise self._named(error) from None

    def render_as_kube_eventer(
        self, event: LiveEvent, zone: tzinfo = UTC, version: Version = "1.2.14"
    ) -> Body:
        """Return the body to the letter: quotes are deleted, and nothing is escaped.

        Where an event has no time, the version of today prints its own clock with a monotonic
        reading behind it; here it is the time of receipt, without that.

        Raises
        ------
        TemplateError
            Go fails for this event, so that kube-eventer would have lost it.
        """
        is_old = version == "v1.2.0"
        given = go_event(
            event,
            zone,
            message=event.message if is_old else event.message.replace('"', ""),
            fills_time=version == "1.2.14",
        )
        text = self._printed(given, PlainWriter(), fails_at_nil=True)
        return Body(text, is_json=_is_json(text))

    def _written(self, event: LiveEvent, zone: tzinfo, writer: PlainWriter) -> str:
        return self._printed(go_event(event, zone), writer)

    def _printed(self, given: object, writer: PlainWriter, *, fails_at_nil: bool = False) -> str:
        try:
            self._run(Scope(given, {"$": given}, writer, fails_at_nil))
        except TemplateError as error:
            raise self._named(error) from None
        return writer.text()

    def _makes_json(self) -> bool:
        """Tell by the first characters; what begins with a brace or a key has to be JSON."""
        texts = [text for text in self._probes() if text]
        if not texts or not all(text.startswith(("{", "[")) or _PAIR.match(text) for text in texts):
            return False
        try:
            for text in texts:
                repaired(text)
        except TemplateError as error:
            if texts[0].startswith("["):  # a text such as [Warning] Pod web-0
                return False
            raise self._named(error) from None
        return True

    def _probes(self) -> list[str]:
        return [self._written(one, UTC, JsonWriter()).strip() for one in _PROBES]

    def _named(self, error: Exception) -> TemplateError:
        sentence = str(error)
        if sentence.startswith("the template "):
            return TemplateError(sentence)
        comma = "," if sentence.startswith("line ") else ""
        return TemplateError(f"the template {self.name}{comma} {sentence}")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True

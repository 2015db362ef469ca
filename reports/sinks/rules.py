"""Which events pass: exact texts and Go's regular expressions, joined by and."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import re2

from reports.errors import SinkError
from reports.sinks.live_event import LiveEvent

_SHOWN_CHARACTERS = 60
How = Literal["equal", "equal but for case", "whole", "anywhere"]


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field passes if one of these fits it; without any, nothing passes."""

    texts: tuple[str, ...]
    how: How = "equal"
    takes_empty: bool = False  # whether an empty field can pass

    def passes(self, value: str) -> bool:
        """Decide; a pattern that Go cannot compile fits nothing, as in kube-eventer."""
        if not value and not self.takes_empty:
            return False
        if self.how == "equal":
            return value in self.texts
        if self.how == "equal but for case":
            return value.casefold() in {text.casefold() for text in self.texts}
        return any(_fits(text, value, self.how) for text in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an event must be; a field without a rule passes."""

    types: OneOf | None = None
    namespaces: OneOf | None = None
    kinds: OneOf | None = None
    reasons: OneOf | None = None
    # whose namespace: that of the object, or of the event (default for nodes)
    namespace_of: Literal["object", "event"] = field(default="object")

    def passes(self, event: LiveEvent) -> bool:
        """Tell whether every rule lets the event through."""
        by_event = self.namespace_of == "event"
        namespace = event.namespace if by_event else event.object_namespace
        return (
            (self.types is None or self.types.passes(event.type))
            and (self.namespaces is None or self.namespaces.passes(namespace))
            and (self.kinds is None or self.kinds.passes(event.kind))
            and (self.reasons is None or self.reasons.passes(event.reason))
        )


def pattern_problem(pattern: str) -> str | None:
    """Return why Go cannot compile a pattern; None where it can.

    >>> pattern_problem("Back(")
    'missing ): Back('
    """
    try:
        _compiled(pattern)
    except SinkError as error:
        return str(error)
    return None


def search(pattern: str, text: str) -> bool:
    """Tell whether a pattern that `pattern_problem` has nothing against is found in a text."""
    return _compiled(pattern).search(text) is not None


def _fits(pattern: str, value: str, how: How) -> bool:
    try:
        compiled = _compiled(pattern)
    except SinkError:
        return False
    found = compiled.fullmatch(value) if how == "whole" else compiled.search(value)
    return found is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern.encode("utf-8", "replace").decode(), options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise SinkError(text[: 2 * _SHOWN_CHARACTERS]) from None

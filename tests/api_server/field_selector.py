"""Field selectors on events: which names either API group knows, and what they match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.api_server import statuses
from tests.api_server.event_shapes import decode

if TYPE_CHECKING:
    from tests.api_server.event_shapes import Group, Json

_OBJECT_FIELDS = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_COMMON = ("reason", "type", "metadata.name", "metadata.namespace")
_KNOWN: dict[str, frozenset[str]] = {
    "v1": frozenset(
        (*_COMMON, "reportingComponent", "source", *(f"involvedObject.{f}" for f in _OBJECT_FIELDS))
    ),
    "events.k8s.io/v1": frozenset(
        (*_COMMON, "reportingController", *(f"regarding.{f}" for f in _OBJECT_FIELDS))
    ),
}


@dataclass(frozen=True)
class Term:
    """One requirement."""

    field: str
    value: str
    is_equal: bool

    def matches(self, event: Json) -> bool:
        """Say whether an event in core shape fulfils it."""
        return (_value(event, self.field) == self.value) == self.is_equal


@dataclass(frozen=True)
class FieldSelector:
    """What all of its terms match."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, item: bytes) -> bool:
        """Say whether a stored item is selected."""
        return all(term.matches(decode(item)) for term in self.terms)


def parse(text: str, group: Group) -> FieldSelector:
    """Return the selector, or refuse what the group does not know."""
    return FieldSelector(tuple(_term(part, group, text) for part in text.split(",") if part))


def _term(part: str, group: Group, whole: str) -> Term:
    for sign in ("!=", "==", "="):
        field, found, value = part.partition(sign)
        if not found:
            continue
        if field not in _KNOWN[group]:
            message = f"field label not supported: {field}"
            raise statuses.RefusalError(statuses.bad_request(message))
        return Term(field, value, sign != "!=")
    message = f"invalid selector: '{whole}'; can't understand '{part}'"
    raise statuses.RefusalError(statuses.bad_request(message))


def _value(event: Json, field: str) -> str:
    reporter = event["reportingComponent"]
    if field == "source":
        return str(event["source"].get("component") or reporter)
    if field == "reportingController":
        return str(reporter)
    parent, dot, name = field.replace("regarding.", "involvedObject.").partition(".")
    found = event.get(parent, "")
    return str(found.get(name, "") if dot else found)

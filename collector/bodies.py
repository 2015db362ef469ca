"""The body of a webhook -> observations, whoever sent it.

Read in this order: the templates of kube-eventer, inverted; Event objects as JSON; layouts; the
labels that all bodies of kube-eventer share. What none of them reads is a rejection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from collector.errors import TemplateError
from collector.event_bodies import Found, read_events
from collector.eventer_template import EventerTemplate
from collector.known_templates import KNOWN_TEMPLATES, SINK_TEXT
from collector.label_scan import scan_labels
from collector.layouts import Layout
from collector.observation import RAW_LIMIT_CHARACTERS, Observation, Rejection
from collector.redaction import clean
from collector.request_rows import Keyed, row_of

UNFORESEEN = "the body cannot be read"
_UNKNOWN = "the body is of no known template and holds no event"
_SINK_LABEL = "\nLevel:"
_AROUND = " \t\r\n\ufeff"
_MOST_LEAVES = 100
_SENDER_CHARACTERS = 256
_PLACE = "receipt "


@dataclass(frozen=True, slots=True)
class Route:
    """What is known of the senders that post to one path.

    `template` and `layout` name the one that is tried first; without a name all are tried. With
    a template the sender is kube-eventer, so a body that looks like an event is none: its message
    may have been written by anybody.
    """

    name: str = ""
    template: str = ""
    layout: str = ""
    names_cluster: bool = False  # the cluster that a body names is the one to store


@dataclass(frozen=True, slots=True)
class Receipt:
    """When a body became durable, and whose it is."""

    number: str  # given when the body became durable; no two bodies have the same
    received: datetime
    cluster: str
    sender: str = ""  # what the peer calls itself, or its address; never a secret
    route: Route = Route()

    @property
    def place(self) -> str:
        """Say where a rejected body came from; `receipt_at` reads it back."""
        sender = clean(self.sender)[:_SENDER_CHARACTERS]
        return f"{_PLACE}{self.number} from {sender or 'an unknown sender'}"


def receipt_at(place: str, *, received: datetime, cluster: str) -> Receipt | None:
    """Return the receipt of a body that was kept as rejected; None where the place is no such."""
    number, separator, sender = place.removeprefix(_PLACE).partition(" from ")
    if not (place.startswith(_PLACE) and separator):
        return None
    return Receipt(number, received, cluster, sender)


class Templates:
    """The templates and layouts to try: those that are given, then the known ones."""

    def __init__(
        self,
        given: Mapping[str, str] | None = None,
        layouts: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Parse them: templates are the texts of ConfigMaps, or names of known templates.

        Raises
        ------
        TemplateError
            One cannot be used; the message says which, where and why.
        """
        own = {
            name: EventerTemplate(name, _text_of(name, text))
            for name, text in (given or {}).items()
        }
        self._layouts = {name: Layout(name, one) for name, one in (layouts or {}).items()}
        self._templates = {**own, **{n: t for n, t in _KNOWN.items() if n not in own}}
        known = sorted(_KNOWN.values(), key=lambda one: one.rank, reverse=True)
        self._ordered = [*own.values(), *known]

    def check(self, route: Route) -> None:
        """Raise TemplateError where the route names a template or layout that there is not."""
        if route.template and route.template not in self._templates:
            known = ", ".join(sorted(self._templates))
            raise TemplateError(f"there is no template {route.template}; there are {known}")
        if route.layout and route.layout not in self._layouts:
            raise TemplateError(f"there is no layout {route.layout}; give its mapping")

    def templates(self, route: Route) -> Iterator[EventerTemplate]:
        """Yield the templates in the order in which they are tried, before everything else."""
        named = self._templates.get(route.template)
        if named is not None:
            yield named
        yield from (one for one in self._ordered if one is not named and not one.is_vague)

    def vague(self) -> list[EventerTemplate]:
        """Return the templates that bodies of other senders may seem to be of: the last resort."""
        return [one for one in self._ordered if one.is_vague]

    def layouts(self, route: Route) -> list[Layout]:
        """Return the layouts that are tried."""
        named = self._layouts.get(route.layout)
        return [named] if named is not None else list(self._layouts.values())


def _text_of(name: str, text: str) -> str:
    """Return the text of a template, which may be given by the name of a known one."""
    text = text.strip()
    if "{{" not in text and text not in KNOWN_TEMPLATES and "\n" not in text:
        known = ", ".join(KNOWN_TEMPLATES)
        raise TemplateError(
            f"the template {name} is neither a text with {{{{ }}}} nor a known name; those are "
            + known
        )
    return KNOWN_TEMPLATES.get(text, text)


_KNOWN = {name: EventerTemplate(name, text) for name, text in KNOWN_TEMPLATES.items()}
_SINK = EventerTemplate("sink", SINK_TEXT)
KNOWN = Templates()


def read_body(
    body: bytes, receipt: Receipt, templates: Templates = KNOWN
) -> list[Observation | Rejection]:
    """Return what a body tells; the same receipt gives the same rows, and nothing is raised.

    Bytes that are no UTF-8 are read as U+FFFD. Where only a part of the body is no row, the
    whole body is a rejection beside the rows.
    """
    text = body.decode(errors="replace")
    try:
        return _read(text.lstrip("\ufeff"), receipt, templates)
    except Exception as error:  # one body must never stop those behind it
        return [_rejection(text, receipt, f"{UNFORESEEN}: {type(error).__name__}")]


def _read(text: str, receipt: Receipt, templates: Templates) -> list[Observation | Rejection]:
    stripped = text.strip(_AROUND)
    if not stripped:
        return [_rejection(text, receipt, "the body is empty")]
    keyed = Keyed(number=receipt.number, cluster=receipt.cluster, received=receipt.received)
    inverted = _inverted(text, keyed, templates.templates(receipt.route))
    if inverted is not None:
        return [inverted]
    found = Found() if receipt.route.template else _events(stripped, keyed, receipt, templates)
    if found.rows:
        told: list[Observation | Rejection] = [*found.rows]
        return told + ([_rejection(text, receipt, found.problem)] if found.problem else [])
    if found.ignored and not found.problem:
        return []
    scanned = _scanned(stripped, keyed) or _inverted(text, keyed, templates.vague())
    if scanned is not None:
        return [scanned]
    return [_rejection(text, receipt, found.problem or _UNKNOWN)]


def _events(body: str, keyed: Keyed, receipt: Receipt, templates: Templates) -> Found:
    layouts = templates.layouts(receipt.route)

    def read_layout(value: Mapping[str, object], keyed: Keyed, index: int) -> Observation | None:
        rows = (layout.read(value, keyed, index) for layout in layouts)
        return next((row for row in rows if row is not None), None)

    return read_events(
        body,
        keyed,
        names_cluster=receipt.route.names_cluster,
        read_other=read_layout,
        layout_first=bool(receipt.route.layout),
    )


def _inverted(body: str, keyed: Keyed, tried: Iterable[EventerTemplate]) -> Observation | None:
    candidates = list(tried)
    for template in candidates:
        if (told := template.invert(body)) is not None:
            return row_of(told, template.paths, keyed)
    for template in candidates:
        if (told := template.invert_cut(body)) is not None:
            return row_of(told, frozenset(), keyed)  # what is cut is no proof of an identity
    return None


def _scanned(body: str, keyed: Keyed) -> Observation | None:
    told = scan_labels(body)
    if told is not None:
        return row_of(told, frozenset(), keyed)
    for leaf in _leaves(body) if _SINK_LABEL.strip() in body else ():
        text = f"\n{leaf}"
        at = text.find(_SINK_LABEL)  # labels of the cluster may stand before it
        if at >= 0 and (told := _SINK.invert(text[at:].strip())) is not None:
            return row_of(told, frozenset(), keyed)
    return None


def _leaves(body: str) -> Iterator[str]:
    """Yield the texts in a JSON document, the first hundred."""
    try:
        waiting: list[object] = [json.loads(body, strict=False)]
    except (ValueError, RecursionError):
        return
    for _ in range(_MOST_LEAVES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += value[_MOST_LEAVES::-1]
        elif isinstance(value, dict):
            waiting += list(value.values())[_MOST_LEAVES::-1]


def _rejection(text: str, receipt: Receipt, reason: str) -> Rejection:
    return Rejection(
        cluster=receipt.cluster,
        source="webhook",
        place=receipt.place,
        reason=reason,
        raw=clean(text[:RAW_LIMIT_CHARACTERS])[:RAW_LIMIT_CHARACTERS],
        received=receipt.received,
    )

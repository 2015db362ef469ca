"""Layouts of kubernetes-event-exporter: any JSON object, read by a mapping of our fields to it.

Every leaf of a layout is a text. A mapping names, for each field that the layout has, the key or
the path of keys that holds it: ``{"reason": "reason", "object": "details.object.name"}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collector.errors import TemplateError, Unreadable
from collector.go_values import go_time
from collector.observation import Observation
from collector.request_rows import Keyed, event_row, object_in, request_row

# our fields, and where an event of core/v1 has them
LAYOUT_FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("metadata", "name"),
    "namespace": ("metadata", "namespace"),
    "created": ("metadata", "creationTimestamp"),
    "kind": ("involvedObject", "kind"),
    "object": ("involvedObject", "name"),
    "object_namespace": ("involvedObject", "namespace"),
    "type": ("type",),
    "reason": ("reason",),
    "message": ("message",),
    "count": ("count",),
    "event_time": ("eventTime",),
    "first": ("firstTimestamp",),
    "last": ("lastTimestamp",),
    "series_count": ("series", "count"),
    "series_last": ("series", "lastObservedTime"),
    "component": ("source", "component"),
    "host": ("source", "host"),
}
_IDENTITY = frozenset(("name", "namespace", "event_time", "first", "last", "count"))
_WHAT = frozenset(("object", "message", "name"))
_TIMES = ("series_last", "last", "event_time", "first", "created")
_MOST_KEYS = 8
_LONGEST_TEXT_CHARACTERS = 65_536


class Layout:
    """A mapping of our fields to the keys of a layout."""

    def __init__(self, name: str, mapping: Mapping[str, str]) -> None:
        """Take the mapping.

        Raises
        ------
        TemplateError
            A field is unknown, or what every row needs is not mapped.
        """
        self.name = name
        unknown = sorted(set(mapping) - set(LAYOUT_FIELDS))
        if unknown:
            known = ", ".join(LAYOUT_FIELDS)
            raise TemplateError(
                f"the layout {name} maps {unknown[0]}, which is no field; the fields are {known}"
            )
        if "reason" not in mapping or not mapping.keys() & _WHAT:
            raise TemplateError(
                f"the layout {name} needs a key for reason, and one for object, message or name"
            )
        for field, path in mapping.items():
            if not path or path.count(".") >= _MOST_KEYS:
                raise TemplateError(
                    f"the layout {name} maps {field} to {path[:60]!r}, which is no path of keys"
                )
        self._mapping = dict(mapping)
        self._has_identity = self._mapping.keys() >= _IDENTITY

    def read(self, value: Mapping[str, object], keyed: Keyed, index: int) -> Observation | None:
        """Return the row of one body; None where it has not this layout."""
        texts = {
            field: text[:_LONGEST_TEXT_CHARACTERS]
            for field, path in self._mapping.items()
            if (text := _leaf(value, path.split(".")))
        }
        if "reason" not in texts or not texts.keys() & _WHAT:
            return None
        if self._has_identity and (row := _exact(texts, keyed)):
            return row
        time = next((time for field in _TIMES if (time := go_time(texts.get(field, "")))), None)
        namespace = texts.get("object_namespace") or texts.get("namespace", "")
        name = texts.get("object") or object_in(texts.get("name", ""))
        return request_row({**texts, "namespace": namespace, "object": name}, time, keyed, index)


def _exact(texts: Mapping[str, str], keyed: Keyed) -> Observation | None:
    """Return the event; None where its name or birth is missing after all."""
    raw: dict[str, object] = {"kind": "Event"}
    for field, text in texts.items():
        _put(raw, LAYOUT_FIELDS[field], text)
    try:
        row = event_row(raw, keyed, 0)
    except Unreadable:
        return None
    return row if row.counting == "exact" else None


def _leaf(value: object, keys: Sequence[str]) -> str:
    """Return the text at the path; a key may hold dots itself."""
    if not keys:
        return value if isinstance(value, str) else _number(value)
    if not isinstance(value, Mapping):
        return ""
    for length in range(len(keys), 0, -1):
        key = ".".join(keys[:length])
        if key in value and (text := _leaf(value[key], keys[length:])):
            return text
    return ""


def _number(value: object) -> str:
    return str(value) if type(value) is int and abs(value) < 2**63 else ""


def _put(raw: dict[str, object], path: tuple[str, ...], text: str) -> None:
    if len(path) == 1:
        raw[path[0]] = text
        return
    inner = raw.setdefault(path[0], {})
    if isinstance(inner, dict):
        inner[path[1]] = text

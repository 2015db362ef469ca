"""Events taken out of what they arrive in: watch frames, exporters' frames and nested lists."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collector.errors import InputError
from collector.redaction import clean

# watch, eventrouter and New Relic, kube-events, CloudEvents; the copy before an update is one more
# observation
_FRAME_MEMBERS = ("object", "event", "Event", "data", "old_event")
_EVENT_MEMBERS = ("reason", "message", "note", "involvedObject", "regarding")
_EVENTLESS_FRAMES = ("BOOKMARK", "ERROR")
_KIND_CHARACTERS = 64
_NAMELESS = "object with a spec or status"
_AUDIT = (
    "is an audit log (audit.k8s.io), not cluster events; "
    "export those with: kubectl get events -A -o json"
)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A record that carries no event, and rightly so."""

    reason: str  # "a BOOKMARK frame", "a Pod"
    is_foreign: bool = False  # an object of another kind, no frame of a watch


A_LOG_LINE = Ignored("a line of a log", is_foreign=True)


def events_in(
    value: object,
    *,
    list_kind: str = "",
    list_api_version: str = "",
    refuses_audit: bool = True,
) -> Iterator[object | Ignored]:
    """Yield what may be an event in one record, or why there is none; refuse an audit log.

    `list_kind` and `list_api_version` are those of the list that the record is an item of.
    Among events, an audit record is ignored instead.
    """
    waiting = [_inherit(value, list_kind, list_api_version)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += [_inherit(item, list_kind, list_api_version) for item in reversed(value)]
            continue
        if not isinstance(value, Mapping):
            yield value
            continue
        kind = value.get("kind")
        if _is_audit(value):
            if refuses_audit:
                raise InputError(_AUDIT)
            yield Ignored("an audit record")
        elif _is_list(value, kind):
            waiting += _items(value, kind)
        elif (frame := _frame(value)) is not None:
            frame_type, inner = frame
            if frame_type in _EVENTLESS_FRAMES:
                yield Ignored(f"{_with_article(frame_type)} frame")
            else:
                waiting += inner
        elif _is_foreign(value, kind):
            yield Ignored(_with_article(kind or _NAMELESS), is_foreign=True)
        elif _is_log_line(value):
            yield A_LOG_LINE
        else:
            yield value


def _frame(value: Mapping[str, object]) -> tuple[object, list[object]] | None:
    """Return the type of a frame and what it holds, last first; None for an event itself."""
    if "metadata" in value or "involvedObject" in value or "regarding" in value:
        return None
    frame_type = value.get("type")
    found: list[object] = [
        inner for member in _FRAME_MEMBERS if isinstance(inner := value.get(member), Mapping)
    ]
    if not found and "specversion" in value:
        found = [_cloud_event_data(value)]
    if found:
        return frame_type, list(found)
    return (frame_type, []) if frame_type in _EVENTLESS_FRAMES else None


def _cloud_event_data(value: Mapping[str, object]) -> object:
    """Return what a CloudEvent holds as text, perhaps in base64; the text where it is no JSON."""
    data, packed = value.get("data"), value.get("data_base64")
    try:
        if isinstance(packed, str):
            data = base64.b64decode(packed).decode(errors="replace")
        found: object = json.loads(data) if isinstance(data, str) else data
    except (ValueError, RecursionError):
        return data
    return found


def _is_list(value: Mapping[str, object], kind: object) -> bool:
    items = value.get("items", ())
    return isinstance(items, list) or (
        "items" in value and items is None and isinstance(kind, str) and kind.endswith("List")
    )


def _items(value: Mapping[str, object], kind: object) -> list[object]:
    """Return the items of a nested list, last first; for an empty list of others, what it is."""
    items = value.get("items")
    api_version = value.get("apiVersion")
    kind = kind if isinstance(kind, str) else ""
    if not isinstance(items, list) or not items:
        return [] if kind in ("", "List", "EventList") else [{"kind": kind}]
    api_version = api_version if isinstance(api_version, str) else ""
    return [_inherit(item, kind, api_version) for item in reversed(items)]


def _inherit(item: object, list_kind: str, list_api_version: str) -> object:
    """Give an item the kind and version that its list states once for all."""
    if not isinstance(item, Mapping) or ("kind" in item and "apiVersion" in item):
        return item
    inherited = {"kind": list_kind.removesuffix("List"), "apiVersion": list_api_version}
    return {**{key: text for key, text in inherited.items() if text}, **item}


def _is_foreign(value: Mapping[str, object], kind: object) -> bool:
    """Tell whether the object says that it is something else and looks like no event."""
    if kind == "Status":
        return True
    is_other = kind != "Event" if kind and isinstance(kind, str) else _has_state(value)
    return is_other and not any(value.get(member) for member in _EVENT_MEMBERS)


def _has_state(value: Mapping[str, object]) -> bool:
    """Tell whether the object has what events never have."""
    return isinstance(value.get("spec"), Mapping) or isinstance(value.get("status"), Mapping)


def _is_log_line(value: Mapping[str, object]) -> bool:
    """Tell whether this is a line that an exporter logged about itself."""
    return (
        any(isinstance(value.get(member), str) for member in ("level", "severity", "lvl"))
        and any(member in value for member in ("message", "msg"))
        and not any(member in value for member in ("metadata", "reason", *_EVENT_MEMBERS[2:]))
    )


def _is_audit(value: Mapping[str, object]) -> bool:
    api_version = value.get("apiVersion")
    if isinstance(api_version, str) and api_version.startswith("audit.k8s.io"):
        return True
    return "auditID" in value and not ("involvedObject" in value or "regarding" in value)


def _with_article(kind: object) -> str:
    name = clean(str(kind))[:_KIND_CHARACTERS]
    return f"{'an' if name[:1] in 'AEIOUaeio' else 'a'} {name}"

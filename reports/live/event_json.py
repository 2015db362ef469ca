"""Events of live notifications as JSON, for the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from reports.sinks.live_event import LiveEvent

_TIMES = frozenset(one.name for one in fields(LiveEvent) if str(one.type).startswith("datetime"))


def event_to_json(event: LiveEvent) -> dict[str, Any]:
    """Return what `event_from_json` reads: what is absent is left out, times are ISO 8601."""
    found: dict[str, Any] = {}
    for one in fields(LiveEvent):
        value = getattr(event, one.name)
        if isinstance(value, datetime):
            found[one.name] = value.isoformat()
        elif one.name == "labels":
            found |= {"labels": dict(value)} if value else {}
        elif value not in ("", 0, None):
            found[one.name] = value
    return found


def event_from_json(document: Mapping[str, Any]) -> LiveEvent:
    """Return the event of `event_to_json`; keys of other versions are left out."""
    known = {one.name for one in fields(LiveEvent)}
    values: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name in _TIMES else value
        for name, value in document.items()
        if name in known
    }
    return LiveEvent(**values)

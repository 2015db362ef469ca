"""Whether an event is muted: the same mutes and the same patterns as in a digest."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.file_patterns import file_pattern
from analytics.mutes import FIELDS, Mute
from reports.sinks.live_event import LiveEvent


def is_muted(event: LiveEvent, mutes: Sequence[Mute]) -> bool:
    """Tell whether one of the mutes means an event; all that are given are taken to hold."""
    return any(_means(mute, event) for mute in mutes)


def _means(mute: Mute, event: LiveEvent) -> bool:
    return all(
        file_pattern(pattern, FIELDS[name]).match(getattr(event, FIELDS[name])) is not None
        for name, pattern in mute.patterns.items()
    )

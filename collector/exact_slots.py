"""The ten-minute slots in which a cluster has exact points: a writer stores each of them once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from collector.observation import Observation

SLOT = timedelta(minutes=10)
KNOWN_SLOTS = 20_000  # remembered by a writer: some months of one cluster

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

Slot = tuple[int, str]  # since the year 2000, and the cluster


def exact_slots(observations: Iterable[Observation]) -> set[Slot]:
    """Return the slots of the times that exact observations claim."""
    return {
        ((one.time - _EPOCH) // SLOT, one.cluster)
        for one in observations
        if one.counting == "exact"
    }


def slot_start(slot: Slot) -> str:
    """Return when the slot begins, as ISO 8601."""
    return (_EPOCH + slot[0] * SLOT).isoformat()

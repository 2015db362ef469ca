"""Half an hour of load and kills: exact, and nothing grows."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest

from tests.faults.lab import Lab
from tests.faults.running import CollectorProcess

PER_SECOND = 500
KILL_EVERY_SECONDS = 20
WARM_UP_SHARE = 0.2
MAY_GROW_BYTES = 4 << 20
MAY_GROW_DESCRIPTORS = 2


@pytest.mark.long
@pytest.mark.parametrize("minutes", [3, 30])
@pytest.mark.timeout(2400)
def test_nothing_grows(lab: Lab, minutes: int) -> None:
    """One collector is killed every 20 s, another lives on: one import's tables result."""
    survivor, mortal = lab.start(), lab.collector()
    mortal.start()
    began = time.monotonic()
    killed_at = began
    memory: list[int] = []
    descriptors: list[int] = []
    connections: list[int] = []
    while (lasted := time.monotonic() - began) < 60 * minutes:
        due = int(lasted * PER_SECOND) - lab.truth
        if due > 0:
            lab.feed(due, objects=2_000)
        if time.monotonic() - killed_at > KILL_EVERY_SECONDS:
            mortal.kill()
            mortal.start()
            killed_at = time.monotonic()
        if lasted > WARM_UP_SHARE * 60 * minutes:
            memory.append(_memory_bytes(survivor))
            descriptors.append(_descriptors(survivor))
            connections.append(lab.connections())
        time.sleep(0.5)
    assert _growth(memory) < MAY_GROW_BYTES, memory[:: len(memory) // 20]
    assert _growth(descriptors) <= MAY_GROW_DESCRIPTORS, descriptors[:: len(descriptors) // 20]
    assert max(connections) <= 6, "a writer has one connection, and another at its start"
    lab.check_exact()


def _growth(values: list[int]) -> float:
    """Return by how much the last fifth is above the first."""
    fifth = max(1, len(values) // 5)
    return median(values[-fifth:]) - median(values[:fifth])


def _memory_bytes(one: CollectorProcess) -> int:
    fields = Path(f"/proc/{one.process_id}/statm").read_text().split()
    return int(fields[1]) * 4096


def _descriptors(one: CollectorProcess) -> int:
    return sum(1 for _ in Path(f"/proc/{one.process_id}/fd").iterdir())

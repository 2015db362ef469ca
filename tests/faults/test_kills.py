"""SIGKILL at any moment, of collectors and of the database's processes: 0 lost, 0 doubled."""

from __future__ import annotations

import random
import threading
import time

import pytest

from tests.faults.lab import Lab
from tests.faults.running import CollectorProcess

PATIENCE_SECONDS = 600
SLICES = 40  # of what comes between two kills: something is always under way
SLICE_SECONDS = 0.015


@pytest.mark.parametrize(
    ("count", "observations", "kills", "backend_kills"),
    [
        pytest.param(1, 3_000, 6, 3, id="one, 6", marks=[pytest.mark.long]),
        pytest.param(2, 4_000, 8, 4, id="two, 8"),
        pytest.param(2, 50_000, 100, 50, id="two, 100", marks=[pytest.mark.long]),
        pytest.param(1, 50_000, 100, 50, id="one, 100", marks=[pytest.mark.long]),
        pytest.param(2, 100_000, 200, 100, id="two, 200", marks=[pytest.mark.long]),
    ],
)
@pytest.mark.timeout(900)
def test_collectors_that_are_killed(
    lab: Lab, count: int, observations: int, kills: int, backend_kills: int
) -> None:
    """Collectors of one cluster, killed at random moments, leave the tables of one import.

    One alone has nobody who stores what it loses; two store everything at the same time.
    """
    rng = random.Random(20261)
    collectors = [lab.collector(watch_seconds=None) for _ in range(count)]
    for one in collectors:
        one.start()
    lab.api.wait_for_watches(count, timeout_seconds=30)
    lab.wait_until_stored()  # who is killed before that begins with a LIST, without the past
    feeder = _Feeder(lab, observations, kills + backend_kills)
    feeder.start()
    steps = ["collector"] * kills + ["backend"] * backend_kills
    rng.shuffle(steps)
    deadline = time.monotonic() + PATIENCE_SECONDS
    for step in steps:
        assert time.monotonic() < deadline, "the kills take too long"
        feeder.allow_next()
        if step == "collector":
            _kill_one(collectors, rng)
        else:
            time.sleep(rng.uniform(0.0, 0.3))
            lab.postgres.end_backends(lab.database)
    feeder.end()
    lab.wait_until_stored(120)
    lab.api.wait_for_watches(count, timeout_seconds=30)  # all live again
    lab.check_exact()


def _kill_one(collectors: list[CollectorProcess], rng: random.Random) -> None:
    """Kill a collector while it starts, lists, watches or writes; start it again."""
    one = rng.choice(collectors)
    time.sleep(rng.choice([rng.uniform(0.0, 0.2), rng.uniform(0.2, 2.0)]))
    one.kill()
    one.start()


class _Feeder:
    """Writes all the time, as far as the kills have come."""

    def __init__(self, lab: Lab, observations: int, steps: int) -> None:
        self._lab = lab
        self._observations = observations
        self._objects = max(20, observations // 200)
        self._share = observations / steps
        self._allowed = 0.0
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def allow_next(self) -> None:
        """Let the share of one more kill come, in slices."""
        self._allowed += self._share

    def end(self) -> None:
        """Write what is left."""
        self._has_ended.set()
        self._thread.join()
        self._lab.feed(self._observations - self._lab.truth, objects=self._objects)

    def _run(self) -> None:
        slice_frames = max(1, int(self._share / SLICES))
        while not self._has_ended.wait(SLICE_SECONDS):
            due = int(self._allowed) - self._lab.truth
            self._lab.feed(max(0, min(slice_frames, due)), objects=self._objects)

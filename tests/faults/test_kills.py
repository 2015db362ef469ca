"""SIGKILL at any moment, of collectors and of the database's processes: 0 lost, 0 doubled."""

from __future__ import annotations

import random
import threading
import time

import pytest

from tests.faults.lab import Lab
from tests.faults.running import CollectorProcess

PATIENCE_SECONDS = 600


@pytest.mark.parametrize(
    ("observations", "kills", "backend_kills"),
    [
        pytest.param(4_000, 10, 5, id="10"),
        pytest.param(100_000, 200, 100, id="200", marks=[pytest.mark.long]),
    ],
)
@pytest.mark.timeout(900)
def test_two_collectors_that_are_killed(
    lab: Lab, observations: int, kills: int, backend_kills: int
) -> None:
    """Two collectors of one cluster, killed at random moments, leave the tables of one import."""
    rng = random.Random(20261)
    collectors = [lab.collector(watch_seconds=None) for _ in range(2)]
    for one in collectors:
        one.start()
    lab.api.wait_for_watches(2, timeout_seconds=30)
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
        """Write what is left; return when it is written."""
        self._allowed = self._observations
        self._thread.join()

    def _run(self) -> None:
        slice_frames = max(1, int(self._share / 20))
        objects = max(20, self._observations // 200)
        while (left := self._observations - self._lab.truth) > 0:
            due = int(self._allowed) - self._lab.truth
            if due > 0:
                self._lab.feed(min(slice_frames, due, left), objects=objects)
            time.sleep(0.02)

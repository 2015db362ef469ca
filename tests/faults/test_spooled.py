"""A database that is away for longer than events live: what was spooled is stored exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.lab import Lab
from tests.faults.running import CollectorProcess

RECEIVED = "kubedigest_events_received_total"
WAITING = "kubedigest_spool_batches"
FULL = "has reached its limit"
OPTIONS = ("--listen", "127.0.0.1:0", "--event-ttl", "5s")


def started(lab: Lab, spool: Path) -> CollectorProcess:
    """Start a collector with a spool and wait until it has stored what it found."""
    return lab.start("--spool", str(spool), *OPTIONS)


def restarted(lab: Lab, collector: CollectorProcess) -> None:
    """Start it again and wait until it watches from a version that the API server knows."""
    lab.api.wait_for_watches(0)
    collector.start()
    lab.api.wait_for_watches(1, timeout_seconds=30)
    collector.wait_until(lambda: _watched_from(lab) >= lab.api.log.compacted, "watches")


def _watched_from(lab: Lab) -> int:
    query = lab.api.requests[-1].query
    return int(query["resourceVersion"]) if "watch" in query else -1


def fed(lab: Lab, collector: CollectorProcess, frames: int, *, objects: int = 20) -> None:
    """Write events and wait until the collector has read them."""
    before = collector.metric(RECEIVED)
    lab.feed(frames, objects=objects)
    collector.wait_for_metric(RECEIVED, before + frames)


@pytest.mark.long
def test_events_that_expire_while_the_database_is_away(lab: Lab, tmp_path: Path) -> None:
    """What the API server has forgotten when the database returns comes from the spool."""
    collector = started(lab, tmp_path / "spool")
    lab.postgres.stop()
    fed(lab, collector, 2000)
    assert collector.stop() == 0
    assert "not written" not in collector.said
    lab.expire()
    restarted(lab, collector)
    fed(lab, collector, 300)
    lab.postgres.start()
    lab.check_exact()


def test_kills_while_it_spools(lab: Lab, tmp_path: Path) -> None:
    """A collector that is killed while the database is away goes on from its spool."""
    collector = started(lab, tmp_path / "spool")
    lab.postgres.stop()
    fed(lab, collector, 200)
    collector.wait_for_metric(WAITING, 1)
    for _ in range(2):
        lab.feed(500)
        collector.kill()
        restarted(lab, collector)
    fed(lab, collector, 100)
    lab.postgres.start()
    lab.check_exact()


@pytest.mark.long
def test_a_kill_while_it_drains(lab: Lab, tmp_path: Path) -> None:
    """What was stored and not yet taken from the spool is stored once."""
    collector = started(lab, tmp_path / "spool")
    lab.postgres.stop()
    for _ in range(5):
        fed(lab, collector, 2000)
    collector.wait_for_metric(WAITING, 2)
    lab.postgres.start()
    waiting = collector.metric(WAITING)
    collector.wait_until(lambda: collector.metric(WAITING) < waiting, "drained a batch")
    collector.kill()
    restarted(lab, collector)
    lab.check_exact()


@pytest.mark.long
def test_a_spool_that_is_full(lab: Lab, tmp_path: Path) -> None:
    """Where the spool takes no more, the watch waits, and nothing is lost."""
    collector = lab.start("--spool", str(tmp_path / "spool"), "--spool-limit", "1", *OPTIONS)
    lab.postgres.stop()
    for _ in range(30):
        fed(lab, collector, 2000, objects=500)
        if FULL in collector.said:
            break
    assert FULL in collector.said
    lab.postgres.start()
    lab.check_exact()

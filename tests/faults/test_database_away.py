"""A database that stops, crashes, freezes, fills up or refuses: exact afterwards, by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from kubedigest.postgres_programs import LocalPostgresError
from tests.api_server.server import FakeApiServer
from tests.faults.conftest import running_postgres
from tests.faults.lab import Lab
from tests.faults.proxy import FaultProxy
from tests.faults.running import CollectorProcess

MOST_BYTES = 150 << 20
DISK_BYTES = 200 << 20


@pytest.mark.parametrize(
    ("frames", "seconds", "watch_seconds"),
    [
        pytest.param(10_000, 1.0, 120, id="1s"),
        pytest.param(100_000, 600.0, None, id="10min", marks=[pytest.mark.long]),
    ],
)
@pytest.mark.timeout(900)
def test_a_database_that_is_away(
    lab: Lab, frames: int, seconds: float, watch_seconds: int | None
) -> None:
    """However much waits, memory stays bounded and nothing is lost."""
    collector = lab.start(watch_seconds=watch_seconds)
    lab.feed(100)
    lab.wait_until_stored()
    lab.postgres.stop()
    lab.feed(frames, objects=500)
    collector.wait_for_words("trying again until it works")
    time.sleep(seconds)
    assert collector.is_running()
    assert collector.peak_bytes() <= MOST_BYTES
    lab.postgres.start()
    lab.wait_until_stored(120)
    assert collector.peak_bytes() <= MOST_BYTES
    lab.check_exact()


@pytest.mark.long
@pytest.mark.parametrize(
    "times", [pytest.param(3, id="3"), pytest.param(20, id="20", marks=[pytest.mark.long])]
)
def test_a_database_that_crashes(lab: Lab, times: int) -> None:
    """A server that ends without good-bye and recovers has each point once."""
    lab.start()
    for _ in range(times):
        lab.feed(200)
        lab.postgres.end_at_once()
        lab.feed(200)
        lab.postgres.start()
    lab.check_exact()


@pytest.mark.long
@pytest.mark.parametrize(
    ("seconds", "watch_seconds"),
    [
        pytest.param(2.0, 120, id="2s"),
        pytest.param(60.0, None, id="60s", marks=[pytest.mark.long]),
    ],
)
def test_a_database_that_freezes(lab: Lab, seconds: float, watch_seconds: int | None) -> None:
    """A server that neither answers nor hangs up is left, and found again."""
    collector = lab.start(watch_seconds=watch_seconds)
    with lab.postgres.frozen():
        lab.feed(1000)
        collector.wait_for_words("did not answer")
        time.sleep(seconds)
    lab.check_exact()


@pytest.mark.long
def test_a_stop_while_the_database_is_frozen(lab: Lab) -> None:
    """The collector ends in good order and in time; the next one reads what was not written."""
    collector = lab.start("--listen", "127.0.0.1:0")
    with lab.postgres.frozen():
        lab.feed(500)
        collector.wait_for_metric("kubedigest_events_received_total", 500)
        collector.wait_for_words("did not answer")
        assert collector.stop() == 0
    assert "at the next start" in collector.said or "were not written" in collector.said
    collector.start()
    lab.check_exact()


@pytest.mark.long
def test_a_stop_while_the_database_is_away(lab: Lab) -> None:
    """What cannot be written is given up in time, said, and read again by the next start."""
    collector = lab.start()
    lab.postgres.stop()
    lab.feed(500)
    collector.wait_for_words("trying again until it works")
    assert collector.stop() == 0
    assert "records were not written" in collector.said
    collector.start()
    time.sleep(0.5)
    lab.postgres.start()
    lab.check_exact()


def _becomes_read_only(lab: Lab) -> Callable[[], None]:
    _execute(lab, f"alter database {lab.database} set default_transaction_read_only = on")
    lab.postgres.end_backends(lab.database)
    return lambda: _execute(lab, f"alter database {lab.database} reset all")


def _loses_rights(lab: Lab) -> Callable[[], None]:
    rights = "insert on kubedigest.point"
    lab.postgres.execute(f"revoke {rights} from {lab.database}", lab.database)
    return lambda: _execute(lab, f"grant {rights} to {lab.database}", lab.database)


def _may_not_log_in(lab: Lab) -> Callable[[], None]:
    _execute(lab, f"alter role {lab.database} nologin")
    lab.postgres.end_backends(lab.database)
    return lambda: _execute(lab, f"alter role {lab.database} login")


def _execute(lab: Lab, statement: str, database: str = "postgres") -> None:
    lab.postgres.execute(statement, database)


@pytest.fixture
def role_url(lab: Lab) -> Iterator[str]:
    """Yield the URL of the store for a role of the test's own, called as the database."""
    role = lab.database
    _execute(lab, f"create role {role} login")
    _execute(lab, f"grant all on database {role} to {role}")
    _execute(lab, f"grant all on schema public to {role}", role)
    yield sa.make_url(lab.url).set(username=role).render_as_string()
    lab.close()
    _execute(lab, f"drop role {role}")


@pytest.mark.long
def test_a_database_that_refuses(lab: Lab, role_url: str) -> None:
    """What a batch is refused for is said, and the batch is stored once that has passed.

    Read-only is a setting of each session here, as a failover leaves old sessions on the old
    server: the collector has to connect anew.
    """
    collector = lab.start(url=role_url)
    for fault, words in (
        (_becomes_read_only, "read-only"),
        (_loses_rights, "permission denied"),
        (_may_not_log_in, "not permitted to log in"),
    ):
        undo = fault(lab)
        lab.feed(300)
        collector.wait_for_words(words)
        undo()
        lab.wait_until_stored()
    lab.check_exact()


def test_a_connection_that_breaks_in_a_commit(lab: Lab) -> None:
    """Whether the server has committed or not, each point is stored once."""
    with FaultProxy(lab.postgres.socket) as proxy:
        collector = lab.start(url=lab.url_through(proxy))
        for number in range(4):
            proxy.commit_reaches_server = number % 2 == 0
            proxy.commits_to_cut = 1
            lab.feed(200)
            lab.wait_until_stored()
            assert proxy.commits_to_cut < 1
        assert "the database went away" in collector.said
        lab.check_exact()


@pytest.mark.long
def test_a_network_that_is_slow_and_breaks(lab: Lab) -> None:
    """Resets anywhere between collector and database leave each point once."""
    with FaultProxy(lab.postgres.socket, seed=7) as proxy:
        lab.start(url=lab.url_through(proxy))
        proxy.delay_seconds = 0.002
        proxy.reset_probability = 0.03
        for _ in range(20):
            lab.feed(50)
            time.sleep(0.1)
        proxy.reset_probability = 0.0
        assert proxy.resets > 0
        lab.check_exact()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of `DISK_BYTES`; skip where that is not allowed."""
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(["mount", *options], check=False).returncode != 0:
        pytest.skip("no small disk: only root may mount one, and not everywhere")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.long
def test_a_full_disk(api_server: FakeApiServer, tmp_path: Path, disk: Path) -> None:
    """Whatever a database does without space, what it could not take comes when it can."""
    with running_postgres(disk) as postgres:
        lab = Lab(api_server, postgres, tmp_path)
        collector = lab.start()
        filler = disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        _feed_until_refused(lab, collector)
        filler.unlink()
        with suppress(LocalPostgresError):
            postgres.start()  # where it has given up, somebody has to; the collector needs nobody
        lab.wait_until_stored(120)
        lab.check_exact()
        lab.close()


@pytest.fixture
def disk() -> Iterator[Path]:
    """Yield a small disk whose folder every user can reach."""
    home = Path(tempfile.mkdtemp(prefix="kubedigest-disk-"))
    try:
        with small_disk(home) as mounted:
            yield mounted
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _feed_until_refused(lab: Lab, collector: CollectorProcess) -> None:
    for _ in range(100):
        lab.feed(2000, objects=500)
        time.sleep(0.1)
        if "trying again until it works" in collector.said:
            return
    raise AssertionError("the disk does not fill up")

"""The schema is upgraded under a collector that goes on writing, and an older one lives with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from collector import migrations
from collector.api_server import ApiServer
from collector.cluster_watch import ClusterWatch
from collector.collecting import Collector, CollectorSettings
from collector.database import engine_on, sql_folder
from collector.deadline import Deadline
from collector.kubeconfig import targets
from collector.metrics import Metrics
from collector.store import WriteResult
from tests.e2e.collect_process import environment, total, wait_for
from tests.faults.lab import Lab

PER_SECOND = 500
SHORT = 20_000  # points
OLD_DATA = (
    """
    insert into kubedigest.event (
        birth, event_id, cluster, namespace, name, counting, type, reason, message, kind,
        object_namespace, object, workload_rank, workload_kind, workload, component, host, redaction
    )
    select
        now() - n * interval '1 second', md5(n::text)::uuid, 'old', 'ns-' || n % 60,
        'pod-' || n || '.17a', 'exact', 'Warning', 'BackOff',
        'Back-off restarting failed container app in pod ' || n, 'Pod', 'ns-' || n % 60,
        'pod-' || n, 4, 'Deployment', 'app-' || n % 3000, 'kubelet', 'node-' || n % 300, 1
    from generate_series({events}, 1, -1) as n
    """,
    """
    insert into kubedigest.point (
        birth, event_id, cumulative, claimed, received, occurrences, previous_time, source
    )
    select
        birth, event_id, k, birth + (k - 1) * interval '1 minute', birth + interval '1 hour',
        1, case when k > 1 then birth + (k - 2) * interval '1 minute' end, 'watch'
    from kubedigest.event, generate_series(1, 5) as k
    """,
)


class Commits(Metrics):
    """Metrics that remember when each batch was committed."""

    def __init__(self) -> None:
        super().__init__(version="test", now=lambda: datetime.now(UTC))
        self.times: list[float] = []

    def committed(self, result: WriteResult, *, seconds: float, **_: object) -> None:
        """Note a commit."""
        self.times.append(time.monotonic())
        super().committed(result, seconds=seconds)

    @property
    def longest_pause_seconds(self) -> float:
        """The longest time without a commit."""
        return max(later - earlier for earlier, later in pairwise(self.times))


@contextmanager
def collecting(lab: Lab, folder: Path, metrics: Commits) -> Iterator[None]:
    """Watch the cluster with a collector that leaves the schema as it is."""
    [target] = targets(str(lab.api.kubeconfig(folder)), [])
    deadline = Deadline(10.0)
    collector = Collector(
        engine_on(lab.url, deadline),
        [ClusterWatch(cluster="lab", server=ApiServer(target))],
        metrics=metrics,
        settings=CollectorSettings(flush_seconds=0.05),
        prepare=lambda: None,
        deadline=deadline,
    )
    running = threading.Thread(target=collector.run)
    running.start()
    try:
        lab.api.wait_for_watches(1, timeout_seconds=30)
        yield
    finally:
        collector.stop()
        running.join()


def feed(lab: Lab, until: threading.Event) -> None:
    """Write events at an even pace."""
    began = time.monotonic()
    while not until.wait(0.1):
        due = int((time.monotonic() - began) * PER_SECOND) - lab.truth
        if due > 0:
            lab.feed(due, objects=2_000)


def schema_of(lab: Lab, number: int, folder: Path) -> None:
    """Make the schema as it was when migration *number* was the newest."""
    old = Path(shutil.copytree(sql_folder() / "migrations", folder / "migrations"))
    for path in old.glob("*.sql"):
        if int(path.name[:4]) > number:
            path.unlink()
    migrations.upgrade(engine_on(lab.url), old)


@pytest.mark.parametrize(
    ("number", "old_points"),
    [
        pytest.param(2, SHORT, id="from-0002"),
        pytest.param(migrations.available()[-2].number, SHORT, id="from-the-last"),
        pytest.param(2, 1_000_000, id="from-0002-long", marks=pytest.mark.long),
        pytest.param(4, 1_000_000, id="from-0004-long", marks=pytest.mark.long),
    ],
)
def test_an_upgrade_under_a_running_collector(
    lab: Lab,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    number: int,
    old_points: int,
) -> None:
    """Nothing is lost or doubled of 500 points a second, nor of what was there before."""
    schema_of(lab, number, tmp_path)
    for statement in OLD_DATA:
        lab.postgres.execute(statement.format(events=old_points // 5), lab.database)
    lab.postgres.execute("vacuum analyze", lab.database)
    metrics, enough = Commits(), threading.Event()
    with collecting(lab, tmp_path, metrics):
        feeding = threading.Thread(target=feed, args=[lab, enough])
        feeding.start()
        try:
            wait_for(lambda: len(metrics.times) > 5, lambda: "nothing is committed")
            began = time.monotonic()
            upgraded = subprocess.run(
                [sys.executable, "-P", "-m", "kubedigest", "db", "upgrade"],
                env=environment(tmp_path, lab.url),
                capture_output=True,
                text=True,
                check=False,
            )
            seconds = time.monotonic() - began
            committed = len(metrics.times)
            wait_for(lambda: len(metrics.times) > committed + 5, lambda: "nothing more")
        finally:
            enough.set()
            feeding.join()
        wait_for(
            lambda: total(lab.url) == lab.truth,
            lambda: f"{total(lab.url)} of {lab.truth} are stored",
        )
    newest = migrations.available()[-1].name
    assert (upgraded.returncode, f"applied {newest}" in upgraded.stdout) == (0, True), upgraded
    assert total(lab.url, "old") == old_points
    assert metrics.snapshot().rejected == 0
    if old_points > SHORT:
        with capsys.disabled():
            sys.stdout.write(
                f"\nfrom {number:04} with {old_points:,} points: upgraded in {seconds:.1f} s, "
                f"{lab.truth:,} written meanwhile, "
                f"longest pause {metrics.longest_pause_seconds:.2f} s\n"
            )

"""A daily digest of 100,000 failures in every format: whole processes, memory, rendering alone.

``./run bench digest_cost`` makes its own store: 30 quiet days and one bad day of 400 workloads.
The first report also rolls the bad day up; the others find that done. What a process of Python
that imports pandas takes is measured beside it, as the floor that a report stands on.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from collector import migrations
from collector.database import connect
from collector.observation import Observation
from collector.store import Store
from kubedigest.local_postgres import LocalPostgres
from reports.formats import FORMATS

ROUNDS = 5
FAILURES = 100_000
WORKLOADS = 400
DAY = datetime(2026, 11, 21, tzinfo=UTC)
NOW = DAY + timedelta(days=1, hours=9)
BATCH = 5_000
REASONS = ("BackOff", "Unhealthy", "FailedMount", "FailedScheduling", "Failed")


class Run(NamedTuple):
    """What one process took."""

    seconds: float
    megabytes: float


def main() -> None:
    """Print one line a figure."""
    home = Path(tempfile.mkdtemp(prefix="kubedigest-bench-"))
    home.chmod(0o755)
    server = LocalPostgres(home)
    try:
        _measure(server)
    finally:
        server.stop()
        subprocess.run(["rm", "-rf", str(home), str(server.data_directory)], check=False)


def _measure(server: LocalPostgres) -> None:
    server.start()
    # in processes of their own: what this one ever held would count for those that it starts
    _process([sys.executable, "-m", "bench.digest_cost", "fill", server.url("postgres")], {})
    environment = {
        "KUBEDIGEST_DATABASE_URL": server.url("postgres"),
        "TZ": "UTC",
        "KUBEDIGEST_CONFIG": os.devnull,
    }
    floor = _median([_process([sys.executable, "-c", "import pandas"], environment)])
    with tempfile.TemporaryDirectory(prefix="kubedigest-bench-") as folder:
        first = _process(_report(folder), environment)
        later = _median([_process(_report(folder), environment) for _ in range(ROUNDS)])
        sizes = {path.suffix: path.stat().st_size for path in sorted(Path(folder).iterdir())}
    for name, run in (
        ("import pandas", floor),
        ("first report, which rolls the day up", first),
        ("report", later),
    ):
        ratio = run.seconds / floor.seconds
        print(f"{name}: {run.seconds:.2f} s, {run.megabytes:.0f} MB, {ratio:.1f} of the floor")
    print(", ".join(f"{suffix} {size / 1000:.1f} kB" for suffix, size in sizes.items()))
    render = [sys.executable, "-m", "bench.digest_cost", "render", server.url("postgres")]
    _process(render, environment)


def fill(url: str) -> None:
    """Store a month whose last day is the bad one."""
    engine = connect(url)
    migrations.upgrade(engine)
    with Store(engine) as store:
        for batch in _batches():
            store.write(batch)


def render(url: str) -> None:
    """Time every format alone, on a digest that is there already."""
    from analytics.window import Window
    from kubedigest.configuration import Configuration
    from kubedigest.digesting import period_digest

    engine = connect(url)
    window = Window.daily(NOW, "UTC")
    digest = period_digest(engine, window, Configuration(), NOW)
    print(f"failures: {digest.failures:,} in {digest.workloads:,} workloads")
    total = 0.0
    for name, form in FORMATS.items():
        form.render(digest)  # imports, and compiles templates
        seconds = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            form.render(digest)
            seconds.append(time.perf_counter() - start)
        total += statistics.median(seconds)
        print(f"rendering {name}: {statistics.median(seconds) * 1000:.1f} ms")
    print(f"rendering every format: {total * 1000:.0f} ms")


def _batches() -> Iterator[list[Observation]]:
    quiet = [_one(number, DAY - timedelta(hours=number + 1)) for number in range(30 * 24)]
    bad = [
        _one(number, DAY + timedelta(days=1) * number / FAILURES, message=number % 997)
        for number in range(FAILURES)
    ]
    every = quiet + bad
    for start in range(0, len(every), BATCH):
        yield every[start : start + BATCH]


def _one(number: int, moment: datetime, *, message: int = 0) -> Observation:
    workload = f"service-{number % WORKLOADS:03}"
    pod = f"{workload}-6bc87c6f9d-{number % (WORKLOADS * 3):05}"
    return Observation(
        cluster="prod",
        namespace=f"team-{number % WORKLOADS % 40:02}",
        name=f"{pod}.{number:016x}",
        birth=moment,
        cumulative=1,
        time=moment,
        received=moment,
        source="watch",
        type="Warning",
        reason=REASONS[number % len(REASONS)],
        message=f"Get http://10.0.{message % 256}.{message % 200}:8080/ready: connection refused",
        kind="Pod",
        object_namespace=f"team-{number % WORKLOADS % 40:02}",
        object=pod,
        workload_kind="Deployment",
        workload=workload,
        workload_by="name",
        component="kubelet",
        host=f"node-{number % 25:02}",
    )


def _report(folder: str) -> list[str]:
    formats = [part for name in FORMATS for part in ("--format", name)]
    command = [sys.executable, "-P", "-m", "kubedigest", "report", "daily", "--at", NOW.isoformat()]
    return [*command, *formats, "--output", folder]


def _process(command: list[str], environment: dict[str, str]) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[-1][:60]} failed")
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1024)


def _median(runs: list[Run]) -> Run:
    seconds = statistics.median(run.seconds for run in runs)
    return Run(seconds, max(run.megabytes for run in runs))


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        fill(sys.argv[2])
    elif sys.argv[1:2] == ["render"]:
        render(sys.argv[2])
    else:
        main()

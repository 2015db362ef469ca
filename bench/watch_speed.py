"""From frames on a socket to committed rows, by the real command: ratios, CPU, memory, latency.

One API server on loopback, one `kubedigest collect`, one PostgreSQL, all on this machine. Compared
in one run with bare COPY of the final rows (see store_speed) and with the obvious way: the client's
`Watch`, and SQLAlchemy's multi-row inserts of 1,000.

``./run bench watch_speed`` takes the demo's frames, ``python -m bench.watch_speed FILE`` any.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, text

from bench.store_speed import bare_copy, demo_frames, final_rows, fresh
from collector.database import connect
from kubedigest.local_postgres import LocalPostgres
from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer

ROUNDS = 3
FIRST_VERSION = 1_000
OBVIOUS_FRAMES = 10_000
LATENCY_EVENTS = 1_000
LATENCY_PER_SECOND = 100
PATIENCE_SECONDS = 300
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """What one run of the collector took."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float


def main(arguments: list[str]) -> None:
    """Print one line a figure."""
    data = Path(arguments[0]).read_bytes() if arguments else demo_frames()
    frames = _numbered(data.splitlines())
    print(f"frames: {len(frames):,}, {sum(map(len, frames)) / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory(prefix="kubedigest-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = LocalPostgres(folder)
        try:
            _measure(connect(server.start()), frames, folder)
        finally:
            server.stop()


def _numbered(lines: Sequence[bytes]) -> list[bytes]:
    """Give each frame the next resource version, as one API server would."""
    frames = []
    for number, line in enumerate(lines, start=FIRST_VERSION):
        frame = json.loads(line)
        frame["object"]["metadata"]["resourceVersion"] = str(number)
        frames.append(json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode())
    return frames


def _measure(engine: Engine, frames: list[bytes], folder: Path) -> None:
    fresh(engine)
    _collect(engine, frames, folder)
    batches = list(final_rows(engine))
    bare, collected, obvious = [], [], []
    for _ in range(ROUNDS):
        fresh(engine)
        bare.append(bare_copy(engine, batches).seconds)
        fresh(engine)
        collected.append(_collect(engine, frames, folder))
        obvious.append(_obvious(engine, frames[:OBVIOUS_FRAMES], folder))
    copy_rate = len(frames) / min(bare)
    best = min(collected)
    rate = len(frames) / best.seconds
    obvious_rate = len(frames[:OBVIOUS_FRAMES]) / min(obvious)
    print(f"bare COPY of the final rows: {copy_rate:,.0f}/s")
    print(
        f"kubedigest collect: {rate:,.0f}/s, {rate / copy_rate:.2f} of bare COPY, "
        f"{rate / obvious_rate:.1f} times the obvious way; "
        f"CPU per 1,000: {1e6 * min(one.cpu_seconds for one in collected) / len(frames):.1f} ms; "
        f"peak memory {max(one.peak_megabytes for one in collected):.0f} MB"
    )
    print(f"the obvious way: {obvious_rate:,.0f}/s")
    for interval in ("1s", "50ms"):
        fresh(engine)
        p50, p99 = _latency(engine, folder, interval)
        print(
            f"latency at {LATENCY_PER_SECOND}/s, --flush-interval {interval}: "
            f"p50 {1000 * p50:.0f} ms, p99 {1000 * p99:.0f} ms"
        )


def _collect(engine: Engine, frames: list[bytes], folder: Path) -> Cost:
    last = str(FIRST_VERSION + len(frames) - 1)
    with FakeApiServer() as server:
        server.serve_frames(frames)
        with _collector(engine, server, folder, "1s") as process:
            server.wait_for_watches(timeout_seconds=PATIENCE_SECONDS)
            started = server.requests[-1].time
            cpu = _cpu_seconds(process.pid)
            _wait_for_version(engine, last)
            seconds = time.monotonic() - started
            return Cost(seconds, _cpu_seconds(process.pid) - cpu, _peak_megabytes(process.pid))


@contextmanager
def _collector(
    engine: Engine, server: FakeApiServer, folder: Path, interval: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command until the block ends."""
    kubeconfig = server.kubeconfig(folder)
    url = engine.url.render_as_string(hide_password=False)
    command = ["collect", "--kubeconfig", str(kubeconfig), "--flush-interval", interval]
    with subprocess.Popen(
        [sys.executable, "-m", "kubedigest", *command, "--log-level", "error"],
        env={**os.environ, "KUBEDIGEST_DATABASE_URL": url},
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def _wait_for_version(engine: Engine, version: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    query = text("select 1 from kubedigest.watch where resource_version = :version")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.execute(query, {"version": version}).first() is None:
            if time.monotonic() > until:
                raise TimeoutError(f"version {version} was not committed")
            time.sleep(0.02)


def _cpu_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def _peak_megabytes(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text()
    [kilobytes] = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


def _obvious(engine: Engine, frames: list[bytes], folder: Path) -> float:
    """Watch and insert as most people would write it; return the seconds."""
    with FakeApiServer() as server:
        server.serve_frames(frames)
        kubeconfig = server.kubeconfig(folder)
        url = engine.url.render_as_string(hide_password=False)
        ran = subprocess.run(
            [sys.executable, "-m", "bench.obvious_way", str(kubeconfig), url, str(len(frames))],
            check=True,
            capture_output=True,
            text=True,
        )
    return float(ran.stdout)


def _latency(engine: Engine, folder: Path, interval: str) -> tuple[float, float]:
    """Return the time from frame to commit, its median and 99th percentile, in seconds."""
    sent: dict[int, float] = {}
    seen: dict[int, float] = {}
    query = text("select resource_version::bigint from kubedigest.watch")
    with (
        FakeApiServer() as server,
        _collector(engine, server, folder, interval),
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        server.wait_for_watches(timeout_seconds=PATIENCE_SECONDS)
        begin = time.monotonic()
        number = 0
        while len(seen) < LATENCY_EVENTS and time.monotonic() - begin < PATIENCE_SECONDS:
            while (
                number < LATENCY_EVENTS and time.monotonic() - begin > number / LATENCY_PER_SECOND
            ):
                number += 1
                server.apply(pod_event(number))
                sent[server.version] = time.monotonic()
            committed = int(connection.scalar(query) or 0)
            now = time.monotonic()
            seen |= {one: now for one in sent if one <= committed and one not in seen}
            time.sleep(0.002)
    delays = sorted(seen[one] - sent[one] for one in seen)
    return delays[len(delays) // 2], delays[len(delays) * 99 // 100]


if __name__ == "__main__":
    main(sys.argv[1:])

"""Live messages of the real command: how long after a commit, and how many a second.

One private PostgreSQL, one `kubedigest notify`, and a server of another process on loopback that
notes when each request came. `./run bench notify_speed`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import yaml

from collector import migrations
from collector.database import connect
from collector.store import Store
from kubedigest.local_postgres import LocalPostgres
from tests.live_notifications import seen

EVENTER_PER_SECOND = 19.3  # one request after the other, with 50 ms in between
PER_SECOND = 10
SECONDS = 20
STORM = 10_000
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"

Heard = list[tuple[float, bytes]]


def main() -> None:
    """Print one line a figure."""
    with tempfile.TemporaryDirectory(prefix="kubedigest-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = LocalPostgres(folder / "store")
        try:
            url = server.start()
            migrations.upgrade(connect(url))
            with _listening() as (port, heard):
                _measure(folder, url, port, heard)
        finally:
            server.stop()


def _measure(folder: Path, url: str, port: int, heard: Callable[[], Heard]) -> None:
    sink = f"webhook:http://127.0.0.1:{port}/?level=Warning&method=POST"
    with _notify(folder, url, "--sink", sink):
        delays = _delays(url, heard)
        print(f"commit to request at {PER_SECOND}/s: p50 {_ms(delays, 50)}, p99 {_ms(delays, 99)}")
        rate, number = _rate(url, heard)
        ratio = rate / EVENTER_PER_SECOND
        print(
            f"a request an event: {rate:,.0f} requests/s of {number:,}, {ratio:,.0f} x kube-eventer"
        )
    config = folder / "config.yaml"
    channel = {"type": "webhook", "url": f"http://127.0.0.1:{port}/", "allow_http": True,
               "allow_private": True, "per_minute": 6000}  # fmt: skip
    config.write_text(
        yaml.safe_dump({"channels": {"ops": channel}, "notify": [{"channel": "ops"}]})
    )
    with _notify(folder, url, config=config):
        delays = _delays(url, heard)
        print(f"the same to a channel: p50 {_ms(delays, 50)}, p99 {_ms(delays, 99)}")
        began = _store_storm(url, "channel")
        told, last = _told(heard)
        rate = told / (last - began)
        ratio = rate / EVENTER_PER_SECOND
        print(f"a storm of {told:,} events: told in {last - began:.2f} s, "
              f"{rate:,.0f} events/s, {ratio:,.0f} x kube-eventer")  # fmt: skip


def _delays(url: str, heard: Callable[[], Heard]) -> list[float]:
    """Return the seconds from each commit to the request that tells of it."""
    heard()
    committed: dict[str, float] = {}
    mark = f"{time.monotonic_ns()}"
    with Store(connect(url)) as store:
        for number in range(PER_SECOND * SECONDS):
            name = f"{mark}n{number}n"
            began = time.monotonic()
            store.write(
                [seen(datetime.now(UTC), name=name, object=name, workload=name, message=name)]
            )
            committed[name] = time.time()
            time.sleep(max(0.0, 1 / PER_SECOND - (time.monotonic() - began)))
    time.sleep(2)
    requests = heard()
    found = []
    for name, at in committed.items():
        times = [when for when, body in requests if name.encode() in body]
        if times:
            found.append(min(times) - at)
    if len(found) < len(committed):
        print(f"  {len(committed) - len(found)} were not told within 2 s")
    return found


def _rate(url: str, heard: Callable[[], Heard]) -> tuple[float, int]:
    heard()
    began = _store_storm(url, "sink")
    number = last = 0
    found: Heard = []
    while time.time() - began < 120 and len(found) < STORM:
        time.sleep(0.5)
        found += heard()
        if len(found) == number and number:
            break
        number = len(found)
    last = max(when for when, _ in found)
    return len(found) / (last - began), len(found)


def _store_storm(url: str, name: str) -> float:
    now = datetime.now(UTC)
    with Store(connect(url)) as store:
        store.write(
            [
                seen(now, name=f"{name}{n}", object=f"{name}{n}", workload=f"{name}{n % 200}")
                for n in range(STORM)
            ]
        )
    return time.time()


def _told(heard: Callable[[], Heard]) -> tuple[int, float]:
    time.sleep(8)
    messages = [(when, json.loads(body)) for when, body in heard()]
    return sum(one["failures"] for _, one in messages), max(when for when, _ in messages)


def _ms(delays: Sequence[float], percent: int) -> str:
    return f"{statistics.quantiles(delays, n=100)[percent - 1] * 1000:.0f} ms"


@contextmanager
def _notify(folder: Path, url: str, *arguments: str, config: Path | None = None) -> Iterator[None]:
    named = ["--config", str(config)] if config else []
    command = [sys.executable, "-m", "kubedigest", *named, "notify", "--log-format", "text"]
    environment = {**os.environ, "KUBEDIGEST_DATABASE_URL": url, "HOME": str(folder)}
    process = subprocess.Popen([*command, *arguments], env=environment)
    try:
        time.sleep(5)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def _listening() -> Iterator[tuple[int, Callable[[], Heard]]]:
    ours, theirs = multiprocessing.Pipe()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    process = multiprocessing.Process(target=_serve, args=(listener, theirs), daemon=True)
    process.start()

    def heard() -> Heard:
        ours.send(None)
        found: Heard = ours.recv()
        return found

    try:
        yield listener.getsockname()[1], heard
    finally:
        process.terminate()


def _serve(listener: socket.socket, asked: Connection) -> None:
    """Answer one request after the other; hand over what came whenever somebody asks."""
    listener.settimeout(0.02)
    found: Heard = []
    while True:
        if asked.poll():
            asked.recv()
            asked.send(found)
            found = []
        with suppress(TimeoutError, OSError):
            client, _ = listener.accept()
            with client:
                found.append((time.time(), _body(client)))
                client.sendall(ANSWER)


def _body(client: socket.socket) -> bytes:
    client.settimeout(5)
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    [length] = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    ]
    while len(body) < length:
        body += client.recv(65_536)
    return body


if __name__ == "__main__":
    main()

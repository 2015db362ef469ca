"""A receiver in a process of its own, and clients that never send a body twice."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import threading
import time
from pathlib import Path

import yaml

from tests.faults.running import CollectorProcess


class ReceiverProcess(CollectorProcess):
    """``kubedigest receive`` as a user starts it, on one port over all its lives."""

    def __init__(self, folder: Path, database_url: str, **settings: object) -> None:
        folder.mkdir(exist_ok=True)
        self.spool = folder / "spool"
        self.port = _free_port()
        receiver = {
            "listen": f"127.0.0.1:{self.port}",
            "spool": str(self.spool),
            "per_second": 1_000_000,
            **settings,
        }
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump({"cluster": "lab", "receiver": receiver}))
        self._command = [
            *(sys.executable, "-m", "kubedigest", "--config", str(config)),
            *("receive", "--log-format", "json"),
        ]
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "KUBEDIGEST_DATABASE_URL": database_url,
        }
        self._log = folder / "receiver.log"
        self._process = None

    def waiting_files(self) -> list[str]:
        """Return the files of bodies that are not stored yet."""
        return sorted(one.name for one in self.spool.iterdir() if one.suffix != ".lock")

    def wait_until_it_answers(self, timeout_seconds: float = 120) -> None:
        """Wait until somebody answers at the port."""
        self.wait_until(self.answers, "no answer", timeout_seconds)

    def answers(self) -> bool:
        """Tell whether somebody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return True
        except OSError:
            return False


class Senders:
    """Threads that send *count* numbered bodies, each once; `kept` are those that got their 200."""

    def __init__(self, port: int, count: int, threads: int = 8) -> None:
        self.kept: set[int] = set()
        self.other_statuses: dict[int, int] = {}
        self._port = port
        self._numbers = iter(range(count))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begin."""
        for one in self._threads:
            one.start()

    @property
    def are_done(self) -> bool:
        """Whether every body was sent."""
        return not any(one.is_alive() for one in self._threads)

    def join(self) -> None:
        """Wait until every body was sent."""
        for one in self._threads:
            one.join()

    def _run(self) -> None:
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            try:
                connection.connect()
            except OSError:  # it is being started: a body that is not sent is still to come
                time.sleep(0.05)
                continue
            try:
                while (number := self._next()) is not None:
                    self._send(connection, number)
            except (OSError, http.client.HTTPException):
                continue  # nobody knows what became of that one
            finally:
                connection.close()
            return

    def _next(self) -> int | None:
        with self._lock:
            return next(self._numbers, None)

    def _send(self, connection: http.client.HTTPConnection, number: int) -> None:
        connection.request("POST", "/eventer/?level=Warning", body_of(number))
        answer = connection.getresponse()
        answer.read()
        with self._lock:
            if answer.status == 200:
                self.kept.add(number)
            else:
                seen = self.other_statuses.get(answer.status, 0)
                self.other_statuses[answer.status] = seen + 1


def body_of(number: int) -> bytes:
    """Return a body of kube-eventer's own template."""
    return (
        '\n{\n\t"EventType": "Warning",\n\t"EventKind": "Pod",\n\t"EventReason": "BackOff",\n'
        f'\t"EventTime": "2026-11-20 11:05:05 +0800 CST",\n\t"EventMessage": "body {number}"\n}}'
    ).encode()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])

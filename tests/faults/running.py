"""A collector in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

CHECKOUT = Path(__file__).parents[2]
END_SECONDS = 40


class CollectorProcess:
    """``kubedigest collect`` as a user starts it; what it says is added to *log*."""

    def __init__(
        self,
        kubeconfig: Path,
        database_url: str,
        log: Path,
        *options: str,
        watch_seconds: int | None = None,
    ) -> None:
        """Use the usual times, unless *watch_seconds* asks for impatience."""
        module = "kubedigest" if watch_seconds is None else "tests.faults.impatient"
        self._command = [
            *(sys.executable, "-m", module, "collect", "--kubeconfig", str(kubeconfig)),
            *("--flush-interval", "100ms", "--log-format", "json", *options),
        ]
        self._environment = {
            **os.environ,
            "HOME": str(log.parent),
            "KUBEDIGEST_DATABASE_URL": database_url,
            "WATCH_SECONDS": str(watch_seconds),
        }
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int:
        """The process of this life."""
        assert self._process is not None
        return self._process.pid

    @property
    def said(self) -> str:
        """What it has said so far, over all its lives."""
        return self._log.read_text() if self._log.exists() else ""

    def start(self) -> None:
        """Begin a life."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=CHECKOUT, env=self._environment
            )

    def kill(self) -> None:
        """End it with SIGKILL, wherever it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """End it with SIGTERM; return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(END_SECONDS)
        self._process = None
        return code

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels; the collector has to `--listen`."""
        address = re.findall(r"http://[\d.:]+/", self.said)[-1]
        with urlopen(f"{address}metrics", timeout=10) as answer:  # noqa: S310 - our own address
            shown = answer.read().decode()
        found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", shown, re.MULTILINE)
        return sum(map(float, found))

    def wait_for_metric(self, name: str, at_least: float, timeout_seconds: float = 30) -> None:
        """Wait until the metric is so large."""
        self.wait_until(lambda: self.metric(name) >= at_least, name, timeout_seconds)

    def wait_for_words(self, words: str, timeout_seconds: float = 30) -> None:
        """Wait until it has said this."""
        self.wait_until(lambda: words in self.said, words, timeout_seconds)

    def wait_until(
        self, happened: Callable[[], bool], what: str, timeout_seconds: float = 30
    ) -> None:
        """Wait for what is to happen while it lives."""
        deadline = time.monotonic() + timeout_seconds
        while not happened():
            assert time.monotonic() < deadline, f"{what}: {self.said[-3000:]}"
            assert self.is_running(), self.said[-3000:]
            time.sleep(0.05)

    def is_running(self) -> bool:
        """Tell whether it lives."""
        return self._process is not None and self._process.poll() is None

    def peak_bytes(self) -> int:
        """Return the most memory that it has had in this life."""
        status = Path(f"/proc/{self.process_id}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

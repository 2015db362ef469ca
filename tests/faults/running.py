"""A collector in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

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

    def is_running(self) -> bool:
        """Tell whether it lives."""
        return self._process is not None and self._process.poll() is None

    def peak_bytes(self) -> int:
        """Return the most memory that it has had in this life."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    def audit(self) -> dict[str, int]:
        """List once more, in a process that ends; return what it has counted."""
        finished = subprocess.run(
            [*self._command, "--once", "--output", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=CHECKOUT,
            env=self._environment,
            check=False,
            timeout=END_SECONDS,
        )
        assert finished.returncode == 0, finished.stderr.decode()
        counts: dict[str, int] = json.loads(finished.stdout)
        return counts

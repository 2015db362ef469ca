"""The command line as a user meets it, run inside the test's process."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kubedigest.cli import main
from tests.e2e.collect_process import PATIENCE_SECONDS, ROOT, Running, environment


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


RunCommand = Callable[..., Ran]


@pytest.fixture
def run_command(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> RunCommand:
    """Run ``kubedigest ARGS`` with an empty home and, where given, a database and input."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")

    def run(*arguments: str, database: str | None = None, stdin: bytes = b"") -> Ran:
        if database is not None:
            monkeypatch.setenv("KUBEDIGEST_DATABASE_URL", database)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        handlers = list(logging.getLogger().handlers)
        with pytest.raises(SystemExit) as exit_info:
            main(list(arguments))
        logging.getLogger().handlers[:] = handlers  # the next one is a process of its own
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ran(int(exit_info.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def collect(tmp_path: Path) -> Callable[..., Any]:
    """Return what runs the command in the background, with an empty home."""

    @contextmanager
    def run(*arguments: str, database: str) -> Iterator[Running]:
        said = Path(tempfile.mkstemp(dir=tmp_path)[1])
        command = [sys.executable, "-m", "kubedigest", "collect", "--flush-interval", "50ms"]
        with said.open("wb") as stderr:
            process = subprocess.Popen(
                [*command, *arguments],
                cwd=ROOT,
                env=environment(tmp_path, database),
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        try:
            yield Running(process, said)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(PATIENCE_SECONDS)
        assert "Traceback" not in said.read_text()

    return run


@pytest.fixture
def once(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what runs the command to its end."""

    def run(*arguments: str, database: str = "") -> subprocess.CompletedProcess[str]:
        ran = subprocess.run(
            [sys.executable, "-m", "kubedigest", *arguments],
            cwd=ROOT,
            env=environment(tmp_path, database),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in ran.stderr
        return ran

    return run

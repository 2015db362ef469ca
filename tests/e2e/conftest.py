"""The command line as a user meets it, run inside the test's process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from kubedigest.cli import main


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
        with pytest.raises(SystemExit) as exit_info:
            main(list(arguments))
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ran(int(exit_info.value.code or 0), captured.out, captured.err)

    return run

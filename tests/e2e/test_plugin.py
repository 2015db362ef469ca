"""`kubectl event-digest` is kubedigest, completion included."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import kubedigest
from tests.e2e.collect_process import ROOT

SCRIPTS = Path(sys.executable).parent
PROGRAMS = ("kubectl-event_digest", "kubectl_complete-event_digest")


def kubectl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run kubectl where it finds the plugin."""
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl")
    if not all((SCRIPTS / name).exists() for name in PROGRAMS):
        pytest.skip("kubedigest is not installed in this environment, so there is no plugin")
    path = os.pathsep.join([str(SCRIPTS), os.environ["PATH"]])
    return subprocess.run(
        ["kubectl", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path, "KUBECONFIG": "/nonexistent"},
        timeout=60,
        check=False,
    )


def test_the_package_installs_the_programs() -> None:
    """By the names that kubectl looks for."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert set(scripts) == {"kubedigest", *PROGRAMS}


def test_its_help_says_what_people_type() -> None:
    """Also that of a command, and the sentence of a mistake."""
    ran = kubectl("event-digest", "--help")
    assert ran.returncode == 0
    assert ran.stdout.startswith("Usage: kubectl event-digest [OPTIONS] COMMAND")
    assert "Usage: kubectl event-digest top " in kubectl("event-digest", "top", "-h").stdout
    wrong = kubectl("event-digest", "tpo")
    assert wrong.returncode == 2
    assert "Try 'kubectl event-digest --help' for help." in wrong.stderr


def test_it_is_the_same_program() -> None:
    """With the same version and exit codes."""
    ran = kubectl("event-digest", "--version")
    assert (ran.returncode, kubedigest.__version__ in ran.stdout) == (0, True)


def test_kubectl_completes_it() -> None:
    """Commands without importing one."""
    ran = kubectl("__complete", "event-digest", "tr")
    assert ran.stdout == "trends\tList what is new, worse, better or gone.\n:4\n"

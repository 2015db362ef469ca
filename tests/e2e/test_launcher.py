"""./run makes its environment once, repairs it, and then gets out of the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

# Stands in for kubedigest: says what reached it.
STAND_IN = """\
import os, sys, time
if sys.argv[1:] == ["wait"]:
    print(os.getpid(), flush=True)
    time.sleep(60)
print(repr(sys.argv[1:]), os.getcwd(), sys.stdin.read(), sep="\\n")
sys.exit(7)
"""

# A build backend that needs nothing from any index, and counts how often it is asked.
BACKEND = """\
import os, time, zipfile
def get_requires_for_build_editable(config_settings=None):
    return []
def build_editable(folder, config_settings=None, metadata_directory=None):
    open("installs", "a").write("x")
    time.sleep(float(os.environ.get("TEST_BUILD_SECONDS", "0")))
    name = "kubedigest-1-py3-none-any.whl"
    info = "kubedigest-1.dist-info/"
    meta = "Metadata-Version: 2.1\\nName: kubedigest\\nVersion: 1\\nProvides-Extra: local\\n"
    wheel = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as file:
        file.writestr("kubedigest.pth", os.getcwd() + "\\n")
        file.writestr(info + "METADATA", meta)
        file.writestr(info + "WHEEL", wheel)
        file.writestr(info + "RECORD", "")
    return name
"""
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "kubedigest"
version = "1"
"""
TOOLS = ("basename", "cat", "cksum", "dirname", "mkdir", "readlink", "rm", "sh")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout in a path with a space, with stand-ins for the product and its build."""
    folder = tmp_path / "my check out"
    (folder / "kubedigest").mkdir(parents=True)
    shutil.copy(CHECKOUT / "run", folder / "run")
    (folder / "kubedigest/__init__.py").write_text("")
    (folder / "kubedigest/__main__.py").write_text(STAND_IN)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "constraints.txt").write_text("")
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return variables that name an environment of the user's own: nothing is installed."""
    programs = tmp_path / "my venv/bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")
    (programs / "python").chmod(0o755)
    (programs.parent / ".lock").write_text("")  # as uv leaves it
    return {**os.environ, "KUBEDIGEST_VENV": str(programs.parent)}


@pytest.fixture
def offline() -> dict[str, str]:
    """Return variables with which pip and uv ask no index."""
    return {**os.environ, "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}


def run(
    checkout: Path, *arguments: str, env: dict[str, str], **options: object
) -> subprocess.CompletedProcess[str]:
    """Run the launcher and wait."""
    return subprocess.run(
        [str(checkout / "run"), *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        input="from stdin",
        **options,  # type: ignore[call-overload]
    )


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_the_syntax_is_plain_sh(shell: str) -> None:
    """Debian's sh and the others read the launcher without complaint."""
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    subprocess.run([shell, "-n", str(CHECKOUT / "run")], check=True)


def test_without_arguments_it_lists_its_commands(checkout: Path) -> None:
    """The help goes to standard error, needs no Python, and installs nothing."""
    done = run(checkout, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0
    assert done.stdout == ""
    for command in ("demo", "test", "bench", "lint", "check", "manual", "sbom"):
        assert f"./run {command}" in done.stderr
    assert not (checkout / ".venv").exists()


def test_arguments_streams_folder_and_exit_code_pass_through(
    checkout: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """Nothing is split, lost or added, whatever folder it is called from."""
    arguments = ["report", "two words", "", "--at=$HOME", "*"]
    done = run(checkout, *arguments, env=environment, cwd=tmp_path)
    assert done.stdout.splitlines() == [repr(arguments), str(tmp_path), "from stdin"]
    assert done.stderr == ""
    assert done.returncode == 7


def test_a_link_on_path_finds_the_checkout(
    checkout: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """A relative link to an absolute link to the launcher works from anywhere."""
    (tmp_path / "links").mkdir()
    (tmp_path / "links/inner").symlink_to(checkout / "run")
    (tmp_path / "links/kd").symlink_to("inner")
    path = f"{tmp_path / 'links'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", "kd top"],
        env={**environment, "PATH": path},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[0] == "['top']"


def test_a_module_beside_the_user_does_not_shadow_ours(
    checkout: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """The folder it is called from is not searched for modules."""
    (tmp_path / "kubedigest.py").write_text("raise SystemExit('shadowed')\n")
    assert run(checkout, "top", env=environment, cwd=tmp_path).returncode == 7


def test_sigterm_reaches_kubedigest(checkout: Path, environment: dict[str, str]) -> None:
    """The launcher becomes kubedigest: same process number, no shell in between."""
    with subprocess.Popen(
        [str(checkout / "run"), "wait"], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert int(process.stdout.readline()) == process.pid
        process.terminate()
        assert process.wait(timeout=10) == -signal.SIGTERM


@pytest.mark.parametrize(
    "arguments", [("check", "--lang"), ("check", "a", "b"), ("lint", "x"), ("manual", "x")]
)
def test_a_wrong_argument_is_a_usage_error(
    checkout: Path, environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    """Exit code 2 and one sentence."""
    done = run(checkout, *arguments, env=environment)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("version", "expected"), [(None, "was not found on PATH."), ("3.9.2", "python3 is 3.9.2.")]
)
def test_an_unfit_python_is_named(
    checkout: Path, tmp_path: Path, version: str | None, expected: str
) -> None:
    """Without Python, or with an old one only, the sentence says what to install."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    if version:
        script = f"#!/bin/sh\ncase $2 in *platform*) echo {version} ;; esac\n"
        (programs / "python3").write_text(script)
        (programs / "python3").chmod(0o755)
    done = run(checkout, "top", env={"PATH": str(programs)})
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert expected in done.stderr
    assert "apt install python3" in done.stderr


def test_it_installs_once(checkout: Path, offline: dict[str, str]) -> None:
    """The first start says what it does; the second says nothing, and a changed pin installs."""
    first = run(checkout, "top", env=offline)
    assert first.stdout.startswith("['top']"), first.stderr
    assert "installing" in first.stderr
    assert run(checkout, "top", env=offline).stderr == ""
    (checkout / "constraints.txt").write_text("# changed\n")
    assert "installing" in run(checkout, "top", env=offline).stderr
    assert (checkout / "installs").read_text() == "xx"


@pytest.mark.long
def test_two_first_starts_at_once_share_one_installation(
    checkout: Path, offline: dict[str, str]
) -> None:
    """The second waits for the first, and both run."""
    command = [str(checkout / "run"), "top"]
    slow = {**offline, "TEST_BUILD_SECONDS": "2"}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "text": True, "env": slow}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [text.splitlines()[0] for text in said] == ["['top']", "['top']"]
    assert (checkout / "installs").read_text() == "x"


@pytest.mark.long
@pytest.mark.parametrize(
    "how", [pytest.param(signal.SIGTERM, marks=[pytest.mark.long]), signal.SIGKILL]
)
def test_a_stopped_installation_is_begun_anew(
    checkout: Path, offline: dict[str, str], how: signal.Signals
) -> None:
    """Whatever stopped the first start, the second makes a whole environment."""
    slow = {**offline, "TEST_BUILD_SECONDS": "3"}
    with subprocess.Popen(
        [str(checkout / "run"), "top"], env=slow, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while not (checkout / "installs").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(how)
        assert process.wait(timeout=10) != 0
    again = run(checkout, "top", env=offline)
    assert again.stdout.startswith("['top']"), again.stderr
    assert "making an environment" in again.stderr


def test_a_folder_of_other_things_is_left_alone(checkout: Path, tmp_path: Path) -> None:
    """A mistaken KUBEDIGEST_VENV is named, and nothing in it is touched."""
    (tmp_path / "home/bin").mkdir(parents=True)
    done = run(checkout, "top", env={**os.environ, "KUBEDIGEST_VENV": str(tmp_path / "home")})
    assert done.returncode == 1
    assert "holds something else" in done.stderr
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["bin"]


@pytest.mark.long
def test_a_moved_checkout_gets_a_new_environment(checkout: Path, offline: dict[str, str]) -> None:
    """The paths in the old environment are wrong; the launcher notices."""
    run(checkout, "top", env=offline)
    moved = checkout.rename(checkout.with_name("moved"))
    done = run(moved, "top", env=offline)
    assert done.stdout.startswith("['top']")
    assert "making an environment" in done.stderr


def test_a_failed_installation_shows_the_log(checkout: Path, offline: dict[str, str]) -> None:
    """The end of pip's output and where to find the rest; exit code 1."""
    (checkout / "backend.py").write_text("raise RuntimeError('no compiler here')\n")
    done = run(checkout, "top", env=offline)
    assert done.returncode == 1
    assert "no compiler here" in done.stderr
    assert done.stderr.splitlines()[-1].endswith(f"is in {checkout / '.venv/install.log'}")

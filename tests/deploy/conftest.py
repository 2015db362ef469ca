"""The image as a root file system, made once for the tests that run it.

It needs root, ``debootstrap`` and a network. The base is Debian as ``debootstrap`` makes it, which
is what the base image is made of; CONTAINER_BASE_ROOT names one that is there already.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from tests.deploy.container_runs import kill
from tests.deploy.containerfile import Builder, Stage, in_root, read_steps
from tests.deploy.manifests import DEPLOY, ROOT
from tests.e2e.collect_process import wait_for

RELEASE = "trixie"
PROGRAMS = ("debootstrap", "unshare", "chroot", "setpriv")


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder for the stages, which are large."""
    folder = tmp_path_factory.mktemp("stages")
    for one in (folder, folder.parent):
        one.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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
            kill(process)

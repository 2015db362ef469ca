"""A PostgreSQL of these tests' own, which may be hurt, and a lab around it for each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.api_server.server import FakeApiServer
from tests.faults.lab import Lab
from tests.faults.own_postgres import OwnPostgres


@contextmanager
def running_postgres(home: Path) -> Iterator[OwnPostgres]:
    """Start a durable server in *home*; stop it and remove its data at the end."""
    home.chmod(0o755)  # run by root, the server is another user's
    server = OwnPostgres(home)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.data_directory, ignore_errors=True)


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[OwnPostgres]:
    """Start a server for all tests of faults; each leaves it running."""
    home = Path(tempfile.mkdtemp(prefix="kubedigest-faults-"))
    try:
        with running_postgres(home) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def lab(api_server: FakeApiServer, own_postgres: OwnPostgres, tmp_path: Path) -> Iterator[Lab]:
    """Yield a cluster without events and a store without tables."""
    made = Lab(api_server, own_postgres, tmp_path)
    try:
        yield made
    finally:
        own_postgres.start()  # whatever the test has done to it
        made.close()

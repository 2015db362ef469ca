"""One private PostgreSQL per test run, one database per test, and nobody's settings."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg2
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url

from collector.database import connect
from kubedigest.configuration import Configuration
from kubedigest.local_postgres import LocalPostgres
from tests.api_server import tls
from tests.api_server.server import FakeApiServer
from tests.effort import examples
from tests.faults.own_postgres import OwnPostgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHARED_DATA = os.environ.get("KUBEDIGEST_SHARED_DATA")
_BESIDE_THE_CHECKOUT = Path(__file__).parents[2] / "shared/data"

# what the notebooks call now
DEMO_AT = "2026-11-22T08:00"
DEMO_ZONE = "Europe/Berlin"

# which PostgreSQL to test against, and how long: the settings that are the tester's own
_OF_THE_TESTER = ("KUBEDIGEST_PG_BIN", "KUBEDIGEST_TEST_EFFORT")

# on a busy machine everything is slow, and a timing never decides a test
settings.register_profile(
    "unhurried",
    deadline=None,
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")

_TESTS = Path(__file__).parent
_COSTLY = ("e2e", "faults", "pg")
_CASES = 4

for _name in list(os.environ):
    if _name.startswith(("KUBEDIGEST_", "PG")) and _name not in _OF_THE_TESTER:
        del os.environ[_name]
os.environ.pop("DATABASE_URL", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the server as pg, what reads real data as shared_data, and cases as long.

    Of a test with many cases that each take a database, a process or a browser, the usual run takes
    the first few.
    """
    cases: Counter[str] = Counter()
    for item in items:
        if "[" in item.name and item.path.is_relative_to(_TESTS):
            folder = item.path.relative_to(_TESTS).parts[0]
            name = f"{item.path}::{item.name.partition('[')[0]}"
            cases[name] += 1
            if folder in _COSTLY and cases[name] > examples(_CASES):
                item.add_marker(pytest.mark.long)
        names = getattr(item, "fixturenames", ())
        if "postgres_server" in names:
            item.add_marker(pytest.mark.pg)
        if "shared_data" in names:
            item.add_marker(pytest.mark.shared_data)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Iterator[None]:
    """Spell out lone surrogates, which tests log and no worker could hand over."""
    document = yield
    return None if document is None else _speakable(document)


def _speakable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _speakable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_speakable(one) for one in value)  # a skip is told by a tuple
    return value


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real event data, which is not part of the project."""
    folder = Path(_SHARED_DATA) if _SHARED_DATA else _BESIDE_THE_CHECKOUT
    real = folder / "real"
    if not real.is_dir():
        pytest.skip("no real data: KUBEDIGEST_SHARED_DATA names no folder that holds real/")
    return real


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalPostgres]:
    """Start a server of this test run alone, gone when the run ends."""
    home = Path(tempfile.mkdtemp(prefix="kubedigest-tests-"))
    home.chmod(0o755)  # run by root, the server is another user's
    server = LocalPostgres(home, durable=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.data_directory, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def other_server() -> Iterator[OwnPostgres]:
    """Start a second server, on which nobody has made a role or counted a transaction yet."""
    home = Path(tempfile.mkdtemp(prefix="kubedigest-other-"))
    home.chmod(0o755)
    server = OwnPostgres(home, durable=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.data_directory, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(postgres_server: LocalPostgres) -> str:
    """Return the name of a database with the current schema, to be cloned."""
    from collector import migrations

    name = "kubedigest_template"
    _execute(postgres_server, f"create database {name}")
    engine = sa.create_engine(postgres_server.url(name))
    try:
        migrations.upgrade(engine)
    finally:
        engine.dispose()
    return name


@pytest.fixture
def database_url(postgres_server: LocalPostgres, template_database: str) -> Iterator[str]:
    """Yield the URL of a database of this test alone, with the current schema and no rows."""
    yield from _database(postgres_server, template_database)


@pytest.fixture
def empty_database_url(postgres_server: LocalPostgres) -> Iterator[str]:
    """Yield the URL of a database of this test alone, without a schema."""
    yield from _database(postgres_server, "template0")


@pytest.fixture
def login(postgres_server: LocalPostgres, database_url: str) -> Iterator[Callable[..., str]]:
    """Return what makes a login that was granted some roles; it returns the URL of the database."""
    url = make_url(database_url)
    made: list[str] = []

    def create(*roles: str) -> str:
        made.append(f"login_{uuid.uuid4().hex}")
        _execute(postgres_server, f"create role {made[-1]} login")
        for role in roles:
            _execute(postgres_server, f"grant {role} to {made[-1]}")
        return url.set(username=made[-1]).render_as_string(hide_password=False)

    try:
        yield create
    finally:
        for name in made:
            _execute(postgres_server, f"drop role {name}")


@pytest.fixture(scope="session")
def demo_template(postgres_server: LocalPostgres, template_database: str) -> str:
    """Return the name of a database with the demo that notebooks and examples are about."""
    import kubedigest as kd

    name = "kubedigest_demo"
    _execute(postgres_server, f"create database {name} template {template_database}")
    with kd.demo(postgres_server.url(name), at=DEMO_AT, timezone=DEMO_ZONE):
        return name


@pytest.fixture
def demo_url(postgres_server: LocalPostgres, demo_template: str) -> Iterator[str]:
    """Yield the URL of a database of this test alone, filled with the demo."""
    yield from _database(postgres_server, demo_template)


@pytest.fixture
def ready_demo(demo_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let ``kd.demo`` of the usual moment find its store filled; return the URL."""
    import kubedigest as kd

    def demo(*, at: str, timezone: str) -> kd.Connection:
        assert (at, timezone) == (DEMO_AT, DEMO_ZONE)
        now = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(timezone))
        return kd.Connection(connect(demo_url), Configuration(timezone=timezone), now=now)

    monkeypatch.setattr(kd, "demo", demo)
    return demo_url


@pytest.fixture
def api_server() -> Iterator[FakeApiServer]:
    """Yield an API server without events, on a port of its own."""
    with FakeApiServer() as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tls.Authority:
    """Return a certificate authority for API servers that speak TLS."""
    if tls.OPENSSL is None:
        pytest.skip("no certificates: there is no openssl command")
    return tls.Authority(tmp_path_factory.mktemp("authority"))


def _database(server: LocalPostgres, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    # Copying files is five times as fast, on a server that does not wait for its disk.
    strategy = "strategy file_copy" if server.major_version >= 15 else ""
    _execute(server, f"create database {name} template {template} {strategy}")
    try:
        yield server.url(name)
    finally:
        _execute(server, f"drop database {name} with (force)")


def _execute(server: LocalPostgres, statement: str) -> None:
    connection = psycopg2.connect(server.url("postgres").replace("+psycopg2", ""))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()

"""Servers that stop answering: frozen by a signal, behind a UNIX socket, TCP and TLS."""

from __future__ import annotations

import contextlib
import io
import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class by nature
from sqlalchemy.pool import NullPool

from collector.deadline import Deadline, NoAnswer
from collector.errors import UnreachableError
from collector.store import Store
from kubedigest.local_postgres import LocalPostgres
from tests.factories import observe

SECONDS = 0.2
SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class Relay:
    """A port on 127.0.0.1 that passes one connection on to the server's UNIX socket."""

    def __init__(self, target: Path, *, tls: ssl.SSLContext | None) -> None:
        self._target = target
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Wait until both sides have hung up."""
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(self._listener.accept()[0])
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.connect(str(self._target))
            if self._tls is not None:
                assert client.recv(8, socket.MSG_WAITALL) == SSL_REQUEST
                client.sendall(b"S")
                client = stack.enter_context(self._tls.wrap_socket(client, server_side=True))
            with contextlib.suppress(OSError):
                _pass_on(client, server)


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    other = {client: server, server: client}
    while True:
        for ready in select.select([client, server], [], [])[0]:
            data = ready.recv(1 << 16)  # more than a TLS record holds, so that none is left inside
            if not data:
                return
            # The test freezes a server that has the start of a COPY: what it does not take is lost.
            other[ready].settimeout(0.5)
            other[ready].sendall(data)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """Return a server's side of TLS with a certificate of the test's own."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    where = ["-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([openssl, "req", "-x509", *made, *where], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.fixture(params=["unix", "tcp", "tls"])
def address(
    request: pytest.FixtureRequest, postgres_server: LocalPostgres, database_url: str
) -> Iterator[str]:
    """Yield a URL of the test's database over each kind of connection."""
    url = sa.make_url(database_url).set(drivername="postgresql")
    if request.param == "unix":
        yield url.render_as_string()
        return
    tls = request.getfixturevalue("tls") if request.param == "tls" else None
    target = Path(str(url.query["host"]), ".s.PGSQL.5432")
    relay = Relay(target, tls=tls)
    query = {"sslmode": "require" if tls else "disable", "gssencmode": "disable"}
    try:
        yield url.set(host="127.0.0.1", port=relay.port, query=query).render_as_string()
    finally:
        relay.close()


@contextlib.contextmanager
def frozen(process_id: int) -> Iterator[None]:
    """Stop a process of the private server for as long as the block runs."""
    os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process_id, signal.SIGCONT)


def backend_of(engine: sa.Engine) -> int:
    """Return the process of the only other connection to the engine's database."""
    query = (
        "select pid from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
        " and backend_type = 'client backend'"
    )
    with engine.connect() as connection:
        return int(connection.scalar(sa.text(query)) or 0)


def execute(connection: Connection) -> None:
    """Ask for a row."""
    connection.cursor().execute("select 1")


def copy_little(connection: Connection) -> None:
    """Send what fits into the socket's buffers, so that the answer is waited for."""
    connection.cursor().copy_expert("copy events from stdin", io.BytesIO(b"web-0\n"))


def copy_much(connection: Connection) -> None:
    """Send more than the buffers hold, so that sending itself waits."""
    connection.cursor().copy_expert("copy events from stdin", io.BytesIO(b"web-0\n" * 3_000_000))


def commit(connection: Connection) -> None:
    """End the transaction."""
    connection.commit()


def roll_back(connection: Connection) -> None:
    """Give the transaction up."""
    connection.rollback()


@pytest.mark.parametrize("call", [execute, copy_little, copy_much, commit, roll_back])
def test_a_frozen_server_raises(address: str, call: Callable[[Connection], None]) -> None:
    """Whatever waits for a frozen server ends with one sentence, over every kind of connection."""
    connection = psycopg2.connect(address, **Deadline(SECONDS).connect_arguments)
    with contextlib.closing(connection):
        connection.cursor().execute("create temporary table events (name text)")
        with frozen(connection.info.backend_pid), pytest.raises(NoAnswer) as caught:
            call(connection)
    assert str(caught.value) == "the database did not answer for 0.2 s"
    assert isinstance(caught.value, UnreachableError)
    assert isinstance(caught.value, psycopg2.OperationalError)


def test_connecting_to_a_frozen_server_raises(address: str, postgres_server: LocalPostgres) -> None:
    """The limit of libpq covers all of connecting, also where the kernel accepts for the server."""
    postmaster = int((postgres_server.data_directory / "postmaster.pid").read_text().split()[0])
    with (
        frozen(postmaster),
        pytest.raises(psycopg2.OperationalError, match="timeout expired"),
    ):
        psycopg2.connect(address, connect_timeout=2)


def test_work_in_time_is_left_alone(database_url: str) -> None:
    """Statements that are answered, and errors of SQL, pass as they are."""
    url = database_url.replace("+psycopg2", "")
    connection = psycopg2.connect(url, **Deadline(60).connect_arguments)
    with contextlib.closing(connection), connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.DivisionByZero):
            cursor.execute("select 1 / 0")
        connection.rollback()
        cursor.execute("create temporary table number (value int)")
        cursor.executemany("insert into number values (%s)", [(1,), (2,)])
        connection.commit()
        cursor.execute("select sum(value) from number where value < %(below)s", {"below": 3})
        assert cursor.fetchall() == [(3,)]


def test_a_store_goes_on_after_a_frozen_server(database_url: str, engine: sa.Engine) -> None:
    """A batch that met a frozen server is stored once by the next attempt."""
    watched = sa.create_engine(
        database_url, poolclass=NullPool, connect_args=Deadline(SECONDS).connect_arguments
    )
    batch = [observe(1), observe(3, minutes=5)]
    with Store(watched) as store:
        store.write(batch[:1])
        with (
            frozen(backend_of(engine)),
            pytest.raises(UnreachableError, match=r"did not answer for 0\.2 s"),
        ):
            store.write(batch)
        store.write(batch)
    with engine.connect() as connection:
        total = connection.scalar(sa.text("select sum(occurrences) from public.event"))
    assert total == 3

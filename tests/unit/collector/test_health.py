"""What probes and Prometheus are told, over real sockets of this machine."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from collector.health import HealthServer, ListenError
from collector.metrics import Metrics


class Doctor:
    """Says what a test wants."""

    def __init__(self) -> None:
        self.dead: list[str] = []
        self.unready: list[str] = []

    def alive(self) -> list[str]:
        """Return the dead."""
        return self.dead

    def ready(self) -> list[str]:
        """Return what is not ready."""
        return self.unready


def serve(listen: str, doctor: Doctor) -> HealthServer:
    """Start a server."""
    metrics = Metrics(version="1.2.3", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    return HealthServer(listen, metrics=metrics, health=doctor)


@pytest.fixture
def doctor() -> Doctor:
    """Return one who finds nothing wrong."""
    return Doctor()


@pytest.fixture
def server(doctor: Doctor) -> Iterator[HealthServer]:
    """Yield a server on a free port."""
    with serve("127.0.0.1:0", doctor) as server:
        yield server


def ask(
    address: str, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Return the answer to one request, and its body."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_wrong_is_200(server: HealthServer, path: str) -> None:
    """Without reasons both checks say ok."""
    answer, body = ask(server.address, path)
    assert (answer.status, body) == (200, b"ok\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_each_check_has_reasons_of_its_own(server: HealthServer, doctor: Doctor) -> None:
    """A database that is away makes the process unready, and leaves it alive."""
    doctor.unready = ["prod: no watch", "the database is away"]
    assert ask(server.address, "/healthz")[0].status == 200
    answer, body = ask(server.address, "/readyz")
    assert (answer.status, body) == (503, b"prod: no watch\nthe database is away\n")


def test_a_dead_thread_is_503(server: HealthServer, doctor: Doctor) -> None:
    """A thread that died fails the liveness probe."""
    doctor.dead = ["the writer has ended"]
    answer, body = ask(server.address, "/healthz")
    assert (answer.status, body) == (503, b"the writer has ended\n")


def test_reasons_hold_no_secret_and_no_control(server: HealthServer, doctor: Doctor) -> None:
    """A reason is one line, without passwords, escapes and lone surrogates."""
    doctor.unready = ["postgres://me:S3cr3tCanary9x@db/x:\nrefused \x1b[31m\udc80"]
    _, body = ask(server.address, "/readyz")
    assert body.decode() == "postgres://me:[REDACTED]@db/x: refused  [31m\ufffd\n"


def test_metrics_are_what_prometheus_reads(server: HealthServer) -> None:
    """The exposition has its content type, and is compressed on request."""
    answer, body = ask(server.address, "/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert b'kubedigest_build_info{version="1.2.3"} 1.0\n' in body
    packed, content = ask(server.address, "/metrics", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert b"kubedigest_build_info" in gzip.decompress(content)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_head_has_no_body(server: HealthServer, path: str) -> None:
    """HEAD gets the status alone, and the connection can be used again."""
    connection = http.client.HTTPConnection(server.address, timeout=10)
    for _ in range(2):
        connection.request("HEAD", path)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    connection.close()


@pytest.mark.parametrize("path", ["/", "/metrics/x", "/favicon.ico", "/%00"])
def test_other_paths_are_404(server: HealthServer, path: str) -> None:
    """A path that is not served is not found."""
    assert ask(server.address, path)[0].status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_405(server: HealthServer, method: str) -> None:
    """Nothing but GET and HEAD is allowed, and the answer says so."""
    answer, _ = ask(server.address, "/metrics", method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_a_large_request_is_refused(server: HealthServer) -> None:
    """Neither a long header nor a long body is taken."""
    assert ask(server.address, "/healthz", headers={"X-Long": "x" * 20_000})[0].status == 431
    connection = http.client.HTTPConnection(server.address, timeout=10)
    connection.putrequest("POST", "/healthz")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_silent_clients_do_not_hold_up_others(server: HealthServer) -> None:
    """Connections that say nothing leave a probe its answer."""
    host, port = server.address.split(":")
    silent = [socket.create_connection((host, int(port)), timeout=10) for _ in range(50)]
    try:
        assert ask(server.address, "/healthz")[0].status == 200
    finally:
        for client in silent:
            client.close()


def test_close_ends_threads_and_connections(doctor: Doctor) -> None:
    """After close nothing listens, open connections are ended, and a second call is harmless."""
    server = serve("127.0.0.1:0", doctor)
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(9).startswith(b"HTTP/1.1")
        server.close()
        server.close()
        while client.recv(4096):
            pass
    with pytest.raises(ConnectionRefusedError):
        ask(server.address, "/healthz")
    assert "health" not in {thread.name for thread in threading.enumerate()}


def test_a_taken_port_is_one_sentence(server: HealthServer, doctor: Doctor) -> None:
    """Who cannot listen says where, why and what to do."""
    with pytest.raises(ListenError, match="already in use; choose an address") as caught:
        serve(server.address, doctor)
    assert server.address in str(caught.value)


@pytest.mark.parametrize(
    "listen",
    ["", "8080", "localhost", "::1:8080", "[::1]", "1.2.3.4:99999", "h:-1", "h:1\n", "a:b:1"],
)
def test_what_is_no_address_is_one_sentence(doctor: Doctor, listen: str) -> None:
    """An address that cannot be read is refused with what to write instead."""
    with pytest.raises(ListenError, match=r"it is no address; write ADDR:PORT such as"):
        serve(listen, doctor)


def test_an_address_of_another_machine_is_one_sentence(doctor: Doctor) -> None:
    """An address that this machine does not have is named."""
    with pytest.raises(ListenError, match=r"cannot listen on 192\.0\.2\.1:0: "):
        serve("192.0.2.1:0", doctor)


@pytest.mark.parametrize("listen", ["no-such-host.invalid:0", f"{'a' * 70}:0"])
def test_an_unknown_name_is_one_sentence(doctor: Doctor, listen: str) -> None:
    """A name that is no host's is named."""
    with pytest.raises(ListenError, match=r"cannot listen on .*:0: the name is"):
        serve(listen, doctor)


def test_ipv6_is_written_in_brackets(doctor: Doctor) -> None:
    """An IPv6 address in brackets is listened on."""
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    try:
        server = serve("[::1]:0", doctor)
    except ListenError:
        pytest.skip("this machine has no IPv6")
    with server:
        assert server.address.startswith("[::1]:")
        port = int(server.address.rpartition(":")[2])
        with socket.create_connection(("::1", port), timeout=10) as client:
            client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert client.recv(12) == b"HTTP/1.0 200"


def test_localhost_is_ipv4(doctor: Doctor) -> None:
    """A name with addresses of both families listens on IPv4, which every probe knows."""
    with serve("localhost:0", doctor) as server:
        assert server.address.startswith("127.")


def test_without_an_address_all_interfaces_are_meant(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``:0`` asks for every address of both families, where the machine has both."""
    asked: list[tuple[str, int]] = []
    create_server = socket.create_server

    def on_loopback(address: tuple[str, int], **_: object) -> socket.socket:
        asked.append(address)
        return create_server(("127.0.0.1", 0))

    monkeypatch.setattr(socket, "create_server", on_loopback)
    serve(":0", doctor).close()
    assert asked in ([("", 0)], [("0.0.0.0", 0)])  # noqa: S104 - it is what is asked for

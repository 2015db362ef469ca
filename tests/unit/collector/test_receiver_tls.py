"""TLS that the receiver speaks itself, and client certificates."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from collector.gated_server import Limits
from collector.receiver_routes import Protection, ReceiverRoute
from tests.api_server.tls import Authority
from tests.receivers import BODY, connected, exchange, receiver, request, status_of

ROUTES = (
    ReceiverRoute(path="/open", cluster="lab"),
    ReceiverRoute(
        path="/named", cluster="lab", protection=Protection(certificates=["prod-sender", "other"])
    ),
)


@pytest.fixture(scope="module")
def server_side(authority: Authority) -> ssl.SSLContext:
    """Return what the receiver speaks TLS with, as its configuration makes it."""
    context = authority.certificate("receiver").context()
    context.load_verify_locations(authority.ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def client_side(authority: Authority, signer: Authority | None, name: str = "") -> ssl.SSLContext:
    """Return what a client speaks TLS with, a certificate of *name* signed by *signer*."""
    context = ssl.create_default_context(cafile=str(authority.ca))
    if signer is not None:
        own = signer.certificate(name, alternative=f"DNS:{name}")
        context.load_cert_chain(own.certificate, own.key)
    return context


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("", "/open", 200),
        ("", "/named", 401),
        ("prod-sender", "/named", 200),
        ("somebody", "/named", 401),
        ("somebody", "/open", 200),
    ],
)
def test_a_client_certificate_opens_the_routes_that_name_it(
    tmp_path: Path,
    authority: Authority,
    server_side: ssl.SSLContext,
    name: str,
    path: str,
    status: int,
) -> None:
    """Others are open or closed as they are."""
    client = client_side(authority, authority if name else None, name)
    with receiver(tmp_path, *ROUTES, patience_seconds=0, tls=server_side) as (running, _):
        large = [BODY + b" " * 300_000] if status == 200 else []  # many records of TLS
        for body in [BODY, *large]:
            answer = exchange(running.address, request(path=path, body=body), client)
            assert status_of(answer) == status


def test_a_certificate_of_another_authority_is_refused(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    authority: Authority,
    server_side: ssl.SSLContext,
) -> None:
    """Whatever name is in it: there is no answer at all."""
    forger = Authority(tmp_path_factory.mktemp("forger"))
    client = client_side(authority, forger, "prod-sender")
    with receiver(tmp_path, *ROUTES, patience_seconds=0, tls=server_side) as (running, _):
        try:
            answer = exchange(running.address, request(path="/named"), client)
        except ssl.SSLError:
            answer = b""
        assert status_of(answer) == 0
        good = client_side(authority, authority, "prod-sender")
        assert status_of(exchange(running.address, request(path="/named"), good)) == 200


def test_handshakes_that_do_not_go_on_keep_nobody_waiting(
    tmp_path: Path, authority: Authority, server_side: ssl.SSLContext
) -> None:
    """And end with the deadline of a request."""
    client = client_side(authority, None)
    limits = Limits(request_seconds=2)
    with receiver(tmp_path, *ROUTES, patience_seconds=0, tls=server_side, limits=limits) as (
        running,
        _,
    ):
        silent = [connected(running.address) for _ in range(20)]
        for one in silent[10:]:
            one.sendall(b"\x16\x03\x01\x02\x00\x01\x00")  # the beginning of a greeting
        assert status_of(exchange(running.address, request(path="/open"), client)) == 200
        for one in silent:
            assert one.recv(100) == b""
            one.close()
        plain = exchange(running.address, request(path="/open"))
        assert status_of(plain) == 0

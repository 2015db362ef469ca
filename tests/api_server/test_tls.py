"""The test double speaks TLS with certificates of its own."""

from __future__ import annotations

import ssl
from contextlib import closing
from http.client import HTTPSConnection
from typing import TYPE_CHECKING

import pytest

from tests.api_server.client import CORE
from tests.api_server.server import FakeApiServer
from tests.api_server.tls import Authority

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api_server.tls import Certificate


def status(server: FakeApiServer, ca: Path) -> int:
    """Return what a client says that trusts this authority alone."""
    context = ssl.create_default_context(cafile=str(ca))
    address = server.url.removeprefix("https://")
    with closing(HTTPSConnection(address, context=context, timeout=10)) as connection:
        connection.request("GET", CORE)
        with connection.getresponse() as answer:
            answer.read()
            return answer.status


def problem(certificate: Certificate, ca: Path) -> str:
    """Return why a client does not trust a server."""
    with FakeApiServer(tls=certificate) as server:
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            status(server, ca)
        assert server.requests == []
    return str(caught.value)


def test_a_client_that_trusts_the_authority_is_answered(authority: Authority) -> None:
    """The kubeconfig names the authority."""
    certificate = authority.certificate()
    with FakeApiServer(tls=certificate) as server:
        assert status(server, certificate.ca) == 200
        assert server.kubeconfig(certificate.ca.parent).read_text().count("certificate-auth") == 1


def test_an_expired_certificate_is_refused(authority: Authority) -> None:
    """It is the date that is wrong."""
    assert "expired" in problem(authority.expired(), authority.ca)


def test_a_certificate_of_another_host_is_refused(authority: Authority) -> None:
    """It is the name that is wrong."""
    certificate = authority.certificate("other", alternative="DNS:elsewhere.example")
    assert "not valid for '127.0.0.1'" in problem(certificate, authority.ca)


def test_another_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    """It is the signature that is wrong, though the authority has another name too."""
    other = Authority(tmp_path, "another authority")
    assert "unable to get local issuer" in problem(authority.certificate(), other.ca)

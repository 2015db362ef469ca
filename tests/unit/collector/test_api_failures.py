"""What a failed request means."""

from __future__ import annotations

import json
import ssl

import pytest
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    LocationParseError,
    ProtocolError,
    ProxyError,
    SSLError,
)
from urllib3.util.ssl_match_hostname import CertificateError

from collector.api_failures import failed, refused
from collector.errors import ApiCause

SERVER = "the API server https://lab:6443"


def status(message: str = "", **over: object) -> bytes:
    """Return a Status as an API server writes it."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "message": message, **over}
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("code", "cause", "is_permanent"),
    [
        (302, "malformed", False),
        (400, "bad_request", True),
        (401, "unauthorized", True),
        (403, "forbidden", True),
        (404, "not_found", True),
        (410, "gone", False),
        (422, "bad_request", True),
        (429, "throttled", False),
        (500, "server_error", False),
        (503, "unavailable", False),
        (504, "unavailable", False),
    ],
)
def test_status_codes(code: int, cause: ApiCause, is_permanent: bool) -> None:
    """Each code has its cause, and waiting helps against some of them only."""
    error = refused(SERVER, code, {}, status("why"))
    assert (error.cause, error.is_permanent) == (cause, is_permanent)
    assert SERVER in str(error)


def test_future_version() -> None:
    """A version that the server has not reached is told from a timeout by the Status's cause."""
    details = {"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large"}]}
    error = refused(SERVER, 504, {}, status("Timeout: Too large", details=details))
    assert error.cause == "future"


def test_expired_continue_carries_a_fresh_one() -> None:
    """A LIST that took too long can go on with the token of the refusal."""
    error = refused(SERVER, 410, {}, status(metadata={"continue": "fresh"}))
    assert (error.cause, error.continue_token) == ("gone", "fresh")


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [
        ({"Retry-After": "7"}, None, 7.0),
        ({}, {"retryAfterSeconds": 3}, 3.0),
        ({"Retry-After": "99999"}, None, 300.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None, None),
        ({"Retry-After": "-1"}, None, None),
        ({"Retry-After": "nan"}, None, None),
        ({}, None, None),
    ],
)
def test_retry_after(
    headers: dict[str, str], details: dict[str, int] | None, seconds: float | None
) -> None:
    """The header counts, else the Status; nonsense is none, and nobody waits for hours."""
    error = refused(SERVER, 429, headers, status("busy", details=details))
    assert error.retry_after_seconds == seconds


@pytest.mark.parametrize("body", [b"", b"<h1>no</h1>", b"[1]", b"null", b'{"details": 3}', b"\xff"])
def test_body_that_is_no_status(body: bytes) -> None:
    """Proxies answer what they like."""
    assert refused(SERVER, 502, {}, body).cause == "unavailable"


def test_foreign_text_is_inert() -> None:
    """The message of a server is one short line without secrets."""
    error = refused(SERVER, 500, {}, status("a\n\x1b[31mpassword=hunter2hunter2 " + "x" * 5000))
    assert "hunter2" not in str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 400


def test_rule_of_a_refusal() -> None:
    """Only a missing right brings the rule, made from what the server says."""
    assert refused(SERVER, 403, {}, status("User x"), lambda text: f"rule for {text}").rule == (
        "rule for User x"
    )
    assert refused(SERVER, 401, {}, status("User x"), lambda text: f"rule for {text}").rule == ""


@pytest.mark.parametrize(
    ("error", "cause", "is_permanent", "words"),
    [
        (ProxyError("no", OSError("407")), "unreachable", False, "HTTPS_PROXY"),
        (ProtocolError("aborted", ConnectionResetError()), "cut", False, "was cut"),
        (SSLError(ssl.SSLEOFError(8, "EOF")), "cut", False, "was cut"),
        (SSLError(CertificateError("a name of its own")), "tls", True, "another name"),
        (DecodeError("gzip"), "malformed", False, "unpacked"),
        (LocationParseError("x"), "unreachable", True, "server in the kubeconfig"),
        (HTTPError("?"), "cut", False, "was cut"),
        (RuntimeError("?"), "cut", False, "RuntimeError"),
    ],
)
def test_exceptions(error: Exception, cause: ApiCause, is_permanent: bool, words: str) -> None:
    """Exceptions are told apart by their class."""
    meant = failed(SERVER, error, 10.0)
    assert (meant.cause, meant.is_permanent) == (cause, is_permanent)
    assert words in str(meant)


@pytest.mark.parametrize(
    ("code", "is_permanent", "words"),
    [
        (9, False, "not valid yet"),
        (10, True, "has expired"),
        (18, True, "not signed by a CA"),
        (20, True, "not signed by a CA"),
        (62, True, "another name"),
        (64, True, "another name"),
        (23, True, "code 23"),
    ],
)
def test_certificates(code: int, is_permanent: bool, words: str) -> None:
    """OpenSSL's code tells what is wrong with a certificate."""
    inner = ssl.SSLCertVerificationError(1, "certificate verify failed")
    inner.verify_code = code
    meant = failed(SERVER, SSLError(inner), 10.0)
    assert (meant.cause, meant.is_permanent) == ("tls", is_permanent)
    assert words in str(meant)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("WRONG_VERSION_NUMBER", "does not speak TLS"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "refuses the client certificate"),
        ("NO_CERTIFICATE_OR_CRL_FOUND", "NO_CERTIFICATE_OR_CRL_FOUND"),
    ],
)
def test_handshakes(reason: str, words: str) -> None:
    """OpenSSL's reason tells why a handshake failed."""
    inner = ssl.SSLError(1, "text")
    inner.reason = reason
    assert words in str(failed(SERVER, SSLError(inner), 10.0))

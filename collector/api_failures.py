"""What a failed request means, in one sentence, and whether waiting helps."""

from __future__ import annotations

import math
import socket
import ssl
from collections.abc import Callable, Mapping

import msgspec
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from collector import redaction
from collector.errors import ApiCause, ApiError

SHOWN_CHARACTERS = 256
LONGEST_RETRY_SECONDS = 300.0

_NOT_YET_VALID = 9
_EXPIRED = 10
_OTHER_HOST = frozenset({62, 64})  # by name, by address
_STRANGER = frozenset({18, 19, 20, 21})  # signed by nobody we know


class _Cause(msgspec.Struct):
    reason: str = ""


class _Details(msgspec.Struct):
    causes: list[_Cause] = []
    retry_after: float = msgspec.field(default=0.0, name="retryAfterSeconds")


class _Metadata(msgspec.Struct):
    continue_token: str = msgspec.field(default="", name="continue")


class _Status(msgspec.Struct):
    """The part of ``metav1.Status`` that decides."""

    message: str = ""
    details: _Details | None = None
    metadata: _Metadata | None = None


_STATUS = msgspec.json.Decoder(_Status)
_CAUSES: dict[int, ApiCause] = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    410: "gone",
    429: "throttled",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
}
_PERMANENT = frozenset({"unauthorized", "forbidden", "not_found", "bad_request"})


def refused(
    server: str,
    code: int,
    headers: Mapping[str, str],
    body: bytes,
    rule: Callable[[str], str] | None = None,
) -> ApiError:
    """Return what an answer other than 200 means; *rule* makes the RBAC rule from a refusal."""
    status = _status(body)
    cause = _cause(code, status)
    said = shown(status.message)
    return ApiError(
        _sentence(server, code, cause, said),
        cause=cause,
        is_permanent=cause in _PERMANENT,
        retry_after_seconds=_retry_after(headers, status),
        continue_token=status.metadata.continue_token if status.metadata else "",
        rule=rule(status.message) if rule and cause == "forbidden" else "",
    )


def shown(text: str) -> str:
    """Return foreign text as part of a sentence: one line, short, without secrets."""
    line = " ".join(redaction.clean(text[: 4 * SHOWN_CHARACTERS]).split())
    return "".join(filter(str.isprintable, line))[:SHOWN_CHARACTERS]


def _status(body: bytes) -> _Status:
    try:
        return _STATUS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Status(message=body.decode(errors="replace"))


def _cause(code: int, status: _Status) -> ApiCause:
    reasons = [cause.reason for cause in status.details.causes] if status.details else []
    if code == 504 and "ResourceVersionTooLarge" in reasons:
        return "future"
    if code in _CAUSES:
        return _CAUSES[code]
    if 300 <= code < 400:
        return "malformed"
    return "bad_request" if code < 500 else "server_error"


def _sentence(server: str, code: int, cause: ApiCause, said: str) -> str:
    tail = f": {said}" if said else ""
    match cause:
        case "unauthorized":
            return f"{server} does not accept the credentials (401): log in again or renew them"
        case "forbidden":
            return f"{server} does not allow it (403){tail}"
        case "not_found":
            return f"{server} has no such thing (404): is it the address of an API server?{tail}"
        case "gone":
            return f"{server} no longer has this version (410): a new LIST is due"
        case "future":
            return f"{server} is behind the version asked for: was a backup restored?"
        case "throttled":
            return f"{server} asks for patience (429){tail}"
        case "malformed":
            return f"{server} answers with a redirect ({code}): name the API server itself"
        case _:
            return f"{server} answers {code}{tail}"


def _retry_after(headers: Mapping[str, str], status: _Status) -> float | None:
    given: str | float = headers.get("Retry-After") or (
        status.details.retry_after if status.details else 0.0
    )
    try:
        seconds = float(given)
    except ValueError:  # a date, which no API server sends
        return None
    if not math.isfinite(seconds) or seconds <= 0:
        return None
    return min(seconds, LONGEST_RETRY_SECONDS)


def failed(server: str, error: Exception, connect_timeout_seconds: float) -> ApiError:
    """Return what an exception of the transport means."""
    if isinstance(error, ProxyError):
        return ApiError(
            f"the proxy before {server} does not let through:"
            " check HTTPS_PROXY, NO_PROXY and the kubeconfig's proxy-url",
            cause="unreachable",
        )
    if isinstance(error, SSLError):
        return _tls(server, error.args[0] if error.args else error)
    if isinstance(error, ConnectTimeoutError):  # and NewConnectionError, which descends from it
        return _unreachable(server, error, connect_timeout_seconds)
    if isinstance(error, ReadTimeoutError | TimeoutError):
        return ApiError(f"{server} has been silent for too long", cause="deadline")
    if isinstance(error, LocationValueError):
        return ApiError(
            f"{server} is no address: correct server in the kubeconfig",
            cause="unreachable",
            is_permanent=True,
        )
    if isinstance(error, DecodeError):
        return ApiError(f"{server} sends what cannot be unpacked", cause="malformed")
    if isinstance(error, HTTPError | OSError):
        return ApiError(f"the connection to {server} was cut", cause="cut")
    return ApiError(f"the request to {server} failed: {type(error).__name__}", cause="cut")


def _unreachable(server: str, error: ConnectTimeoutError, timeout_seconds: float) -> ApiError:
    inner = error.__cause__
    if isinstance(error, NameResolutionError) or isinstance(inner, socket.gaierror):
        reason = "its name cannot be resolved: check server in the kubeconfig, and the DNS"
    elif isinstance(inner, ConnectionRefusedError):
        reason = "the connection is refused: is the API server running, and the port right?"
    elif isinstance(error, NewConnectionError):
        told = inner.strerror if isinstance(inner, OSError) and inner.strerror else "no connection"
        reason = f"{told}: check the network, the VPN and the firewall"
    else:
        reason = (
            f"no connection within {timeout_seconds:g} s: check the network, the VPN,"
            " the firewall, and whether a proxy is needed"
        )
    return ApiError(f"cannot reach {server}: {reason}", cause="unreachable")


def _tls(server: str, error: object) -> ApiError:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return ApiError(f"the connection to {server} was cut", cause="cut")
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        is_permanent = code != _NOT_YET_VALID
        return ApiError(_certificate(server, code), cause="tls", is_permanent=is_permanent)
    if isinstance(error, ssl.SSLError):
        return ApiError(_handshake(server, error.reason or ""), cause="tls", is_permanent=True)
    # urllib3's own comparison of names, where the kubeconfig sets one
    return ApiError(_certificate(server, 62), cause="tls", is_permanent=True)


def _certificate(server: str, code: int) -> str:
    if code == _EXPIRED:
        return f"the certificate of {server} has expired: renew it, and check this clock"
    if code == _NOT_YET_VALID:
        return f"the certificate of {server} is not valid yet: check the clocks"
    if code in _OTHER_HOST:
        return (
            f"the certificate of {server} is for another name: put a name that it holds"
            " into server or tls-server-name of the kubeconfig"
        )
    if code in _STRANGER:
        return (
            f"the certificate of {server} is not signed by a CA that is trusted here:"
            " check certificate-authority in the kubeconfig"
        )
    return f"the certificate of {server} cannot be verified (OpenSSL's code {code})"


def _handshake(server: str, reason: str) -> str:
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return f"{server} does not speak TLS: is the port right, or should it be http://?"
    if "ALERT" in reason:
        return f"{server} refuses the client certificate ({reason}): renew it"
    return f"TLS with {server} fails ({reason or 'no reason given'}): check the certificate files"

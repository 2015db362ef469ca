"""One HTTP request to a chat: no redirects, no surprises in the address, every wait bounded."""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from urllib3.util import Url, parse_url

from analytics.inert import printable
from reports.channels.conclusion import Conclusion
from reports.json_document import json_text
from reports.wire import Cutter, Place, RefusedPlaceError, open_wire

MOST_ANSWER_BYTES = 64 * 1024

_PORTS = {"https": 443, "http": 80}
# what a preview shows of headers; any other value may be a secret
_SHOWN_HEADERS = frozenset({"content-type", "accept", "webhook-id", "webhook-timestamp"})
_MASK = "***"
_SECRET_KEYS = frozenset({"sign", "signature", "secret", "token", "access_token", "corpsecret"})
_LONGEST_WORD = 1000  # in a preview: longer ones are pictures in base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What goes over the wire. Its repr shows no address and no header: both may be secrets."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: str  # at most 64 KiB of it


def post(
    request: Request,
    *,
    timeout_seconds: float,
    allow_http: bool = False,
    allow_private: bool = False,
) -> Answer | Conclusion:
    """Send *request* once.

    Parameters
    ----------
    request
        Its URL may hold a name and a password, which become an ``authorization`` header.
    timeout_seconds
        From now to the end of the answer, however slowly it comes. [s]
    allow_http
        Take ``http://`` too.
    allow_private
        Take addresses that are not of the public internet; no proxy is used then.

    Returns
    -------
    Answer or Conclusion
        The whole answer, whatever its status, up to 64 KiB of it; or what is to be concluded from
        there being none. "not sent" where the connection was never made, "refused" where it must
        not be or its certificate does not hold, and for redirects; "unclear" where the request was
        on its way.

    Notes
    -----
    The host is resolved once and that address is connected to, so that it cannot change between
    the check and the connection; the certificate is checked against the name. Redirects are not
    followed. A proxy that ``HTTPS_PROXY`` names (and ``NO_PROXY`` does not except) is asked for a
    tunnel to public names; it is the proxy then that resolves them.
    """
    try:
        url, place = _parsed(request.url, allow_http=allow_http, allow_private=allow_private)
    except RefusedPlaceError as error:
        return Conclusion(state="refused", reason=str(error), hint=error.hint)
    due = time.monotonic() + timeout_seconds
    with ExitStack() as stack:
        cutter = stack.enter_context(closing(Cutter(due)))
        try:
            wire = stack.enter_context(open_wire(place, cutter))
        except RefusedPlaceError as error:
            return Conclusion(state="refused", reason=str(error), hint=error.hint)
        except ssl.SSLCertVerificationError as error:
            return _untrusted(place, error)
        except (OSError, http.client.HTTPException) as error:
            why = "no answer in time" if cutter.has_cut else _words(error)
            return Conclusion(state="not sent", reason=f"no connection to {place}: {why}")
        return _exchange(request, url, place, wire, cutter)


def masked(request: Request) -> str:
    """Return *request* to be read: where it goes without what is secret of it, headers, body.

    Returns
    -------
    str
        Lines: method and address with ``/…`` for the path; headers with ``***`` for every value
        that may be a secret; an empty line; the body, spread out where it is JSON, with ``***``
        for signatures and tokens in it.
    """
    try:
        url = parse_url(request.url)
        place = f"{url.scheme}://{url.netloc}/…" if url.scheme and url.host else _MASK
    except ValueError:
        place = _MASK
    lines = [f"{request.method} {printable(place)}"]
    for name, value in request.headers.items():
        shown = printable(value) if name.lower() in _SHOWN_HEADERS else _MASK
        lines.append(f"{printable(name)}: {shown}")
    return "\n".join([*lines, "", _readable(request.body)])


def _parsed(address: str, *, allow_http: bool, allow_private: bool) -> tuple[Url, Place]:
    try:
        url = parse_url(address.strip())
        host = (url.host or "").strip("[]")
        host.encode("ascii")
    except ValueError:
        url, host = Url(), ""
    if url.scheme not in _PORTS or not host:
        raise RefusedPlaceError(
            "the url of the channel is none", "write it as the service shows it, with https://"
        )
    if url.scheme == "http" and not allow_http:
        raise RefusedPlaceError(
            "the url of the channel begins with http://, which anybody on the way can read",
            "use https://, or set allow_http: true",
        )
    port = url.port if url.port is not None else _PORTS[url.scheme]
    return url, Place(scheme=url.scheme, host=host, port=port, allow_private=allow_private)


def _exchange(
    request: Request, url: Url, place: Place, wire: socket.socket, cutter: Cutter
) -> Answer | Conclusion:
    """Ask and read; once the request is begun, a fault leaves open what became of it."""
    connection = http.client.HTTPConnection(place.host, place.port)
    connection.sock = wire
    connection.response_class = _Response
    try:
        _ask(connection, request, url)
        with closing(connection.getresponse()) as response:
            assert isinstance(response, _Response)  # noqa: S101 - the class is set above
            if 300 <= response.status < 400:
                return Conclusion(
                    state="refused",
                    reason=f"{place} answered with a redirect, which is not followed",
                    code=str(response.status),
                    hint="put the address that it leads to into url, if that is meant",
                )
            body = response.read(MOST_ANSWER_BYTES + 1)
            is_short = len(body) <= MOST_ANSWER_BYTES and bool(response.length)
            if not (is_short or response.is_cut or cutter.has_cut or response.status < 200):
                return Answer(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.getheaders()},
                    body=body[:MOST_ANSWER_BYTES].decode("utf-8", "replace"),
                )
        why = "the answer ended early"
    except RefusedPlaceError as error:
        return Conclusion(state="refused", reason=str(error), hint=error.hint)
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = _words(error)
    finally:
        connection.close()
    if cutter.has_cut:
        why = "no whole answer in time"
    return Conclusion(
        state="unclear",
        reason=f"{place} was sent the message, and whether it took it is not known: {why}",
        hint="look into the chat",
    )


class _Lines(io.BufferedReader):
    """What comes over a socket; it notices where it ends instead of a line."""

    is_cut = False

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self.is_cut = self.is_cut or not line
        return line


class _Response(http.client.HTTPResponse):
    """An answer that tells whether its head was cut, which http.client takes for a whole one."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._lines = _Lines(self.fp.detach())
        self.fp = self._lines

    @property
    def is_cut(self) -> bool:
        return self._lines.is_cut


def _ask(connection: http.client.HTTPConnection, request: Request, url: Url) -> None:
    """Write the request; RefusedPlaceError where nothing can be written of it."""
    headers = {"user-agent": "kubedigest", "connection": "close", **_login(url)}
    headers |= {name.lower(): value for name, value in request.headers.items()}
    with suppress(BrokenPipeError):  # it has heard enough, and says why in its answer
        try:
            connection.request(request.method, url.request_uri, body=request.body, headers=headers)
        except ValueError:  # before the first byte; its text and its cause hold the header
            raise RefusedPlaceError(
                "a header holds a character that HTTP has no room for",
                "look at the headers and the secret of the channel",
            ) from None


def _login(url: Url) -> dict[str, str]:
    if url.auth is None:
        return {}
    name, _, password = url.auth.partition(":")
    both = f"{unquote(name)}:{unquote(password)}"
    return {"authorization": f"Basic {b64encode(both.encode()).decode()}"}


def _untrusted(place: Place, error: ssl.SSLCertVerificationError) -> Conclusion:
    return Conclusion(
        state="refused",
        reason=f"the certificate of {place} does not hold: {printable(error.verify_message)}",
        hint="name the authority that signed it in the environment variable SSL_CERT_FILE",
    )


def _words(error: Exception) -> str:
    """Return what went wrong, without the text of the error: libraries put addresses into it."""
    if isinstance(error, socket.gaierror):
        return "its name was not found"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.RemoteDisconnected):
        return "it closed the connection without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer ended early"
    if isinstance(error, http.client.HTTPException):
        return "the answer is not HTTP"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({(error.reason or 'cut off').lower().replace('_', ' ')})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the connection broke"


def _readable(body: bytes) -> str:
    try:
        return json_text(_without_secrets(json.loads(body))).rstrip("\n")
    except (ValueError, RecursionError):
        pass
    try:
        return "\n".join(map(printable, body.decode("utf-8").split("\n")))
    except UnicodeDecodeError:
        return f"({len(body):,} bytes)"


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: _MASK if key in _SECRET_KEYS and inner else _without_secrets(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    if isinstance(value, str) and len(value) > _LONGEST_WORD and value.isascii():
        return value if " " in value else f"{value[:40]}… ({len(value):,} characters)"
    return value

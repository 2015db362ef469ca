"""One HTTP request to a chat: no redirects, no surprises in the address, every wait bounded."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from urllib3.exceptions import HTTPError
from urllib3.util import Url

from analytics.inert import printable
from reports.channels.conclusion import Conclusion
from reports.json_document import json_text
from reports.wire import Cutter, Place, RefusedPlaceError, parsed

if TYPE_CHECKING:
    from reports.http_session import Session

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
    from reports.http_session import Session  # with requests, which takes a while to import

    try:
        url, place = _place(request.url, allow_http=allow_http, allow_private=allow_private)
        with (
            closing(Cutter(timeout_seconds)) as cutter,
            Session(place, url.request_uri, cutter) as session,
        ):
            try:
                return _answer(session, request, url.auth, timeout_seconds)
            except (OSError, ValueError, http.client.HTTPException, HTTPError) as error:
                return _failed(session, error)
    except RefusedPlaceError as error:
        return Conclusion(state="refused", reason=str(error), hint=error.hint)


def masked(request: Request) -> str:
    """Return *request* to be read: where it goes without what is secret of it, headers, body.

    Returns
    -------
    str
        Lines: method and address with ``/…`` for the path; headers with ``***`` for every value
        that may be a secret; an empty line; the body, spread out where it is JSON, with ``***``
        for signatures and tokens in it.
    """
    url = parsed(request.url)
    place = f"{url.scheme}://{url.netloc}/…" if url.scheme and url.host else _MASK
    lines = [f"{request.method} {printable(place)}"]
    for name, value in request.headers.items():
        shown = printable(value) if name.lower() in _SHOWN_HEADERS else _MASK
        lines.append(f"{printable(name)}: {shown}")
    return "\n".join([*lines, "", _readable(request.body)])


def _place(address: str, *, allow_http: bool, allow_private: bool) -> tuple[Url, Place]:
    url = parsed(address)
    if url.scheme not in _PORTS or not url.host:
        raise RefusedPlaceError(
            "the url of the channel is none", "write it as the service shows it, with https://"
        )
    if url.scheme == "http" and not allow_http:
        raise RefusedPlaceError(
            "the url of the channel begins with http://, which anybody on the way can read",
            "use https://, or set allow_http: true",
        )
    port = url.port if url.port is not None else _PORTS[url.scheme]
    return url, Place(scheme=url.scheme, host=url.host, port=port, allow_private=allow_private)


def _answer(
    session: Session, request: Request, login: str | None, timeout_seconds: float
) -> Answer | Conclusion:
    headers = {"user-agent": "kubedigest", "connection": "close"}
    if login is not None:
        login = unquote(login if ":" in login else f"{login}:")
        headers["authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    headers |= {name.lower(): value for name, value in request.headers.items()}
    with session.request(
        request.method,
        f"{session.place.scheme}://{session.place.netloc}/",
        data=request.body,
        headers=headers,
        timeout=timeout_seconds,
        allow_redirects=False,
    ) as response:
        if 300 <= response.status_code < 400:
            return Conclusion(
                state="refused",
                reason=f"{session.place} answered with a redirect, which is not followed",
                code=str(response.status_code),
                hint="put the address that it leads to into url, if that is meant",
            )
        body = b""
        # more than once: where it ends early, that is told by the next reading
        while piece := response.raw.read(MOST_ANSWER_BYTES + 1 - len(body), decode_content=False):
            body += piece
        if session.cutter.has_cut or response.status_code < 200:
            raise http.client.IncompleteRead(b"")
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body[:MOST_ANSWER_BYTES].decode("utf-8", "replace"),
        )


def _failed(session: Session, error: Exception) -> Conclusion:
    """Return what is known where there is no answer: once the request is begun, next to nothing."""
    place = session.place
    first = TimeoutError() if session.cutter.has_cut else _first(error)
    why = _words(first)
    if session.has_begun:
        why = "no whole answer in time" if isinstance(first, TimeoutError) else why
        return Conclusion(
            state="unclear",
            reason=f"{place} was sent the message, and whether it took it is not known: {why}",
            hint="look into the chat",
        )
    if isinstance(first, ssl.SSLCertVerificationError):
        return Conclusion(
            state="refused",
            reason=f"the certificate of {place} does not hold: {printable(first.verify_message)}",
            hint="name the authority that signed it in the environment variable SSL_CERT_FILE",
        )
    if isinstance(error, ValueError):
        return Conclusion(
            state="refused",
            reason="the url or a header holds a character that HTTP has no room for",
            hint="look at the url, the headers and the secret of the channel",
        )
    return Conclusion(state="not sent", reason=f"no connection to {place}: {why}")


def _first(error: BaseException) -> BaseException:
    """Return the error that the libraries have wrapped, with addresses in what they say."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _words(error: BaseException) -> str:
    """Return what went wrong, without the text of the error."""
    if isinstance(error, socket.gaierror):
        return "its name was not found"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "it closed the connection before the end of its answer"
    if isinstance(error, (http.client.HTTPException, HTTPError)):
        return "the answer is not HTTP"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({(error.reason or 'cut off').lower().replace('_', ' ')})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    # http.client says what a proxy answered in no other way
    if status := re.match(r"Tunnel connection failed: (\d{3})\b", str(error)):
        return f"the proxy answered {status[1]}"
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

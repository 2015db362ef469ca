"""The session of requests that takes one message to a chat, over a connection of `reports.wire`.

requests and urllib3 write addresses into errors and logs. They are given none to write: they see
scheme, host and port; path and query are put in when the request is written.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import ssl
from functools import cache, partial
from ipaddress import ip_address
from typing import Any

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from reports.addresses import is_public
from reports.wire import Cutter, Place, RefusedPlaceError, connect, parsed, private


class Session(requests.Session):
    """Sends one request to *place*, and to nowhere else.

    Nothing of the environment matters but ``HTTPS_PROXY`` and ``NO_PROXY``, for public names.

    Raises
    ------
    RefusedPlaceError
        The proxy that is meant cannot be used, or must not be.
    """

    has_begun = False  # from here on the chat may have something of the request

    def __init__(self, place: Place, target: str, cutter: Cutter) -> None:
        super().__init__()
        self.place = place
        self.target = target  # path and query
        self.cutter = cutter
        self.trust_env = False
        self.stream = True
        self.headers.clear()
        if place.scheme == "https" and not place.allow_private:
            self.proxies.update(_proxies(place))
        self.mount(f"{place.scheme}://", _Adapter(self))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: to prepare a redirect, followed or not, all of the answer would be read."""


class _Adapter(HTTPAdapter):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        pool.ConnectionCls = partial(_Connection, self._session)
        if pool.scheme == "https":
            context = tls_context()
            pool.ConnectionCls = partial(_SecureConnection, self._session, ssl_context=context)
        return pool

    def cert_verify(self, *arguments: Any) -> None:
        """Leave the authorities to `tls_context`; that they are asked is the rule of the pool."""


class _Lines(io.BufferedReader):
    """The lines of an answer; where it ends instead of one, that is an error and no last line."""

    def readline(self, size: int | None = -1, /) -> bytes:
        if not (line := super().readline(size)):
            raise http.client.IncompleteRead(b"")
        return line


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = _Lines(self.fp.detach())

    def begin(self) -> None:
        super().begin()
        # what is no header, urllib3 would write into the log
        self.msg.defects.clear()
        self.msg.set_payload("")


class _Connection(HTTPConnection):
    """Connects to what was checked, and notes when the request begins to be written."""

    response_class = _Response

    def __init__(self, session: Session, /, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._session = session

    def _new_conn(self) -> socket.socket:
        place = self._session.place
        if self.proxy is not None:
            place = Place(scheme="http", host=self.host, port=self.port, allow_private=True)
        try:
            return connect(place, self._session.cutter)
        except OSError as error:  # as it is, urllib3 would take some for an early answer
            raise NewConnectionError(self, "no connection") from error

    def putrequest(self, method: str, url: str, *arguments: Any, **options: Any) -> None:
        super().putrequest(method, self._session.target, *arguments, **options)

    def endheaders(self, *arguments: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        self._session.has_begun = True
        super().endheaders(*arguments, **options)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


@cache
def tls_context() -> ssl.SSLContext:
    """Return what a server's certificate is checked with.

    The authorities are those of the machine and those of certifi, or the ones in the file or
    folder that ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name.
    """
    context = ssl.create_default_context()
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context


def _proxies(place: Place) -> dict[str, str]:
    """Return the proxy of the environment that is meant for *place*, as requests wants it."""
    address = f"https://{place.netloc}/"
    proxy = select_proxy(address, get_environ_proxies(address))
    if not proxy:
        return {}
    url = parsed(proxy if "://" in proxy else f"http://{proxy}")
    if url.scheme != "http" or not url.host:
        raise RefusedPlaceError(
            "the proxy that HTTPS_PROXY names cannot be used",
            "it has to look like http://HOST:PORT",
        )
    # the rest is up to the proxy, which resolves the name
    name = place.host.lower().strip("[].")
    try:
        is_private = not is_public(str(ip_address(name)))
    except ValueError:
        is_private = name == "localhost" or name.endswith(".localhost")
    if is_private:
        raise private(place)
    return {"https": url.url}

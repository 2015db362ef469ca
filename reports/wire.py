"""A connection to a chat: to an address that was checked, and for no longer than allowed."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.parse import unquote

from urllib3.util import parse_url

from reports.addresses import is_public, resolve

CONNECT_SECONDS = 10.0  # for each address

_LONGEST_TUNNEL_ANSWER = 16_384
_PRIVATE_HINT = "set allow_private: true, if it is meant"


class RefusedPlaceError(Exception):
    """Nothing is to be sent there; `hint` says what a person can do about it."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request goes, without what is secret of the address."""

    scheme: str
    host: str  # without the brackets of IPv6
    port: int
    allow_private: bool

    @property
    def netloc(self) -> str:
        """Host and port, as CONNECT has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        usual = {"https": 443, "http": 80}[self.scheme]
        return self.netloc.removesuffix(f":{usual}")


class Cutter:
    """Ends a connection when its time is up, whatever it is busy with.

    A limit for each read does not bound a server that sends a byte now and then. Shutting the
    socket down from another thread does, also in the middle of TLS.

    Parameters
    ----------
    due
        When, by ``time.monotonic``. [s]
    """

    def __init__(self, due: float) -> None:
        self._due = due
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._has_cut = False
        self._timer = threading.Timer(max(0.0, self.left_seconds), self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def left_seconds(self) -> float:
        """How much time is left; not positive where there is none."""
        return self._due - time.monotonic()

    @property
    def has_cut(self) -> bool:
        """Tell whether the time was up."""
        with self._lock:
            return self._has_cut

    def watch(self, connection: socket.socket) -> None:
        """Cut *connection* too."""
        with self._lock:
            if self._has_cut:
                raise TimeoutError
            self._sockets.append(connection.dup())  # the other one is closed when it likes

    def close(self) -> None:
        """Watch no more."""
        self._timer.cancel()
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets.clear()

    def _cut(self) -> None:
        with self._lock:
            self._has_cut = True
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


@contextmanager
def open_wire(place: Place, cutter: Cutter) -> Iterator[socket.socket]:
    """Yield a connection to *place*, with TLS where its scheme says so.

    Raises
    ------
    RefusedPlaceError
        It is of a private network, which is not allowed.
    OSError
        No connection was made, or TLS failed.
    """
    with ExitStack() as stack:
        proxy = None if place.allow_private else _proxy(place)
        if proxy is None:
            wire = _connect(place, cutter)
        else:
            _require_public_name(place)
            wire = _connect_through(proxy, place, cutter)
        stack.enter_context(wire)
        if place.scheme == "https":
            wire = tls_context().wrap_socket(wire, server_hostname=place.host.rstrip("."))
            stack.enter_context(wire)
        yield wire


@cache
def tls_context() -> ssl.SSLContext:
    """Return what a server's certificate is checked with.

    The authorities are those of the machine and those of certifi, or the ones in the file or
    folder that ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name.
    """
    from requests.utils import DEFAULT_CA_BUNDLE_PATH  # that of certifi

    context = ssl.create_default_context()
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context


def _connect(place: Place, cutter: Cutter) -> socket.socket:
    found = resolve(place.host, place.port, min(CONNECT_SECONDS, cutter.left_seconds))
    if not place.allow_private:
        found = [one for one in found if is_public(str(one[1][0]))]
        if not found:
            raise RefusedPlaceError(
                f"{place} is an address of this machine or of a private network", _PRIVATE_HINT
            )
    failed: OSError = TimeoutError()
    for family, address in found:
        left = min(CONNECT_SECONDS, cutter.left_seconds)
        if left <= 0:
            break
        wire = socket.socket(family, socket.SOCK_STREAM)
        try:
            wire.settimeout(left)
            wire.connect(address)
            cutter.watch(wire)
            wire.settimeout(max(0.001, cutter.left_seconds))
        except OSError as error:
            wire.close()
            failed = error
        else:
            return wire
    raise failed


def _proxy(place: Place) -> str | None:
    """Return the proxy of the environment that is meant for *place*."""
    if place.scheme != "https":
        return None
    from requests.utils import get_environ_proxies, select_proxy  # which takes a while to import

    address = f"https://{place.netloc}/"
    found: str | None = select_proxy(address, get_environ_proxies(address))
    return found or None


def _require_public_name(place: Place) -> None:
    """Refuse what is private by its spelling; the rest is up to the proxy, which resolves it."""
    name = place.host.lower().rstrip(".")
    try:
        is_private = not is_public(str(ip_address(name)))
    except ValueError:
        is_private = name == "localhost" or name.endswith(".localhost")
    if is_private:
        raise RefusedPlaceError(
            f"{place} is an address of this machine or of a private network", _PRIVATE_HINT
        )


def _connect_through(proxy: str, place: Place, cutter: Cutter) -> socket.socket:
    """Return a tunnel to *place*."""
    try:
        url = parse_url(proxy if "://" in proxy else f"http://{proxy}")
    except ValueError:
        url = parse_url("")
    if url.scheme != "http" or not url.host:
        raise RefusedPlaceError(
            "the proxy that HTTPS_PROXY names cannot be used",
            "it has to look like http://HOST:PORT",
        )
    way = Place(scheme="http", host=url.host.strip("[]"), port=url.port or 80, allow_private=True)
    wire = _connect(way, cutter)
    try:
        lines = [f"CONNECT {place.netloc} HTTP/1.1", f"Host: {place.netloc}"]
        if url.auth is not None:
            login = b64encode(unquote(url.auth).encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {login}")
        wire.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        status = _tunnel_status(wire)
        if status != 200:
            raise ConnectionError(0, f"the proxy answered {status}")
    except OSError:
        wire.close()
        raise
    return wire


def _tunnel_status(wire: socket.socket) -> int:
    """Read the proxy's answer and not a byte more: what follows is the tunnel's."""
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        piece = wire.recv(1)
        if not piece or len(answer) > _LONGEST_TUNNEL_ANSWER:
            raise ConnectionError(0, "the proxy gave no answer")
        answer += piece
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0

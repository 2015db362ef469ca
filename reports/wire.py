"""A connection to a chat: to an address that was checked, and for no longer than allowed."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from urllib3.util import Url, parse_url

from reports.addresses import is_public, resolve

CONNECT_SECONDS = 10.0  # for each address


class RefusedPlaceError(Exception):
    """Nothing is to be sent there; `hint` says what a person can do about it."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request goes, without what is secret of the address."""

    scheme: str
    host: str  # with the brackets of IPv6
    port: int
    allow_private: bool

    @property
    def netloc(self) -> str:
        """Host and port, as an address has them."""
        return f"{self.host}:{self.port}"

    def __str__(self) -> str:
        usual = {"https": 443, "http": 80}[self.scheme]
        return self.netloc.removesuffix(f":{usual}")


class Cutter:
    """Ends a connection when its time is up, whatever it is busy with.

    A limit for each read does not bound a server that sends a byte now and then. Shutting the
    socket down from another thread does, also in the middle of TLS.

    Parameters
    ----------
    seconds
        How long from now. [s]
    """

    has_cut = False

    def __init__(self, seconds: float) -> None:
        self._due = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def left_seconds(self) -> float:
        """How much time is left; not positive where there is none."""
        return self._due - time.monotonic()

    def watch(self, connection: socket.socket) -> None:
        """Cut *connection* too."""
        with self._lock:
            if self.has_cut:
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
            self.has_cut = True
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


def parsed(address: str) -> Url:
    """Return the parts of *address*, none where it is no address."""
    try:
        url = parse_url(address.strip())
        (url.host or "").encode("ascii")
    except ValueError:
        return Url()
    return url


def private(place: Place) -> RefusedPlaceError:
    """Return the error that says that *place* is not of the public internet."""
    return RefusedPlaceError(
        f"{place} is an address of this machine or of a private network",
        "set allow_private: true, if it is meant",
    )


def connect(place: Place, cutter: Cutter) -> socket.socket:
    """Return a connection to *place*, whose name is resolved once.

    Raises
    ------
    RefusedPlaceError
        It is of a private network, which is not allowed.
    OSError
        No connection was made.
    """
    host = place.host.strip("[]")
    found = resolve(host, place.port, min(CONNECT_SECONDS, cutter.left_seconds))
    if not place.allow_private:
        found = [one for one in found if is_public(str(one[1][0]))]
        if not found:
            raise private(place)
    failed: OSError = TimeoutError()
    for family, address in found:
        wire = socket.socket(family, socket.SOCK_STREAM)
        try:
            wire.settimeout(max(0.001, min(CONNECT_SECONDS, cutter.left_seconds)))
            wire.connect(address)
            cutter.watch(wire)
            wire.settimeout(max(0.001, cutter.left_seconds))
        except OSError as error:
            wire.close()
            failed = error
        else:
            return wire
    raise failed

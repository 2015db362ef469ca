"""One connection of a client: requests in, bytes out, and every way to end it."""

from __future__ import annotations

import fcntl
import http.client
import io
import select
import socket
import ssl
import struct
import termios
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import threading

Order = Literal["serve", "finish", "reset"]

TICK_SECONDS = 0.05  # how soon a waiting thread notices that the server stops
_FINISH_SECONDS = 2.0
_HANDSHAKE_SECONDS = 10.0
_LONGEST_HEAD_BYTES = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class EndedError(Exception):
    """The client has gone, or the server does not want to go on."""


class Request(NamedTuple):
    """One request as it came."""

    time: float  # of time.monotonic()
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case


class Connection:
    """A socket whose every wait ends when the server says so."""

    def __init__(self, sock: socket.socket, running: threading.Event) -> None:
        self.order: Order = "serve"  # set by the server's owner
        self._sock = sock
        self._running = running
        self._received = b""
        self._finish_by: float | None = None
        sock.settimeout(TICK_SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._sock = context.wrap_socket(
            self._sock, server_side=True, do_handshake_on_connect=False
        )
        deadline = time.monotonic() + _HANDSHAKE_SECONDS
        while time.monotonic() < deadline:
            self.check()
            try:
                return self._sock.do_handshake()
            except TimeoutError:
                continue
            except OSError as error:  # ssl.SSLError is one: the client does not trust us
                raise EndedError from error
        raise EndedError

    def request(self) -> Request:
        """Wait for a request."""
        while b"\r\n\r\n" not in self._received:
            if self.order != "serve" or len(self._received) > _LONGEST_HEAD_BYTES:
                raise EndedError
            self._received += self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        try:
            return _parsed(head)
        except ValueError as error:  # not HTTP
            raise EndedError from error

    def send(self, data: bytes) -> None:
        """Hand all of it to the kernel, waiting as long as the client is slow."""
        view = memoryview(data)
        while view:
            self.check()
            try:
                view = view[self._sock.send(view[:262_144]) :]
            except TimeoutError:
                continue
            except OSError as error:
                raise EndedError from error

    def check(self) -> None:
        """Wait while the server is paused; go no further when it ends or the client has gone."""
        while True:
            self._check_order()
            if self._running.wait(TICK_SECONDS):
                return
            self.check_client()

    def check_client(self) -> None:
        """Go no further when the client has gone."""
        poll = select.poll()
        poll.register(self._sock, select.POLLRDHUP)
        if poll.poll(0):
            raise EndedError

    def drain(self) -> None:
        """Wait until the client's kernel has everything, so that a reset takes none of it back."""
        deadline = time.monotonic() + _FINISH_SECONDS
        while time.monotonic() < deadline and self._unsent_bytes():
            time.sleep(0.001)

    def reset(self) -> None:
        """End it with a reset, as a killed server does."""
        with suppress(OSError):  # closed before
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._sock.close()

    def close(self) -> None:
        """End it in good order."""
        self._sock.close()

    def _receive(self) -> bytes:
        try:
            received = self._sock.recv(65_536)
        except TimeoutError:
            return b""
        except OSError as error:
            raise EndedError from error
        if not received:
            raise EndedError
        return received

    def _check_order(self) -> None:
        if self.order == "reset":
            raise EndedError
        if self.order == "finish":
            self._finish_by = self._finish_by or time.monotonic() + _FINISH_SECONDS
            if time.monotonic() > self._finish_by:
                raise EndedError

    def _unsent_bytes(self) -> int:
        answer = fcntl.ioctl(self._sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])


def _parsed(head: bytes) -> Request:
    line, _, rest = head.partition(b"\r\n")
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = http.client.parse_headers(io.BytesIO(rest + b"\r\n\r\n"))
    url = urlsplit(target)
    return Request(
        time=time.monotonic(),
        method=method,
        path=url.path,
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in headers.items()},
    )

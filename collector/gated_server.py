"""A waitress with deadlines, that decides by the head of a request before its body is read.

One thread polls all connections, so a slow client costs a connection and nothing else; where there
are too many, the one whose request has taken longest makes room.
"""

from __future__ import annotations

import errno
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

ADMISSION = "kubedigest.admission"  # key of the environ
RECEIVED_BYTES = 65_536  # at once; a record of TLS is shorter, so that none is left behind
IN_MEMORY_BYTES = 16_384  # of a body; what is longer waits in a temporary file
CLEANUP_SECONDS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request, and all connections, may take."""

    head_bytes: int = 16_384
    body_bytes: int = 1 << 20
    request_seconds: float = 15.0  # from the first byte of a head to the last one of the body
    idle_seconds: float = 120.0  # Go's clients give an idle connection up after 90
    connections: int = 2000
    threads: int = 32  # bodies that wait for one sync


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A request before its body."""

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)  # names as in CGI
    has_body: bool
    is_framed: bool | None  # whether it says where its body ends; None where it does twice
    peer: str
    certificate: Sequence[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that needs no body; it has the shape of waitress's own errors."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def to_response(self, _: object) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return what waitress sends."""
        return self.status, self.headers, self.body


class Gate(Protocol):
    """Who decides; called by the one thread that polls."""

    def admit(self, head: Head) -> object:
        """Return a `Refusal`, or what the application finds under `ADMISSION`."""
        ...

    def refuse_malformed(self, status: int, reason: str) -> Refusal:
        """Return the answer to what is no HTTP, or larger than allowed."""
        ...

    def cut(self) -> None:
        """Count a connection that was closed because its request took too long."""
        ...


class GatedServer:
    """A server in threads of its own on *listening*, until it is closed."""

    def __init__(
        self,
        application: WSGIApplication,
        gate: Gate,
        listening: socket.socket,
        *,
        limits: Limits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if tls is not None:
            listening = tls.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)
        self._sockets: dict[int, Any] = {}
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(limits.threads)
        self._server: Any = _Server(
            application,
            map=self._sockets,
            _sock=listening,
            dispatcher=dispatcher,
            adj=_adjustments(listening, limits),
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
            bind_socket=False,
        )
        self._server.gate = gate
        self._server.limits = limits
        self._thread = threading.Thread(target=self._server.run, name="receiver", daemon=True)
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._server.active_channels)

    @property
    def is_alive(self) -> bool:
        """Whether it still answers."""
        return self._thread.is_alive()

    def close(self, *, patience_seconds: float = 5.0) -> None:
        """Take no more connections, answer the requests that are complete, and end."""
        if not self._thread.is_alive():
            return
        deadline = time.monotonic() + patience_seconds
        # in the thread that polls: elsewhere a descriptor could be used again while it polls
        self._server.trigger.pull_trigger(self._server.stop_accepting)
        while self._server.is_busy and time.monotonic() < deadline:
            time.sleep(0.01)
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._sockets))
        self._thread.join()
        self._server.task_dispatcher.shutdown()


def _adjustments(listening: socket.socket, limits: Limits) -> Any:
    made: Any = Adjustments(
        sockets=[listening],
        threads=limits.threads,
        connection_limit=limits.connections + 100,  # never reached: the slowest makes room
        backlog=1024,
        channel_timeout=int(limits.idle_seconds),
        cleanup_interval=CLEANUP_SECONDS,
        recv_bytes=RECEIVED_BYTES,
        inbuf_overflow=IN_MEMORY_BYTES,
        max_request_header_size=limits.head_bytes,
        max_request_body_size=limits.body_bytes + 1,
        asyncore_use_poll=True,  # descriptors above 1,023 as well
        log_socket_errors=False,  # clients come and go
        ident="",
    )
    made.send_bytes = RECEIVED_BYTES  # the head and the body of an answer go together
    return made


class _Parser(HTTPRequestParser):
    """Asks the gate when the head is there; what comes after a refused head is not read."""

    admission: object = None
    error: Any
    path: str
    first_line: Any

    def __init__(self, adj: Any, *, channel: _Channel) -> None:
        super().__init__(adj)
        self._channel = channel
        self._is_known = False
        self._told_lengths = (False, False)
        self.began = time.monotonic()

    def received(self, data: bytes) -> int:
        consumed = super().received(data)
        if not self._is_known and (self.headers_finished or self.error) and not self.empty:
            self._is_known = True
            if self.error is None:
                self._ask()
        if self.error is None:
            return int(consumed)
        if not isinstance(self.error, Refusal):
            gate = self._channel.server.gate  # waitress would show what it did not understand
            self.error = gate.refuse_malformed(int(self.error.code), str(self.error.reason))
        self.completed = True
        self.expect_continue = False
        return len(data)

    def _ask(self) -> None:
        head = Head(
            method=str(self.command),
            path=self.path,
            headers=self.headers,
            has_body=self.chunked or self.content_length > 0,
            is_framed=self._is_framed(),
            peer=str(self._channel.addr[0]),
            certificate=self._channel.certificate,
        )
        answer = self._channel.server.gate.admit(head)
        if isinstance(answer, Refusal):
            self.error = answer
        else:
            self.admission = answer
        # they may hold secrets, and nobody needs them from here on
        self.path, self.query, self.request_uri, self.first_line = "/", "", "/", b""

    def _is_framed(self) -> bool | None:
        """Tell whether it is said where the body ends; None where that is said in two ways."""
        has_length, has_encoding = self._told_lengths
        if has_encoding and (has_length or not self.chunked):
            return None
        return has_length or has_encoding

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        names = {line.partition(b":")[0].lower() for line in header_plus.split(b"\r\n")[1:]}
        self._told_lengths = (b"content-length" in names, b"transfer-encoding" in names)


class _Task(WSGITask):
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        request: Any = self.request
        environ[ADMISSION] = request.admission
        return environ


class _Channel(HTTPChannel):
    """A connection; over TLS too, whose handshake is made by the first reads."""

    task_class = _Task
    server: _Server
    request: Any
    parser_class: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.parser_class = partial(_Parser, channel=self)
        self.began = time.monotonic()

    @property
    def waits_since(self) -> float | None:
        """Since when a request is awaited that has begun; None while there is none."""
        if self.requests:
            return None
        if self.request is not None:
            return float(self.request.began)
        return self.began if self.last_activity == self.creation_time else None

    @property
    def certificate(self) -> Sequence[str]:
        """The names in the client's certificate, which TLS has verified."""
        if not isinstance(self.socket, ssl.SSLSocket):
            return ()
        found: Any = self.socket.getpeercert() or {}
        common = [
            value
            for part in found.get("subject", ())
            for name, value in part
            if name == "commonName"
        ]
        return [*common, *(value for _, value in found.get("subjectAltName", ()))]

    def recv(self, size_bytes: int) -> bytes:
        """Return what has come, b"" where TLS has nothing yet."""
        try:
            return bytes(super().recv(size_bytes))
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b""

    def handle_read(self) -> None:
        """Take what has come; over TLS nothing is no end."""
        is_connected = self.connected
        super().handle_read()
        if is_connected and self.socket is not None:
            self.connected = True  # `recv` has closed it where it is at its end

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what fits."""
        try:
            return int(super().send(data, do_close=do_close))
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0


class _Server(TcpWSGIServer):
    channel_class = _Channel
    gate: Gate
    limits: Limits
    active_channels: Any
    socket: Any

    def handle_accept(self) -> None:
        """Take a connection; the slowest one makes room."""
        if len(self.active_channels) >= self.limits.connections:
            self._make_room()
        super().handle_accept()

    def accept(self) -> Any:
        """Return a connection, None where it was gone before TLS began."""
        try:
            return super().accept()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self._make_room()
                time.sleep(0.01)
            return None

    def maintenance(self, now: Any) -> None:
        """Close what takes too long."""
        super().maintenance(now)
        before = time.monotonic() - self.limits.request_seconds
        for channel in list(self.active_channels.values()):
            since = channel.waits_since
            if since is not None and since < before and not channel.will_close:
                self.gate.cut()
                channel.will_close = True  # waitress closes it where it looks at it next

    def stop_accepting(self) -> None:
        """Let nobody in any more."""
        self.accepting = False
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    @property
    def is_busy(self) -> bool:
        """Whether a complete request has no answer yet."""
        channels: Iterable[_Channel] = list(self.active_channels.values())
        return any(one.requests or one.total_outbufs_len for one in channels)

    def _make_room(self) -> None:
        channels = list(self.active_channels.values())
        waiting = [one for one in channels if not one.requests]
        if waiting:
            self.gate.cut()
            min(waiting, key=_age_key).handle_close()


def _age_key(channel: _Channel) -> tuple[bool, float]:
    """Order those whose request has begun, the slowest first, before those that are idle."""
    since = channel.waits_since
    return (since is None, since if since is not None else channel.last_activity)

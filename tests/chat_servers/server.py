"""A chat on a port of loopback, over HTTP or HTTPS, that behaves as it is told to."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.chat_servers.manners import Manner, http

TICK_SECONDS = 0.05
TOKEN = Manner(
    takes=False,
    answer=http(200, {"errcode": 0, "errmsg": "ok", "access_token": "t", "expires_in": 7200}),
)
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_ID = re.compile(rb"digest ([0-9a-z_-]+)|\"id\": ?\"([0-9a-z_-]+)\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One request that was read whole."""

    line: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    taken: bool


class ChatServer:
    """Listens on 127.0.0.1; `behave` tells for each request, by its number from 0, what to do."""

    def __init__(
        self,
        behave: Manner | Callable[[int], Manner],
        *,
        context: ssl.SSLContext | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        self.behave = behave
        self.connections = 0
        self.heard: list[Heard] = []
        self._asked = 0
        self._context = context
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listener = socket.create_server(
            (address, 0), backlog=512, family=socket.AF_INET6 if ":" in address else socket.AF_INET
        )
        self._listener.settimeout(TICK_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where it listens, with a path that is a secret."""
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self.port}/services/SECRET-PATH?key=SECRET-KEY"

    @property
    def taken(self) -> list[Heard]:
        """The messages that are in the chat."""
        return [one for one in self.heard if one.taken]

    @property
    def taken_by_id(self) -> Counter[str]:
        """How often each digest is in the chat."""
        return Counter(digest_id(one.body) for one in self.taken)

    def close(self) -> None:
        """End everything."""
        self._closed.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            client.settimeout(10)
            if self._context is None:
                self._answer(client)
                return
            with self._context.wrap_socket(client, server_side=True) as wrapped:
                self._answer(wrapped)

    def _answer(self, client: socket.socket) -> None:
        with self._lock:
            manner = self.behave if isinstance(self.behave, Manner) else self.behave(self._asked)
        if manner.reads:
            heard = _read(client, taken=manner.takes)
            if heard is None:
                return
            if heard.line.startswith(
                "GET "
            ):  # nothing but the token of an application is asked for
                self._write(client, TOKEN)
                return
            with self._lock:
                self.heard.append(heard)
        with self._lock:
            self._asked += 1
        with suppress(BrokenPipeError, ConnectionResetError):
            self._write(client, manner)
        if manner.ends == "hold":
            self._wait_for_end(client)
        if manner.ends == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def _write(self, client: socket.socket, manner: Manner) -> None:
        if not manner.drip_seconds:
            client.sendall(manner.answer)
            return
        for byte in manner.answer:
            if self._closed.is_set():
                return
            client.sendall(bytes([byte]))
            time.sleep(manner.drip_seconds)

    def _wait_for_end(self, client: socket.socket) -> None:
        client.settimeout(TICK_SECONDS)
        while not self._closed.is_set():
            with suppress(TimeoutError):
                if not client.recv(1):
                    return


def digest_id(body: bytes) -> str:
    """Return the id of the digest that a body speaks of, "" where it names none."""
    found = _ID.search(body)
    return (found[1] or found[2]).decode() if found else ""


def _read(client: socket.socket, *, taken: bool) -> Heard | None:
    """Return the request, or None where the client went away in the middle of it."""
    with client.makefile("rb") as stream:
        line = stream.readline().decode().rstrip()
        headers = {}
        while (header := stream.readline().decode().rstrip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        body = stream.read(length)
    if not line or len(body) < length:
        return None
    return Heard(line=line, headers=headers, body=body, taken=taken)

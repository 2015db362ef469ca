"""A proxy of TCP connections that delays, slows, cuts and silences what passes through it."""

from __future__ import annotations

import random
import select
import socket
import struct
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

TICK_SECONDS = 0.05
CHUNK_BYTES = 65_536
COMMIT = b"COMMIT\x00"  # as libpq sends it, at the end of a message
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class FaultProxy:
    """A port on 127.0.0.1 before a server; its faults may be changed while it runs."""

    def __init__(self, target: tuple[str, int] | Path, *, seed: int = 1) -> None:
        self.delay_seconds = 0.0  # of everything that passes
        self.bytes_per_second: int | None = None  # of the server's answers
        self.reset_probability = 0.0  # of each piece of an answer
        self.resets = 0
        self.commits_to_cut = 0
        self.commit_reaches_server = True
        self._target = target
        self._rng = random.Random(seed)
        self._cut_next: int | None = None
        self._lock = threading.Lock()
        self._era = 0  # connections of an earlier one are reset
        self._silent_era = -1  # connections up to this one are half open
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TICK_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut_next(self, after_bytes: int) -> None:
        """Let the next connection be reset after so many bytes of answers."""
        with self._lock:
            self._cut_next = after_bytes

    @property
    def has_cut(self) -> bool:
        """Tell whether the connection that was to be cut has come."""
        return self._cut_next is None

    def reset_all(self) -> None:
        """Reset every open connection."""
        with self._lock:
            self._era += 1

    def silence(self) -> None:
        """Let every open connection say nothing any more, to neither side, and stay open."""
        with self._lock:
            self._silent_era = self._era
            self._era += 1

    def close(self) -> None:
        """End all connections and the threads."""
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
                with self._lock:
                    cut_after, self._cut_next = self._cut_next, None
                    passing = _Passing(self, client, self._era, cut_after)
                thread = threading.Thread(target=passing.run)
                self._threads.append(thread)
                thread.start()

    def state_of(self, era: int) -> Literal["open", "silent", "reset"]:
        """Return what becomes of a connection."""
        if self._closed.is_set() or self._silent_era < era < self._era:
            return "reset"
        return "silent" if era <= self._silent_era else "open"

    def connect(self) -> socket.socket:
        """Connect to the server."""
        if isinstance(self._target, Path):
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._target))
            return server
        return socket.create_connection(self._target, timeout=5)

    def strikes(self) -> bool:
        """Tell whether a reset is due by chance."""
        with self._lock:
            return self._rng.random() < self.reset_probability

    def takes_commit(self) -> bool:
        """Tell whether this commit is one to cut."""
        with self._lock:
            self.commits_to_cut -= 1
            return self.commits_to_cut >= 0


class _ResetError(Exception):
    """The connection has to end."""


class _Passing:
    """One connection."""

    def __init__(
        self, proxy: FaultProxy, client: socket.socket, era: int, cut_after: int | None
    ) -> None:
        self._proxy = proxy
        self._client = client
        self._era = era
        self._left = cut_after

    def run(self) -> None:
        with ExitStack() as stack:
            stack.enter_context(self._client)
            with suppress(OSError, _ResetError):
                server = stack.enter_context(self._proxy.connect())
                while self._pass_on(server):
                    pass
                return
            with suppress(OSError):
                self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def _pass_on(self, server: socket.socket) -> bool:
        """Pass a piece on; False when one side has ended in good order."""
        state = self._proxy.state_of(self._era)
        if state == "reset":
            raise _ResetError
        if state == "silent":
            time.sleep(TICK_SECONDS)
            return True
        ready, _, _ = select.select([self._client, server], [], [], TICK_SECONDS)
        for side in ready:
            data = side.recv(self._piece_bytes())
            if not data:
                return False
            time.sleep(self._proxy.delay_seconds)
            if side is server:
                self._answer(data)
            else:
                self._ask(server, data)
        return True

    def _piece_bytes(self) -> int:
        rate = self._proxy.bytes_per_second
        return max(1, rate // 4) if rate else CHUNK_BYTES

    def _ask(self, server: socket.socket, data: bytes) -> None:
        is_cut = data.endswith(COMMIT) and self._proxy.takes_commit()
        if is_cut and not self._proxy.commit_reaches_server:
            raise _ResetError
        server.sendall(data)
        if is_cut:
            server.recv(CHUNK_BYTES)  # it has committed, and nobody hears of it
            raise _ResetError

    def _answer(self, data: bytes) -> None:
        if self._proxy.bytes_per_second:
            time.sleep(len(data) / self._proxy.bytes_per_second)
        if self._left is not None and len(data) >= self._left:
            self._client.sendall(data[: self._left])
            time.sleep(0.002)  # a reset would take back what is still on its way
            raise _ResetError
        self._client.sendall(data)
        if self._left is not None:
            self._left -= len(data)
        if self._proxy.strikes():
            self._proxy.resets += 1
            raise _ResetError

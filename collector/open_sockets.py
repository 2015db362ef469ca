"""The sockets of a pool of connections, so that another thread can end what waits on them."""

from __future__ import annotations

import socket
import threading
import weakref
from contextlib import suppress
from typing import Any

from urllib3 import PoolManager


class OpenSockets:
    """Knows a socket before a request is sent on it.

    A response gives its socket only when its first line has come, which may be never.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[Any] = weakref.WeakSet()
        self._are_shut = False

    def follow(self, manager: PoolManager) -> None:
        """Note each socket that *manager* opens from now on."""
        pools: dict[str, Any] = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {
            scheme: self._reporting(pool) for scheme, pool in pools.items()
        }

    def shut(self) -> None:
        """Wake everybody who reads or writes, now and in the future; closing is left to them."""
        with self._lock:
            self._are_shut = True
            for one in list(self._sockets):
                _shut(one)

    def _reporting(self, pool: Any) -> Any:
        note = self._note

        def connect(connection: Any) -> None:
            pool.ConnectionCls.connect(connection)
            note(connection.sock)

        connections = type("Connection", (pool.ConnectionCls,), {"connect": connect})
        return type(pool.__name__, (pool,), {"ConnectionCls": connections})

    def _note(self, new_socket: Any) -> None:
        with self._lock:
            self._sockets.add(new_socket)
            if self._are_shut:
                _shut(new_socket)


def _shut(open_socket: Any) -> None:
    inner = getattr(open_socket, "socket", open_socket)  # of TLS inside TLS
    with suppress(OSError):
        # not the TLS socket's own method: it would pull its state from under the reader
        socket.socket.shutdown(inner, socket.SHUT_RDWR)

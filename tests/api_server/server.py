"""A Kubernetes API server for tests: it answers for events as a real one (1.36) does.

Threads and sockets of this process only, on the loopback address::

    with FakeApiServer() as server:
        server.apply(pod_event(1))
        kubeconfig = server.kubeconfig(tmp_path)
        server.fail_next("cut", on="watch", after_bytes=700)
"""

from __future__ import annotations

import errno
import json
import socket
import threading
from collections import deque
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from tests.api_server import recordings, statuses
from tests.api_server.connection import Connection, EndedError, Request
from tests.api_server.event_log import EventLog
from tests.api_server.faults import Fault, FaultPlan
from tests.api_server.handler import handle
from tests.api_server.response import chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tests.api_server.connection import Order
    from tests.api_server.event_shapes import Json
    from tests.api_server.faults import Kind, On
    from tests.api_server.handler import Target
    from tests.api_server.tls import Certificate

_BLOCK_BYTES = 262_144
_JOIN_SECONDS = 10


class FakeApiServer:
    """The server; `log` is its store, and the attributes without a dash are free to be set."""

    def __init__(self, *, tls: Certificate | None = None, log: EventLog | None = None) -> None:
        self.log = log or EventLog()
        self.token: str | None = None  # any token is as good as none
        self.uid: str | None = "6d4b7f0e-4a2c-4f0e-9a65-0d5f3e1c7a10"  # of kube-system
        self.owners: dict[tuple[str, str, str], list[Json]] = {}  # (kind, namespace, name)
        self.watch_seconds = 1_800.0  # of a watch that names no timeoutSeconds
        self.requests: list[Request] = []
        self.faults = FaultPlan()
        self._tls = tls
        self._forbidden: list[tuple[str, str]] = []
        self._prepared: deque[list[bytes]] = deque()
        self._running = threading.Event()
        self._running.set()
        self._changed = threading.Condition()
        self._open_watches = 0
        self._connections: dict[Connection, threading.Thread] = {}
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._address = ("127.0.0.1", 0)
        self._context = tls.context() if tls else None

    # where it is, and how long

    @property
    def url(self) -> str:
        """Return its address; it stays the same over stops and starts."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._address[1]}"

    def kubeconfig(
        self,
        folder: Path,
        *,
        cluster: str = "lab",
        context: str = "lab",
        token: str | None = None,
        ca: Path | None = None,
    ) -> Path:
        """Write a kubeconfig of one context; the server's own CA and token are the defaults."""
        where: Json = {"server": self.url}
        ca = ca or (self._tls.ca if self._tls else None)
        if ca is not None:
            where["certificate-authority"] = str(ca)
        token = token or self.token
        user = {"token": token} if token else {}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": where}],
            "users": [{"name": context, "user": user}],
            "contexts": [{"name": context, "context": {"cluster": cluster, "user": context}}],
            "current-context": context,
        }
        path = folder / f"{context}.kubeconfig"
        path.write_text(json.dumps(content, indent=1))  # JSON is YAML
        return path

    def start(self) -> Self:
        """Listen, again on the same port where it has one."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self._address)
        listener.listen(128)
        self._address = listener.getsockname()
        self._listener = listener
        self._acceptor = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        self._acceptor.start()
        return self

    def stop(self) -> None:
        """Refuse new connections and end the open ones in good order."""
        self._end("finish")

    def kill(self) -> None:
        """Refuse new connections and reset the open ones."""
        self._end("reset")

    def reset_connections(self) -> None:
        """Reset the open connections and take new ones."""
        _join(self._order("reset"))

    def pause(self) -> None:
        """Answer nothing any more, and say nothing on open watches."""
        self._running.clear()

    def resume(self) -> None:
        """Go on where it was paused."""
        self._running.set()

    def close(self) -> None:
        """End everything, threads too."""
        self.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # what happens in the cluster

    @property
    def version(self) -> int:
        """Return the resource version of now."""
        return self.log.version

    def apply(self, event: Json) -> Json:
        """Create or replace an event of either shape; return it as stored in core/v1."""
        return self.log.apply([event])[0]

    def apply_all(self, events: Sequence[Json]) -> None:
        """Create or replace many events at once, a version each."""
        self.log.apply(events)

    def delete(self, namespace: str, name: str) -> None:
        """Delete an event."""
        self.log.delete(namespace, [name])

    def expire(self, namespace: str, names: Sequence[str]) -> None:
        """Let events expire with one lease: several DELETED frames with one version."""
        self.log.delete(namespace, names)

    def advance(self, versions: int = 1) -> None:
        """Let the version rise by what is written to other objects than events."""
        self.log.advance(versions)

    def compact(self) -> None:
        """Forget all versions before now: who resumes from one gets a 410."""
        self.log.compact()

    def restore(self, version: int) -> None:
        """Go back to an older version, as after a restored backup: open connections break."""
        self.log.restore(version)
        self.reset_connections()

    def replay(self, path: Path) -> int:
        """Apply a recording, or a file of watch frames; return how many frames it had."""
        return sum(1 for _ in recordings.replay(self.log, recordings.read(path)))

    def replay_steps(self, path: Path, frames: int) -> Iterator[int]:
        """Apply so many frames of a recording at each step; yield the version after it."""
        versions = recordings.replay(self.log, recordings.read(path))
        while step := list(islice(versions, frames)):
            yield step[-1]

    def serve_frames(self, frames: Sequence[bytes]) -> None:
        """Let the next watch be these lines, as fast as the socket takes them, then silence.

        Their versions are their own: the store knows nothing of them.
        """
        blocks, waiting, size = [], [], 0
        for frame in frames:
            waiting.append(chunk(frame if frame.endswith(b"\n") else frame + b"\n"))
            size += len(waiting[-1])
            if size >= _BLOCK_BYTES:
                blocks.append(b"".join(waiting))
                waiting, size = [], 0
        self._prepared.append([*blocks, b"".join(waiting)] if waiting else blocks)

    # who may do what, and what goes wrong

    def forbid(self, path_prefix: str, verb: str = "") -> None:
        """Answer 403 for paths that begin so; *verb* get, list or watch forbids that alone."""
        self._forbidden.append((path_prefix, verb))

    def allow(self, path_prefix: str, verb: str = "") -> None:
        """Take back what was forbidden with the same words."""
        self._forbidden.remove((path_prefix, verb))

    def fail_next(self, kind: Kind, *, on: On = "any", times: int = 1, **args: Any) -> None:
        """Let the next requests of a kind meet a fault: see `faults.Fault` for the arguments."""
        self.faults.add(Fault(kind=kind, on=on, **args), times)

    # what clients did

    @property
    def open_watches(self) -> int:
        """Return how many watches are being answered."""
        return self._open_watches

    def wait_for_watches(self, count: int = 1, *, timeout_seconds: float = 10) -> None:
        """Wait until so many watches are open, exactly."""
        self._wait_until(lambda: self._open_watches == count, timeout_seconds)

    def wait_for_requests(self, count: int, *, timeout_seconds: float = 10) -> None:
        """Wait until so many requests have come since the beginning, at least."""
        self._wait_until(lambda: len(self.requests) >= count, timeout_seconds)

    # for the parts of the server

    def check_rights(self, request: Request, target: Target | None) -> None:
        """Refuse who has not shown the token, or may not do this."""
        shown = request.headers.get("authorization")
        scheme, _, given = (shown or "").partition(" ")  # in any case, as Kubernetes reads it
        is_right = scheme.lower() == "bearer" and given == self.token
        if self.token is not None and shown is not None and not is_right:
            raise statuses.RefusalError(statuses.unauthorized())
        is_anonymous = self.token is not None and shown is None
        if target is not None and (is_anonymous or self._is_forbidden(request.path, target.verb)):
            user = "system:anonymous" if is_anonymous else "nobody"
            _, resource, group, _, namespace, name = target
            raise statuses.RefusalError(
                statuses.forbidden(
                    user, target.verb, resource, group=group, namespace=namespace, name=name
                )
            )

    def take_prepared(self) -> list[bytes] | None:
        """Return what the next watch is to be, if that was said."""
        try:
            return self._prepared.popleft()
        except IndexError:
            return None

    @contextmanager
    def counted_watch(self) -> Iterator[None]:
        """Count a watch as open."""
        self._count_watch(1)
        try:
            yield
        finally:
            self._count_watch(-1)

    def _count_watch(self, difference: int) -> None:
        with self._changed:
            self._open_watches += difference
            self._changed.notify_all()

    def _is_forbidden(self, path: str, verb: str) -> bool:
        return any(
            path.startswith(prefix) and which in ("", verb) for prefix, which in self._forbidden
        )

    def _wait_until(self, happened: Callable[[], bool], timeout_seconds: float) -> None:
        with self._changed:
            if not self._changed.wait_for(happened, timeout_seconds):
                text = f"{self._open_watches} open watches, {len(self.requests)} requests"
                raise TimeoutError(f"after {timeout_seconds} s the API server has {text}")

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if error.errno in (errno.EINVAL, errno.EBADF):  # closed
                    return
                raise
            connection = Connection(sock, self._running)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            with self._changed:
                ended = [old for old, its in self._connections.items() if not its.is_alive()]
                for old in ended:
                    del self._connections[old]
                self._connections[connection] = thread

    def _serve(self, connection: Connection) -> None:
        try:
            if self.faults.take("connect") is not None:
                connection.order = "reset"
            elif self._context is not None:
                connection.secure(self._context)
            while connection.order == "serve" and self._answer(connection):
                pass
        except EndedError:
            pass
        finally:
            if connection.order == "reset":
                connection.reset()
            else:
                connection.close()

    def _answer(self, connection: Connection) -> bool:
        request = connection.request()
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        return handle(self, connection, request)

    def _end(self, order: Order) -> None:
        if self._listener is not None and self._acceptor is not None:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self._acceptor.join(_JOIN_SECONDS)
            self._listener.close()
            self._listener = self._acceptor = None
        threads = self._order(order)
        self._running.set()
        _join(threads)

    def _order(self, order: Order) -> list[threading.Thread]:
        with self._changed:
            open_now = dict(self._connections)
        for connection in open_now:
            connection.order = order
        self.log.wake()
        return list(open_now.values())


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(_JOIN_SECONDS)
        if thread.is_alive():
            raise RuntimeError("a connection of the API server does not end")

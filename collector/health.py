"""/healthz, /readyz and /metrics over HTTP, for probes and Prometheus."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from prometheus_client import CollectorRegistry, make_wsgi_app
from waitress import wasyncore
from waitress.server import create_server

from collector.errors import ListenError
from collector.redaction import clean

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:\[\]/\s]*)):([0-9]{1,5})")
_LARGEST_PORT = 65_535
_PLAIN = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]


class Health(Protocol):
    """Who knows how the process is; both return reasons why it is not, and nothing if it is."""

    def alive(self) -> list[str]:
        """Return which threads have died."""
        ...

    def ready(self) -> list[str]:
        """Return which watches are not alive, and whether the database is away."""
        ...


class HasRegistry(Protocol):
    """Whose metrics are shown."""

    @property
    def registry(self) -> CollectorRegistry:
        """All of them."""
        ...


class HealthServer:
    """A server of its own threads on *listen*, such as ``:8080``, until it is closed."""

    def __init__(self, listen: str, *, metrics: HasRegistry, health: Health) -> None:
        listening = listen_on(listen)
        self.address = written(listening)  # with the port that port 0 has become
        self._sockets: dict[int, Any] = {}
        self._server: Any = create_server(
            _application(metrics, health),
            map=self._sockets,
            sockets=[listening],
            threads=2,
            connection_limit=200,
            channel_timeout=10,  # for clients that say nothing
            cleanup_interval=5,
            max_request_header_size=16_384,
            max_request_body_size=1024,
            asyncore_use_poll=True,  # descriptors above 1,023 as well
            log_socket_errors=False,  # clients come and go
            ident="",
        )
        self._thread = threading.Thread(target=self._server.run, name="health", daemon=True)
        self._thread.start()

    def __enter__(self) -> HealthServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server and its connections; a second call does nothing."""
        if not self._thread.is_alive():
            return
        # in the thread that polls: elsewhere a descriptor could be used again while it polls
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._sockets))
        self._thread.join()
        self._server.task_dispatcher.shutdown()


def listen_on(listen: str) -> socket.socket:
    """Return a socket that listens; ListenError where the address cannot be used."""
    match = _ADDRESS.fullmatch(listen)
    if match is None or int(match[3]) > _LARGEST_PORT:
        raise ListenError(
            f"cannot listen on {clean(listen)[:80]!r}: it is no address; write ADDR:PORT such as "
            "127.0.0.1:8080, [::1]:8080, or :8080 for all interfaces"
        )
    try:
        return _bound(match[1] or match[2], int(match[3]))
    except (OSError, UnicodeError) as error:
        raise ListenError(
            f"cannot listen on {clean(listen)[:80]}: {_reason(error)}; choose an address of this "
            "machine and a free port"
        ) from error


def _bound(host: str, port: int) -> socket.socket:
    if not host and socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # a probe of localhost that knows one family only knows IPv4
    family, *_, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    return socket.create_server(address[:2], family=family)


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name is not known ({error.strerror})"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return "the name is no host name"


def written(listening: socket.socket) -> str:
    """Return the address of a socket, with the port that port 0 has become."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if listening.family == socket.AF_INET6 else f"{host}:{port}"


def health_pages(metrics: HasRegistry, health: Health) -> dict[str, WSGIApplication]:
    """Return the applications that answer a GET, by path."""
    return {
        "/healthz": _check(health.alive),
        "/readyz": _check(health.ready),
        "/metrics": make_wsgi_app(metrics.registry),
    }


def _application(metrics: HasRegistry, health: Health) -> WSGIApplication:
    pages = health_pages(metrics, health)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        page = pages.get(environ["PATH_INFO"])
        body: Iterable[bytes]
        if page is None:
            body = _text(start_response, HTTPStatus.NOT_FOUND, "see " + ", ".join(pages))
        elif method not in {"GET", "HEAD"}:
            body = _text(start_response, HTTPStatus.METHOD_NOT_ALLOWED, "GET or HEAD")
        else:
            body = page({**environ, "REQUEST_METHOD": "GET"}, start_response)
        return [b""] if method == "HEAD" else body

    return answer


def _check(reasons_why_not: Callable[[], list[str]]) -> WSGIApplication:
    def answer(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        lines = [_one_line(reason) for reason in reasons_why_not()]
        status = HTTPStatus.SERVICE_UNAVAILABLE if lines else HTTPStatus.OK
        return _text(start_response, status, "\n".join(lines) or "ok")

    return answer


def _one_line(reason: str) -> str:
    return "".join(one if one.isprintable() else " " for one in clean(reason))


def _text(start_response: StartResponse, status: HTTPStatus, text: str) -> list[bytes]:
    body = f"{text}\n".encode()
    allow = [("Allow", "GET, HEAD")] if status == HTTPStatus.METHOD_NOT_ALLOWED else []
    headers = [*_PLAIN, *allow, ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]

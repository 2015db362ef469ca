"""The plainest client there is, to see what the server really sends."""

from __future__ import annotations

import json
import socket
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CORE = "/api/v1/events"
EVENTS = "/apis/events.k8s.io/v1/events"


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


@contextmanager
def opened(
    url: str, path: str, query: Mapping[str, Any], headers: Mapping[str, str]
) -> Iterator[HTTPResponse]:
    """Send a GET and yield the response."""
    target = f"{path}?{urlencode(query)}" if query else path
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=20)) as connection:
        connection.request("GET", target, headers=dict(headers))
        with connection.getresponse() as response:
            yield response


def get(url: str, path: str, *, headers: Mapping[str, str] | None = None, **query: Any) -> Answer:
    """Return the answer to a GET."""
    with opened(url, path, query, headers or {}) as response:
        return Answer(response.status, dict(response.getheaders()), response.read())


def watch(url: str, path: str = CORE, **query: Any) -> list[Any]:
    """Return the frames of a watch that ends cleanly."""
    with opened(url, path, {"watch": "true", **query}, {}) as response:
        return [json.loads(line) for line in response]


def refused(url: str) -> bool:
    """Say whether nobody listens."""
    where = urlsplit(url)
    try:
        socket.create_connection((where.hostname or "", where.port or 0), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False

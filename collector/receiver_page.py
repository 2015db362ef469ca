"""What the receiver says of itself at ``/openapi.json``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


@cache
def openapi_document() -> bytes:
    """Return the OpenAPI document of the receiver, as JSON."""
    return (resources.files("collector") / "receiver_openapi.json").read_bytes()


def openapi_page(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with it."""
    document = openapi_document()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(document)))]
    start_response("200 OK", headers)
    return [document]

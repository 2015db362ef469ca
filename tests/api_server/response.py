"""An HTTP response as a Go server writes it, and the faults that strike its body."""

from __future__ import annotations

import gzip
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from tests.api_server.connection import TICK_SECONDS, EndedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.api_server.connection import Connection, Request
    from tests.api_server.faults import Fault

_COMPRESSED_FROM_BYTES = 131_072


def chunk(payload: bytes) -> bytes:
    """Return one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)


class Response:
    """What one request is answered with."""

    def __init__(self, connection: Connection, request: Request, fault: Fault | None) -> None:
        self.connection = connection
        self._request = request
        self._fault = fault if fault is not None and fault.kind in ("cut", "slow") else None
        self._is_chunked = False
        self._written = 0

    def answer(self, code: int, body: bytes, **headers: str) -> None:
        """Send a whole answer; a large one compressed, if the client takes that."""
        headers.setdefault("Content_Type", "application/json")
        encodings = self._request.headers.get("accept-encoding", "")
        if code == HTTPStatus.OK and len(body) > _COMPRESSED_FROM_BYTES and "gzip" in encodings:
            body = gzip.compress(body, compresslevel=1)
            headers["Content_Encoding"] = "gzip"
        self._head(code, headers | {"Content_Length": str(len(body))})
        if self._request.method != "HEAD":
            self.write(body)

    def start_stream(self) -> None:
        """Send the head of a watch."""
        self._is_chunked = True
        headers = {"Content_Type": "application/json", "Transfer_Encoding": "chunked"}
        self._head(200, headers)

    def write(self, payload: bytes) -> None:
        """Send a part of the body, as far and as fast as the fault lets it."""
        if self._fault is None:
            self.connection.send(chunk(payload) if self._is_chunked else payload)
        elif self._fault.kind == "cut":
            self._write_cut(payload, self._fault.after_bytes)
        else:
            self._write_slowly(payload, self._fault.bytes_per_second)

    def write_all(self, payloads: Iterable[bytes]) -> None:
        """Send several parts, each a chunk of its own."""
        if self._fault is None:
            self.connection.send(b"".join(map(chunk, payloads)))
        else:
            for payload in payloads:
                self.write(payload)

    def end_stream(self) -> None:
        """End a watch cleanly."""
        self.connection.send(b"0\r\n\r\n")

    def reset(self) -> None:
        """Let everything arrive that was sent, then reset the connection."""
        self.connection.drain()
        self.connection.reset()
        raise EndedError

    def _head(self, code: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {code} {HTTPStatus(code).phrase}", "Cache-Control: no-cache, private"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.connection.send("\r\n".join([*lines, "", ""]).encode())

    def _write_cut(self, payload: bytes, limit_bytes: int) -> None:
        left = limit_bytes - self._written
        self._written += len(payload)
        data = chunk(payload) if self._is_chunked else payload
        if left > len(payload):
            return self.connection.send(data)
        self.connection.send(data[: data.index(payload) + left])
        return self.reset()

    def _write_slowly(self, payload: bytes, bytes_per_second: int) -> None:
        step = max(1, int(bytes_per_second * TICK_SECONDS))
        data = chunk(payload) if self._is_chunked else payload
        for start in range(0, len(data), step):
            self.connection.send(data[start : start + step])
            time.sleep(len(data[start : start + step]) / bytes_per_second)

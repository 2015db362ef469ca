"""A chat server on loopback that takes every message: for the demo, and for a first look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import MappingProxyType
from urllib.parse import urlsplit

MOST_BYTES = 5_000_000

# what each service answers to a message that it takes: status and body, by the end of the path
ANSWERS = MappingProxyType(
    {
        "slack": (200, "ok"),
        "teams": (202, ""),
        "dingtalk": (200, '{"errcode":0,"errmsg":"ok"}'),
        "wecom": (200, '{"errcode":0,"errmsg":"ok"}'),
        "gettoken": (200, '{"errcode":0,"access_token":"demo","expires_in":7200}'),
        "send": (200, '{"errcode":0,"errmsg":"ok"}'),
        "feishu": (200, '{"code":0,"msg":"success"}'),
        "worktile": (200, '{"code":200}'),
        "bearychat": (200, '{"code":0}'),
        "webhook": (204, ""),
    }
)


@dataclass(frozen=True, slots=True)
class DemoChat:
    """A running server: where it is, and what it has got."""

    address: str  # http://127.0.0.1:PORT
    got: list[tuple[str, bytes]] = field(default_factory=list)  # path without its query, body


@contextmanager
def demo_chat() -> Iterator[DemoChat]:
    """Run the server inside of the block; only this machine can reach it.

    What is posted to ``ADDRESS/slack`` is answered as Slack does, and so on. Paths that it does
    not know are answered with 404.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    chat = DemoChat(f"http://127.0.0.1:{server.server_port}")
    server.chat = chat  # type: ignore[attr-defined] # how a handler finds it
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10  # of a client that says nothing

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self._write(411, "")
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        status, text = ANSWERS.get(path.rpartition("/")[2], (404, ""))
        chat: DemoChat = self.server.chat  # type: ignore[attr-defined] # set where it is started
        chat.got.append((path, body))
        if self.command == "POST" and not _is_json(body):
            status, text = 400, "no JSON"
        self._write(status, text)

    def _write(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text.encode())))
        self.send_header("connection", "close")
        self.close_connection = True
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the demo says what was sent."""


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True

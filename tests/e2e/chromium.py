"""A real browser for tests of the page: what it makes of a document, and what that looks like."""

from __future__ import annotations

import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

_FLAGS = "headless no-sandbox disable-gpu disable-quic no-first-run disable-sync"
_QUIET = "disable-background-networking disable-component-update hide-scrollbars"


class Site(ThreadingHTTPServer):
    """A web server on the loopback that answers with given pages and remembers every request."""

    def __init__(self, pages: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages
        self.requests: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        page = self.server.pages.get(self.path)
        self.send_response(200 if page else 404)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html"
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests read the list of requests."""


@contextmanager
def serving() -> Iterator[Site]:
    """Yield a running web server without pages."""
    server = Site({})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def dom(url: str, profile: Path, *, dark: bool = False, seconds: int = 0) -> str:
    """Return the document that Chromium has made of *url*; a dialog would hang.

    With *seconds*, after as much of the page's own time, which runs as fast as it can.
    """
    budget = [f"--virtual-time-budget={seconds * 1000}"] if seconds else []
    flags = ["--dump-dom", "--window-size=1400,900", *budget, *_scheme(dark=dark)]
    return _run(url, profile, *flags)


def screenshot(
    url: str, profile: Path, target: Path, size: tuple[int, int], *, dark: bool = False
) -> None:
    """Write what *url* looks like to *target*, a PNG; a window is at least 500 pixels wide."""
    width, height = size
    window = f"--window-size={width},{height}"
    _run(url, profile, f"--screenshot={target}", window, *_scheme(dark=dark))


def _scheme(*, dark: bool) -> list[str]:
    return [f"--blink-settings=preferredColorScheme={0 if dark else 1}"]


def _run(url: str, profile: Path, *flags: str) -> str:
    assert CHROMIUM
    command = [CHROMIUM, *(f"--{flag}" for flag in f"{_FLAGS} {_QUIET}".split())]
    command += [f"--user-data-dir={profile}", *flags, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout

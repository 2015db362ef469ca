"""The page in a real browser: it runs nothing, asks for nothing and fits a phone."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from typing import TYPE_CHECKING

import pytest

from reports.html import render_html
from tests.unit.reports.digests import EVERY_DIGEST, busy, gone, message, row
from tests.unit.reports.hostile import HOSTILE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(_CHROMIUM is None, reason="no chromium on this machine")

_MEASURE = """<script>
addEventListener("load", () => {
  const wide = [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest("thead"))
    .map((e) => `${e.tagName} ${e.getAttribute("class")}`);
  const line = parent.document.createElement("pre");
  line.textContent = [
    "measured", location.pathname, innerWidth, document.documentElement.scrollWidth, ...wide,
  ].join("|");
  parent.document.body.append(line);
});
</script>"""


class _Site(ThreadingHTTPServer):
    """A web server on the loopback that answers with given pages and remembers every request."""

    def __init__(self, pages: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages
        self.requests: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: _Site

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        page = self.server.pages.get(self.path)
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests read the list of requests."""


@pytest.fixture
def site() -> Iterator[_Site]:
    """Return a running web server without pages."""
    server = _Site({})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _dom(url: str, profile: Path) -> str:
    """Return the document that Chromium has made of *url*; a dialog would hang."""
    assert _CHROMIUM
    flags = "headless no-sandbox disable-gpu disable-quic no-first-run disable-sync dump-dom"
    quiet = "disable-background-networking disable-component-update hide-scrollbars"
    command = [_CHROMIUM, *(f"--{flag}" for flag in f"{flags} {quiet}".split())]
    command += [f"--user-data-dir={profile}", "--window-size=1400,900", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def _hostile_page() -> str:
    rows = tuple(
        row(
            cluster=text,
            namespace=text,
            kind=text,
            name=text,
            reason=text,
            message=text,
            kubectl=text,
        )
        for text in HOSTILE_TEXTS
    )
    names = [
        {"cluster": t, "namespace": t, "kind": t, "name": t, "reason": t} for t in HOSTILE_TEXTS
    ]
    return render_html(
        busy(
            rows=rows,
            gone=tuple(gone(**named) for named in names),
            messages=tuple(
                message(**named, pattern=named["name"], values=((named["name"], 1),))
                for named in names
            ),
            verdict=HOSTILE_TEXTS[0],
            title=HOSTILE_TEXTS[4],
        )
    )


def test_hostile_page_runs_nothing_and_asks_for_nothing(site: _Site, tmp_path: Path) -> None:
    """With the whole corpus in every field, the page itself is the only request."""
    site.pages["/"] = _hostile_page()
    dom = _dom(site.url, tmp_path)
    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>" in dom
    assert dom.count('<div class="count">') == len(HOSTILE_TEXTS)
    assert not re.search(r"<(script|iframe|img|object|embed|form)\b", dom)
    assert site.requests == ["/"]


def test_page_does_not_scroll_sideways(site: _Site, tmp_path: Path) -> None:
    """On a phone of 390 pixels and on a desk of 1280 nothing is wider than the window."""
    pages = {name: render_html(digest) for name, digest in EVERY_DIGEST.items()}
    pages["hostile"] = _hostile_page()
    for name, page in pages.items():
        # The policy forbids scripts, so only a copy without it can be measured.
        measured = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', _MEASURE, page)
        site.pages[f"/{name}"] = measured
    site.pages["/"] = "".join(
        f'<iframe width="{width}" height="900" frameborder="0" src="/{name}"></iframe>'
        for name, width in product(pages, (390, 1280))
    )
    found = re.findall(r"<pre>measured\|([^<]*)</pre>", _dom(site.url, tmp_path))
    assert sorted(found) == sorted(
        f"/{name}|{width}|{width}" for name, width in product(pages, (390, 1280))
    )


def test_policy_stops_a_script_that_got_in(site: _Site, tmp_path: Path) -> None:
    """Even if escaping failed, the page's policy would not run a script or load a picture."""
    page = render_html(busy())
    attack = "<script>document.title = 'owned'</script><img src='/picture'>"
    site.pages["/"] = page.replace("<main>", f"<main>{attack}")
    dom = _dom(site.url, tmp_path)
    assert "<title>owned</title>" not in dom
    assert site.requests == ["/"]

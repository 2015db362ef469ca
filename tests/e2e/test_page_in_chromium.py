"""The page in a real browser: it runs nothing foreign, asks for nothing and fits a phone."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

import pytest

from reports.html import render_html
from tests.e2e.chromium import CHROMIUM, Site, dom, serving
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    busy,
    gone,
    hot_spot,
    message,
    recovery,
    row,
)
from tests.unit.reports.hostile import HOSTILE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

_MEASURE = """<script>
addEventListener("load", () => {
  const wide = [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest("thead, .wide"))
    .map((e) => `${e.tagName} ${e.getAttribute("class")}`);
  const line = parent.document.createElement("pre");
  line.textContent = [
    "measured", location.pathname, innerWidth, document.documentElement.scrollWidth, ...wide,
  ].join("|");
  parent.document.body.append(line);
});
</script>"""


@pytest.fixture
def site() -> Iterator[Site]:
    """Yield a running web server without pages."""
    with serving() as server:
        yield server


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
            recovered=tuple(recovery(**named) for named in names),
            hot_spots=tuple(hot_spot(cluster=t, name=t) for t in HOSTILE_TEXTS),
            verdict=HOSTILE_TEXTS[0],
            title=HOSTILE_TEXTS[4],
        )
    )


def test_hostile_page_runs_nothing_and_asks_for_nothing(site: Site, tmp_path: Path) -> None:
    """With the whole corpus in every field, the page itself is the only request."""
    site.pages["/"] = _hostile_page()
    made = dom(site.url, tmp_path)
    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>" in made
    assert made.count('<div class="count">') == len(HOSTILE_TEXTS)
    assert not re.search(r"<(iframe|img|object|embed|form)\b", made)
    assert made.count("<script") == 1
    assert site.requests == ["/"]


def test_page_does_not_scroll_sideways(site: Site, tmp_path: Path) -> None:
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
    found = re.findall(r"<pre>measured\|([^<]*)</pre>", dom(site.url, tmp_path))
    assert sorted(found) == sorted(
        f"/{name}|{width}|{width}" for name, width in product(pages, (390, 1280))
    )


def test_policy_stops_a_script_that_got_in(site: Site, tmp_path: Path) -> None:
    """Even if escaping failed, the page's policy would not run a script or load a picture."""
    page = render_html(busy())
    attack = "<script>document.title = 'owned'</script><img src='/picture'>"
    site.pages["/"] = page.replace("<main>", f"<main>{attack}")
    assert "<title>owned</title>" not in dom(site.url, tmp_path)
    assert site.requests == ["/"]

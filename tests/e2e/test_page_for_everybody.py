"""The page in a real browser: by keyboard, without scripts, on paper, and judged by axe-core."""

from __future__ import annotations

import importlib.util
import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from reports.html import render_html
from tests.e2e.chromium import CHROMIUM, Site, dom, screenshot, serving
from tests.effort import examples
from tests.unit.reports.digests import EVERY_DIGEST, busy, gone, row

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
NAMES = ("ada", "bob", "cleo", "dan", "eve", "fay")
FAILURES = (900, 1000, 30, 7, 200, 50)

AXE = """<script src="/axe.js"></script><script>
addEventListener("load", () => axe.run().then((found) => {
  const line = parent.document.createElement("pre");
  line.textContent = JSON.stringify({
    page: location.pathname, passes: found.passes.length,
    violations: found.violations.map((v) => [v.impact, v.id, v.nodes[0].html.slice(0, 120)]),
  });
  parent.document.body.append(line);
}));
</script>"""

USE = """<script>
const seen = [];
const note = (what) => seen.push([what, ...[...document.querySelectorAll(".top tbody tr")]
  .filter((r) => r.offsetParent).map((r) => r.querySelector("h2, b").textContent)].join(" "));
addEventListener("load", () => {
  const [failures, what, first] = document.querySelectorAll(".top thead button");
  const head = failures.closest("th"), input = document.querySelector("input[type=search]");
  const status = document.querySelector("[role=status]");
  note("at first");
  failures.focus(); failures.click(); note(head.getAttribute("aria-sort"));
  failures.click(); note(head.getAttribute("aria-sort"));
  failures.click(); note(head.getAttribute("aria-sort"));
  what.click(); note("what " + what.closest("th").getAttribute("aria-sort"));
  first.click(); note("first " + first.closest("th").getAttribute("aria-sort")
    + " " + what.closest("th").getAttribute("aria-sort"));
  first.click(); first.click();
  const type = (text) => { input.value = text; input.dispatchEvent(new Event("input")); };
  type("eVe back"); note(status.textContent);
  type("nobody"); note(status.textContent);
  type(""); note("all" + status.textContent);
  dispatchEvent(new Event("beforeprint"));
  note(String(document.querySelectorAll("details:not([open])").length) + " closed");
  dispatchEvent(new Event("afterprint"));
  note(String(document.querySelectorAll("details[open]").length) + " open");
  const line = document.createElement("pre");
  line.textContent = seen.join("\\n");
  document.body.append(line);
});
</script>"""


@pytest.fixture
def site() -> Iterator[Site]:
    """Yield a running web server without pages."""
    with serving() as server:
        yield server


def six_rows() -> str:
    """Return a page of six rows; cleo and dan are new, the others ongoing."""
    rows = tuple(
        row(
            name=name,
            failures=failures,
            trend="new" if name in {"cleo", "dan"} else "steady",
            first=busy().start.replace(hour=23 - number),
        )
        for number, (name, failures) in enumerate(zip(NAMES, FAILURES, strict=True))
    )
    return render_html(busy(rows=rows, gone=(gone(),)))


def axe() -> str:
    """Return the source of axe-core."""
    spec = importlib.util.find_spec("axe_core_python")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "dark",
    [
        pytest.param(False, id="light"),
        pytest.param(True, id="dark", marks=[pytest.mark.long]),
    ],
)
def test_axe_finds_nothing_serious(site: Site, tmp_path: Path, *, dark: bool) -> None:
    """On hand-made digests, on a phone and on a desk; and it did look."""
    chosen = list(EVERY_DIGEST)[: examples(2)]
    pages = {name: render_html(EVERY_DIGEST[name]) for name in chosen}
    pages["six-rows"] = six_rows()
    site.pages["/axe.js"] = axe()
    for name, page in pages.items():
        site.pages[f"/{name}"] = POLICY.sub(lambda _: AXE, page)
    frames = [
        f'<iframe title="{name} {width}" width="{width}" height="900" src="/{name}"></iframe>'
        for name in pages
        for width in (390, 1280)
    ]
    site.pages["/"] = "".join(frames)
    found = re.findall(r"<pre>(\{.*?\})</pre>", dom(site.url, tmp_path, dark=dark, seconds=60))
    judged = [json.loads(unescape(one)) for one in found]
    assert len(judged) == len(frames)
    assert min(one["passes"] for one in judged) >= 10
    bad = [(one["page"], v) for one in judged for v in one["violations"]]
    assert [v for v in bad if v[1][0] in {"serious", "critical"}] == []


def test_rows_are_sorted_and_filtered(site: Site, tmp_path: Path) -> None:
    """Inside their sections, there and back again, and it is said how many are shown."""
    site.pages["/"] = POLICY.sub(lambda _: USE, six_rows())
    found = re.findall(r"<pre>(.*?)</pre>", dom(site.url, tmp_path), re.DOTALL)
    original = "New cleo dan Ongoing ada bob eve fay"
    assert unescape(found[-1]).splitlines() == [
        f"at first {original}",
        "descending New cleo dan Ongoing bob ada eve fay",
        "ascending New dan cleo Ongoing fay eve ada bob",
        f"none {original}",
        f"what ascending {original}",
        "first descending none New cleo dan Ongoing ada bob eve fay",
        "1 of 6 rows shown Ongoing eve",
        "0 of 6 rows shown",
        f"all {original}",
        f"0 closed {original}",
        f"0 open {original}",
    ]


def test_the_policy_lets_the_script_run_and_no_script_shows_no_tools(
    site: Site, tmp_path: Path
) -> None:
    """With the policy as it is there are buttons; the page itself has neither these nor a box."""
    page = six_rows()
    written = page.partition("<script>")[0]
    assert "<button" not in written
    assert "<input" not in written
    site.pages["/"] = page
    made = dom(site.url, tmp_path)
    assert made.count("<button type=") == 5  # of the rows and of the messages
    assert made.count('<input type="search"') == 1
    # what a page may not run, whatever it says: its own script with one letter more
    site.pages["/"] = page.replace('"use strict";', '"use strict"; ')
    assert "<button" not in dom(site.url, tmp_path)
    assert site.requests == ["/", "/"]


@pytest.mark.parametrize("size", [(500, 3000), (1280, 2000)], ids=["phone", "desk"])
def test_light_and_dark_are_drawn(site: Site, tmp_path: Path, size: tuple[int, int]) -> None:
    """Screenshots with scripts off: the ground is light or dark, and much is written on it."""
    written, _, rest = render_html(busy()).partition("<script>")
    site.pages["/"] = written + rest.partition("</script>")[2]
    grounds = []
    for dark in (False, True):
        target = tmp_path / f"{dark}.png"
        screenshot(site.url, tmp_path / "profile", target, size, dark=dark)
        with Image.open(target) as image:
            grey = image.convert("L")
            assert grey.size == size
            grounds.append(grey.getpixel((2, 2)))
            colours = grey.getcolors(256)
        assert colours is not None
        assert len(colours) > 100
    assert grounds[0] > 230
    assert grounds[1] < 40

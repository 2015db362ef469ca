"""The HTML of a mail in a real browser: it fits a phone, and can be read in the dark."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import product
from typing import TYPE_CHECKING

import pytest

from reports.channels.channel import Letter
from reports.mail_page import render_mail
from tests.unit.reports.digests import EVERY_DIGEST, busy, row
from tests.unit.reports.hostile import HOSTILE_TEXTS

if TYPE_CHECKING:
    from pathlib import Path

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(_CHROMIUM is None, reason="no chromium on this machine")

_REPORT = """
  const line = parent.document.createElement("pre");
  line.textContent = ["measured", ...found].join("|");
  parent.document.body.append(line);
"""
_WIDTHS = """
  const name = location.pathname.split("/").pop();
  const wide = [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML);
  const found = [name, innerWidth, document.documentElement.scrollWidth, ...wide];
"""
# The contrast of every text with the nearest background that is painted, as WCAG has it.
_CONTRASTS = """
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3)
    .map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    const colour = getComputedStyle(e).backgroundColor;
    return parts(colour)[3] === 0 ? behind(e.parentElement) : colour;
  };
  const texts = [...document.querySelectorAll("body *")].filter((e) =>
    e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  const ratios = texts.map((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
  const scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const found = [scheme, texts.length, Math.min(...ratios).toFixed(2)];
"""


def _measured(
    folder: Path, pages: dict[str, str], widths: tuple[int, ...], script: str, *flags: str
) -> list[list[str]]:
    """Return what *script* found on each page at each width."""
    assert _CHROMIUM
    code = f"<script>addEventListener('load', () => {{{script}{_REPORT}}})</script></head>"
    for name, page in pages.items():
        (folder / name).write_text(page.replace("</head>", code), encoding="utf-8")
    frames = "".join(
        f'<iframe width="{width}" height="900" frameborder="0" src="{name}"></iframe>'
        for name, width in product(pages, widths)
    )
    (folder / "all.html").write_text(f"<!doctype html>{frames}", encoding="utf-8")
    usual = "headless no-sandbox disable-gpu no-first-run disable-sync hide-scrollbars dump-dom "
    usual += "disable-background-networking disable-component-update allow-file-access-from-files"
    command = [_CHROMIUM, *(f"--{flag}" for flag in usual.split()), *flags]
    command += [f"--user-data-dir={folder / 'profile'}", (folder / "all.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = re.findall(r"<pre>measured\|([^<]*)</pre>", done.stdout)
    return [line.split("|") for line in found]


def _page(rows: tuple[str, ...]) -> str:
    foreign = tuple(row(namespace=t, kind=t, name=t, reason=t, message=t, kubectl=t) for t in rows)
    return render_mail(Letter(digest=busy(rows=foreign), id="daily-1"))


def test_mail_does_not_scroll_sideways(tmp_path: Path) -> None:
    """On a phone of 390 pixels, at 640 and on a desk nothing is wider than the window."""
    pages = {
        f"{name}.html": render_mail(Letter(digest=digest, id="daily-1"))
        for name, digest in EVERY_DIGEST.items()
    }
    pages["hostile.html"] = _page(HOSTILE_TEXTS)
    widths = (390, 640, 1280)
    found = _measured(tmp_path, pages, widths, _WIDTHS)
    expected = [[name, str(w), str(w)] for name, w in product(pages, widths)]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_mail_is_readable_in_light_and_dark(tmp_path: Path, scheme: str) -> None:
    """Every text has a contrast of 4.5 and more with what is behind it."""
    pages = {"busy.html": render_mail(Letter(digest=busy(), id="daily-1", is_test=True))}
    number = {"dark": 0, "light": 1}[scheme]
    flag = f"--blink-settings=preferredColorScheme={number}"
    [[seen, texts, least]] = _measured(tmp_path, pages, (640,), _CONTRASTS, flag)
    assert seen == scheme
    assert int(texts) > 100
    assert float(least) >= 4.5

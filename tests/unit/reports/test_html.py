"""Tests of the page."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from typing import TYPE_CHECKING

import pytest

from analytics.inert import printable
from reports.html import render_html
from reports.width import clip
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    busy,
    gone,
    heat_map,
    hot_spot,
    message,
    no_data,
    quiet,
    recovery,
    row,
    two_clusters,
)
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest


class _Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self._class = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._class = dict(attrs).get("class") or tag

    def handle_endtag(self, tag: str) -> None:
        self._class = ""

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.setdefault(self._class, []).append(data.strip())


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_page_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The page of each hand-made digest is known, and the same when made again."""
    page = render_html(digest)
    assert page == render_html(digest)
    compare_golden(f"{name}.html", page)


def test_page_is_accessible() -> None:
    """One h1, a language, captions, scopes, and pictures with a name."""
    written = render_html(busy())
    page = _Page(written)
    assert page.tags.count("h1") == 1
    assert ("lang", "en") in page.attributes
    assert page.tags.count("caption") == page.tags.count("table") == 8
    assert page.tags.count("th") == sum(name == "scope" for name, _ in page.attributes)
    drawings = re.findall(r"<svg (?!x=)", written)  # a label of an axis has x
    hidden = page.attributes.count(("aria-hidden", "true"))
    named = re.findall(r'<svg[^>]*role="img"[^>]*>\s*<title', written)
    assert len(named) == len(busy().rows) + 3
    assert len(drawings) == len(named) + hidden
    assert page.tags.count("desc") == 3
    identities = [value for name, value in page.attributes if name == "id"]
    assert len(set(identities)) == len(identities)


def test_nothing_is_said_by_colour_alone() -> None:
    """Trends and states have words, and the marks of the long trend a legend."""
    page = render_html(busy())
    for words in ("NEW", "▲ rising", "= steady", "▼ falling", "● still firing", "▲ Failures"):
        assert f">{words}</" in page
    for words in ("this digest", "weekend", "no data"):
        assert f"{words}</span>" in page
    assert "no data</span>" not in render_html(two_clusters())


def test_page_asks_for_nothing() -> None:
    """No link but a row's own, no script and no style but those whose hashes the policy names."""
    written = render_html(busy())
    page = _Page(written)
    assert not {"img", "iframe", "object", "form", "link rel"} & set(page.tags)
    assert page.tags.count("script") == page.tags.count("style") == 1
    links = {link.url for row in busy().rows for link in row.links}
    assert {value for name, value in page.attributes if name == "href"} == {"data:,", *links}
    assert page.attributes.count(("rel", "noreferrer noopener")) == page.tags.count("a") == 2
    assert not any(name in {"style", "src"} or name.startswith("on") for name, _ in page.attributes)
    style = written.partition("<style>")[2].partition("</style>")[0]
    script = written.partition("<script>")[2].partition("</script>")[0]
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert ("content", policy) in page.attributes
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"fetch|XMLHttp|innerHTML|eval|document\.write|https?:", script)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_texts_change_no_tag(text: str) -> None:
    """Whatever field a hostile text is in, tags and attribute names stay those of a plain text."""

    def attacked(field: str) -> _Page:
        hostile = row(
            cluster=field,
            namespace=field,
            kind=field,
            name=field,
            reason=field,
            message=field,
            kubectl=field,
        )
        digest = busy(
            rows=(hostile,),
            gone=(gone(cluster=field, namespace=field, kind=field, name=field, reason=field),),
            messages=(message(name=field, reason=field, pattern=field, values=((field, 2),)),),
            recovered=(recovery(cluster=field, namespace=field, kind=field, name=field),),
            hot_spots=(hot_spot(cluster=field, name=field),),
            verdict=field,
            title=field,
            clusters=(field, "b"),
            quality=replace(busy().quality, version=field),
        )
        written = render_html(digest)
        assert written.replace("\n", "").isprintable()
        return _Page(written)

    plain, page = attacked("plain"), attacked(text)
    assert page.tags == plain.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in plain.attributes]
    assert page.texts["p"] == [clip(printable(text[:1200]), 300).strip()]


def test_figures_agree_with_the_digest() -> None:
    """The numbers of the table are the digest's, and add up to its total."""
    digest = busy()
    texts = _Page(render_html(digest)).texts
    shown = [int(number) for number in texts["count"]]
    assert shown == [41, 120, 17, 2, 1]
    assert sum(shown) + digest.residual.failures == digest.failures
    before = [text.rstrip(",") for text in texts["small"] if text.startswith("was ")]
    assert "usually 31" in texts["br"]
    assert before == ["was 0", "was 35", "was 16", "was 1", "was 60"]
    assert texts["dd"][:4] == ["214", "12", "31", "▲ 38 %"]
    assert texts["h1"] == [digest.verdict]


def test_every_bucket_is_in_the_table_of_the_chart() -> None:
    """What the charts show is there as numbers and words for those who do not see them."""
    texts = _Page(render_html(busy())).texts["td"]
    assert [int(text) for text in texts[:24]] == [bar.failures for bar in busy().histogram]
    week, rest = texts[24 : 24 + 7 * 25], texts[24 + 7 * 25 :]
    saturday = week[5 * 25 : 6 * 25]
    assert saturday[:6] == ["1", "0", "18", "217", "60", "0"]
    assert saturday[-1] == "302"
    assert week[6 * 25 :] == ["–"] * 12 + ["0"] * 13
    days = [None if text == "no data" else int(text) for text in rest]
    assert days == [day.failures for day in busy().daily]


def test_quiet_and_no_data_differ() -> None:
    """Two pages without a table say different things, in words."""
    calm, nothing = render_html(quiet()), render_html(no_data())
    assert "✓ No failures" in calm
    assert "? No data" in nothing
    assert 'class="top"' not in calm + nothing
    assert "No data on any of 30 days." in nothing


def test_page_is_small() -> None:
    """A hundred rows with every section full stay below 150 KB, and so do the longest messages."""
    names = [f"{n}-recommendation-engine" for n in range(100)]
    digest = busy(
        rows=tuple(
            row(name=name, sparkline=tuple(n * m % 17 for m in range(24)), links=())
            for n, name in enumerate(names)
        ),
        gone=tuple(gone(name=name) for name in names[:20]),
        recovered=(recovery(),) * 10,
        hot_spots=(hot_spot(),) * 5,
        messages=tuple(message(name=name) for name in names),
        heat_map=heat_map(**{f"d{d}h{h:02}": 3 ** (h % 5) for d in range(7) for h in range(24)}),
    )
    assert len(render_html(digest).encode()) < 150_000
    name = "x" * 250
    longest = busy(
        rows=tuple(row(message="宽" * 3000, name=f"{n}-{name}") for n in range(50)),
        gone=tuple(gone(name=f"{n}-{name}") for n in range(50)),
        messages=tuple(message(pattern="宽" * 3000, name=f"{n}-{name}") for n in range(50)),
    )
    assert len(render_html(longest).encode()) < 150_000
    assert len(render_html(two_clusters()).encode()) < 40_000


def test_colours_have_contrast() -> None:
    """Text on each ground has 4.5 to 1 in both schemes, bars on a card 3 to 1."""
    page = render_html(quiet())
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    )
    for scheme in (light, dark):
        for ink, ground in product(("ink", "soft", "link"), ("page", "card", "fill")):
            assert _contrast(scheme[ink], scheme[ground]) >= 4.5, (ink, ground)
        assert _contrast(scheme["ink"], scheme["bar"]) >= 3
        for state in ("alarm", "calm", "doubt"):
            assert _contrast(scheme[state], scheme[f"{state}-fill"]) >= 4.5, state
            assert _contrast(scheme[state], scheme["card"]) >= 4.5, state
        for bar in ("bar", "peak", "ink", "soft", "edge"):
            assert _contrast(scheme[bar], scheme["card"]) >= 3, bar


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

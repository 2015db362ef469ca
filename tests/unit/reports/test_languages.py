"""Digests in Chinese, and what stays English in every language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.language import language, speaking
from analytics.verdict import title_of, verdict_of
from reports.formats import FORMATS
from reports.view import digest_view
from reports.width import display_width
from tests.unit.reports.digests import EVERY_DIGEST, at, busy, half_watched, hourly, row
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest

CHINESE = language("zh")


@pytest.mark.parametrize("form", ["html", "text", "markdown"])
@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_a_digest_in_chinese_is_the_golden_one(
    name: str, digest: Digest, form: str, compare_golden: Callable[[str, str], None]
) -> None:
    """What a reader gets of each hand-made digest."""
    with speaking(CHINESE):
        compare_golden(f"zh/{name}{FORMATS[form].suffix}", FORMATS[form].render(digest))


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_what_machines_read_is_english(digest: Digest, form: str) -> None:
    """The same bytes, whatever the language."""
    english = FORMATS[form].render(digest)
    with speaking(CHINESE):
        assert FORMATS[form].render(digest) == english


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_a_text_in_chinese_fits_a_terminal(digest: Digest) -> None:
    """Eighty columns, of which a Chinese letter takes two."""
    with speaking(CHINESE):
        written = FORMATS["text"].render(digest)
    assert all(display_width(line) <= 80 for line in written.splitlines())
    assert not {line.lstrip()[:1] for line in written.splitlines()} & set("，。）：、")


def test_verdict_and_title_are_said_again() -> None:
    """From the figures of the digest, which holds them in English."""
    assert digest_view(busy()).verdict == busy().verdict
    with speaking(CHINESE):
        view = digest_view(busy())
    assert view.verdict == (
        "prod-eu：12 个工作负载共 214 次失败，较前一天上升 38%。"
        "建议先看 shop/Deployment checkout，BackOff（120 次）。"
    )
    assert view.title == "2026年11月21日（星期六）日报"


@pytest.mark.parametrize("name", ["busy", "no-data", "long-day", "second-day", "watched-day"])
def test_a_digest_says_its_title_and_verdict_in_english_too(name: str) -> None:
    """What is said again in another language is what it says already."""
    digest = EVERY_DIGEST[name]
    assert title_of(digest) == digest.title
    assert verdict_of(digest) == digest.verdict


def test_a_page_names_its_language() -> None:
    """For readers of screens, fonts and translators."""
    with speaking(CHINESE):
        assert '<html lang="zh-CN">' in FORMATS["html"].render(busy())
    assert '<html lang="en">' in FORMATS["html"].render(busy())


def test_the_coverage_of_a_part_is_said_in_chinese() -> None:
    """No English word is left but names and commands."""
    with speaking(CHINESE):
        [lines] = [note.lines for note in digest_view(half_watched()).notes if note.alert]
    assert lines[0] == (
        "prod-eu（范围：命名空间 data；shop 中的 type=Warning）："
        "已监控 65%，已补回 5%，缺口 20%，未知 10%。"
    )


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_a_hostile_text_is_inert_in_a_sentence(text: str) -> None:
    """A brace in a name is no value, and a tag stays a text."""
    attacked = busy(rows=(row(name=text, namespace=text, reason=text),), clusters=(text,))
    with speaking(CHINESE):
        page = FORMATS["html"].render(attacked)
        written = FORMATS["text"].render(attacked)
    assert page.count("<script") == 1  # our own
    assert "<img" not in page
    assert written.replace("\n", "").isprintable()


@given(st.integers(1, 60), st.booleans())
def test_labels_of_a_chart_stay_apart(count: int, long: bool) -> None:
    """Wide labels stand at their columns, and never on top of each other."""
    bars = hourly(at(0), tuple(range(1, count + 1)), minutes=24 * 60 if long else 60)
    digest = replace(busy(), histogram=bars, peak=bars[-1], bucket_minutes=1440 if long else 60)
    with speaking(CHINESE):
        written = FORMATS["text"].render(replace(digest, end=bars[-1].end))
    assert all(display_width(line) <= 80 for line in written.splitlines())

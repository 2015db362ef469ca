"""Tests of what the formats share."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from reports.formats import FORMATS
from tests.unit.reports.digests import EVERY_DIGEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest


def test_suffixes_are_fixed() -> None:
    """Scripts rely on the names of the files."""
    assert {name: form.suffix for name, form in FORMATS.items()} == {
        "html": ".html",
        "text": ".txt",
        "json": ".json",
    }


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_figures_are_equal_in_every_format(digest: Digest) -> None:
    """Failures of every row, the residual and the total are the same in text, HTML and JSON."""
    document = json.loads(FORMATS["json"].render(digest))
    expected = [shown["failures"] for shown in document["rows"]]
    if document["residual"]["rows"]:
        expected.append(document["residual"]["failures"])
    if expected:
        expected.append(document["failures"])
    assert _text_column(FORMATS["text"].render(digest)) == expected
    assert _html_column(FORMATS["html"].render(digest)) == expected
    assert sum(expected[:-1]) == document["failures"]
    assert sum(bar["failures"] for bar in document["histogram"]) == document["failures"]


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_sentences_are_equal_in_text_and_html(digest: Digest) -> None:
    """Verdict, peak and every word of the table are in both, whatever the line breaks."""
    text = " ".join(FORMATS["text"].render(digest).split())
    page = unescape(re.sub(r"<[^>]*>", " ", FORMATS["html"].render(digest)))
    page = " ".join(page.split())
    assert digest.verdict in text
    assert digest.verdict in page
    for sentence in re.findall(r"Peak [^.]*\.|\d+ episodes?, \d+ objects?", text):
        assert sentence in page


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_json_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The JSON of each hand-made digest is known."""
    compare_golden(f"{name}.json", FORMATS["json"].render(digest))


def _text_column(text: str) -> list[int]:
    found = re.findall(r"^ {2,7}([\d,]+)  \S", text, re.MULTILINE)
    return [int(number.replace(",", "")) for number in found]


def _html_column(page: str) -> list[int]:
    found = re.findall(r'<td class="number"[^>]*>(?:<div[^>]*>)?([\d,]+)<', page)
    return [int(number.replace(",", "")) for number in found]

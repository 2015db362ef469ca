"""Tests of what the formats share."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

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
        "markdown": ".md",
        "json": ".json",
        "csv": ".csv",
        "table": ".table.txt",
    }


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_figures_are_equal_in_every_format(digest: Digest) -> None:
    """The numbers of every row, residual and total, in reading order, are those of the JSON."""
    document = json.loads(FORMATS["json"].render(digest))
    expected = _expected(document)
    assert _numbers(r"^ {2,7}([\d,]+)  \S", FORMATS["text"].render(digest)) == expected
    assert (
        _numbers(
            r'<td class="number"[^>]*>(?:<div[^>]*>)?([\d,]+)<', FORMATS["html"].render(digest)
        )
        == expected
    )
    assert (
        _numbers(r"^(?:\| |- \*\*)([\d,]+)(?: \||\*\*)", FORMATS["markdown"].render(digest))
        == expected
    )
    assert sum(bar["failures"] for bar in document["histogram"]) == document["failures"]


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_csv_has_the_figures_of_the_json(digest: Digest) -> None:
    """Every number of a row in the JSON is in the line of that row, to the last digit."""
    document = json.loads(FORMATS["json"].render(digest))
    lines = list(csv.DictReader(io.StringIO(FORMATS["csv"].render(digest))))
    shown = [line for line in lines if line["section"] in {"new", "worse", "ongoing"}]
    assert len(shown) == len(document["rows"])
    for line, row in zip(shown, document["rows"], strict=True):
        for figure in ("failures", "previous_failures", "episodes", "objects", "share"):
            assert line[figure] == ("" if row[figure] is None else str(row[figure]))
        assert (line["first"], line["last"]) == (row["first"], row["last"])
    gone = [line["previous_failures"] for line in lines if line["section"] == "gone"]
    assert gone == [str(row["previous_failures"]) for row in document["gone"]]


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_the_day_is_the_last_of_the_month(digest: Digest) -> None:
    """In hand-made digests as in real ones, the reported days of the long trend add up."""
    days = [day for day in digest.daily if digest.start <= day.start < digest.end]
    assert sum(day.failures or 0 for day in days) == digest.failures


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_sentences_are_equal_in_text_markdown_and_html(digest: Digest) -> None:
    """Verdict, peak, trends and values are in all three, whatever the line breaks."""
    text = " ".join(FORMATS["text"].render(digest).split())
    markdown = FORMATS["markdown"].render(digest).replace("\\|", "|")
    page = unescape(re.sub(r"<[^>]*>", " ", FORMATS["html"].render(digest)))
    page = " ".join(page.split())
    sentences = re.findall(
        r"Peak [^.]*\.|\d+ episodes?, \d+ objects?|[▲▼=] \w+|NEW|\d+ failures? in \d+ days[^.]*\."
        r"|First days: [^.]*\.|\d+ more rows?|no baseline yet|\S+ ×\d+",
        text,
    )
    for sentence in [digest.verdict, *sentences]:
        assert sentence in text
        assert sentence in page
        assert sentence in markdown


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_json_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The JSON of each hand-made digest is known."""
    compare_golden(f"{name}.json", FORMATS["json"].render(digest))


def _expected(document: dict[str, Any]) -> list[int]:
    """Return the numbers of a digest: rows by section, what is gone, places, message groups."""
    order = {"new": 0, "rising": 1, "regressed": 1}
    rows = sorted(document["rows"], key=lambda row: order.get(row["trend"], 2))
    numbers = [row["failures"] for row in rows]
    if document["residual"]["rows"]:
        numbers.append(document["residual"]["failures"])
    assert sum(numbers) == document["failures"]
    if rows:
        numbers.append(document["failures"])
    numbers += [gone["previous_failures"] for gone in document["gone"]]
    if document["gone_residual"]["rows"]:
        numbers.append(document["gone_residual"]["failures"])
    numbers += [place["failures"] for place in document["hot_spots"]]
    return numbers + [group["failures"] for group in document["messages"]]


def _numbers(pattern: str, text: str) -> list[int]:
    found = re.findall(pattern, text, re.MULTILINE)
    return [int(number.replace(",", "")) for number in found]

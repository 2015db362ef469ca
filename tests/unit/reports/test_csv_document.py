"""Tests of CSV: what a spreadsheet reads, and what it must not run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.inert import printable
from reports.csv_document import COLUMNS, csv_text, render_csv
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    at,
    busy,
    gone,
    hot_spot,
    long_day,
    no_data,
    quiet,
    recovery,
    row,
    second_day,
)
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (float("nan"), ""),
        (0, "0"),
        (-5, "-5"),
        (-0.25, "-0.25"),
        (True, "true"),
        (at(2, 10), "2026-11-21T02:10:00+01:00"),
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\t=1+1", "'=1+1"),
        ("\tplain", "'plain"),
        ("\uff1d1", "'\uff1d1"),
        ("a\u202eb\x1b", "a‹U+202E›b\\x1b"),
        ("two\nlines", "two ⏎ lines"),
    ],
)
def test_a_cell_says_what_it_holds(value: object, cell: str) -> None:
    """Missing is empty, numbers are bare, times carry their offset, no text is a formula."""
    assert _read(csv_text(["a", "b"], [[value, "x"]])) == [{"a": cell, "b": "x"}]


def test_quotes_follow_the_rfc() -> None:
    """Commas and quotes are quoted, quotes doubled, lines end in one line feed."""
    assert csv_text(["a"], [['1,5 "x"'], [2]]) == 'a\n"1,5 ""x"""\n2\n'


@given(st.lists(st.tuples(st.text(min_size=1), st.integers()), max_size=5))
def test_whatever_the_texts_the_shape_stays(rows: list[tuple[str, int]]) -> None:
    """Every row comes back with its numbers, on one line, and no cell of text is a formula."""
    text = csv_text(["name", "failures"], rows)
    assert text.count("\n") == len(rows) + 1
    assert text.replace("\n", "").isprintable()
    read = _read(text)
    assert [int(line["failures"]) for line in read] == [number for _, number in rows]
    for line, (name, _) in zip(read, rows, strict=True):
        assert not line["name"].startswith(FORMULA_STARTS)
        assert line["name"].removeprefix("'") == printable(name).removeprefix("'")


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_texts_stay_in_their_cell(text: str) -> None:
    """Whatever field a hostile text is in, lines and columns stay, and nothing is a formula."""
    attacked = row(
        cluster=text, namespace=text, kind=text, name=text, reason=text, message=text, kubectl=text
    )
    digest = busy(
        rows=(attacked,),
        gone=(gone(name=text, reason=text),),
        recovered=(recovery(name=text, reason=text),),
        hot_spots=(hot_spot(name=text, cluster=text),),
        verdict=text,
        period=text,
    )
    written = render_csv(digest)
    assert written.replace("\n", "").isprintable()
    assert len(written.splitlines()) == 8
    for line in _read(written):
        assert list(line) == list(COLUMNS)
        assert not any(cell.startswith(FORMULA_STARTS) for cell in line.values())


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_lines_add_up(digest: Digest) -> None:
    """Failures and rows of all sections but the first are those of the first line."""
    total, *lines = _read(render_csv(digest))
    assert total["section"] == "total"
    assert total["message"] == digest.verdict
    assert sum(int(line["failures"] or 0) for line in lines) == digest.failures
    apart = ("gone", "coverage", "gap", "recovered", "hot_spot")
    counted = [line for line in lines if not line["section"].startswith(apart)]
    assert sum(int(line["rows"]) for line in counted) == int(total["rows"] or 0)
    assert {line["period"] for line in [total, *lines]} == {digest.period}


def test_sections_come_as_first_column() -> None:
    """The busy day, section by section, with the figures of the period before."""
    lines = _read(render_csv(busy()))
    assert [(line["section"], line["failures"], line["previous_failures"]) for line in lines] == [
        ("total", "214", "155"),
        ("worse", "120", "35"),
        ("new", "41", "0"),
        ("ongoing", "17", "16"),
        ("ongoing", "2", "1"),
        ("ongoing", "1", "60"),
        ("residual", "33", ""),
        ("gone", "0", "20"),
        ("gone", "0", "9"),
        ("gone_residual", "", "2"),
        ("recovered", "", ""),
        ("recovered", "", ""),
        ("hot_spot", "", ""),
        ("hot_spot", "", ""),
    ]


def test_no_data_is_not_zero() -> None:
    """A quiet day has 0 failures, a day without data an empty cell."""
    assert _read(render_csv(quiet()))[0]["failures"] == "0"
    assert _read(render_csv(no_data()))[0]["failures"] == ""
    assert _read(render_csv(long_day()))[1]["previous_failures"] == ""


def test_the_total_says_whether_it_can_be_compared() -> None:
    """12 failures of a day that is partly known are no base of a ratio; a row says nothing."""
    total, shown = _read(render_csv(second_day()))
    assert (total["previous_failures"], total["comparable"]) == ("12", "false")
    assert shown["comparable"] == ""
    assert _read(render_csv(busy()))[0]["comparable"] == "true"


def test_figures_are_not_rounded() -> None:
    """Share and rate come back as the numbers they were."""
    digest = replace(busy(), rows=(row(share=120 / 214, rate_per_hour=1 / 3),))
    shown = _read(render_csv(digest))[1]
    assert (float(shown["share"]), float(shown["rate_per_hour"])) == (120 / 214, 1 / 3)


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_csv_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The CSV of each hand-made digest is known."""
    compare_golden(f"{name}.csv", render_csv(digest))

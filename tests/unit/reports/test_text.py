"""Tests of the plain text."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.text import render_text
from reports.width import display_width
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    at,
    busy,
    gone,
    hourly,
    long_day,
    message,
    no_data,
    quiet,
    row,
    second_day,
)
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest


def _check(text: str) -> None:
    assert all(display_width(line) <= 80 for line in text.splitlines())
    assert text.replace("\n", "").isprintable()
    assert text.encode()


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_text_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The text of each hand-made digest is known, fits 80 columns and ends with one newline."""
    text = render_text(digest)
    _check(text)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    compare_golden(f"{name}.txt", text)


def test_the_verdict_comes_first() -> None:
    """The first line is the verdict's beginning, not a title."""
    assert render_text(busy()).startswith("prod-eu: 214 failures in 12 workloads, up 38 %")


def test_quiet_and_no_data_differ() -> None:
    """A day without failures and a day without data share neither heading nor words."""
    calm, nothing = render_text(quiet()), render_text(no_data())
    assert "No failures ─" in calm
    assert "Nothing is known about this window." not in calm
    assert "Nothing is known about this window." in nothing
    assert "not one of them was a failure" not in nothing


def test_the_numbers_of_the_table_add_up() -> None:
    """The first column, read top to bottom, sums to its last number."""
    table, _, _ = render_text(busy()).partition("── Gone")
    column = [int(n) for n in re.findall(r"^ {2,7}(\d+)  \S", table, re.MULTILINE)]
    assert column == [41, 120, 17, 2, 1, 33, 214]
    assert sum(column[:-1]) == column[-1]


def test_sections_are_in_order() -> None:
    """What is new comes first, what the figures rest on last."""
    headings = re.findall(r"^── (.*?) ─+$", render_text(busy()), re.MULTILINE)
    assert headings == [
        "New (by hour)",
        "Worse (by hour)",
        "Ongoing, or too little to tell (by hour)",
        "Gone (failures the day before)",
        "Recovered",
        "When (failures per hour)",
        "Four weeks by hour (25 Oct – 21 Nov)",
        "30 days",
        "Where",
        "Messages",
        "Data quality",
    ]


def test_trends_are_words_with_the_number_before() -> None:
    """Each row says how it compares; the first days say once that they cannot."""
    text = render_text(busy())
    for words in ("NEW, was 0", "▲ rising, was 35", "= steady, was 16", "▼ falling, was 60"):
        assert text.count(words) == 1
    first = render_text(long_day())
    assert first.count("no baseline yet") == 1
    assert ", was " not in first


def test_a_long_window_names_the_days_of_a_column() -> None:
    """A year of 365 bars is drawn as 73 columns of five days, and the heading says so."""
    bars = hourly(at(0), (9,) * 365, minutes=24 * 60)
    text = render_text(busy(bucket_minutes=24 * 60, histogram=bars, peak=bars[0]))
    _check(text)
    assert "── When (failures per 5 days) ──" in text
    assert "45 │" + "█" * 73 in text


def test_the_command_of_a_day_without_data_is_a_line() -> None:
    """What brings in events can be copied as it stands."""
    lines = render_text(no_data()).splitlines()
    assert "kubectl get events -A -o json | kubedigest import -" in lines


def test_what_is_not_known_is_said() -> None:
    """No ratio to other clusters, no objects of settled history, and who is missing."""
    text = render_text(second_day())
    assert "12 the day before, not comparable" in text
    assert "09:14–10:10, 100 %, 1 episode\n" in text
    assert "! Clusters     alpha; no data from beta" in text
    assert "Seen         30 occurrences between 09:14 and 10:10." in text


def test_a_broken_command_can_be_copied() -> None:
    """A long kubectl line is continued with backslashes, and a shell reads the same words."""
    line = (
        "kubectl --context prod-eu -n shop describe deployment "
        "a-deployment-with-quite-a-long-name-for-the-recommendation-engine-canary"
    )
    text = render_text(busy(rows=(row(kubectl=line),)))
    start = text.index("kubectl --context")
    copied = text[start : text.index("\n\n", start)]
    assert "\\\n" in copied
    words = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {copied}"], check=True, capture_output=True, text=True
    )
    assert words.stdout.split() == line.split()


@pytest.mark.parametrize("line", ["", "kubectl describe 'unbalanced", "kubectl " + "x" * 200])
def test_a_command_that_cannot_be_shown_is_left_out(line: str) -> None:
    """No command is better than one that is cut."""
    text = render_text(busy(rows=(row(kubectl=line),)))
    assert "kubectl" not in text


def test_still_firing_is_a_word() -> None:
    """Only the row that is still firing says so."""
    assert render_text(busy()).count("● still firing") == 1


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_texts_are_inert_everywhere(text: str) -> None:
    """Whatever field a hostile text is in, the lines fit and hold no control."""
    attacked = row(
        cluster=text, namespace=text, kind=text, name=text, reason=text, message=text, kubectl=text
    )
    digest = busy(
        rows=(attacked,),
        gone=(gone(cluster=text, namespace=text, kind=text, name=text, reason=text),),
        messages=(message(name=text, reason=text, pattern=text, values=((text, 2),)),),
        verdict=text,
        title=text,
        clusters=(text, "b"),
        silent=(text,),
        quality=replace(busy().quality, version=text),
    )
    _check(render_text(digest))


@given(st.text(), st.text(), st.text(), st.integers(0, 10**12))
def test_any_text_fits(name: str, reason: str, message: str, failures: int) -> None:
    """Whatever the names, every line fits 80 columns."""
    attacked = row(name=name, reason=reason, message=message, failures=failures)
    _check(render_text(busy(rows=(attacked,))))

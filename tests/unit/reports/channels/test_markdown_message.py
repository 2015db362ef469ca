"""Tests of a letter as one message of markdown."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.channels.fitting_letter import EXTRAS, fitting_letter
from reports.channels.markdown_message import LINES, LISTS, fitting_message, message
from reports.channels.markdown_text import JOINER
from tests.effort import examples
from tests.unit.reports.channels.markdown_letters import (
    ATTACKS,
    COMMAND,
    attacked,
    letter,
    many_rows,
    random_digests,
    sums,
    without_code,
)
from tests.unit.reports.digests import busy, long_day, no_data, quiet
from tests.unit.reports.hostile import label

if TYPE_CHECKING:
    from analytics.digest import Digest
    from reports.channels.markdown_message import Flavour


def _outline(text: str) -> list[str]:
    """Return the structure that a parser of markdown with tables sees, without the texts."""
    blocks = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    tokens = [token for block in blocks for token in (block, *(block.children or []))]
    return [token.type + token.tag for token in tokens if token.type != "text"]


@pytest.mark.parametrize("tabled", [False, True])
@pytest.mark.parametrize("text", ATTACKS, ids=label)
def test_hostile_texts_change_no_structure(text: str, tabled: bool) -> None:
    """Whatever field a hostile text is in: no link, image, mention, heading, cell or line."""
    written = message(letter(attacked(text)), LISTS, 100_000, tabled=tabled)
    assert written.replace("\n", "").replace(JOINER, "").isprintable()
    plain = message(letter(attacked("plain")), LISTS, 100_000, tabled=tabled)
    assert _outline(written) == _outline(plain)
    free = without_code(written).replace("### ", "", 1)
    assert not re.search(rf"@(?!{JOINER})|[<>\[\]`#~_\\&]|://|www\.", free, re.IGNORECASE)


@pytest.mark.parametrize("text", ATTACKS, ids=label)
def test_a_hostile_command_is_not_offered(text: str) -> None:
    """What stands between backticks can be copied as it is, or is not there."""
    written = message(letter(attacked("plain", kubectl=text)), LISTS, 4096)
    found = re.findall("`([^`]*)`", written)
    assert found in ([], [text])
    assert not set("".join(found)) & set("<>[]|*#~\\\n")


def test_a_phone_shows_the_verdict_and_five_rows() -> None:
    """They are in the first 1,200 characters, with what to type first."""
    lines = message(letter(busy()), LISTS, 18_000).splitlines()
    fifth = max(number for number, line in enumerate(lines) if line.startswith("- **"))
    screen = "\n".join(lines[: fifth + 2])
    assert len(screen) <= 1200
    assert screen.startswith(f"### {busy().verdict}\n")
    assert sums(screen) == [41, 120, 17, 2, 1]
    assert f"`{COMMAND}`" in screen


def test_rows_say_what_changed_and_when() -> None:
    """A row has failures, reason, workload, change, whether it goes on, when, and a message."""
    lines = message(letter(busy()), LISTS, 18_000).splitlines()
    at = lines.index("- **120** BackOff · shop/Deployment checkout  ")
    assert lines[at + 1] == "  ▲ rising, was 35 · ● still firing · 02:10–23:55  "
    assert lines[at + 2].startswith("  Back-off restarting failed container app in pod checkout")


def test_groups_are_in_order() -> None:
    """New comes before worse, worse before ongoing."""
    text = message(letter(busy()), LISTS, 18_000)
    found = re.findall(r"^\*\*([A-Z][^*]*)\*\*$", text, re.MULTILINE)
    assert found == ["New", "Worse", "Ongoing, or too little to tell"]


def test_rows_after_the_fifth_are_one_line() -> None:
    """The first five rows are on two lines and more, the others on one."""
    lines = message(letter(many_rows(8)), LINES, 4096).splitlines()
    rows = [number for number, line in enumerate(lines) if re.match(r"\*\*1\*\* ", line)]
    heights = [after - before for before, after in pairwise(rows)]
    assert heights == [3, 3, 3, 2, 2, 1, 1]
    assert lines[rows[7]].endswith("canary-007 · = steady, was 35")


@pytest.mark.parametrize(
    ("digest", "expected"),
    [
        (quiet(), ["no failures", "Events came in, and not one of them was a failure."]),
        (no_data(), ["No data", "`kubectl get events -A -o json | kubedigest import -`"]),
        (long_day(), ["First days"]),
    ],
)
def test_days_without_rows_or_baseline_say_so(digest: Digest, expected: list[str]) -> None:
    """A quiet day, a day without data and a first day read differently."""
    text = message(letter(digest), LINES, 4096)
    for words in expected:
        assert words in text


def test_marks_stand_above_the_verdict() -> None:
    """Nobody takes a test for a night's failures, or a second copy for a second day."""
    text = message(letter(busy(), is_test=True, is_resend=True), LINES, 4096)
    test, copy, _, verdict = text.splitlines()[:4]
    assert test == "**This is a test: the figures are made up.**"
    assert copy.startswith("**Sent again")
    assert verdict.startswith("### ")


def test_without_room_the_first_rows_are_kept() -> None:
    """Samples go first, then what is gone; the rows and the sums stay, and so does the footer."""
    whole = message(letter(busy()), LINES, 2048)
    tight = len(whole.encode()) - 1
    text = fitting_message(letter(busy()), LINES, tight).decode()
    assert "Back-off restarting" not in text
    assert "Gone:" in text
    assert sums(text) == [41, 120, 17, 2, 1, 33, 214]
    assert text.endswith("daily-2026-11-21-ops-3f9a")


def test_extras_are_named() -> None:
    """Without extras, verdict, rows, sums and footer are left."""
    text = message(letter(busy()), LINES, 2048, extras=())
    for missing in ("Gone:", "Peak", "kubectl", "Back-off restarting", "**!**"):
        assert missing not in text
        assert missing in message(letter(busy()), LINES, 2048, extras=EXTRAS)


@pytest.mark.parametrize(("flavour", "limit"), [(LISTS, 4096), (LINES, 2048)])
@given(digest=random_digests(), is_test=st.booleans(), is_resend=st.booleans())
@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_message_fits_and_adds_up(
    flavour: Flavour, limit: int, digest: Digest, is_test: bool, is_resend: bool
) -> None:
    """Whatever the texts and however many rows: within the bytes, and shown + residual = total."""
    told = letter(digest, is_test=is_test, is_resend=is_resend)
    text = fitting_message(told, flavour, limit).decode()
    assert len(text.encode()) <= limit
    *parts, total = sums(text)
    assert total == digest.failures
    assert sum(parts) == total


def test_a_message_that_cannot_fit_is_an_error() -> None:
    """A limit that no message keeps is a mistake in the code, and is not passed over."""
    with pytest.raises(ValueError, match="a digest without rows has"):
        fitting_letter(letter(busy()), 100, lambda told, extras: bytes(101))

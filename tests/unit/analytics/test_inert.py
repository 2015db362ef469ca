"""Tests of the characters that may reach a reader."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.inert import is_inert, printable
from tests.unit.reports.hostile import HOSTILE_TEXTS, label


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 100 %", "plain text, 100 %"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\x9bb\x7f", r"a\x9bb\x7f"),
        ("a\u202eb", "a‹U+202E›b"),
        ("a\u200bb\ufeff", "a‹U+200B›b‹U+FEFF›"),
        ("a\u2028b", "a‹U+2028›b"),
        ("a\nb\r\nc", "a ⏎ b ⏎ c"),
        ("over\rwritten", r"over\x0dwritten"),
        ("a\tb\u00a0c\u3000d", "a b c d"),
        ("订单服务 café naïve 🙂", "订单服务 café naïve 🙂"),
        ("\ud800", "‹U+D800›"),
        ("\U000e0041", "‹U+E0041›"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "‹U+0301›" * 2),
        ("\u0301" * 5, "\u0301" * 4 + "‹U+0301›"),
        (("e" + "\u0301" * 4) * 2, ("e" + "\u0301" * 4) * 2),
        ("\n padded \n", "padded"),
        (" plain ", " plain "),
        ("", ""),
    ],
)
def test_controls_and_invisible_characters_are_spelt_out(text: str, shown: str) -> None:
    """What would act or hide is shown as its code; everything else is left alone."""
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_no_control_ever_survives(text: str) -> None:
    """Whatever the text, the result is one line of characters that only draw themselves."""
    shown = printable(text)
    assert shown.isprintable()
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert shown.encode().decode() == shown


@given(st.text(st.characters(exclude_categories=())))
def test_printable_text_is_left_alone(text: str) -> None:
    """Showing a text twice is the same as showing it once."""
    assert printable(printable(text).strip()) == printable(text).strip()


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_texts_become_one_line(text: str) -> None:
    """Every text of the corpus comes out printable."""
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("character", "inert"),
    [
        ("宽", True),
        (" ", True),
        ("\u202e", False),
        ("\u3164", False),
        ("\n", False),
        ("\xad", False),
    ],
)
def test_which_characters_draw_themselves(character: str, inert: bool) -> None:
    """A blank letter draws nothing, an override does something."""
    assert is_inert(character) is inert

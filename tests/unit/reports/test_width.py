"""Tests of measuring, cutting and breaking by display width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.inert import printable
from reports.width import clip, display_width, ljust, wrap

TEXTS = st.text().map(printable)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("订单", 4), ("ﾊﾛｰ", 3), ("\uff21", 2), ("e\u0301", 1), ("🙂", 2), ("한글", 4)],
)
def test_wide_characters_count_twice(text: str, columns: int) -> None:
    """CJK, full-width letters and emoji take two columns, accents none."""
    assert display_width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "cut"),
    [
        ("checkout", 8, "checkout"),
        ("checkout", 5, "chec…"),
        ("订单服务", 8, "订单服务"),
        ("订单服务", 6, "订单…"),
        ("a b c d", 5, "a b…"),
        ("", 3, ""),
    ],
)
def test_clip_cuts_between_characters(text: str, columns: int, cut: str) -> None:
    """A cut text ends in an ellipsis and a wide character is never halved."""
    assert clip(text, columns) == cut


@given(TEXTS, st.integers(1, 30))
def test_clip_never_exceeds_its_columns(text: str, columns: int) -> None:
    """Whatever the text, the result fits."""
    assert display_width(clip(text, columns)) <= columns


@given(TEXTS, st.integers(2, 30), st.integers(1, 4))
def test_wrapped_lines_fit(text: str, columns: int, lines: int) -> None:
    """Every line fits, and there are no more of them than asked for."""
    broken = wrap(text, columns, lines=lines)
    assert len(broken) <= lines
    assert all(display_width(line) <= columns for line in broken)


def test_wrap_marks_what_is_missing() -> None:
    """The last line that is allowed ends in an ellipsis if more was to come."""
    assert wrap("one two three four", 8, lines=2) == ["one two", "three f…"]


def test_names_are_not_broken_at_their_hyphens() -> None:
    """A name that fits a line of its own gets one; one that fits none is broken after a hyphen."""
    assert wrap("in openshift-authentication", 24) == ["in", "openshift-authentication"]
    assert wrap("of abcd-efgh it", 6) == ["of", "abcd-", "efgh", "it"]
    assert wrap("abcdefgh it", 6) == ["abcdef", "gh it"]


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("昨天共有失败", 8, ["昨天共有", "失败"]),
        ("昨天共有，失败", 8, ["昨天共", "有，失败"]),
        ("昨天（共有）失败", 6, ["昨天", "（共", "有）失", "败"]),
        ("昨天（pod）失败", 9, ["昨天", "（pod）失", "败"]),
        ("共 12 次失败", 6, ["共 12", "次失败"]),
        ("昨天checkout失败", 9, ["昨天", "checkout", "失败"]),
        ("カートが落ちた。", 8, ["カートが", "落ちた。"]),
    ],
)
def test_chinese_is_broken_between_letters(text: str, columns: int, lines: list[str]) -> None:
    """Nothing that closes begins a line, nothing that opens ends one, Latin words stay whole."""
    assert wrap(text, columns) == lines


@given(st.text("昨天（失败），。a1 “”"), st.integers(8, 30))
def test_nothing_is_lost_between_lines(text: str, columns: int) -> None:
    """The lines hold the text, but for its spaces."""
    assert "".join(wrap(text, columns)).replace(" ", "") == text.replace(" ", "")


def test_ljust_fills_by_width() -> None:
    """Two wide characters need two spaces to fill six columns."""
    assert ljust("订单", 6) == "订单  "

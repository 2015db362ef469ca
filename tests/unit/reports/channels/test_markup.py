"""Tests of text that acts in no chat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.inert import printable
from reports.channels.markup import characters, cut, defused, safe_command
from reports.width import display_width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 文 text", "plain 文 text"),
        ("<@all> </at>", "‹\uff20all› ‹/at›"),
        ("a@b.example", "a\uff20b.example"),
        ("app@sha256:0f1e", "app@sha256:0f1e"),
        ("https://x www.y WWW.z", "https:// x www. y WWW. z"),
        ("![a](b) [c](d)", "! [a] (b) [c] (d)"),
        ("{{{x}}}", "{ { {x}}}"),
    ],
)
def test_defused(text: str, shown: str) -> None:
    """What acts is changed so that it reads the same; a digest of an image is left alone."""
    assert defused(text) == shown


@given(st.text(alphabet="<>@![](){}:/w. aA"))
def test_defusing_again_changes_nothing(text: str) -> None:
    """Nothing that acts is left, nor comes into being."""
    assert defused(defused(text)) == defused(text)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("kubectl --context admin@prod get pods", "kubectl --context admin@prod get pods"),
        ("kubectl describe pod 'x@all'", ""),
        ("kubectl describe pod @here", ""),
        ("kubectl describe pod '<b>'", ""),
        ("kubectl describe pod '`id`'", ""),
        ("kubectl get --raw https://x", ""),
        ("=1+1", ""),
        ("", ""),
    ],
)
def test_a_command_is_whole_or_missing(line: str, shown: str) -> None:
    """A changed command would be a wrong one."""
    assert safe_command(line) == shown


@given(st.text(max_size=300).map(printable), st.integers(1, 80))
def test_cut_bounds_columns_and_bytes(text: str, columns: int) -> None:
    """Whatever the marks on a letter; what fits comes back unchanged."""
    shown = cut(text, columns)
    assert display_width(shown) <= columns
    assert len(shown.encode()) <= 3 * columns
    if display_width(text) <= columns and len(text.encode()) <= 3 * columns:
        assert shown == text


def test_cut_bounds_letters_with_many_bytes() -> None:
    """Forty letters with a mark of four bytes each are 40 columns and 200 bytes."""
    text = "a\U0001e8d0" * 40
    assert display_width(text) == 40
    assert len(cut(text, 40).encode()) <= 120


def test_an_emoji_is_two_characters() -> None:
    """As in JavaScript, which is what counts in a browser."""
    assert [characters(text) for text in ("", "a", "宽", "\U0001f469")] == [0, 1, 1, 2]

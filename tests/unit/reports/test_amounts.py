"""Tests of numbers in words."""

from __future__ import annotations

import pytest

from reports.amounts import amount, change, counted, rate, share


def test_amounts_have_thousands_separators() -> None:
    """A long number is grouped, also with a noun behind it."""
    assert amount(2147483647) == "2,147,483,647"
    assert counted(1, "failure") == "1 failure"
    assert counted(0, "recovery", "recoveries") == "0 recoveries"
    assert counted(1200, "episode") == "1,200 episodes"


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.0, "0 %"),
        (0.001, "<1 %"),
        (2 / 214, "1 %"),
        (120 / 214, "56 %"),
        (0.996, ">99 %"),
        (1.0, "100 %"),
    ],
)
def test_share_is_all_or_nothing_only_if_it_is(fraction: float, text: str) -> None:
    """Neither 0 % nor 100 % comes from rounding."""
    assert share(fraction) == text


def test_rate_keeps_the_digits_worth_reading() -> None:
    """One decimal from one an hour on, two below."""
    assert [rate(r) for r in (1234.56, 5.0, 1 / 24)] == [
        "1,234.6 per hour",
        "5.0 per hour",
        "0.04 per hour",
    ]


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (214, 155, "▲ 38 %"),
        (2145, 2438, "▼ 12 %"),
        (0, 10, "▼ 100 %"),
        (50, 9, "▲ 41"),
        (5, 5, "="),
        (1001, 1000, "≈"),
        (4583, 252, "× 18"),
        (99, 10, "▲ 890 %"),
        (5, None, "–"),
    ],
)
def test_change_needs_a_base_for_a_percentage(now: int, before: int | None, text: str) -> None:
    """From ten on the change is a percentage, below a difference, without a base a dash."""
    assert change(now, before) == text

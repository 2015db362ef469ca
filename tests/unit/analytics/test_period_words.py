"""Periods as they stand in a sentence."""

from __future__ import annotations

import pytest

from analytics.period_words import all_of, before, period_before


@pytest.mark.parametrize(
    ("report", "so_far", "whole", "when", "what"),
    [
        ("daily", False, "the whole day", "the day before", "the day before"),
        ("weekly", False, "the whole week", "the week before", "the week before"),
        ("custom", False, "all the time", "in the same time before", "the same time before"),
        (
            "daily",
            True,
            "all the time",
            "in the same hours of the day before",
            "the same hours of the day before",
        ),
    ],
)
def test_a_period_and_the_one_before(
    report: str, so_far: bool, whole: str, when: str, what: str
) -> None:
    """A day that has not ended is not whole yet, and is compared with the same hours."""
    assert all_of(report, so_far=so_far) == whole
    assert before(report, so_far=so_far) == when
    assert period_before(report, so_far=so_far) == what

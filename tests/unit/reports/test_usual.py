"""What is usual: said where it is known, and called so only of several weeks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.usual import usual_hint, usual_short, usual_words
from tests.unit.reports.digests import busy, row

SATURDAY = busy()
WEEK = replace(busy(), report="weekly")
SO_FAR = replace(busy(), so_far=True)
OTHER = replace(busy(), report="custom")


@pytest.mark.parametrize(
    ("digest", "failures", "weeks", "words"),
    [
        (SATURDAY, 130.4, 4, "usually 130 on a Saturday"),
        (SATURDAY, 0.0, 2, "usually 0 on a Saturday"),
        (SATURDAY, 130.0, 1, "130 a week before"),
        (SATURDAY, None, 0, ""),
        (SO_FAR, 2.5, 3, "usually 2.5"),
        (OTHER, 0.01, 3, "usually <0.1"),
        (WEEK, 1234.0, 4, "usually 1,234 a week"),
        (WEEK, 1234.0, 1, ""),
    ],
)
def test_the_words_of_a_row(digest, failures, weeks, words):
    """One week is not a habit, and of a week report it is the period before."""
    assert usual_words(row(weekday_failures=failures, weeks=weeks), digest) == words


def test_the_hint_says_what_it_is_the_mean_of():
    """Once for all rows, the best known of them; none without a usual figure."""
    assert usual_hint(SATURDAY) == "“usually” is a Saturday, the mean of 4 weeks."
    assert usual_hint(WEEK) == "“usually” is the mean of the 4 weeks before."
    assert "same time of the week" in usual_hint(OTHER)
    unknown = replace(busy(), rows=(row(weekday_failures=9.0, weeks=1),))
    assert usual_hint(unknown) == ""
    assert usual_short(unknown.rows[0], unknown) == "9 a week before"
    assert usual_short(row(), SATURDAY) == "usually 31"

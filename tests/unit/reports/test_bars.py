"""Tests of bars in tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.bars import NO_DATA, bars

EIGHTHS = " ▏▎▍▌▋▊▉█"


def test_bars_are_measured_in_eighths() -> None:
    """Of 16 in two columns each is one eighth."""
    assert bars([16, 15, 9, 8, 7, 1, 0, None], 2) == [
        "██", "█▉", "█▏", "█", "▉", "▏", "", NO_DATA,
    ]  # fmt: skip


def test_what_is_not_nothing_is_drawn() -> None:
    """One of a million has the least bar there is; nothing at all has none."""
    assert bars([1_000_000, 1], 10) == ["█" * 10, "▏"]
    assert bars([0, None], 10) == ["", NO_DATA]
    assert bars([], 10) == []


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.integers(1, 60))
def test_more_is_never_shorter(values: list[int], columns: int) -> None:
    """No bar is longer than the room, and the greatest fills it."""
    drawn = bars(sorted(values), columns)
    lengths = [sum(map(EIGHTHS.index, bar)) for bar in drawn]
    assert lengths == sorted(lengths)
    assert max(map(len, drawn)) <= columns
    if max(values):
        assert drawn[-1] == "█" * columns

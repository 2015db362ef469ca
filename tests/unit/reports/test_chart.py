"""Tests of bars as characters and as coordinates."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.chart import (
    SPARK_HEIGHT,
    SPARK_STEP,
    axis_marks,
    block_columns,
    fold,
    rectangles,
    run_length,
    spark_path,
    sparkline,
    sums,
)

COUNTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=100)


def test_a_sparkline_scales_to_its_greatest_value() -> None:
    """Eight of eight is a full block, one of eight the lowest, nothing is a dot."""
    assert sparkline([0, 1, 2, 4, 8]) == "·▁▂▄█"
    assert sparkline([0, 0]) == "··"
    assert sparkline([]) == ""


def test_no_data_does_not_look_like_nothing() -> None:
    """A day without data has a mark of its own, and does not change the scale."""
    assert sparkline([None, 0, 4, 8]) == "░·▄█"
    assert sparkline([None, None]) == "░░"


@given(COUNTS)
def test_only_nothing_looks_like_nothing(counts: list[int]) -> None:
    """However small a value is beside the greatest, it does not look like zero."""
    assert [mark == "·" for mark in sparkline(counts)] == [count == 0 for count in counts]
    outline = re.findall(r"([vh])(-?\d+)", spark_path(counts))
    heights, height = [], 0
    for direction, length in outline:
        height -= int(length) if direction == "v" else 0
        heights += [height] * (int(length) // SPARK_STEP) if direction == "h" else []
    assert height == 0
    assert [level > 0 for level in heights] == [count > 0 for count in counts]
    assert max(heights) == (SPARK_HEIGHT if any(counts) else 0)
    placed = rectangles(counts, top=axis_marks(max(counts))[-1], height=160)
    assert [bar.height == 0 for bar in placed] == [count == 0 for count in counts]
    assert all(bar.y + bar.height == 160 and bar.y >= 0 for bar in placed)


@given(COUNTS, st.integers(1, 40))
def test_folding_keeps_the_sum(counts: list[int], limit: int) -> None:
    """Neighbours are added up; nothing is lost and the limit holds."""
    folded = fold(counts, limit)
    assert sum(folded) == sum(counts)
    assert len(folded) <= limit


def test_the_last_run_may_be_shorter() -> None:
    """Five values in runs of two are two pairs and one value alone."""
    assert sums((1, 2, 3, 4, 5), 2) == (3, 7, 5)


def test_three_days_of_hours_fold_to_three_hours_each() -> None:
    """72 buckets in 31 columns are 24 columns of three."""
    assert run_length(72, 31) == 3
    assert fold((1,) * 72, 31) == (3,) * 24


def test_a_column_chart_stacks_blocks() -> None:
    """Two lines have sixteen steps: 16, 12, 1 of 16."""
    assert block_columns([16, 12, 0, 1], height=2, width=2) == ["█ ▄", "█ █   ▁"]


@pytest.mark.parametrize(
    ("greatest", "marks"),
    [
        (0, (0, 1, 2)),
        (1, (0, 1, 2)),
        (5, (0, 1, 2, 3, 4, 5)),
        (6, (0, 2, 4, 6)),
        (63, (0, 20, 40, 60, 80)),
        (1500, (0, 500, 1000, 1500)),
    ],
)
def test_axes_have_round_marks(greatest: int, marks: tuple[int, ...]) -> None:
    """The marks are steps of 1, 2 or 5 and reach the greatest value."""
    assert axis_marks(greatest) == marks


@given(st.integers(0, 10**12))
def test_axes_have_few_marks(greatest: int) -> None:
    """Between three and six marks, the last of them no lower than the greatest value."""
    marks = axis_marks(greatest)
    assert 3 <= len(marks) <= 6
    assert marks[-1] >= greatest

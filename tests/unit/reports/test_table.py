"""Tests of kubectl-like tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.inert import printable
from reports.table import render_table
from reports.width import display_width
from tests.unit.reports.hostile import HOSTILE_TEXTS, label


def test_columns_are_aligned_by_display_width() -> None:
    """A wide name takes its columns; headers are in capitals, three spaces apart."""
    text = render_table(
        ["namespace", "name", "failures"], [["shop", "checkout", 120], ["订单", "a", 7]]
    )
    assert text == (
        "NAMESPACE   NAME       FAILURES\nshop        checkout   120\n订单        a          7\n"
    )


def test_headers_can_be_left_out() -> None:
    """With headers off there are only rows, as in kubectl --no-headers."""
    assert render_table(["a", "b"], [["x", 1], ["yy", 2]], headers=False) == "x    1\nyy   2\n"


def test_no_rows_leave_the_headers() -> None:
    """An empty table still says what it would have shown."""
    assert render_table(["name", "failures"], []) == "NAME   FAILURES\n"
    assert render_table(["name", "failures"], [], headers=False) == ""


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_cells_stay_on_their_line(text: str) -> None:
    """A cell cannot start a line of its own or move the cursor."""
    table = render_table(["name", "failures"], [[text, 1]])
    assert len(table.splitlines()) == 2
    assert table.replace("\n", "").isprintable()


@given(st.lists(st.tuples(st.text(), st.integers()), min_size=1, max_size=5))
def test_second_column_starts_where_the_header_says(rows: list[tuple[str, int]]) -> None:
    """Whatever the names are, all numbers start in one column."""
    header, *lines = render_table(["n", "count"], rows).splitlines()
    start = header.index("COUNT")
    assert len(lines) == len(rows)
    for line, (name, number) in zip(lines, rows, strict=True):
        assert line.endswith(str(number))
        assert display_width(line) == start + len(str(number))
        assert line.startswith(printable(name))

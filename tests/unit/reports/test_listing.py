"""Tests of rows as tables, JSON, YAML and CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reports.chart import sparkline
from reports.listing import (
    Column,
    Listing,
    other_columns,
    records,
    render_listing,
    shown,
    significant,
)
from reports.outputs import OUTPUTS
from reports.width import display_width
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

FIRST = datetime(2026, 11, 21, 2, 10, tzinfo=ZoneInfo("Europe/Berlin"))
COLUMNS = (
    Column(name="name"),
    Column(name="failures"),
    Column(name="first", where="wide"),
    Column(name="rate_per_hour", heading="per hour", where="wide"),
    Column(name="sparkline", heading="when", where="wide", show=sparkline),
    Column(name="bucket_minutes", where="data"),
    Column(name="bar", where="drawn", heading=" ", show=str),
)
ROWS = (
    {
        "name": "订单", "failures": 12345, "first": FIRST, "rate_per_hour": 0.123456,
        "sparkline": (0, None, 4), "bucket_minutes": 60, "bar": "██", "left_out": 1,
    },
    {
        "name": "", "failures": 0, "first": None, "rate_per_hour": None,
        "sparkline": (), "bucket_minutes": 60, "bar": "", "left_out": 2,
    },
)  # fmt: skip
LISTING = Listing(columns=COLUMNS, rows=ROWS)


def test_a_table_has_what_a_person_needs_first() -> None:
    """Wide columns and data are left out; a nameless thing is <none>."""
    assert render_listing(LISTING, "table") == (
        "NAME     FAILURES\n订单     12345      ██\n<none>   0\n"
    )


def test_a_wide_table_has_more() -> None:
    """Missing is a dash, times and rates are short, small numbers keep their digits."""
    assert render_listing(LISTING, "wide", headers=False).splitlines() == [
        "订单     12345   2026-11-21 02:10:00   0.123   ·░█   ██",
        "<none>   0       -                     -",
    ]


def test_data_has_every_field_and_nothing_that_is_drawn() -> None:
    """JSON and YAML say the same: null for what is missing, numbers that are not rounded."""
    expected = [
        {
            "name": "订单", "failures": 12345, "first": "2026-11-21T02:10:00+01:00",
            "rate_per_hour": 0.123456, "sparkline": [0, None, 4], "bucket_minutes": 60,
        },
        {
            "name": "", "failures": 0, "first": None, "rate_per_hour": None,
            "sparkline": [], "bucket_minutes": 60,
        },
    ]  # fmt: skip
    assert json.loads(render_listing(LISTING, "json")) == expected
    assert yaml.safe_load(render_listing(LISTING, "yaml")) == expected


def test_csv_has_the_same_fields() -> None:
    """Missing is an empty cell, several numbers stand in one."""
    first, second = csv.DictReader(io.StringIO(render_listing(LISTING, "csv")))
    assert first == {
        "name": "订单", "failures": "12345", "first": "2026-11-21T02:10:00+01:00",
        "rate_per_hour": "0.123456", "sparkline": "0  4", "bucket_minutes": "60",
    }  # fmt: skip
    assert (second["first"], second["rate_per_hour"], second["sparkline"]) == ("", "", "")
    assert len(render_listing(LISTING, "csv", headers=False).splitlines()) == 2


def test_what_is_known_besides_stands_over_the_rows() -> None:
    """Of JSON and YAML; a table and CSV hold rows only."""
    listing = Listing(columns=COLUMNS[:1], rows=ROWS[:1], about={"state": "quiet", "start": FIRST})
    expected = {
        "state": "quiet", "start": "2026-11-21T02:10:00+01:00", "rows": [{"name": "订单"}],
    }  # fmt: skip
    assert json.loads(render_listing(listing, "json")) == expected
    assert yaml.safe_load(render_listing(listing, "yaml")) == expected
    assert render_listing(listing, "csv") == "name\n订单\n"


def test_no_rows_are_no_rows() -> None:
    """Headings of tables and CSV stay."""
    empty = Listing(columns=COLUMNS[:2], rows=())
    found = {output: render_listing(empty, output) for output in OUTPUTS}
    assert found == {
        "table": "NAME   FAILURES\n",
        "wide": "NAME   FAILURES\n",
        "json": "[]\n",
        "yaml": "[]\n",
        "csv": "name,failures\n",
    }
    assert render_listing(empty, "table", headers=False) == ""


def test_a_narrow_terminal_gets_what_fits() -> None:
    """Columns move together; then spare ones go, the least wanted first; then lines are long."""
    columns = (
        Column(name="name"), Column(name="a", spare=2), Column(name="b", spare=1),
        Column(name="failures"),
    )  # fmt: skip
    row = {"name": "checkout", "a": "aaaa", "b": "bbbb", "failures": 7}
    listing = Listing(columns=columns, rows=[row])

    def line(room: int | None, output: str = "table") -> str:
        return render_listing(listing, output, headers=False, room=room)

    assert line(None) == line(26) == "checkout   aaaa   bbbb   7\n"
    assert line(25) == line(23) == "checkout  aaaa  bbbb  7\n"
    assert line(22) == line(17) == "checkout  aaaa  7\n"
    assert line(16) == line(3) == "checkout  7\n"
    assert line(3, "wide") == line(None, "wide") == "checkout   aaaa   bbbb   7\n"
    headings = render_listing(listing, "table", room=29)
    assert max(map(len, headings.splitlines())) <= 29


def test_colours_do_not_move_a_column() -> None:
    """Only the first cell is painted, after it was set."""
    listing = Listing(
        columns=COLUMNS[:2], rows=ROWS, paint=lambda row, text: f"<{row['failures']}:{text}>"
    )
    plain = render_listing(Listing(columns=COLUMNS[:2], rows=ROWS), "table").splitlines()
    assert render_listing(listing, "table").splitlines() == [
        plain[0],
        plain[1].replace("订单", "<12345:订单>"),
        plain[2].replace("<none>", "<0:<none>>"),
    ]


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
@pytest.mark.parametrize("output", OUTPUTS)
def test_hostile_text_is_inert_in_every_output(output: str, text: str) -> None:
    """No character acts on a terminal; JSON and YAML give the text back exactly."""
    listing = Listing(columns=COLUMNS[:2], rows=[{"name": text, "failures": 3}])
    written = render_listing(listing, output)
    assert written.replace("\n", "").isprintable()
    if output in ("table", "wide", "csv"):
        assert len(written.splitlines()) == 2
    else:
        read = json.loads(written) if output == "json" else yaml.safe_load(written)
        assert read == [{"name": text, "failures": 3}]
    if output == "csv":
        [row] = csv.DictReader(io.StringIO(written))
        assert not row["name"].startswith(("=", "+", "-", "@"))


@given(st.lists(st.tuples(st.text(), st.none() | st.integers()), max_size=4))
def test_whatever_the_rows_data_gives_them_back(rows: list[tuple[str, int | None]]) -> None:
    """JSON and YAML are read as what was written; tables and CSV have a line a row."""
    values = [{"name": name, "failures": count} for name, count in rows]
    listing = Listing(columns=COLUMNS[:2], rows=values)
    assert json.loads(render_listing(listing, "json")) == values
    assert yaml.safe_load(render_listing(listing, "yaml")) == values
    header, *lines = render_listing(listing, "table").splitlines()
    assert len(lines) == len(rows) == render_listing(listing, "csv").count("\n") - 1
    start = header.index("FAILURES")
    for line, (_, count) in zip(lines, rows, strict=True):
        assert display_width(line) == start + len(shown(count))


def test_records_are_plain_values_of_a_zone() -> None:
    """NaN, NaT and NA are None; times are the zone's; numbers are Python's."""
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(["2026-11-21T01:10Z", None], utc=True),
            "count": pd.array([1, None], dtype="Int64"),
            "rate": [np.inf, 0.5],
            "line": [(1, np.nan), []],
            "flag": [True, False],
            "name": pd.array(["a", "b"], dtype="str"),
        }
    )
    first, second = records(frame, ZoneInfo("Europe/Berlin"))
    assert first == {
        "time": FIRST, "count": 1, "rate": None, "line": (1, None), "flag": True, "name": "a",
    }  # fmt: skip
    assert second == {
        "time": None, "count": None, "rate": 0.5, "line": (), "flag": False, "name": "b",
    }  # fmt: skip
    assert first["time"].utcoffset() == FIRST.utcoffset()
    assert type(first["count"]) is int
    assert records(frame.iloc[:0], UTC) == []


def test_fields_nobody_has_named_are_wide_columns() -> None:
    """A field that the analytics add shows up by itself."""
    found = other_columns([{"name": "a", "new_field": 1}, {"other": 2}], COLUMNS)
    assert [(column.name, column.heading, column.where) for column in found] == [
        ("new_field", "new field", "wide"),
        ("other", "other", "wide"),
    ]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 3, "0"),
        (999.6, 3, "1000"),
        (999.4, 3, "999"),
        (1000.4, 3, "1000"),
        (12.3456, 3, "12.3"),
        (-0.5, 1, "-0.5"),
    ],
)
def test_significant_digits(value: float, digits: int, text: str) -> None:
    """As many as are worth reading, whole numbers in full."""
    assert significant(value, digits) == text

"""Rows in PostgreSQL's binary COPY format, byte by byte."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.binary_copy import FOREVER, read_columns, write_columns
from analytics.errors import AnalyticsError
from collector.database import statement

COLUMNS = {"key": "int32", "count": "int64", "at": "time", "is_known": "bool"}
NAME = "copy_rollup_keys"  # any statement will do
SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
MILLENNIUM = 946_684_800_000_000  # 1 January 2000


class Table:
    """A cursor that keeps what is copied to it, and sends that back."""

    def __init__(self, content=b""):
        """Hold some bytes."""
        self.content = content
        self.asked = []

    def mogrify(self, query, parameters):
        """Keep what a query is to be bound to."""
        self.asked.append((query, parameters))
        return query.encode()

    def copy_expert(self, query, file, size=8192):
        """Send the content to a file that is new, and read one that is not."""
        if isinstance(query, bytes):
            self.asked.append(query)
            file.write(self.content)
        else:
            self.asked.append((query, size))
            self.content = file.read()


def row(key, count, at, is_known):
    """Return the bytes of a row: each value behind its length."""
    return struct.pack(">hiiiqiqi?", 4, 4, key, 8, count, 8, at, 1, is_known)


def arrays(key, count, at, is_known):
    """Return columns."""
    return {
        "key": np.array(key, dtype=np.int64),
        "count": np.array(count, dtype=np.int64),
        "at": np.array(at, dtype=np.int64),
        "is_known": np.array(is_known, dtype=bool),
    }


def test_what_is_written():
    """Times count from the year 2000; the greatest and the least are the infinities."""
    table = Table()
    times = [MILLENNIUM + 5, 0, FOREVER, ~FOREVER]
    values = arrays([1, -2, 3, 4], [10**12, -1, 0, 0], times, [True, False, False, True])
    write_columns(table, NAME, COLUMNS, values)
    rows = [
        row(1, 10**12, 5, True),
        row(-2, -1, -MILLENNIUM, False),
        row(3, 0, FOREVER, False),
        row(4, 0, ~FOREVER, True),
    ]
    assert table.content == SIGNATURE + b"".join(rows) + b"\xff\xff"
    [(query, size)] = table.asked
    assert (query, size >= 8192) == (statement(NAME), True)


def test_what_is_read():
    """Integers are int64 whatever their width, and times are those of 1970."""
    table = Table(
        SIGNATURE
        + row(7, -8, 5, True)
        + row(-7, 8, FOREVER, False)
        + row(0, 0, ~FOREVER, True)
        + b"\xff\xff"
    )
    found = read_columns(table, NAME, COLUMNS, {"cut": 1})
    assert {name: values.tolist() for name, values in found.items()} == {
        "key": [7, -7, 0],
        "count": [-8, 8, 0],
        "at": [MILLENNIUM + 5, FOREVER, ~FOREVER],
        "is_known": [True, False, True],
    }
    assert [str(values.dtype) for values in found.values()] == ["int64", "int64", "int64", "bool"]
    assert table.asked == [(statement(NAME), {"cut": 1}), statement(NAME).encode()]


def test_no_row():
    """There and back; without a parameter nothing is bound."""
    table = Table()
    write_columns(table, NAME, COLUMNS, arrays([], [], [], []))
    assert table.content == SIGNATURE + b"\xff\xff"
    found = read_columns(table, NAME, COLUMNS)
    assert [len(values) for values in found.values()] == [0] * 4
    assert found["at"].dtype == np.int64
    assert table.asked[1] == (statement(NAME), {})


def test_only_the_columns_asked_for_are_written():
    """In their order, whatever else there is."""
    table = Table()
    write_columns(table, NAME, {"count": "int64", "key": "int32"}, arrays([1], [2], [3], [True]))
    assert table.content[19:-2] == struct.pack(">hiqii", 2, 8, 2, 4, 1)


def test_a_statement_with_other_columns_is_refused():
    """A width that does not divide the bytes, or another number of columns of the same width."""
    table = Table(SIGNATURE + row(7, -8, 5, True) + b"\xff\xff")
    with pytest.raises(AnalyticsError, match=f"{NAME}: rows of another width"):
        read_columns(table, NAME, {"key": "int32"})
    other = struct.pack(">hiiiq", 2, 4, 1, 8, 2)
    table = Table(SIGNATURE + other + b"\xff\xff")
    same_width = {"a": "bool", "b": "bool", "c": "bool", "d": "bool"}
    assert len(other) == 2 + 4 * 5
    with pytest.raises(AnalyticsError, match=f"{NAME}: 2 columns, expected 4"):
        read_columns(table, NAME, same_width)


INTEGERS = st.integers(-(2**62), 2**62)


@given(st.lists(st.tuples(st.integers(-(2**31), 2**31 - 1), INTEGERS, INTEGERS, st.booleans())))
def test_what_is_written_is_read(rows):
    """Any integers come back."""
    columns = list(zip(*rows, strict=True)) or [[], [], [], []]
    table = Table()
    values = arrays(*columns)
    write_columns(table, NAME, COLUMNS, values)
    for name, found in read_columns(table, NAME, COLUMNS).items():
        assert found.tolist() == values[name].tolist()

"""Columns of fixed width, to and from PostgreSQL in its binary COPY format: no text in between.

A row has the same number of bytes as any other, so a table is one numpy array.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature

from analytics.errors import AnalyticsError
from collector.database import statement

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
SINCE_1970 = 946_684_800_000_000  # PostgreSQL's epoch, 2000-01-01 [us since 1970]
FOREVER = np.iinfo(np.int64).max  # infinity; the least integer is -infinity
BINARY = {"int32": ">i4", "int64": ">i8", "time": ">i8", "bool": "?"}

Columns = Mapping[str, str]  # name -> int32, int64, time [us since 1970] or bool; none is null
Arrays = dict[str, npt.NDArray[Any]]


def read_columns(
    cursor: Cursor, name: str, columns: Columns, parameters: Mapping[str, object] | None = None
) -> Arrays:
    """Run a COPY ... TO STDOUT of ``sql/queries`` and return its columns.

    Parameters
    ----------
    cursor
        Of psycopg2.
    name
        Of the statement.
    columns
        What the statement returns, in order.
    parameters
        Bound by the driver.

    Returns
    -------
    dict
        Name -> int64 or bool array. Times are in microseconds since 1970; infinity is the greatest
        and -infinity the least integer.

    Raises
    ------
    AnalyticsError
        The rows have another width: the statement and *columns* do not fit.
    """
    received = io.BytesIO()
    cursor.copy_expert(cursor.mogrify(statement(name), parameters or {}), received)
    content = received.getbuffer()[len(HEADER) : -len(TRAILER)]
    row = _row_type(columns)
    if len(content) % row.itemsize:
        raise AnalyticsError(f"{name}: rows of another width than its columns")
    rows = np.frombuffer(content, dtype=row)
    if len(rows) and int(rows["fields"][0]) != len(columns):
        raise AnalyticsError(f"{name}: {int(rows['fields'][0])} columns, expected {len(columns)}")
    return {field: _from_binary(rows[field], kind) for field, kind in columns.items()}


def write_columns(cursor: Cursor, name: str, columns: Columns, arrays: Arrays) -> None:
    """Run a COPY ... FROM STDIN of ``sql/queries`` with these columns, in the order of *columns*.

    Raises
    ------
    psycopg2.Error
        The database refuses them.
    """
    row = _row_type(columns)
    rows = np.zeros(len(next(iter(arrays.values()))), dtype=row)
    rows["fields"] = len(columns)
    for field, kind in columns.items():
        rows[f"{field} bytes"] = np.dtype(BINARY[kind]).itemsize
        rows[field] = _to_binary(arrays[field], kind)
    cursor.copy_expert(statement(name), io.BytesIO(HEADER + rows.tobytes() + TRAILER), 1 << 18)


def _row_type(columns: Columns) -> np.dtype[np.void]:
    fields = [("fields", ">i2")]
    for name, kind in columns.items():
        fields += [(f"{name} bytes", ">i4"), (name, BINARY[kind])]
    return np.dtype(fields)


def _from_binary(values: npt.NDArray[Any], kind: str) -> npt.NDArray[Any]:
    if kind == "bool":
        return values.astype(np.bool_)
    native = values.astype(np.int64)
    return np.where(_finite(native), native + SINCE_1970, native) if kind == "time" else native


def _to_binary(values: npt.NDArray[Any], kind: str) -> npt.NDArray[Any]:
    return np.where(_finite(values), values - SINCE_1970, values) if kind == "time" else values


def _finite(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    finite: npt.NDArray[np.bool_] = (values != FOREVER) & (values != ~FOREVER)
    return finite

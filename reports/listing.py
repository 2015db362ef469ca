"""Rows in kubectl's manner: a table, a wide one, JSON, YAML or CSV, the same figures in all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Literal

import pandas as pd

from reports.csv_document import csv_text
from reports.json_document import json_text
from reports.table import NARROW, USUAL, render_table
from reports.width import display_width
from reports.yaml_document import yaml_text

MISSING = "-"  # not known, or not to be computed: never 0
NAMELESS = "<none>"

Where = Literal["table", "wide", "data", "drawn"]
Row = Mapping[str, object]


def shown(value: object) -> str:
    """Return a value as the cell of a table.

    >>> [shown(value) for value in (None, "", 12345, 0.123456, True)]
    ['-', '<none>', '12345', '0.123', 'true']
    """
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return significant(value, 3)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value) or NAMELESS


def significant(value: float, digits: int) -> str:
    """Return *value* with so many significant digits, but none of a whole number cut off.

    >>> significant(1234.5, 3), significant(0.004567, 2), significant(2.0, 3)
    ('1234', '0.0046', '2')
    """
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e+" in text else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of the rows: in data under its name, in tables under its heading."""

    name: str  # stable, with its unit: the field of JSON and YAML, the column of CSV
    heading: str = ""  # of tables; the name where it is short enough
    # in all; in all but narrow tables; in JSON, YAML and CSV only; in both tables only
    where: Where = "table"
    spare: int = 0  # 1 is the first to be left out of a table without room, 0 never is
    show: Callable[[Any], str] = shown  # its value as a cell of a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows, how to show them, and what is known besides them."""

    columns: Sequence[Column]
    rows: Sequence[Row]  # text, numbers, aware times, tuples of numbers, None for what is missing
    about: Mapping[str, object] = field(default_factory=dict)  # of JSON and YAML; {}: a bare array
    paint: Callable[[Row, str], str] = lambda _, text: text  # the first cell of a row, on terminals


def render_listing(
    listing: Listing, output: str, *, headers: bool = True, room: int | None = None
) -> str:
    r"""Return the rows as *output*, one of `OUTPUTS`.

    Parameters
    ----------
    listing
        Fields of a row that no column names are left out.
    output
        ``table`` and ``wide`` are set under upper-case headings, by display width. ``json`` and
        ``yaml`` are an array of objects, or an object whose ``rows`` are that array. ``csv`` has
        a line of names and one for each row.
    headers
        Whether tables and CSV begin with their headings.
    room
        Columns of the terminal. A ``table`` that is wider has less between its columns and then
        goes without the spare ones, one after the other. ``None`` has room for all.

    Returns
    -------
    str
        Ends with a line feed, unless it is empty. Missing values are null, an empty cell of CSV or
        a dash in a table. Whatever a text holds, it cannot act: see `analytics.inert`.

    Examples
    --------
    >>> columns = [Column(name="name"), Column(name="failures", heading="times")]
    >>> listing = Listing(columns=columns, rows=[{"name": "=1+1", "failures": None}])
    >>> print(render_listing(listing, "table"), end="")
    NAME   TIMES
    =1+1   -
    >>> render_listing(listing, "csv")
    "name,failures\n'=1+1,\n"
    """
    if output in ("table", "wide"):
        return _table(listing, wide=output == "wide", headers=headers, room=room)
    columns = [column for column in listing.columns if column.where != "drawn"]
    if output == "csv":
        return _csv(columns, listing.rows, headers=headers)
    rows = [{column.name: row[column.name] for column in columns} for row in listing.rows]
    document = {**listing.about, "rows": rows} if listing.about else rows
    return json_text(document) if output == "json" else yaml_text(document)


def records(frame: pd.DataFrame, zone: tzinfo) -> list[dict[str, object]]:
    """Return the rows of a frame as plain values: None for NaN and NaT, times in *zone*."""
    columns = {str(name): [_plain(value, zone) for value in frame[name]] for name in frame}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def other_columns(rows: Iterable[Row], columns: Sequence[Column]) -> list[Column]:
    """Return a wide column for each field of the rows that *columns* do not name, in order."""
    named = {column.name for column in columns}
    found = dict.fromkeys(name for row in rows for name in row if name not in named)
    return [Column(name=name, heading=name.replace("_", " "), where="wide") for name in found]


def _plain(value: Any, zone: tzinfo) -> object:
    if isinstance(value, list | tuple):
        return tuple(_plain(one, zone) for one in value)
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime):  # a Timestamp is one too
        whole = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        return whole.astimezone(zone)
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _table(listing: Listing, *, wide: bool, headers: bool, room: int | None) -> str:
    places = ("table", "wide", "drawn") if wide else ("table", "drawn")
    columns = [column for column in listing.columns if column.where in places]
    lines = _lines(columns, listing, headers=headers)
    while not wide and _is_too_wide(lines, room):
        lines = _lines(columns, listing, headers=headers, gap=NARROW)
        spare = [column for column in columns if column.spare]
        if not spare or not _is_too_wide(lines, room):
            break
        columns.remove(min(spare, key=lambda column: column.spare))
    return "".join(f"{line}\n" for line in _painted(lines, columns, listing, headers=headers))


def _is_too_wide(lines: Iterable[str], room: int | None) -> bool:
    return room is not None and max(map(display_width, lines), default=0) > room


def _lines(
    columns: Sequence[Column], listing: Listing, *, headers: bool, gap: int = USUAL
) -> list[str]:
    cells = [[column.show(row[column.name]) for column in columns] for row in listing.rows]
    headings = [column.heading or column.name for column in columns]
    return render_table(headings, cells, headers=headers, gap=gap).splitlines()


def _painted(
    lines: list[str], columns: Sequence[Column], listing: Listing, *, headers: bool
) -> list[str]:
    """Colour the first cell of each row, which is as wide as before."""
    first = 1 if headers else 0
    painted = lines[:first]
    for line, row in zip(lines[first:], listing.rows, strict=True):
        text = columns[0].show(row[columns[0].name])
        starts = line.startswith(text)
        painted.append(listing.paint(row, text) + line.removeprefix(text) if starts else line)
    return painted


def _csv(columns: Sequence[Column], rows: Sequence[Row], *, headers: bool) -> str:
    names = [column.name for column in columns]
    written = csv_text(names, [[_cell(row[name]) for name in names] for row in rows])
    return written if headers else written.partition("\n")[2]


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join("" if one is None else str(one) for one in value)
    return value

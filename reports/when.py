"""Failures over time as rows: buckets, hours of the clock, or hours of the week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import pandas as pd

from analytics.inert import printable
from analytics.window import Window
from reports.amounts import amount
from reports.bars import bars
from reports.chart import fold_known, sparkline
from reports.groupings import Grouping
from reports.listing import MISSING, Column, Listing, Row, records, shown, significant
from reports.times import clock, stretch, weekday_label, weekday_name
from reports.week_map import HOURS, WEEKDAYS, Cell, Paint, week_map

Kind = Literal["time", "hour", "week"]

SPARK_COLUMNS = 48  # two days of hours
_LONGEST_BAR = 40

_DAY = timedelta(days=1)
_FIELDS: dict[Kind, tuple[str, ...]] = {
    "time": ("start", "end", "failures"),
    "hour": ("hour", "failures", "hours", "rate_per_hour"),
    "week": ("weekday", "hour", "failures", "hours", "rate_per_hour"),
}


def data_listing(
    found: pd.DataFrame, kind: Kind, window: Window, grouping: Grouping | None
) -> Listing:
    """Return every bucket as a row for JSON, YAML and CSV.

    Parameters
    ----------
    found
        HISTOGRAM, HOUR_OF_DAY or HEAT_MAP with missing ``failures`` where nobody watched.
    kind
        Which of the three it is.
    window
        For the zone of times.
    grouping
        What the columns before these stand for, if there are any.
    """
    values, fields = records(found, window.zone), _FIELDS[kind]
    named = grouping.columns if grouping else ()
    rows = [
        {**(grouping.identity(one) if grouping else {}), **{name: one[name] for name in fields}}
        for one in values
    ]
    return Listing(columns=[*named, *(Column(name=name) for name in fields)], rows=rows)


def bar_listing(found: pd.DataFrame, kind: Kind, window: Window, columns: int) -> Listing:
    """Return every bucket of one group as a row with a bar, for a terminal *columns* wide."""
    rows = records(found, window.zone)
    failures = [_count(row["failures"]) for row in rows]
    room = columns - 30 - max(len(shown(count)) for count in failures)
    drawn = bars(failures, max(1, min(_LONGEST_BAR, room)))
    labels = [_label(row, kind) for row in rows]
    named = [
        {**row, "label": label, "bar": bar}
        for row, label, bar in zip(rows, labels, drawn, strict=True)
    ]
    rate = Column(
        name="rate_per_hour",
        heading="per hour",
        where="wide",
        show=lambda value: MISSING if value is None else significant(value, 3),
    )
    last = Column(name="end", where="wide", show=_clock)
    return Listing(
        columns=(
            Column(name="label", heading="start" if kind == "time" else "hour"),
            *((last,) if kind == "time" else (rate,)),
            Column(name="failures"),
            Column(name="bar", heading=" ", show=str),
        ),
        rows=named,
    )


def group_listing(found: pd.DataFrame, kind: Kind, window: Window, grouping: Grouping) -> Listing:
    """Return a row for each group: its failures, when there were most, and a sparkline."""
    rows = [_group(group, kind, window, grouping) for group in _groups(found, grouping)]
    most = Column(name="peak", heading="most at", spare=1)
    when = Column(name="sparkline", heading="when", show=sparkline)
    return Listing(columns=(*grouping.columns, Column(name="failures"), most, when), rows=rows)


def map_text(found: pd.DataFrame, grouping: Grouping | None, *, headers: bool, paint: Paint) -> str:
    """Return a map of the week, or one for each group under its name."""
    if grouping is None:
        return "".join(f"{line}\n" for line in week_map(_week(found), headers=headers, paint=paint))
    parts = []
    for group in _groups(found, grouping):
        names = [str(name) for name in _identity(group, grouping).values() if name]
        title = printable(" ".join(names))
        parts.append("\n".join([title, *week_map(_week(group), headers=headers, paint=paint), ""]))
    return "\n".join(parts)


def peak(found: pd.DataFrame, kind: Kind, window: Window) -> str:
    """Return when there were most failures, such as ``02:00–03:00``; "" without any."""
    known = found.dropna(subset="failures")
    measure = "rate_per_hour" if kind == "week" else "failures"
    if not len(known) or not known["failures"].any():
        return ""
    [row] = records(known.loc[[known[measure].astype("float64").idxmax()]], window.zone)
    number = amount(int(str(row["failures"])))
    return f"{_stretch(row, kind, window)} ({number})"


def most_first(found: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the groups with most failures first, each with its buckets in order."""
    total = found.groupby(list(by), sort=False)["failures"].transform("sum")
    order = ["total", *by]
    ascending = [False, *(True for _ in by)]
    ordered = found.assign(total=total).sort_values(order, ascending=ascending, kind="stable")
    return ordered.drop(columns="total").reset_index(drop=True)


def group_totals(found: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the failures of each group, in the order of *found*."""
    return found.groupby(list(by), sort=False)["failures"].sum().reset_index()


def first_groups(found: pd.DataFrame, by: Sequence[str], limit: int) -> pd.DataFrame:
    """Return the buckets of the first *limit* groups of *found*."""
    columns = list(by)
    return found.merge(found[columns].drop_duplicates().head(limit), on=columns)


def _groups(found: pd.DataFrame, grouping: Grouping) -> list[pd.DataFrame]:
    return [group for _, group in found.groupby(list(grouping.by), sort=False)]


def _group(
    group: pd.DataFrame, kind: Kind, window: Window, grouping: Grouping
) -> dict[str, object]:
    counts = [None if pd.isna(count) else int(count) for count in group["failures"]]
    return {
        **_identity(group, grouping),
        "failures": int(group["failures"].sum()),
        "peak": peak(group, kind, window),
        "sparkline": fold_known(counts, SPARK_COLUMNS),
    }


def _identity(group: pd.DataFrame, grouping: Grouping) -> dict[str, object]:
    return grouping.identity({name: str(group[name].iloc[0]) for name in grouping.by})


def _week(found: pd.DataFrame) -> dict[tuple[int, int], Cell]:
    columns = ("weekday", "hour", "failures", "rate_per_hour", "hours")
    rows = found[list(columns)].astype("object").itertuples(index=False, name=None)
    week = {
        (int(weekday), int(hour)): Cell(
            failures=None if pd.isna(failures) else int(failures),
            rate_per_hour=None if pd.isna(rate) else float(rate),
            hours=float(hours),
        )
        for weekday, hour, failures, rate, hours in rows
    }
    empty = Cell(failures=0, rate_per_hour=None, hours=0.0)
    keys = [(weekday, hour) for weekday in range(WEEKDAYS) for hour in range(HOURS)]
    return {key: week.get(key, empty) for key in keys}


def _count(value: object) -> int | None:
    return None if value is None else int(str(value))


def _label(row: Row, kind: Kind) -> str:
    start: Any = row["start"] if kind == "time" else row["hour"]
    return f"{weekday_label(start)} {_clock(start)}" if kind == "time" else f"{start:02}:00"


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d} {clock(moment, dated=False)}"


def _stretch(row: Row, kind: Kind, window: Window) -> str:
    if kind == "time":
        start: Any = row["start"]
        end: Any = row["end"]
        return stretch(start, end, dated=window.local_end - window.local_start > _DAY)
    hour = f"{row['hour']:02}:00"
    return f"{weekday_name(int(str(row['weekday'])))} {hour}" if kind == "week" else hour

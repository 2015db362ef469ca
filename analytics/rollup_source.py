"""The roll-up as a source of figures: sums of whole days and hours, and points at the edges."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals
from psycopg2 import Error as DriverError
from psycopg2.extensions import connection as DriverConnection  # noqa: N812 - a class by nature
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from analytics.binary_copy import Arrays, Columns, read_columns
from analytics.cells import MICROSECOND, cells, merged, pieces
from analytics.frames import CELLS, KEYS
from analytics.rolling_up import COUNTS, QUARTER, SLOT_MICROSECONDS, slots
from analytics.rollup import POINTS, TIMES, State, refresh_all
from analytics.segments import Cut, Segments, aligned, cut, hour_bits
from analytics.source import REASON, by_cluster, count_objects, edges_of
from analytics.spread import (
    EPOCH,
    Integers,
    microseconds,
    occurrences_in,
    runs,
    timestamps,
)
from analytics.window import Window
from collector.database import statement
from collector.store_errors import store_error

CELL_COLUMNS: Columns = {
    "key": "int32",
    "bucket": "int32",
    "occurrences": "int64",
    "first": "time",
    "last": "time",
    "begun": "int64",
    "first_begun": "time",
    "last_begun": "time",
    "continued": "bool",
}
TOTAL_COLUMNS: Columns = {"bucket": "int32", "reason_id": "int32", "occurrences": "int64"}
SEEN_COLUMNS = ["slot", "cluster", *COUNTS, "first_seen", "last_seen"]
SEEN_DTYPES = dict.fromkeys(SEEN_COLUMNS, "int64") | {"cluster": "str"}
OBJECT_COLUMNS: Columns = {"key": "int32", "object": "int64"}
NOWHERE = Segments(*np.zeros((3, 1), dtype=np.int64))
MANY_KEYS = 20_000
FEW_KEYS = 200  # whose events are found one by one
KEY_NAMES = [column.name for column in KEYS.columns]


class RollupSource:
    """The roll-up of a store in one snapshot; use `open_rollup`."""

    def __init__(
        self, cursor: Cursor, ahead: tuple[Window, Future[pd.DataFrame]] | None = None
    ) -> None:
        self._cursor = cursor
        self._ahead = ahead  # the objects of a window, which somebody else reads
        self._keys = KEYS.empty()
        self._edges: tuple[tuple[int, ...], pd.DataFrame] = ((-1,), pd.DataFrame())

    @cached_property
    def _state(self) -> State:
        return State(*self._rows("select_rollup_state")[0])

    @property
    def gap(self) -> timedelta:
        """The longest time between two occurrences of one episode."""
        return self._state.gap

    @property
    def horizon(self) -> datetime | None:
        """What lies before it is known by the hour only."""
        return self._state.horizon

    def keys(self, numbers: Integers) -> pd.DataFrame:
        """Return KEYS of these keys; each is read once."""
        wanted = np.unique(numbers)
        unknown = wanted[~np.isin(wanted, self._keys.index.to_numpy())]
        if len(unknown):
            self._keys = _both(self._keys, self._read_keys(unknown))
        return self._keys.loc[numbers]

    def _read_keys(self, numbers: Integers) -> pd.DataFrame:
        received = io.BytesIO()
        # beyond some number, reading all of them costs less than asking for each
        wanted = {"keys": numbers.tolist() if len(numbers) < MANY_KEYS else None}
        query = self._cursor.mogrify(statement("copy_rollup_keys"), wanted)
        self._cursor.copy_expert(query, received)
        received.seek(0)
        texts = [name for name in KEY_NAMES if name not in REASON]
        found = pd.read_csv(
            received,
            header=None,
            names=["key", "reason_id", *texts],
            dtype=dict.fromkeys(texts, "category") | {"key": "int64", "reason_id": "int64"},
            na_filter=False,
            lineterminator="\n",
        ).set_index("key")
        reasons = self._reasons.astype("category")
        place = reasons.index.get_indexer(pd.Index(found.pop("reason_id")))
        told = {name: reasons[name].array.take(place) for name in REASON}
        return KEYS.check(found.assign(**told)[KEY_NAMES]).drop(self._keys.index, errors="ignore")

    def reasons(self) -> pd.DataFrame:
        """Return the REASON columns of every reason."""
        return self._reasons

    @cached_property
    def _reasons(self) -> pd.DataFrame:
        rows = self._rows("select_rollup_reasons")
        found = pd.DataFrame(rows, columns=["reason_id", *REASON]).set_index("reason_id")
        return found.astype(dict.fromkeys(REASON, "str"))

    def cells(self, edges: pd.DatetimeIndex, keys: Integers | None = None) -> pd.DataFrame:
        """Return CELLS of the buckets between *edges*."""
        parts = cut(microseconds(edges))
        rolled_up = self._whole_hours(edges, parts, keys)
        if not len(parts.edges.start):
            return merged(rolled_up)
        return merged(pd.concat([rolled_up, self._edge_cells(parts.edges, keys)]))

    def _whole_hours(
        self, edges: pd.DatetimeIndex, parts: Cut, keys: Integers | None
    ) -> pd.DataFrame:
        """Return what of the buckets are whole hours, in any order."""
        names = [column.name for column in CELLS.columns]
        if len(edges) == 2 and keys is None:
            found = read_columns(
                self._cursor, "copy_rollup_window", CELL_COLUMNS, _one_window(parts)
            )
            return pd.DataFrame(found)[names]
        parameters = {
            "day_buckets": parts.days.bucket.tolist(),
            "days": _moments(parts.days.start),
            "days_after": _moments(parts.days.end),
            "hour_buckets": parts.hours.bucket.tolist(),
            "hours": _moments(parts.hours.start),
            "hours_after": _moments(parts.hours.end),
            "keys": None if keys is None else np.unique(keys).tolist(),
        }
        found = read_columns(self._cursor, "copy_rollup_cells", CELL_COLUMNS, parameters)
        return pd.DataFrame(found)[names]

    def present(self, window: Window) -> Integers:
        """Return the keys that have an occurrence in the window."""
        parts = cut(microseconds(edges_of(window)))
        parameters = {
            "days": _moments(parts.days.start),
            "days_after": _moments(parts.days.end),
            "hours": _moments(parts.hours.start),
            "hours_after": _moments(parts.hours.end),
        }
        found = read_columns(self._cursor, "copy_rollup_present", {"key": "int32"}, parameters)
        edge: Integers = np.zeros(0, dtype=np.int64)
        if len(parts.edges.start):
            edge = self._edge_cells(parts.edges, None)["key"].to_numpy()
        return np.union1d(found["key"], edge)

    def objects(self, window: Window, keys: Integers, groups: Integers) -> Integers:
        """Count the distinct objects in the window of each group of keys."""
        if self._ahead is not None and self._ahead[0] == window:
            found = self._ahead[1].result()
        else:
            found = _read_objects(self._cursor, window)
        edges = cut(microseconds(edges_of(window))).edges
        return count_objects(pd.concat([found, self._edge_objects(edges)]), keys, groups)

    def totals(self, edges: pd.DatetimeIndex) -> pd.DataFrame:
        """Return occurrences by bucket and reason."""
        bounds = microseconds(edges)
        every = Segments(np.arange(len(bounds) - 1), bounds[:-1], bounds[1:])
        whole, left = aligned(every, QUARTER)
        parameters = {
            "buckets": whole.bucket.tolist(),
            "since": _moments(whole.start),
            "until": _moments(whole.end),
        }
        found = read_columns(self._cursor, "sum_rollup_quarters", TOTAL_COLUMNS, parameters)
        parts = pd.concat([pd.DataFrame(found), self._edge_totals(left)])
        return parts.groupby(["bucket", "reason_id"])["occurrences"].sum().reset_index()

    def first_quarters(self) -> dict[str, datetime]:
        """Return the quarter of an hour in which the first occurrence of each cluster lies."""
        return dict(self._rows("select_first_quarters"))

    def seen(self, window: Window) -> pd.DataFrame:
        """Return what was seen in each five minutes of the window."""
        bounds = microseconds(edges_of(window))
        every = Segments(np.zeros(1, dtype=np.int64), bounds[:1], bounds[1:])
        whole, left = aligned(every, SLOT_MICROSECONDS)
        frames = []
        for start, end in zip(whole.start, whole.end, strict=True):
            stretch = {"since": _moment(int(start)), "until": _moment(int(end))}
            rows = self._rows("select_rollup_slots", stretch)
            frames.append(pd.DataFrame(rows, columns=SEEN_COLUMNS).astype(SEEN_DTYPES))
        points = self._points(left, None)
        for start, end in zip(left.start, left.end, strict=True):
            edge = slots(points, int(start), int(end))
            frames.append(by_cluster(edge, self.reasons()["cluster"]))
        return pd.concat(frames, ignore_index=True)

    def _edge_cells(self, left: Segments, keys: Integers | None) -> pd.DataFrame:
        points = self._points(left, keys)
        bounds = np.unique(np.concatenate([left.start, left.end]))
        found = cells(points, bounds, self.gap)
        bucket_of_start = pd.Series(left.bucket, index=left.start)
        bucket = pd.Series(bounds[found["bucket"]]).map(bucket_of_start)
        kept = bucket.notna().to_numpy()
        return found[kept].assign(bucket=bucket[kept].to_numpy(dtype=np.int64))

    def _edge_objects(self, left: Segments) -> pd.DataFrame:
        points = self._points(left, None)
        named = points[(points["object"] != 0).to_numpy()]
        rows = [
            pieces(runs(named), np.array([start, end]), self.gap).row
            for start, end in zip(left.start, left.end, strict=True)
        ]
        row = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *rows]))
        return named[["key", "object"]].iloc[row].drop_duplicates()

    def _edge_totals(self, left: Segments) -> pd.DataFrame:
        points = self._points(left, None)
        bounds = np.unique(np.concatenate([left.start, left.end]))
        if not len(bounds):
            return pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in TOTAL_COLUMNS})
        found = occurrences_in(points, timestamps(bounds))
        found["reason_id"] = points["reason_id"].to_numpy()[found["row"]]
        bucket_of_start = pd.Series(left.bucket, index=left.start)
        bucket = pd.Series(bounds[found["bucket"]]).map(bucket_of_start)
        kept = bucket.notna().to_numpy()
        return found[kept].assign(bucket=bucket[kept].to_numpy(dtype=np.int64))

    def _points(self, parts: Segments, keys: Integers | None) -> pd.DataFrame:
        """Read the points of some stretches, and of the gap before each; the last ones are kept."""
        gap = self.gap // MICROSECOND
        start, end = Segments(parts.bucket, parts.start - gap, parts.end).joined()
        asked = (*start.tolist(), *end.tolist())
        if keys is not None or asked != self._edges[0]:
            points = self._read_points(start, end, keys)
            if keys is not None:
                return points
            self._edges = (asked, points)
        return self._edges[1]

    def _read_points(self, start: Integers, end: Integers, keys: Integers | None) -> pd.DataFrame:
        arrays: Arrays = {name: np.zeros(0, dtype=np.int64) for name in POINTS}
        if len(start):
            wanted = None if keys is None else np.unique(keys).tolist()
            parameters = {"since": _moments(start), "until": _moments(end), "keys": wanted}
            few = wanted is not None and len(wanted) <= FEW_KEYS
            name = "copy_edge_points_of_keys" if few else "copy_edge_points"
            arrays = read_columns(self._cursor, name, POINTS, parameters)
        flags = {
            name: arrays[name].astype(np.bool_) for name, kind in POINTS.items() if kind == "bool"
        }
        return pd.DataFrame(arrays | flags | {name: timestamps(arrays[name]) for name in TIMES})

    def _rows(self, name: str, parameters: Mapping[str, object] | None = None) -> list[Any]:
        self._cursor.execute(statement(name), parameters)
        return self._cursor.fetchall()


@contextmanager
def open_rollup(engine: Engine, *, ahead: Window | None = None) -> Iterator[RollupSource]:
    """Yield the roll-up as it is now, brought up to date first, in one snapshot of the database.

    Parameters
    ----------
    engine
        From `collector.database.connect`.
    ahead
        A window whose objects will be counted: they are read at once, on a connection of its own
        that sees the same snapshot, while the caller is at something else.

    Raises
    ------
    StoreError
        The database refused or went away.
    """
    refresh_all(engine)
    try:
        with _reading(engine) as cursor, ThreadPoolExecutor(1) as beside:
            promised = None
            if ahead is not None:
                cursor.execute(statement("export_snapshot"))
                [(snapshot,)] = cursor.fetchall()
                promised = ahead, beside.submit(_objects_beside, engine, snapshot, ahead)
            yield RollupSource(cursor, promised)
    except DBAPIError as error:
        raise store_error(cast("DriverError", error.orig)) from error
    except DriverError as error:
        raise store_error(error) from error


@contextmanager
def _reading(engine: Engine, snapshot: str | None = None) -> Iterator[Cursor]:
    """Yield a cursor in a transaction that sees one state of the database, and only reads."""
    connection = engine.raw_connection()
    with closing(connection):
        raw = cast("DriverConnection", connection.driver_connection)
        raw.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with closing(raw.cursor()) as cursor:
            if snapshot is not None:
                cursor.execute(statement("import_snapshot"), {"snapshot": snapshot})
            cursor.execute(statement("disable_jit"))
            cursor.execute(statement("raise_work_memory"))
            yield cursor
        raw.rollback()


def _objects_beside(engine: Engine, snapshot: str, window: Window) -> pd.DataFrame:
    with _reading(engine, snapshot) as cursor:
        return _read_objects(cursor, window)


def _read_objects(cursor: Cursor, window: Window) -> pd.DataFrame:
    """Return ``key`` and ``object`` of the whole hours of a window; some pairs twice."""
    parts = cut(microseconds(edges_of(window)))
    days, hours = hour_bits(parts.hours)
    whole = parts.days if len(parts.days.start) else NOWHERE
    parameters = {
        "since": _moment(int(whole.start[0])),
        "until": _moment(int(whole.end[0])),
        "days": _moments(days),
        "hours": hours.tolist(),
    }
    return pd.DataFrame(read_columns(cursor, "copy_key_objects", OBJECT_COLUMNS, parameters))


def _both(known: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    if not len(known):
        return read
    columns = {name: union_categoricals([known[name], read[name]]) for name in KEY_NAMES}
    return pd.DataFrame(columns, index=known.index.append(read.index))


def _one_window(parts: Cut) -> dict[str, datetime]:
    """Return the bounds of a window of one bucket; what is not there has no length."""
    whole = parts.days if len(parts.days.start) else parts.hours
    start = np.concatenate([parts.hours.start, whole.start])
    first, last = (
        (int(start.min()), int(np.concatenate([parts.hours.end, whole.end]).max()))
        if len(start)
        else (0, 0)
    )
    middle = np.full(1, last)
    inner = parts.days if len(parts.days.start) else Segments(NOWHERE.bucket, middle, middle)
    return {
        "since": _moment(first),
        "first_day": _moment(int(inner.start[0])),
        "after_day": _moment(int(inner.end[0])),
        "until": _moment(last),
    }


def _moments(times: Integers) -> list[datetime]:
    return [_moment(int(at)) for at in times]


def _moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)

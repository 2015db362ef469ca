"""Keeps the roll-up with the points: what a commit has made stale is made anew, hour by hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from psycopg2 import Error as DriverError
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from analytics.binary_copy import Columns, read_columns, write_columns
from analytics.rolling_up import COUNTS, DAY, HOUR, RolledUp, roll_up
from analytics.spread import EPOCH, microsecond, timestamps
from collector.database import statement
from collector.errors import StoreError
from collector.store_errors import store_error

POINTS: Columns = {
    "key": "int32",
    "reason_id": "int32",
    "object": "int64",
    "birth": "time",
    "time": "time",
    "previous_time": "time",
    "occurrences": "int64",
    "counted": "bool",
    "suspect": "bool",
    "skewed": "bool",
    "settled": "bool",
}
HOURS: Columns = {
    "hour": "time",
    "key": "int32",
    "occurrences": "int64",
    "first": "time",
    "last": "time",
    "begun": "int32",
    "first_begun": "time",
    "last_begun": "time",
    "continued": "bool",
}
QUARTERS: Columns = {"quarter": "time", "reason_id": "int32", "occurrences": "int64"}
OBJECTS: Columns = {"day": "int32", "key": "int32", "object": "int64", "hours": "int32"}
DAYS_BEFORE_2000 = 10_957  # of the epoch in which PostgreSQL counts dates
READ_ONLY = "25006"  # a standby, or a session that only reads
TIMES = ("birth", "time", "previous_time")


class State(NamedTuple):
    """How far the roll-up follows the points."""

    cursor: int  # commits below it are in the roll-up, or their hours are pending
    gap: timedelta  # of episodes
    horizon: datetime | None  # what is older was pruned
    settled: int  # every commit below it can be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """One stretch that was made anew."""

    start: datetime
    end: datetime
    points: int


def read_state(connection: Connection) -> State:
    """Return how far the roll-up follows the points."""
    return State(*connection.execute(text(statement("select_rollup_state"))).one())


def _own_state(connection: Connection) -> State:
    """Return the state; raise StoreError where it speaks of another server's commits."""
    state = read_state(connection)
    if state.cursor > state.settled:
        raise StoreError(
            "this store was restored from a backup of another server, and new events would not be "
            "reported; run 'kubedigest db rebuild' as its owner"
        )
    return state


def is_fresh(engine: Engine) -> bool:
    """Tell whether the roll-up holds all that was committed."""
    with _transaction(engine) as connection:
        _run(connection, "avoid_sequential_scans")
        cursor = {"cursor": _own_state(connection).cursor}
        return not connection.scalar(text(statement("has_pending_hours")), cursor)


def refresh(engine: Engine) -> Iterator[Refreshed]:
    """Bring the roll-up up to date, some days in a transaction, the earliest first.

    What is stale is written down before it is made anew, so a job that is stopped anywhere loses
    nothing, and two at once share the work: one waits for the other and goes on where it stopped.
    The cost follows what was committed since, and the hours that it lies in; not the history.

    Yields
    ------
    Refreshed
        After each transaction.

    Raises
    ------
    StoreError
        The database refused, as to a role that may only read, went away, or was restored from
        another server's backup.
    """
    _write_down(engine)
    while (done := _refresh_stretch(engine)) is not None:
        yield done


def refresh_all(engine: Engine) -> None:
    """Bring the roll-up up to date; nothing is written where it is."""
    if not is_fresh(engine):
        for _ in refresh(engine):
            pass


def rebuild(engine: Engine, *, gap: timedelta | None = None) -> None:
    """Forget the roll-up after the retention horizon, so that `refresh` makes all of it anew.

    Parameters
    ----------
    engine
        From `collector.database.connect`.
    gap
        Of episodes from now on; ``None`` leaves it.

    Notes
    -----
    Before the horizon the points are gone and the roll-up is the truth: it stays. Commit ids of a
    database that was restored elsewhere may lie in the future of that server; they are set to 0.
    """
    with _transaction(engine) as connection:
        _run(connection, "lock_rollup")
        if gap is not None:
            _run(connection, "update_rollup_gap", {"gap": gap})
        for name in (
            "reset_points_commit_id",
            "reset_events_commit_id",
            "reset_slots_commit_id",
            "reset_touched_commit_id",
            "forget_rollup_hours",
            "forget_rollup_days",
            "forget_rollup_quarters",
            "forget_rollup_objects",
            "forget_rollup_slots",
        ):
            _run(connection, name)
        horizon = read_state(connection).horizon
        if horizon is not None:  # a part of its day stays
            _run(connection, "create_rollup_day_keys", {"since": horizon})
            day = {"since": horizon, "until": horizon + timedelta(microseconds=1)}
            _run(connection, "insert_rollup_days", day)
        _run(connection, "update_rollup_cursor", {"cursor": 0})


def _write_down(engine: Engine) -> None:
    with _transaction(engine) as connection:
        _run(connection, "lock_rollup")
        state = _own_state(connection)
        _run(connection, "disable_jit")
        _run(connection, "raise_work_memory")
        _run(connection, "insert_pending_hours", {"cursor": state.cursor})
        _run(connection, "update_rollup_cursor", {"cursor": state.settled})
        _run(connection, "delete_rollup_touched", {"settled": state.settled})


def _refresh_stretch(engine: Engine) -> Refreshed | None:
    with _transaction(engine) as connection:
        _run(connection, "lock_rollup")
        _run(connection, "lock_horizon")  # points must not become settled hours in between
        first, last = connection.execute(text(statement("select_pending_stretch"))).one()
        if first is None:
            return None
        start, end = first, last + timedelta(hours=1)
        state = read_state(connection)
        cursor = cast("Cursor", connection.connection.cursor())
        with closing(cursor):
            points = _read(connection, cursor, start - state.gap, end)
            found = roll_up(points, microsecond(start), microsecond(end), state.gap)
            _write(connection, cursor, found, start, end, state.horizon)
        _run(connection, "delete_pending_hours", {"since": start, "until": end})
        return Refreshed(start=start, end=end, points=len(points))


def _read(connection: Connection, cursor: Cursor, since: datetime, until: datetime) -> pd.DataFrame:
    _run(connection, "disable_jit")
    _run(connection, "raise_work_memory")
    stretch = {"since": since, "until": until}
    _run(connection, "create_rollup_points", stretch)
    _run(connection, "create_rollup_events", stretch)
    _run(connection, "create_rollup_combinations")
    _run(connection, "insert_rollup_reasons")
    _run(connection, "insert_rollup_keys")
    arrays = read_columns(cursor, "copy_rollup_points", POINTS, stretch)
    return pd.DataFrame(arrays | {name: timestamps(arrays[name]) for name in TIMES})


def _write(
    connection: Connection,
    cursor: Cursor,
    found: RolledUp,
    start: datetime,
    end: datetime,
    horizon: datetime | None,
) -> None:
    stretch = {"since": start, "until": end}
    _run(connection, "create_rollup_hour_stage")
    _run(connection, "create_rollup_object_stage")
    begins = microsecond(start)
    hours = found.hours.assign(hour=begins + found.hours["bucket"] * HOUR)
    write_columns(cursor, "copy_rollup_hours", HOURS, _arrays(hours, HOURS))
    for name in (
        "create_rollup_changed_keys",
        "delete_rollup_hours",
        "insert_rollup_hours",
        "delete_rollup_days",
        "insert_rollup_days",
        "delete_rollup_quarters",
    ):
        _run(connection, name, stretch)
    write_columns(cursor, "copy_rollup_quarters", QUARTERS, _arrays(found.quarters, QUARTERS))
    objects = found.objects.assign(day=found.objects["day"] // DAY - DAYS_BEFORE_2000)
    write_columns(cursor, "copy_rollup_objects", OBJECTS, _arrays(objects, OBJECTS))
    days, bits = _day_bits(start, end, horizon)
    _run(connection, "clear_rollup_objects", {"days": days, "hours": bits})
    _run(connection, "upsert_rollup_objects")
    _run(connection, "delete_unseen_objects", {"days": days})
    _run(connection, "delete_rollup_slots", stretch)
    if len(found.slots):
        _run(connection, "upsert_rollup_slots", _slot_arrays(connection, found.slots))


def _arrays(frame: pd.DataFrame, columns: Columns) -> dict[str, Any]:
    return {name: frame[name].to_numpy() for name in columns}


def _day_bits(
    start: datetime, end: datetime, horizon: datetime | None
) -> tuple[list[datetime], list[int]]:
    """Return the UTC days of a stretch, and bits for their hours whose points are all there."""
    hour = timedelta(hours=1)
    bits: dict[datetime, int] = {}
    for number in range((end - start) // hour):
        at = (start + number * hour).astimezone(UTC)
        if horizon is None or at >= horizon:
            day = at.replace(hour=0)
            bits[day] = bits.get(day, 0) | 1 << at.hour
    return list(bits), list(bits.values())


def _slot_arrays(connection: Connection, slots: pd.DataFrame) -> Mapping[str, object]:
    reasons = [int(reason) for reason in slots["reason_id"].unique()]
    rows = connection.execute(text(statement("select_reason_clusters")), {"reasons": reasons})
    clusters = {row.reason_id: row.cluster for row in rows}
    rules = dict.fromkeys(COUNTS, "sum") | {"first_seen": "min", "last_seen": "max"}
    named = slots.assign(cluster=slots["reason_id"].map(clusters))
    found = named.groupby(["slot", "cluster"]).agg(rules).reset_index()
    arrays: dict[str, object] = {name: found[name].tolist() for name in COUNTS}
    return arrays | {
        "slots": [_moment(at) for at in found["slot"]],
        "clusters": found["cluster"].tolist(),
        "first_seen": [_moment(at) for at in found["first_seen"]],
        "last_seen": [_moment(at) for at in found["last_seen"]],
    }


def _moment(at: int) -> str:
    """Return microseconds since 1970 as PostgreSQL reads them, its infinities among them."""
    bounds = np.iinfo(np.int64)
    if at in (bounds.min, bounds.max):
        return "infinity" if at == bounds.max else "-infinity"
    return (EPOCH + timedelta(microseconds=int(at))).isoformat()


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise _refused(cast("DriverError", error.orig)) from error
    except DriverError as error:
        raise _refused(error) from error


def _refused(error: DriverError) -> StoreError:
    if error.pgcode == READ_ONLY:
        return StoreError(
            "the roll-up is behind, and this role may only read; run 'kubedigest db refresh' as "
            "one that may write"
        )
    return store_error(error)


def _run(connection: Connection, name: str, parameters: Mapping[str, object] | None = None) -> None:
    connection.execute(text(statement(name)), dict(parameters or {}))

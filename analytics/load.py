"""PostgreSQL -> frames, point by point. What is counted at large comes from the roll-up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine, text

from analytics.frames import MESSAGES, PLACES, POINTS, SPANS, TIME, Contract
from analytics.grouping import PROBLEM
from analytics.window import Window
from collector.database import statement

MOST_MESSAGES = 500


def load_points(
    engine: Engine, window: Window, *, clusters: list[str] | None = None
) -> pd.DataFrame:
    """Read the points whose occurrences may lie in *window*.

    Parameters
    ----------
    engine
        From `collector.database.connect`.
    window
        Half-open; a point that only reaches into it is read whole and cut by the functions.
    clusters
        Names to keep; ``None`` keeps all.

    Returns
    -------
    pd.DataFrame
        POINTS contract, in no particular order. Hours before the retention horizon stand as one
        point an hour, workload and reason, with ``counting`` "settled" and no object.
    """
    parameters = {"since": window.start, "until": window.end, "clusters": clusters}
    return _read(engine, "select_points", parameters, POINTS)


def load_messages(
    engine: Engine, window: Window, keys: pd.DataFrame, *, most: int = MOST_MESSAGES
) -> pd.DataFrame:
    """Read the newest messages inside *window* for each row of *keys*.

    Parameters
    ----------
    engine
        From `collector.database.connect`.
    window
        Half-open.
    keys
        Columns cluster, namespace, workload_kind, workload, reason; a handful of rows.
    most
        Points to read of each row of *keys*; older ones are left out.

    Returns
    -------
    pd.DataFrame
        MESSAGES contract, the newest of each key first; keys without a point are absent.
    """
    parameters: dict[str, Any] = {"since": window.start, "until": window.end, "most": most}
    parameters |= {f"{key}s": [str(value) for value in keys[key]] for key in PROBLEM}
    return _read(engine, "select_messages", parameters, MESSAGES)


def load_places(engine: Engine, window: Window) -> pd.DataFrame:
    """Read on which nodes and objects the counted occurrences inside *window* lie.

    Parameters
    ----------
    engine
        From `collector.database.connect`.
    window
        Half-open.

    Returns
    -------
    pd.DataFrame
        PLACES contract, in no particular order. It takes about a second for 50,000 events.
    """
    parameters = {"since": window.start, "until": window.end}
    return _read(engine, "select_places", parameters, PLACES)


def load_coverage(engine: Engine, since: datetime, until: datetime) -> pd.DataFrame:
    """Read what is known of the time from *since* to *until*.

    Parameters
    ----------
    engine
        From `collector.database.connect`.
    since, until
        Aware; the start of the period before and the end of the window serve both.

    Returns
    -------
    pd.DataFrame
        SPANS contract: each span that reaches into that time, whole, and for each watch spans of
        no length at its beginning and at its last proof, whenever they were.
    """
    return _read(engine, "select_coverage", {"since": since, "until": until}, SPANS)


def count_rejected(engine: Engine, since: datetime) -> dict[str, int]:
    """Return how many records of each cluster were refused from *since* on."""
    with engine.connect() as connection:
        rows = connection.execute(text(statement("count_rejected")), {"since": since}).all()
    return {row.cluster: row.records for row in rows}


def _read(
    engine: Engine, name: str, parameters: Mapping[str, Any], contract: Contract
) -> pd.DataFrame:
    with engine.connect() as connection:
        # compiling a report's query costs more than running it
        connection.exec_driver_sql(statement("disable_jit"))
        frame = pd.read_sql(text(statement(name)), connection, params=parameters)
    return contract.check(_typed(frame, contract))


def _typed(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    times = {column.name for column in contract.columns if column.dtype == TIME}
    read = frame.assign(**{name: pd.to_datetime(frame[name], utc=True) for name in times})
    dtypes = {column.name: column.dtype for column in contract.columns}
    return read[list(dtypes)].astype(dtypes)

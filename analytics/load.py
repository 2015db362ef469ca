"""PostgreSQL -> frames. The only module of the analytics that reads the database."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import pandas as pd
from sqlalchemy import Connection, Engine, text

from analytics.frames import POINTS, TIME
from analytics.window import Window
from collector.database import statement

MESSAGE_KEYS = ("cluster", "namespace", "workload_kind", "workload", "reason")


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
    with engine.connect() as connection:
        _prefer_short_plans(connection)
        frame = pd.read_sql(
            text(statement("select_points")),
            connection,
            params={"since": window.start, "until": window.end, "clusters": clusters},
        )
    return POINTS.check(_typed(frame))


def sample_messages(engine: Engine, window: Window, keys: pd.DataFrame) -> pd.DataFrame:
    """Read the latest message inside *window* for each row of *keys*.

    Parameters
    ----------
    keys
        Columns cluster, namespace, workload_kind, workload, reason; a handful of rows.

    Returns
    -------
    pd.DataFrame
        The same columns and ``message``; rows without a point are absent.
    """
    parameters: dict[str, object] = {"since": window.start, "until": window.end}
    parameters |= {f"{key}s": [str(value) for value in keys[key]] for key in MESSAGE_KEYS}
    with engine.connect() as connection:
        _prefer_short_plans(connection)
        return pd.read_sql(
            text(statement("select_sample_messages")), connection, params=parameters
        )


def count_rejected(engine: Engine, since: datetime) -> int:
    """Return how many records were refused from *since* on."""
    with engine.connect() as connection:
        found = connection.scalar(text(statement("count_rejected")), {"since": since})
    return cast("int", found)


def _prefer_short_plans(connection: Connection) -> None:
    # compiling a report's query costs more than running it
    connection.exec_driver_sql(statement("disable_jit"))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for column in POINTS.columns:
        values = frame[column.name]
        if column.dtype == TIME:
            values = pd.to_datetime(values, utc=True)
        columns[column.name] = values.astype(column.dtype)
    return pd.DataFrame(columns)

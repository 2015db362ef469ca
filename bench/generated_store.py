"""A store filled with generated points, straight into its tables: the load of the report benchmark.

The rows are a folder of Parquet files with one row a watch frame (cluster, namespace, event_uid,
first_seen, last_seen, count, reason, ...). They become what importing them would leave behind: an
event for each uid, a point for each row, in the order of time.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path

import duckdb
from sqlalchemy import Engine, text

from collector.database import connect

EVENTS = """
copy (
    select
        min(first_seen) as birth, event_uid, any_value(cluster), any_value(namespace),
        any_value(event_name), 'exact', any_value(type), any_value(reason), any_value(message),
        any_value(obj_kind), case when any_value(obj_kind) <> 'Node' then any_value(namespace) end,
        any_value(obj_name), 4, any_value(workload_kind), any_value(workload),
        any_value(component), any_value(node), 1
    from read_parquet('{folder}/*.parquet')
    group by event_uid
    order by birth
) to '{target}' (format csv, header false)
"""
POINTS = """
copy (
    select
        first_seen, event_uid, "count", last_seen, received_at,
        "count" - coalesce(lag("count") over older, 0), lag(last_seen) over older, 'watch'
    from read_parquet('{folder}/*.parquet')
    window older as (partition by event_uid order by "count")
    order by last_seen
) to '{target}' (format csv, header false)
"""
COPY_EVENTS = """
copy kubedigest.event (
    birth, event_id, cluster, namespace, name, counting, type, reason, message, kind,
    object_namespace, object, workload_rank, workload_kind, workload, component, host, redaction
) from stdin (format csv)
"""
COPY_POINTS = """
copy kubedigest.point (
    birth, event_id, cumulative, claimed, received, occurrences, previous_time, source
) from stdin (format csv)
"""


def fill(engine: Engine, folder: Path) -> None:
    """Store the rows of the Parquet files in *folder* and tell the planner of them."""
    with tempfile.TemporaryDirectory(prefix="kubedigest-bench-") as scratch:
        for query, copy in ((EVENTS, COPY_EVENTS), (POINTS, COPY_POINTS)):
            target = Path(scratch) / "rows.csv"
            duckdb.sql("set timezone = 'UTC'")
            duckdb.sql(query.format(folder=folder, target=target))
            _copy(engine, copy, target)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze"))


def _copy(engine: Engine, statement: str, rows: Path) -> None:
    connection = engine.raw_connection()
    with closing(connection), closing(connection.cursor()) as cursor, rows.open("rb") as file:
        cursor.copy_expert(statement, file)  # type: ignore[attr-defined]
        connection.commit()


if __name__ == "__main__":
    fill(connect(sys.argv[1]), Path(sys.argv[2]))

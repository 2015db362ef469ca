"""The store against bare COPY of the rows it ends with, in one run: ratios, CPU, WAL, bytes.

The denominator is what a writer could do at best who knew every final row beforehand: the same
event and point rows, encoded beforehand, copied into tables with the same columns, keys and
generated columns, one durable commit for each 5,000 observations.

``./run bench store_speed`` takes the demo's frames, ``python -m bench.store_speed FILE`` any.
``python -m bench.store_speed FILE POINTS`` also measures a store that holds POINTS older ones.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, cast

from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature
from sqlalchemy import Engine, PoolProxiedConnection, text

from collector import migrations
from collector.database import connect, statement
from collector.files import EventReader, Observed
from collector.observation import Observation
from collector.store import BATCH_OBSERVATIONS, Store
from kubedigest.demo_events import make_demo
from kubedigest.local_postgres import LocalPostgres

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROUNDS = 5
TABLES = ("event", "point")


class Cost(NamedTuple):
    """What one pass over all observations took."""

    seconds: float
    client_cpu_seconds: float
    backend_cpu_seconds: float
    wal_bytes: int


Batch = dict[str, bytes]  # by table: rows in COPY's text format


def main(arguments: list[str]) -> None:
    """Print one line a figure."""
    data = Path(arguments[0]).read_bytes() if arguments else demo_frames()
    observations = [item.observation for item in reader(data) if isinstance(item, Observed)]
    print(f"observations: {len(observations):,}")
    with tempfile.TemporaryDirectory(prefix="kubedigest-bench-") as folder:
        Path(folder).chmod(0o755)
        server = LocalPostgres(Path(folder))
        try:
            _measure(connect(server.start()), observations)
            if len(arguments) > 1:
                empty, full = connect(server.start()), _another(server)
                _measure_full(empty, full, observations, int(arguments[1]))
        finally:
            server.stop()


def demo_frames() -> bytes:
    """Return the watch frames of the demo."""
    demo = make_demo(NOW)
    return b"".join(frame for cluster in demo.clusters for frame in demo.frames(cluster))


def reader(data: bytes) -> EventReader:
    """Return the reader of the frames."""
    return EventReader("bench", io.BytesIO(data), cluster="bench", received=NOW)


def _measure(engine: Engine, observations: Sequence[Observation]) -> None:
    fresh(engine)
    write(engine, observations)
    batches = list(final_rows(engine))
    print_size(engine)
    bare, stored, again = [], [], []
    for _ in range(ROUNDS):
        fresh(engine)
        bare.append(bare_copy(engine, batches))
        fresh(engine)
        stored.append(write(engine, observations))
        again.append(write(engine, observations))
    _report("bare COPY of the final rows", bare, len(observations), bare)
    _report("Store.write", stored, len(observations), bare)
    _report("Store.write of the same again", again, len(observations), bare)


def _measure_full(
    empty: Engine, full: Engine, observations: Sequence[Observation], points: int
) -> None:
    """Compare the store that holds *points* older points with an empty one, turn by turn."""
    fresh(full)
    _fill(full, points, before=min(one.birth for one in observations))
    alone, beside = [], []
    for _ in range(ROUNDS):
        fresh(empty)
        alone.append(write(empty, observations))
        beside.append(write(full, observations))
        _forget(full, observations)
    _report("Store.write into an empty store", alone, len(observations), alone)
    _report(f"Store.write beside {points:,} points", beside, len(observations), alone)


def _another(server: LocalPostgres) -> Engine:
    """Make a second database on the server."""
    with connect(server.start()).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(
            text("create database full_store")
        )
    return connect(server.url("full_store"))


def _fill(engine: Engine, points: int, before: datetime) -> None:
    """Add made-up events of five points each, ending *before* the measured ones begin."""
    events = f"""
        insert into kubedigest.event (
            birth, event_id, cluster, namespace, name, counting, type, reason, message, kind,
            object_namespace, object, workload_rank, workload_kind, workload, component, host,
            redaction
        )
        select
            timestamptz '{before}' - n * interval '1 second', md5(n::text)::uuid, 'bench',
            'ns-' || n % 60, 'pod-' || n || '.17a', 'exact', 'Warning', 'BackOff',
            'Back-off restarting failed container app in pod ' || n, 'Pod', 'ns-' || n % 60,
            'pod-' || n, 4, 'Deployment', 'app-' || n % 3000, 'kubelet', 'node-' || n % 300, 1
        from generate_series({points // 5}, 1, -1) as n
    """  # noqa: S608 - numbers of our own
    rows = """
        insert into kubedigest.point (
            birth, event_id, cumulative, claimed, received, occurrences, previous_time, source
        )
        select
            birth, event_id, k, birth + (k - 1) * interval '1 minute', birth + interval '1 hour',
            1, case when k > 1 then birth + (k - 2) * interval '1 minute' end, 'watch'
        from kubedigest.event, generate_series(1, 5) as k
    """
    with engine.begin() as connection:
        connection.execute(text(events))
        connection.execute(text(rows))
    _tidy(engine)


def _forget(engine: Engine, observations: Sequence[Observation]) -> None:
    """Take the measured rows out again."""
    since = {"since": min(one.birth for one in observations)}
    with engine.begin() as connection:
        for table in TABLES:
            statement_text = f"delete from kubedigest.{table} where birth >= :since"  # noqa: S608
            connection.execute(text(statement_text), since)
    _tidy(engine)


def _tidy(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze kubedigest.event, kubedigest.point"))
        connection.execute(text("checkpoint"))


def fresh(engine: Engine) -> None:
    """Make the store anew, empty."""
    with engine.begin() as connection:
        connection.execute(text(statement("reset_store")))
    migrations.upgrade(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("checkpoint"))


def final_rows(engine: Engine) -> Iterator[Batch]:
    """Yield what each transaction left behind, in the order of its commit."""
    with closing(engine.raw_connection()) as connection, _cursor(connection) as cursor:
        columns = {table: _columns(cursor, table) for table in TABLES}
        cursor.execute("select distinct commit_id from kubedigest.point order by 1")
        for (commit_id,) in cursor.fetchall():
            batch = {}
            for table, names in columns.items():
                rows = io.BytesIO()
                query = f"select {names} from kubedigest.{table} where commit_id = {commit_id}"  # noqa: S608
                cursor.copy_expert(f"copy ({query} order by birth, event_id) to stdout", rows)
                batch[table] = rows.getvalue()
            yield batch


def _cursor(connection: PoolProxiedConnection) -> closing[Cursor]:
    return closing(cast("Cursor", connection.cursor()))


def _columns(cursor: Cursor, table: str) -> str:
    """Return the columns that a writer gives: not the generated ones, not the commit id."""
    cursor.execute(
        "select string_agg(column_name, ', ' order by ordinal_position)"
        " from information_schema.columns where table_schema = 'kubedigest' and table_name = %s"
        " and is_generated = 'NEVER' and column_name <> 'commit_id'",
        (table,),
    )
    [(names,)] = cursor.fetchall()
    return str(names)


def bare_copy(engine: Engine, batches: Sequence[Batch]) -> Cost:
    """Copy the rows into fresh tables of the same make, one commit a batch."""
    with closing(engine.raw_connection()) as connection, _cursor(connection) as cursor:
        columns = {table: _columns(cursor, table) for table in TABLES}

        def work() -> None:
            for batch in batches:
                for table, rows in batch.items():
                    into = f"kubedigest.{table} ({columns[table]})"
                    cursor.copy_expert(f"copy {into} from stdin", io.BytesIO(rows))
                connection.commit()

        return _cost(engine, _backend_id(cursor), work)


def write(engine: Engine, observations: Sequence[Observation]) -> Cost:
    """Write the observations in batches."""
    with Store(engine) as store:
        store.write(observations[:0])
        with _cursor(store._raw()) as cursor:
            backend = _backend_id(cursor)

        def work() -> None:
            for start in range(0, len(observations), BATCH_OBSERVATIONS):
                store.write(observations[start : start + BATCH_OBSERVATIONS])

        return _cost(engine, backend, work)


def _backend_id(cursor: Cursor) -> int:
    cursor.execute("select pg_backend_pid()")
    [(process_id,)] = cursor.fetchall()
    return int(process_id)


def _cost(engine: Engine, backend: int, work: Callable[[], object]) -> Cost:
    wal, backend_cpu = _wal_position(engine), _cpu_seconds(backend)
    cpu, start = time.process_time(), time.perf_counter()
    work()
    return Cost(
        seconds=time.perf_counter() - start,
        client_cpu_seconds=time.process_time() - cpu,
        backend_cpu_seconds=_cpu_seconds(backend) - backend_cpu,
        wal_bytes=_wal_position(engine) - wal,
    )


def _wal_position(engine: Engine) -> int:
    with engine.connect() as connection:
        query = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
        return int(connection.scalar(text(query)))


def _cpu_seconds(process_id: int) -> float:
    """Return the CPU time of a local process so far; 0 where /proc does not tell."""
    stat = Path(f"/proc/{process_id}/schedstat")
    return int(stat.read_text().split()[0]) / 1e9 if stat.exists() else 0.0


def _report(name: str, costs: Sequence[Cost], count: int, yardstick: Sequence[Cost]) -> None:
    best = min(costs)
    pairs = sorted(b.seconds / c.seconds for b, c in zip(yardstick, costs, strict=True))
    ratio = min(yardstick).seconds / best.seconds
    print(
        f"{name}: {count / best.seconds:,.0f}/s, ratio {ratio:.2f} "
        f"(rounds {pairs[0]:.2f} to {pairs[-1]:.2f}); CPU per 1,000: "
        f"client {1e6 * min(c.client_cpu_seconds for c in costs) / count:.1f} ms, "
        f"server {1e6 * min(c.backend_cpu_seconds for c in costs) / count:.1f} ms; "
        f"WAL {best.wal_bytes / count:.0f} bytes an observation"
    )


def print_size(engine: Engine) -> None:
    """Print how large the store is."""
    query = (
        "select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n"
        " on n.oid = c.relnamespace where n.nspname = 'kubedigest' and c.relkind = 'r'"
    )
    with engine.connect() as connection:
        size = int(connection.scalar(text(query)))
        events = int(connection.scalar(text("select count(*) from kubedigest.event")) or 0)
        points, occurrences = connection.execute(
            text("select count(*), sum(occurrences) filter (where counted) from public.event")
        ).one()
    print(
        f"store: {events:,} events, {points:,} points, {size / 1e6:.1f} MB, "
        f"{size / points:.0f} bytes a point, {size / int(occurrences):.0f} bytes an occurrence"
    )


if __name__ == "__main__":
    main(sys.argv[1:])

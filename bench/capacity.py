"""What a store costs: disk, CPU, a year of roll-ups, prune with the locks it holds, and an upgrade.

``./run bench capacity`` takes the demo's frames; ``python -m bench.capacity FILE`` takes watch
frames as JSON lines, such as a million of them. Everything goes the way that it goes in production:
frames are decoded and written in batches, the roll-up is refreshed, and prune moves the history
while a writer goes on. CPU of the server is that of all its processes.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from msgspec.structs import replace
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature
from sqlalchemy import Engine, text

from analytics import rollup
from bench.store_speed import NOW, demo_frames
from collector import migrations
from collector.database import connect, sql_folder
from collector.files import EventReader, Observed
from collector.observation import Observation
from collector.retention import prune
from collector.store import Store
from kubedigest.local_postgres import LocalPostgres

BATCH = 2_500  # of the collector
POLL_SECONDS = 0.01
POLL = timedelta(seconds=POLL_SECONDS)
DAYS_A_YEAR = 365
KEEP = timedelta(days=90)
OLD_SCHEMA = 2  # the last one before the roll-up and its indexes
SIZES = """
    select
        case when c.relname ~ '^rollup' then 'roll-up' else c.relname end as part,
        sum(pg_table_size(c.oid))::bigint as table_bytes,
        sum(pg_indexes_size(c.oid))::bigint as index_bytes
    from pg_class as c
    where c.relnamespace = 'kubedigest'::regnamespace and c.relkind = 'r'
    group by 1
    having sum(pg_total_relation_size(c.oid)) > 1000000
    order by 2 desc
"""
SPAN = """
    select
        count(*) as points, sum(occurrences)::bigint as occurrences,
        (select count(*) from kubedigest.event) as events,
        min(time) as first_time, max(time) as last_time
    from kubedigest.point
"""
LOCKS = """
    select distinct coalesce(c.oid::regclass::text, l.locktype), l.mode
    from pg_locks as l
    inner join pg_stat_activity as a on a.pid = l.pid and a.backend_type = 'client backend'
    left join pg_class as c
        on c.oid = l.relation and c.relnamespace = 'kubedigest'::regnamespace and c.relkind = 'r'
    where
        l.database = (select oid from pg_database where datname = current_database())
        and l.granted
        and l.locktype in ('relation', 'advisory')
        and l.pid not in (pg_backend_pid(), %s)
        and (c.oid is not null or l.locktype = 'advisory')
"""


class Used(NamedTuple):
    """What a piece of work took."""

    seconds: float
    client_cpu_seconds: float
    server_cpu_seconds: float

    def __str__(self) -> str:
        cpu = f"CPU client {self.client_cpu_seconds:.1f} s, server {self.server_cpu_seconds:.1f} s"
        return f"{self.seconds:.1f} s ({cpu})"


@dataclass
class Seen:
    """What was seen of the database while prune ran."""

    locks: set[tuple[str, str]] = field(default_factory=set)  # a table or "advisory", and the mode
    write_seconds: list[float] = field(default_factory=list)


def main(arguments: list[str]) -> None:
    """Print one line a figure."""
    home = Path(tempfile.mkdtemp(prefix="kubedigest-bench-"))
    home.chmod(0o755)
    frames = home / "frames.jsonl"
    if arguments:
        frames = Path(arguments[0])
    else:
        frames.write_bytes(demo_frames())
    server = LocalPostgres(home)
    try:
        engine = connect(server.start())
        migrations.upgrade(engine)
        points, days = _collect(server, engine, frames)
        _tidy(engine)
        _print_sizes(engine, points, days)
        print(f"roll-up of all: {_timed(server, lambda: rollup.refresh_all(engine))}")
        _tidy(engine)
        _print_sizes(engine, points, days)
        _upgrade(server, engine, home)
        _prune(server, engine)
        _tidy(engine)
        _print_sizes(engine, points, days)
    finally:
        server.stop()
        shutil.rmtree(server.data_directory, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def _collect(server: LocalPostgres, engine: Engine, frames: Path) -> tuple[int, float]:
    with frames.open("rb") as file, Store(engine) as store:
        observations = _observations(file)

        def work() -> None:
            while batch := list(islice(observations, BATCH)):
                store.write(batch)

        used = _timed(server, work)
    with engine.connect() as connection:
        span = connection.execute(text(SPAN)).one()
    days = (span.last_time - span.first_time) / timedelta(days=1)
    print(
        f"{span.occurrences:,} occurrences in {days:.1f} days, {span.occurrences / days:,.0f} a "
        f"day: {span.events:,} events, {span.points:,} points; written in {used}"
    )
    return span.points, days


def _observations(file: BinaryIO) -> Iterator[Observation]:
    for item in EventReader("bench", file, cluster="bench", received=NOW):
        if isinstance(item, Observed):
            yield item.observation


def _print_sizes(engine: Engine, points: int, days: float) -> None:
    with engine.connect() as connection:
        rows = connection.execute(text(SIZES)).all()
    total = sum(row.table_bytes + row.index_bytes for row in rows)
    print(f"disk: {total / 1e6:,.0f} MB, {total / points:,.0f} bytes a point")
    for part, table, index in rows:
        year = (table + index) / days * DAYS_A_YEAR
        print(
            f"  {part}: {table / 1e6:,.1f} MB and indexes {index / 1e6:,.1f} MB; "
            f"{year / 1e9:,.2f} GB a year"
        )


def _upgrade(server: LocalPostgres, engine: Engine, home: Path) -> None:
    """Time each migration on a store that has the events and points, and nothing else."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("create database old_store"))
    old = connect(server.url("old_store"))
    folder = Path(shutil.copytree(sql_folder() / "migrations", home / "migrations"))
    later = [path for path in sorted(folder.glob("*.sql")) if int(path.name[:4]) > OLD_SCHEMA]
    texts = {path: path.read_text() for path in later}
    for path in later:
        path.unlink()
    migrations.upgrade(old, folder)
    for table in ("event", "point"):
        _copy(engine, old, table, home / "rows")
    _tidy(old)
    for path, content in texts.items():
        path.write_text(content)
        start = time.perf_counter()
        migrations.upgrade(old, folder)
        print(f"migration {path.stem}: {time.perf_counter() - start:.2f} s")
    old.dispose()


def _copy(source: Engine, target: Engine, table: str, scratch: Path) -> None:
    with closing(target.raw_connection()) as to, closing(cast("Cursor", to.cursor())) as writing:
        writing.execute(
            "select string_agg(column_name, ', ' order by ordinal_position)"
            " from information_schema.columns where table_schema = 'kubedigest'"
            " and table_name = %s and is_generated = 'NEVER'",
            (table,),
        )
        [(columns,)] = writing.fetchall()
        with (
            closing(source.raw_connection()) as of,
            closing(cast("Cursor", of.cursor())) as reading,
        ):
            with scratch.open("wb") as rows:
                reading.copy_expert(f"copy kubedigest.{table} ({columns}) to stdout", rows)
            with scratch.open("rb") as rows:
                writing.copy_expert(f"copy kubedigest.{table} ({columns}) from stdin", rows)
        to.commit()


def _prune(server: LocalPostgres, engine: Engine) -> None:
    """Move all of the history, while somebody writes and somebody looks at the locks."""
    with engine.connect() as connection:
        span = connection.execute(text(SPAN)).one()
    last, total = span.last_time, span.points
    seen, over = Seen(), threading.Event()
    writer, steps = Store(engine), []
    backend: int = writer._raw().driver_connection.info.backend_pid  # type: ignore[union-attr]
    watching = [
        threading.Thread(target=_write_on, args=[writer, last, seen, over]),
        threading.Thread(target=_look_at_locks, args=[engine, backend, seen, over]),
    ]

    def work() -> None:
        begin = time.perf_counter()
        for step in prune(engine, now=last + KEEP + POLL, keep=KEEP):
            steps.append((time.perf_counter() - begin, step.points))
            begin = time.perf_counter()

    for thread in watching:
        thread.start()
    try:
        used = _timed(server, work)
    finally:
        over.set()
        for thread in watching:
            thread.join()
    writer.close()
    gone = sum(points for _, points in steps)
    seconds, points = max(steps)
    print(f"prune of {total:,} points, {gone:,} deleted, in {len(steps)} transactions: {used}")
    print(f"  the longest took {seconds:.2f} s and deleted {points:,} points")
    waits = sorted(seen.write_seconds)
    print(
        f"  {len(waits):,} writes meanwhile: median {waits[len(waits) // 2]:.3f} s, "
        f"longest {waits[-1]:.2f} s"
    )
    for mode in sorted({mode for _, mode in seen.locks}):
        held = sorted(what for what, its_mode in seen.locks if its_mode == mode)
        print(f"  {mode}: {', '.join(held)}")


def _write_on(store: Store, last: datetime, seen: Seen, over: threading.Event) -> None:
    """Write an event of today now and then; note how long it takes."""
    begun = datetime.now(UTC)
    one = Observation(**_WRITTEN, birth=begun, time=begun, received=begun)  # type: ignore[arg-type]
    while not over.wait(POLL_SECONDS):
        one = replace(one, cumulative=one.cumulative + 1, time=max(last, datetime.now(UTC)))
        start = time.perf_counter()
        store.write([one])
        seen.write_seconds.append(time.perf_counter() - start)


def _look_at_locks(engine: Engine, writer: int, seen: Seen, over: threading.Event) -> None:
    with closing(engine.raw_connection()) as connection:
        cursor = cast("Cursor", connection.cursor())
        while not over.wait(POLL_SECONDS):
            cursor.execute(LOCKS, (writer,))
            seen.locks.update((what, mode) for what, mode in cursor.fetchall())
            connection.rollback()


_WRITTEN = {
    "cluster": "bench",
    "namespace": "shop",
    "name": "written-meanwhile.1",
    "cumulative": 1,
    "source": "watch",
    "type": "Warning",
    "reason": "BackOff",
    "message": "written while prune runs",
    "kind": "Pod",
    "object_namespace": "shop",
    "object": "web-0",
    "workload_kind": "StatefulSet",
    "workload": "web",
    "workload_by": "name",
    "component": "kubelet",
    "host": "n1",
}


def _tidy(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
        connection.execute(text("checkpoint"))


def _timed(server: LocalPostgres, work: Callable[[], object]) -> Used:
    cpu, server_cpu, start = time.process_time(), _server_cpu(server), time.perf_counter()
    work()
    return Used(
        seconds=time.perf_counter() - start,
        client_cpu_seconds=time.process_time() - cpu,
        server_cpu_seconds=_server_cpu(server) - server_cpu,
    )


def _server_cpu(server: LocalPostgres) -> float:
    """Return the CPU time of all processes of the server, those that have ended too."""
    postmaster = (server.data_directory / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(entry)):
            if entry.name == postmaster:
                ticks += sum(map(int, fields[11:15]))  # with children that have ended
            elif fields[1] == postmaster:
                ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(process: Path) -> Sequence[str]:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ()


if __name__ == "__main__":
    main(sys.argv[1:])

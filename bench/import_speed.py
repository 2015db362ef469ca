"""Import against bare COPY of the same rows, in one run: ratios, bytes, memory.

``./run bench import_speed`` takes the demo's frames, ``python -m bench.import_speed FILE`` any.
"""

from __future__ import annotations

import io
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from collector import migrations
from collector.database import connect, statement
from collector.files import EventReader, Observed
from collector.importing import Summary, import_items
from collector.observation import Observation
from collector.store import Store, _copy_lines
from kubedigest.demo_events import make_demo
from kubedigest.local_postgres import LocalPostgres

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROUNDS = 3
COPY_BATCH = 5000


def main(arguments: list[str]) -> None:
    """Print one line a figure."""
    data = Path(arguments[0]).read_bytes() if arguments else _demo_frames()
    print(f"frames: {data.count(b'{') and len(data.splitlines()):,}, {len(data) / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory(prefix="kubedigest-bench-") as folder:
        Path(folder).chmod(0o755)
        server = LocalPostgres(Path(folder))
        try:
            _measure(connect(server.start()), data)
        finally:
            server.stop()


def _demo_frames() -> bytes:
    demo = make_demo(NOW)
    return b"".join(frame for cluster in demo.clusters for frame in demo.frames(cluster))


def _measure(engine: Engine, data: bytes) -> None:
    observations = [item.observation for item in _reader(data) if isinstance(item, Observed)]
    encoded = [
        _copy_lines(observations[start : start + COPY_BATCH]).getvalue()
        for start in range(0, len(observations), COPY_BATCH)
    ]
    bare, written, imported, read = [], [], [], []
    for _ in range(ROUNDS):
        read.append(_seconds(lambda: sum(1 for _ in _reader(data))))
        bare.append(_seconds(lambda: _bare_copy(engine, encoded)))
        _fresh(engine)
        written.append(_seconds(lambda: _write(engine, observations)))
        _fresh(engine)
        imported.append(_seconds(lambda: _import(engine, data)))
    copy = min(bare)
    count = len(observations)
    print(f"observations: {count:,}")
    for name, seconds in (
        ("bare COPY, encoded beforehand", copy),
        ("read and normalize only", min(read)),
        ("write only (observations in memory)", min(written)),
        ("import (read, normalize, write)", min(imported)),
    ):
        print(f"{name}: {count / seconds:,.0f}/s, {copy / seconds:.2f} of bare COPY")
    _print_size(engine)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _reader(data: bytes) -> EventReader:
    return EventReader("bench", io.BytesIO(data), cluster="bench", received=NOW)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _bare_copy(engine: Engine, encoded: list[bytes]) -> None:
    """Copy the same rows into a table with the same columns and one key, no merging."""
    with engine.begin() as connection:
        connection.execute(text("drop table if exists bare"))
        shape = statement("create_stage").split("(", 1)[1].rsplit(")", 1)[0]
        connection.execute(text(f"create table bare ({shape})"))
        connection.execute(text("create index on bare (birth, event_id, cumulative)"))
    raw = engine.raw_connection()
    for batch in encoded:
        raw.cursor().copy_expert("copy bare from stdin", io.BytesIO(batch))
        raw.commit()
    raw.close()


def _fresh(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement("reset_store")))
    migrations.upgrade(engine)


def _write(engine: Engine, observations: Sequence[Observation]) -> None:
    with Store(engine) as store:
        for start in range(0, len(observations), COPY_BATCH):
            store.write(observations[start : start + COPY_BATCH])


def _import(engine: Engine, data: bytes) -> None:
    with Store(engine) as store:
        import_items(_reader(data), store, Summary())


def _print_size(engine: Engine) -> None:
    query = (
        "select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n"
        " on n.oid = c.relnamespace where n.nspname = 'kubedigest' and c.relkind = 'r'"
    )
    with engine.connect() as connection:
        size = int(connection.scalar(text(query)))
        points, occurrences = connection.execute(
            text("select count(*), sum(occurrences) filter (where counted) from public.event")
        ).one()
    print(
        f"store: {size / 1e6:.1f} MB, {size / points:.0f} bytes a point, "
        f"{size / int(occurrences):.0f} bytes an occurrence, indexes included"
    )


if __name__ == "__main__":
    main(sys.argv[1:])

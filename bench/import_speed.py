"""Import against bare COPY of the rows it ends with, in one run: ratios, bytes, memory.

``./run bench import_speed`` takes the demo's frames, ``python -m bench.import_speed FILE`` any.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from bench.store_speed import (
    bare_copy,
    demo_frames,
    final_rows,
    fresh,
    print_size,
    reader,
    write,
)
from collector.database import connect
from collector.files import Observed
from collector.importing import Summary, import_items
from collector.store import Store
from kubedigest.local_postgres import LocalPostgres

ROUNDS = 3


def main(arguments: list[str]) -> None:
    """Print one line a figure."""
    data = Path(arguments[0]).read_bytes() if arguments else demo_frames()
    print(f"frames: {data.count(b'{') and len(data.splitlines()):,}, {len(data) / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory(prefix="kubedigest-bench-") as folder:
        Path(folder).chmod(0o755)
        server = LocalPostgres(Path(folder))
        try:
            _measure(connect(server.start()), data)
        finally:
            server.stop()


def _measure(engine: Engine, data: bytes) -> None:
    observations = [item.observation for item in reader(data) if isinstance(item, Observed)]
    fresh(engine)
    write(engine, observations)
    batches = list(final_rows(engine))
    bare, written, imported, read = [], [], [], []
    for _ in range(ROUNDS):
        read.append(_seconds(lambda: sum(1 for _ in reader(data))))
        fresh(engine)
        bare.append(bare_copy(engine, batches).seconds)
        fresh(engine)
        written.append(write(engine, observations).seconds)
        fresh(engine)
        imported.append(_seconds(lambda: _import(engine, data)))
    copy = min(bare)
    count = len(observations)
    print(f"observations: {count:,}")
    for name, seconds in (
        ("bare COPY of the final rows", copy),
        ("read and normalize only", min(read)),
        ("write only (observations in memory)", min(written)),
        ("import (read, normalize, write)", min(imported)),
    ):
        print(f"{name}: {count / seconds:,.0f}/s, {copy / seconds:.2f} of bare COPY")
    print_size(engine)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _import(engine: Engine, data: bytes) -> None:
    with Store(engine) as store:
        import_items(reader(data), store, Summary())


if __name__ == "__main__":
    main(sys.argv[1:])

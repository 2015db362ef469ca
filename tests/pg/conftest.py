"""Readers of whole tables, for tests that compare stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from collector.database import connect

TABLES = {
    "event": (
        "select birth, event_id, cluster, namespace, name, counting, type, reason, message, kind,"
        " object_namespace, object, workload_rank, workload_kind, workload, component, host,"
        " labels, redaction, settled from kubedigest.event order by 1, 2"
    ),
    "point": (
        "select birth, event_id, cumulative, claimed, received, time, occurrences, previous_time,"
        " source, message from kubedigest.point order by 1, 2, 3"
    ),
    "exact_slot": "select slot, cluster from kubedigest.exact_slot order by 1, 2",
    "rejected": "select rejected_id, cluster, reason, raw from kubedigest.rejected order by 1",
    "view": "select * from public.event order by cluster, namespace, name, birth, cumulative",
}


def tables(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return every table and the view, but for the commit ids."""
    with engine.connect() as connection:
        return {
            name: [tuple(map(repr, row)) for row in connection.execute(text(query))]
            for name, query in TABLES.items()
        }


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Yield a store of its own for the test."""
    made = connect(database_url)
    yield made
    made.dispose()


@pytest.fixture
def read_tables() -> Callable[[Engine], dict[str, list[tuple[object, ...]]]]:
    """Return the reader of whole tables."""
    return tables


@pytest.fixture
def counted_total(engine: Engine) -> Callable[[], int]:
    """Return what the promise to people with SQL adds up to."""

    def total() -> int:
        query = "select coalesce(sum(occurrences) filter (where counted), 0) from public.event"
        with engine.connect() as connection:
            return int(connection.scalar(text(query)) or 0)

    return total

"""The promise to people with SQL: public.event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from collector.store import Store
from tests.factories import T0, observe

PROMISED = (
    "cluster, namespace, name, birth, time, cumulative, occurrences, previous_time, counted,"
    " counting, suspect, type, reason, message, kind, object_namespace, object, workload_kind,"
    " workload, workload_by, component, host, labels, source, received"
)
DAYS = 40
EVENTS_A_DAY = 200
ONE_DAY = (
    "select cluster, namespace, reason, sum(occurrences) filter (where counted)"
    " from public.event where time >= '2026-01-20' and time < '2026-01-21' group by 1, 2, 3"
)


def test_the_view_has_the_promised_columns(engine: Engine) -> None:
    """Names and order are those that the documentation promises."""
    with engine.connect() as connection:
        found = list(connection.execute(text("select * from public.event")).keys())
    assert found == PROMISED.replace(" ", "").split(",")


def test_a_row_says_what_the_event_said(engine: Engine) -> None:
    """Absent texts are null, labels are JSON, the workload tells how it was found."""
    with Store(engine) as store:
        store.write([observe(3, 10, host="", labels='{"app": "web"}')])
    with engine.connect() as connection:
        row = connection.execute(text("select * from public.event")).one()
    assert row.occurrences == row.cumulative == 3
    assert (row.host, row.labels, row.workload_by) == (None, {"app": "web"}, "name")
    assert (row.previous_time, row.time) == (None, T0 + timedelta(minutes=10))


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Return forty days of two hundred events each, three points an event."""
    with Store(engine) as store:
        for day in range(DAYS):
            births = [T0 + timedelta(days=day, minutes=7 * n) for n in range(EVENTS_A_DAY)]
            store.write(
                [
                    observe(count, 1440 * day + 7 * n + count, birth=birth, name=f"e{n}.{day}")
                    for n, birth in enumerate(births)
                    for count in (1, 2, 3)
                ]
            )
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze"))
    return engine


def test_one_day_touches_no_other_days_pages(filled: Engine) -> None:
    """The plan reaches points by their time and events by key, and few pages beyond the day's."""
    with filled.connect() as connection:
        [plan] = connection.scalar(text(f"explain (analyze, buffers, format json) {ONE_DAY}"))
        pages = connection.scalar(
            text("select sum(relpages) from pg_class where relname in ('point', 'event')")
        )
        rows = connection.scalar(
            text("select count(*) from public.event where time::date = '2026-01-20'")
        )
    written = json.dumps(plan)
    assert "Seq Scan" not in written
    assert '"Index Name": "point_time"' in written
    touched = {node["Relation Name"]: node for node in _scans(plan["Plan"])}
    assert touched["point"]["Actual Rows"] == rows == 3 * EVENTS_A_DAY
    assert touched["point"].get("Rows Removed by Filter", 0) == 0
    # a fortieth of the points' pages and of their index, and no more
    blocks = touched["point"]["Shared Hit Blocks"] + touched["point"]["Shared Read Blocks"]
    assert blocks < pages / 10


def test_each_point_finds_its_event_by_key(filled: Engine) -> None:
    """Each point finds its event by one look-up of the primary key."""
    with filled.connect() as connection:
        [plan] = connection.scalar(text(f"explain (analyze, format json) {ONE_DAY}"))
    [event] = [n for n in _scans(plan["Plan"]) if n["Relation Name"] == "event"]
    assert event["Index Name"] == "event_pkey"
    assert event["Actual Loops"] <= 3 * EVENTS_A_DAY


def _scans(node: dict[str, object]) -> Iterator[dict[str, object]]:
    if "Relation Name" in node:
        yield node
    for child in node.get("Plans", []):  # type: ignore[attr-defined]
        yield from _scans(child)

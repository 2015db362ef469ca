"""docs/sql.md: every query is run on a store whose figures were worked out by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace
from sqlalchemy import text

from collector.database import connect
from collector.progress import Mark, Span, Stream
from collector.store import Store
from kubedigest.demo_chat import demo_chat
from tests.e2e.conftest import RunCommand
from tests.factories import T0, observe
from tests.shown import ROOT

PAGE = ROOT / "docs/sql.md"
EVENTS = ROOT / "docs/tutorial/events.json"
# midnight in Shanghai, after the day of the tutorial
NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
QUERIES = dict(
    re.findall(r"^### ([^\n]+)\n[^#]*?```sql\n(.*?)```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
)
Run = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def rows(database_url: str, run_command: RunCommand) -> Run:
    """Return what runs the query below a heading, on the events of the tutorial."""
    imported = run_command("import", str(EVENTS), "--cluster", "lab", database=database_url)
    assert imported.code == 0
    mark = Mark(stream=Stream(cluster="lab"), resource_version="7", proved=NOW)
    hour = timedelta(hours=1)
    spans = (
        Span("watched", NOW - 24 * hour, NOW - 20 * hour),
        Span("gap", NOW - 20 * hour, NOW - 18.5 * hour),
        Span("watched", NOW - 18.5 * hour, NOW - 2 * hour),
        Span("gap", NOW - 2 * hour, NOW - hour),
    )
    with Store(connect(database_url)) as store:
        store.write([], [replace(mark, spans=spans)])

    def run(heading: str) -> list[tuple[Any, ...]]:
        query = QUERIES[heading].replace("now()", f"timestamptz '{NOW.isoformat()}'")
        with connect(database_url).connect() as connection:
            connection.execute(text("set local time zone 'UTC'"))
            return [tuple(row) for row in connection.execute(text(query))]

    return run


def test_every_query_stands_below_a_heading() -> None:
    """And is named by it in one of the tests here."""
    queries = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert sorted(QUERIES.values()) == sorted(queries)
    source = Path(__file__).read_text()
    assert [heading for heading in QUERIES if f'"{heading}"' not in source] == []


def test_what(rows: Run) -> None:
    """Two pods of web with 106 back-offs and 6 failures each; api fails 22 times, the other 20."""
    warnings = [(row[3], row[4], int(row[5])) for row in rows("What happened most in the last day")]
    assert warnings == [
        ("api", "Unhealthy", 22),
        ("prometheus", "FailedScheduling", 20),
        ("web", "Failed", 12),
    ]
    new = {(row[2], row[3]): int(row[4]) for row in rows("What is new")}
    assert new[("web", "BackOff")] == 212
    assert new[("worker-2", "NodeNotReady")] == 1
    assert ("api", "Unhealthy") not in new
    said = [(row[0], int(row[2])) for row in rows("What one workload said")]
    assert said[:2] == [("BackOff", 212), ("Failed", 12)]
    assert sorted(said[2:]) == [("Pulled", 1), ("ScalingReplicaSet", 1)]
    [image] = rows("Images that cannot be pulled")
    assert image[:3] == ("registry.example/shop/web:1.4.2", 2, 224)
    points = [row[:4] for row in rows("Where one event was seen")]
    assert [(cumulative, occurrences) for _, cumulative, occurrences, _ in points] == [
        (6, 6),
        (106, 106),
    ]


def test_when(rows: Run) -> None:
    """Twenty failures on each of two days in Shanghai; the day of the report is that of JSON."""
    assert [(row[0], row[1], int(row[2])) for row in rows("Day by day")] == [
        (date(2026, 11, 20), "prometheus", 20),
        (date(2026, 11, 21), "prometheus", 20),
    ]
    by_hour = {row[0]: int(row[1]) for row in rows("By hour of the day")}
    # last seen at 22:05 by api, at 23:00 by prometheus, at 2:20 by web, and a job at 2:20
    assert by_hour == {2: 13, 22: 44, 23: 40}
    busiest = rows("The busiest ten minutes")
    assert [(row[0].hour, row[0].minute, int(row[1]), row[2]) for row in busiest] == [
        (14, 0, 22, 1),
        (15, 0, 20, 1),
        (18, 20, 12, 1),
    ]


def test_a_window_is_that_of_the_report(rows: Run, run_command: RunCommand, tmp_path: Path) -> None:
    """To the last occurrence."""
    found = {(row[0], row[1]): int(row[2]) for row in rows("Exactly within a window")}
    words = ["--at", "2026-11-22T00:00", "--timezone", "Asia/Shanghai", "--format", "json"]
    ran = run_command("report", "daily", *words, "--output", str(tmp_path))
    assert ran.code == 0
    digest = json.loads((tmp_path / "daily-2026-11-21.json").read_text())
    shown = {(row["name"], row["reason"]): row["failures"] for row in digest["rows"]}
    assert shown == {key: found[key] for key in shown}
    assert sum(found.values()) == digest["quality"]["occurrences"] == 270


def test_where(rows: Run) -> None:
    """Api fails on one worker, the two pods of web on the others."""
    assert [(row[1], row[2], int(row[3])) for row in rows("Which node")] == [
        ("worker-1", 1, 22),
        ("worker-2", 1, 6),
        ("worker-3", 1, 6),
    ]
    assert [(row[0], int(row[1])) for row in rows("By a label")] == [(None, 97)]


def test_how_sure(rows: Run, database_url: str) -> None:
    """A gap of 1.5 hours and one of 1; a jump that nobody believes."""
    assert rows("What was not watched") == [("lab", 2, Decimal("2.50"), NOW - timedelta(hours=1))]
    assert rows("What is not counted, and why") == []
    minutes = (NOW - T0) / timedelta(minutes=1)
    birth = NOW - timedelta(hours=2)
    with Store(connect(database_url)) as store:
        store.write([observe(2**31 - 1, minutes - 60, name="x.1", birth=birth, received=NOW)])
    [refused] = rows("What is not counted, and why")
    assert (refused[0], refused[3], int(refused[4])) == ("an implausible jump", 1, 2**31 - 1)
    late = {row[0]: row[1] for row in rows("How late events come")}
    assert late["file"] >= 9


def test_what_did_not_arrive(
    rows: Run, run_command: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One channel is not there, and the other is."""
    with demo_chat() as chat:
        loopback = {"type": "slack", "allow_http": True, "allow_private": True}
        channels = {
            "ops": {**loopback, "url": f"{chat.address}/slack"},
            "dev": {**loopback, "url": f"{chat.address}/nobody"},
        }
        path = tmp_path / "kubedigest.yaml"
        path.write_text(yaml.safe_dump({"channels": channels, "timezone": "Asia/Shanghai"}))
        words = ["report", "daily", "--at", "2026-11-22T00:00", "--send", "all"]
        assert run_command("--config", str(path), *words).code == 1
    [lost] = rows("What did not arrive")
    assert lost[:4] == ("dev", "daily", "2026-11-21", "refused")


def test_how_much(rows: Run, run_command: RunCommand) -> None:
    """All came today, as this is a test; what was pruned is in hours."""
    [day] = rows("Points a day, and how many are repeats")
    assert day[1:] == (14, 14, 314)
    sizes = {row[0] for row in rows("What the store takes")}
    assert {"point", "event"} <= sizes
    assert rows("Before the horizon") == []
    pruned = run_command("db", "prune", "--keep", "1d", "--at", "2026-11-22T00:00+08:00")
    assert pruned.code == 0
    settled = {(row[1], row[2]): int(row[3]) for row in rows("Before the horizon")}
    assert settled[("report", "BackoffLimitExceeded")] == 1
    assert settled[("api", "Unhealthy")] == 22

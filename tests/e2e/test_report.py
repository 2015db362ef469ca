"""``kubedigest report`` and ``top`` over a filled store."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from collector.database import connect
from collector.progress import Mark, Span, Stream
from collector.store import Store
from tests.e2e.conftest import RunCommand
from tests.factories import T0, observe

AT = "2026-01-06T09:00:00+00:00"


@pytest.fixture
def filled(database_url: str) -> str:
    """One day: ten failures of one workload, three of another, one harmless event."""
    with Store(connect(database_url)) as store:
        store.write([observe(1), observe(10, 90)])
        store.write(
            [
                observe(3, 60, name="api.1", namespace="pay", object="api-1", workload="api",
                        workload_kind="Deployment", reason="Unhealthy", message="probe failed"),
                observe(1, 30, name="api.2", type="Normal", reason="Pulled"),
            ]
        )  # fmt: skip
    return database_url


def test_top_lists_what_failed_most_first(run_command: RunCommand, filled: str) -> None:
    """Ten BackOff of web, three Unhealthy of api; the pull is no failure."""
    ran = run_command("top", "--at", AT, "--since", "48h", "-o", "json", database=filled)
    rows = json.loads(ran.out)
    assert [(row["kind"], row["name"], row["failures"]) for row in rows] == [
        ("StatefulSet", "web", 10),
        ("Deployment", "api", 3),
    ]
    assert set(rows[0]) >= {"cluster", "namespace", "kind", "name", "failures"}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("namespace", [("Namespace", "shop", 10), ("Namespace", "pay", 3)]),
        ("node", [("Node", "n1", 13)]),
        ("reason", [("Reason", "BackOff", 10), ("Reason", "Unhealthy", 3)]),
    ],
)
def test_top_groups_by_what_is_asked(
    run_command: RunCommand, filled: str, by: str, expected: list[tuple[str, str, int]]
) -> None:
    """Every grouping adds up to the same thirteen."""
    ran = run_command(
        "top", "--by", by, "--at", AT, "--since", "48h", "-o", "json", database=filled
    )
    rows = [(row["kind"], row["name"], row["failures"]) for row in json.loads(ran.out)]
    assert rows == expected


def test_top_as_a_table_is_what_kubectl_users_expect(run_command: RunCommand, filled: str) -> None:
    """Upper-case headers, which --no-headers leaves out; -n keeps one namespace."""
    ran = run_command("top", "--at", AT, "--since", "48h", "-n", "pay", database=filled)
    header, row = ran.out.splitlines()
    assert header.split()[:5] == ["CLUSTER", "NAMESPACE", "KIND", "NAME", "FAILURES"]
    assert row.split()[:5] == ["prod", "pay", "Deployment", "api", "3"]
    bare = run_command("top", "--at", AT, "--since", "48h", "--no-headers", database=filled)
    assert len(bare.out.splitlines()) == 2


def test_every_format_shows_the_same_figures(
    run_command: RunCommand, filled: str, tmp_path: Path
) -> None:
    """Files are named after report and period, and agree with the view."""
    formats = ("--format", "html", "--format", "text", "--format", "json")
    ran = run_command(
        "report", "daily", "--at", AT, *formats, "--output", str(tmp_path), database=filled
    )
    assert ran.code == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"daily-2026-01-05.{suffix}" for suffix in ("html", "json", "txt")]
    digest = json.loads((tmp_path / "daily-2026-01-05.json").read_text())
    with connect(filled).connect() as connection:
        total = connection.scalar(
            text(
                "select sum(occurrences) filter (where counted) from public.event"
                " where type = 'Warning'"
            )
        )
    assert digest["failures"] == total == 13
    for suffix in ("html", "txt"):
        written = (tmp_path / f"daily-2026-01-05.{suffix}").read_text()
        assert digest["verdict"].split(".")[0] in written


def test_the_same_store_gives_the_same_bytes(run_command: RunCommand, filled: str) -> None:
    """Also in another process zone; --at sets now and nothing else."""
    runs = [
        run_command("report", "daily", "--at", AT, "--format", "html", database=filled).out
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0].startswith("<!doctype html>")


def test_a_day_in_another_zone_holds_other_failures(run_command: RunCommand, filled: str) -> None:
    """In Shanghai it is 08:00 on the fifth when the first one comes; in Los Angeles the fourth."""
    found = {}
    for zone, at in (("Asia/Shanghai", AT), ("America/Los_Angeles", "2026-01-05T20:00:00+00:00")):
        ran = run_command(
            "report", "daily", "--at", at, "--timezone", zone, "--format", "json", database=filled
        )
        digest = json.loads(ran.out)
        found[zone] = (digest["period"], digest["failures"])
    assert found == {"Asia/Shanghai": ("2026-01-05", 13), "America/Los_Angeles": ("2026-01-04", 13)}


def test_a_day_without_data_is_not_a_quiet_day(run_command: RunCommand, filled: str) -> None:
    """No data says so; today stands in where only today has some."""
    ran = run_command("report", "daily", "--at", "2026-02-01T09:00:00Z", database=filled)
    assert "No data" in ran.out.splitlines()[0]
    early = run_command(
        "report", "daily", "--at", "2026-01-05T12:00:00Z", "--format", "json", database=filled
    )
    digest = json.loads(early.out)
    assert (digest["so_far"], digest["period"], digest["failures"]) == (True, "2026-01-05", 13)


def test_any_window_can_be_asked_for(run_command: RunCommand, filled: str) -> None:
    """Half-open: what lies at the end belongs to the next window."""
    ran = run_command(
        "report", "--since", "2026-01-05T00:00:00", "--until", "2026-01-05T00:00:01",
        "--format", "json", database=filled,
    )  # fmt: skip
    assert json.loads(ran.out)["failures"] == 2  # the first of each event, at its birth


def test_a_report_of_a_watched_day_names_the_gap(run_command: RunCommand, filled: str) -> None:
    """The verdict, and the data quality of every format; no data is not said of a quiet watch."""
    spans = (
        Span("watched", T0 - timedelta(days=3), T0 + timedelta(hours=3)),
        Span("gap", T0 + timedelta(hours=3), T0 + timedelta(hours=6)),
        Span("watched", T0 + timedelta(hours=6), T0 + timedelta(days=3)),
    )
    mark = Mark(stream=Stream(cluster="prod"), resource_version="7", proved=spans[-1].end)
    with Store(connect(filled)) as store:
        store.write([], [replace(mark, spans=spans)])
    report = ("report", "daily", "--at", AT)
    text_report = run_command(*report, database=filled).out
    assert "prod was not watched 03:00–06:00." in " ".join(text_report.split())
    assert "prod: 88 % watched, 12 % gap." in text_report
    quality = json.loads(run_command(*report, "--format", "json").out)["quality"]
    assert (quality["coverage"], quality["covered"][0]["gap"]) == ("partial", 0.125)
    quiet = run_command("top", "--at", "2026-01-08T00:00:00Z", "--since", "24h", "-o", "json")
    assert (quiet.out, quiet.err) == ("[]\n", "no failures, watched all the time\n")
    silent = run_command("top", "--at", "2026-01-10T00:00:00Z", "--since", "24h", "-o", "json")
    assert "no data" in silent.err

"""``kubedigest trends`` and ``histogram`` over a filled store."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from collector.database import connect
from collector.observation import Observation
from collector.store import Store
from tests.e2e.conftest import RunCommand
from tests.factories import T0, observe

AT = "2026-01-07T09:00:00+00:00"
DAY = 24 * 60


def once(minutes: int, **over: object) -> Observation:
    """Return an event that happened once, *minutes* after T0."""
    return observe(1, minutes, birth=T0 + timedelta(minutes=minutes), **over)


@pytest.fixture
def filled(database_url: str) -> str:
    """Three days: web fails two times on the last two, api is new on the last, db is gone."""
    api = {"name": "api.1", "workload": "api", "reason": "Unhealthy", "namespace": "pay"}
    with Store(connect(database_url)) as store:
        store.write([observe(1, 0, name="early.1", type="Normal", reason="Pulled")])
        for minutes in (60, 540, DAY + 60, DAY + 540):
            store.write([once(minutes, name=f"web.{minutes}")])
        store.write([observe(3, DAY + 60, birth=T0 + timedelta(minutes=DAY), **api)])
        store.write([once(120, name="db.1", workload="=db")])
    return database_url


def test_new_and_gone_are_told_apart_from_what_goes_on(
    run_command: RunCommand, filled: str
) -> None:
    """The day before is covered; two episodes a day are too few to speak of a trend."""
    ran = run_command("trends", "--at", AT, "-o", "json", database=filled)
    rows = json.loads(ran.out)["rows"]
    assert [(row["name"], row["verdict"]) for row in rows] == [
        ("api", "new"),
        ("=db", "gone"),
        ("web", "insufficient"),
    ]
    assert [(row["failures"], row["previous_failures"]) for row in rows] == [(3, 0), (0, 1), (2, 2)]
    assert rows[0]["ratio"] is rows[0]["p_value"] is None
    assert rows[2]["ratio"] == 1.0


def test_the_digest_agrees(run_command: RunCommand, filled: str) -> None:
    """The same verdicts, and a day's failures in the long trend."""
    ran = run_command("report", "daily", "--at", AT, "--format", "json", database=filled)
    digest = json.loads(ran.out)
    assert {row["name"]: row["trend"] for row in digest["rows"]} == {
        "api": "new",
        "web": "insufficient",
    }
    assert [(gone["name"], gone["previous_failures"]) for gone in digest["gone"]] == [("=db", 1)]
    assert [day["failures"] for day in digest["daily"]][-3:] == [None, 3, 5]


def test_without_a_covered_day_before_nothing_is_new(run_command: RunCommand, filled: str) -> None:
    """On the first day there is nothing to compare with, and no failure is not 0."""
    first = run_command("trends", "--at", "2026-01-06T09:00:00Z", "-o", "json", database=filled)
    rows = json.loads(first.out)["rows"]
    assert {row["verdict"] for row in rows} == {"insufficient"}
    assert {row["previous_failures"] for row in rows} == {None}


def test_a_namespace_keeps_what_is_known_of_the_cluster(
    run_command: RunCommand, filled: str
) -> None:
    """The rest of the cluster was seen the day before, so the one in pay is new."""
    ran = run_command("trends", "--at", AT, "-n", "pay", "--no-headers", database=filled)
    assert ran.out.split()[:6] == ["new", "prod", "pay", "StatefulSet", "api", "Unhealthy"]


def test_csv_runs_no_formula(run_command: RunCommand, filled: str) -> None:
    """A name that begins like a formula is text; missing figures are empty cells."""
    ran = run_command("trends", "--at", AT, "-o", "csv", database=filled)
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["name"] for row in rows] == ["api", "'=db", "web"]
    assert rows[0]["p_value"] == ""


def test_the_histogram_adds_up(run_command: RunCommand, filled: str) -> None:
    """Of four buckets of six hours the first has one of web and three of api."""
    ran = run_command("histogram", "--at", AT, "--width", "6h", "-o", "json", database=filled)
    answer = json.loads(ran.out)
    assert [bucket["failures"] for bucket in answer["rows"]] == [4, 1, 0, 0]
    assert answer["rows"][0]["start"] == "2026-01-06T00:00:00+00:00"
    assert (answer["failures"], answer["bucket_minutes"], answer["state"]) == (5, 360, "failures")


def test_the_hours_of_the_clock_follow_the_zone(run_command: RunCommand, filled: str) -> None:
    """What fails at 01:00 UTC fails at 09:00 in Shanghai."""
    ran = run_command(
        "histogram", "--since", "48h", "--until", "2026-01-07T00:00:00Z", "--hour-of-day",
        "--timezone", "Asia/Shanghai", "-o", "csv", database=filled,
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert len(rows) == 24
    found = {int(row["hour"]): int(row["failures"]) for row in rows if row["failures"] != "0"}
    assert found == {8: 2, 9: 3, 10: 1, 17: 2}
    assert {row["hours"] for row in rows} == {"2.0"}


def test_a_table_shows_bars(run_command: RunCommand, filled: str) -> None:
    """The bucket with most failures has the longest bar."""
    ran = run_command("histogram", "--at", AT, "--width", "12h", database=filled)
    header, first, second = ran.out.splitlines()
    assert header.split() == ["START", "FAILURES"]
    assert first.split() == ["Tue", "2026-01-06", "00:00", "5", "█" * 40]
    assert second.split()[3:] == ["0"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("trends", "daily", "--since", "1h"), "not both"),
        (("trends", "--until", "2026-01-07"), "--until needs --since"),
        (("histogram", "--width", "90s"), "whole minutes"),
        (("histogram", "--hour-of-day", "--heat-map"), "not both"),
        (("histogram", "--heat-map", "--width", "1h"), "--heat-map counts in hours"),
        (("histogram", "--hour-of-day", "--width", "1h"), "--hour-of-day counts in hours"),
        (("histogram", "--by", "colour"), "colour"),
        (("top", "weekly", "--until", "2026-01-07"), "not both"),
        (("top", "--until", "2026-01-07"), "--until needs --since"),
        (("top", "-n", ""), "--namespace takes printable characters"),
        (("trends", "-o", "xml"), "'xml' is not one of"),
        (("trends", "--limit", "0"), "--limit"),
        (("histogram", "--width", "0m"), "not a duration"),
        (("histogram", "--since", "3000d", "--width", "1m"), "100,000 pieces"),
    ],
)
def test_wrong_options_are_one_sentence(
    run_command: RunCommand, filled: str, arguments: tuple[str, ...], sentence: str
) -> None:
    """Exit code 2 and what to write instead."""
    ran = run_command(*arguments, "--at", AT, database=filled)
    assert ran.code == 2
    assert sentence in ran.err


def test_no_data_is_said(run_command: RunCommand, filled: str) -> None:
    """An empty answer could be taken for a quiet day."""
    ran = run_command("trends", "--at", "2026-03-01T09:00:00Z", "-o", "json", database=filled)
    answer = json.loads(ran.out)
    assert (answer["rows"], answer["state"], answer["failures"]) == ([], "no data", None)
    assert ran.err == "no data: not one event lies in the window, and nobody watched\n"

"""What ``top``, ``histogram`` and ``trends`` say of what was watched, in every output."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta

import click
import pytest
import yaml
from msgspec.structs import replace

from collector.database import connect
from collector.progress import Mark, Span, Stream
from collector.store import Store
from tests.e2e.conftest import RunCommand
from tests.factories import T0, observe

AT = "2026-01-06T00:00:00+00:00"  # T0 is a Monday, a day earlier
COMMANDS = ("top", "histogram", "trends")
HOSTILE = "=cmd\x1b[2J\u202e"


def hours(number: float) -> timedelta:
    """Return a duration."""
    return timedelta(hours=number)


def watch(url: str, *spans: Span, **scope: str) -> None:
    """Store what a collector of cluster prod has watched."""
    stream = Stream(cluster="prod", **scope)
    mark = Mark(stream=stream, resource_version="7", proved=spans[-1].end)
    with Store(connect(url)) as store:
        store.write([], [replace(mark, spans=spans)])


@pytest.fixture
def half_watched(database_url: str) -> str:
    """Two days: web failed at 1 on both, ten times on the second; nobody watched from 3 to 9."""
    with Store(connect(database_url)) as store:
        store.write([observe(1, -23 * 60, name="web.0", birth=T0 - hours(23))])
        store.write([observe(1, 60, birth=T0 + hours(1)), observe(10, 90, birth=T0 + hours(1))])
        once = {"name": "odd.1", "workload": HOSTILE, "object": HOSTILE, "reason": "Unhealthy"}
        store.write([observe(1, 600, birth=T0 + hours(10), **once)])
    watch(
        database_url,
        Span("watched", T0 - hours(72), T0 + hours(3)),
        Span("gap", T0 + hours(3), T0 + hours(9)),
        Span("watched", T0 + hours(9), T0 + hours(24)),
    )
    return database_url


def answer(run_command: RunCommand, url: str, *arguments: str) -> object:
    """Return the YAML of an answer, which has to be what its JSON is."""
    found = [
        load(run_command(*arguments, "--at", AT, "-o", output, database=url).out)
        for output, load in (("json", json.loads), ("yaml", yaml.safe_load))
    ]
    assert found[0] == found[1]
    return found[1]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml", "csv"])
def test_every_answer_says_what_was_not_watched(
    run_command: RunCommand, half_watched: str, command: str, output: str
) -> None:
    """On standard error, once; standard output holds the rows alone, and no control character."""
    ran = run_command(command, "--at", AT, "-o", output, database=half_watched)
    assert ran.code == 0
    assert ran.err.splitlines().count("prod was not watched 03:00–09:00.") == 1
    assert "watched" not in ran.out or output in ("json", "yaml")
    assert ran.out.replace("\n", "").isprintable()


def test_top_is_an_array_of_objects(run_command: RunCommand, half_watched: str) -> None:
    """Highest first; the rate is that of the 18 watched hours; the gap has no zeros."""
    web, odd = answer(run_command, half_watched, "top")
    assert list(web)[:5] == ["cluster", "namespace", "kind", "name", "failures"]
    assert (web["name"], web["failures"], web["first"]) == ("web", 10, "2026-01-05T01:00:00+00:00")
    assert web["rate_per_hour"] == pytest.approx(10 / 18)
    assert web["mean_time_between_failures_seconds"] is None
    assert web["sparkline"] == [0, 10, 0] + 6 * [None] + 15 * [0]
    assert web["sparkline_bucket_minutes"] == 60
    assert (odd["name"], odd["sparkline"][10]) == (HOSTILE, 1)


def test_a_histogram_tells_nothing_from_no_data(run_command: RunCommand, half_watched: str) -> None:
    """Null in JSON, an empty cell in CSV, words in a table."""
    found = answer(run_command, half_watched, "histogram", "--since", "24h", "--width", "3h")
    assert isinstance(found, dict)
    assert [row["failures"] for row in found["rows"]] == [10, None, None, 1, 0, 0, 0, 0]
    assert (found["coverage"], found["failures"], found["bucket_minutes"]) == ("partial", 11, 180)
    assert found["covered"][0]["gap"] == 0.25
    assert [gap["start"] for gap in found["gaps"]] == ["2026-01-05T03:00:00+00:00"]
    options = ("histogram", "--since", "24h", "--width", "3h", "--at", AT)
    rows = csv.DictReader(io.StringIO(run_command(*options, "-o", "csv").out))
    assert [row["failures"] for row in rows] == ["10", "", "", "1", "0", "0", "0", "0"]
    table = run_command(*options).out.splitlines()
    assert table[1].split()[3:] == ["10", "█" * 40]
    assert table[2].split()[3:] == ["-", "no", "data"]
    assert table[5].split()[3:] == ["0"]


def test_a_heat_map_is_text(run_command: RunCommand, half_watched: str) -> None:
    """Ten at one o'clock on a Monday; six hours that nobody watched; a legend with numbers."""
    options = ("histogram", "--heat-map", "--since", "24h", "--at", AT)
    ran = run_command(*options, database=half_watched)
    lines = ran.out.splitlines()
    assert lines[1] == "Mon  · ██· ░░░░░░░░░░░░· ▄▄" + "· " * 13 + f"{11:>10}"
    assert lines[2:8] == ["Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert lines[9] == "per hour: ▂ ≤ 0.371  ▄ ≤ 1.12  ▆ ≤ 3.34  █ ≤ 10  · none  ░ no data"
    assert max(map(len, lines)) <= 80
    assert "11 failures, most Mon 01:00 (10)" in ran.err
    assert run_command(*options, "--no-headers").out == "\n".join(lines[1:]) + "\n"


def test_a_heat_map_without_a_window_is_of_a_week(
    run_command: RunCommand, half_watched: str
) -> None:
    """One row of seven would be no map; other histograms are of a day."""
    at = ("--at", "2026-01-13T09:00:00Z", "-o", "json")
    week = json.loads(run_command("histogram", "--heat-map", *at, database=half_watched).out)
    assert (week["start"], len(week["rows"])) == ("2026-01-05T00:00:00+00:00", 168)
    day = json.loads(run_command("histogram", "--hour-of-day", *at).out)
    assert (day["start"], len(day["rows"])) == ("2026-01-12T00:00:00+00:00", 24)


@pytest.mark.parametrize(
    ("since", "minutes"), [("72h", 60), ("73h", 60), ("74h", 360), ("14d", 360), ("15d", 1440)]
)
def test_the_usual_width_of_a_bucket(
    run_command: RunCommand, half_watched: str, since: str, minutes: int
) -> None:
    """A window is a page, whatever its length."""
    found = answer(run_command, half_watched, "histogram", "--since", since)
    assert isinstance(found, dict)
    assert found["bucket_minutes"] == minutes


def test_a_histogram_for_each(run_command: RunCommand, half_watched: str) -> None:
    """The most first; --limit says what it leaves out; a table has a sparkline each."""
    options = ("histogram", "--by", "reason", "--since", "24h", "--at", AT)
    lines = run_command(*options, database=half_watched).out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["CLUSTER", "REASON", "FAILURES"], ["prod", "BackOff", "10"], ["prod", "Unhealthy", "1"],
    ]  # fmt: skip
    assert lines[1].split()[3:] == ["01:00–02:00", "(10)", "·█·░░░░░░" + "·" * 15]
    one = run_command(*options, "--limit", "1", "-o", "json")
    assert {row["name"] for row in json.loads(one.out)["rows"]} == {"BackOff"}
    assert "1 more reason with 1 failure is not shown; --limit 2 shows all" in one.err
    maps = run_command(*options, "--heat-map")
    assert [line for line in maps.out.splitlines() if line.startswith("prod")] == [
        "prod Reason BackOff", "prod Reason Unhealthy",
    ]  # fmt: skip


def test_trends_say_what_they_compare_with(run_command: RunCommand, half_watched: str) -> None:
    """The day before was watched as a whole; figures of both, and whose they are."""
    found = answer(run_command, half_watched, "trends")
    assert isinstance(found, dict)
    assert (found["state"], found["compared_clusters"]) == ("failures", ["prod"])
    assert found["previous_start"] == "2026-01-04T00:00:00+00:00"
    assert [(row["verdict"], row["name"], row["previous_failures"]) for row in found["rows"]] == [
        ("new", HOSTILE, 0), ("insufficient", "web", 1),
    ]  # fmt: skip
    ran = run_command("trends", "--at", AT, "-o", "wide", database=half_watched)
    assert ran.out.splitlines()[0].split()[-3:] == ["TIMES", "P", "Q"]
    assert "1 new, 1 insufficient, against the period before and" in ran.err
    early = run_command("trends", "--at", "2026-01-02T12:00:00Z", "--since", "12h")
    assert "UTC: no failures, and none in the period before" in early.err
    assert "no failures, watched all the time" in early.err
    assert "prod: too little is known of the period before to compare with it" in early.err


@pytest.mark.parametrize("command", COMMANDS)
def test_no_failures_and_no_data_are_said(
    run_command: RunCommand, half_watched: str, command: str
) -> None:
    """A watched day without an event, a namespace without one, and a day nobody watched."""
    quiet = run_command(
        command, "--since", "2026-01-04T12:00:00Z", "--until", "2026-01-05T00:00:00Z",
        database=half_watched,
    )  # fmt: skip
    assert "no failures, watched all the time" in quiet.err
    typo = run_command(command, "--at", AT, "-n", "shopp")
    assert "not one event in namespace shopp, as far as is known" in typo.err
    nothing = run_command(command, "--at", "2026-03-01T00:00:00Z")
    assert "no data: not one event lies in the window, and nobody watched" in nothing.err
    assert ": no data\n" in nothing.err
    assert "0 failures" not in nothing.err


def test_a_window_without_data_has_no_zeros(run_command: RunCommand, half_watched: str) -> None:
    """Neither in JSON nor in the picture."""
    at = ("--at", "2026-03-01T00:00:00Z")
    ran = run_command("histogram", *at, "-o", "json", database=half_watched)
    found = json.loads(ran.out)
    assert {row["failures"] for row in found["rows"]} == {None}
    assert (found["state"], found["failures"]) == ("no data", None)
    assert run_command("histogram", *at).out.count("no data") == 24


@pytest.mark.parametrize("command", COMMANDS)
def test_a_namespace_that_is_not_watched_has_no_data(
    run_command: RunCommand, database_url: str, command: str
) -> None:
    """Whatever is known of the namespace beside it."""
    with Store(connect(database_url)) as store:
        store.write([observe(1, 60, birth=T0 + hours(1))])
    watch(database_url, Span("watched", T0 - hours(72), T0 + hours(24)), namespace="shop")
    pay = run_command(command, "--at", AT, "-n", "pay", database=database_url)
    assert "no data: not one event in namespace pay" in pay.err
    assert "prod: namespace pay is not watched." in pay.err
    shop = run_command(command, "--at", AT, "-n", "shop")
    assert "watched" not in shop.err
    both = run_command(command, "--at", AT, "-n", "pay", "-A")
    assert "prod is watched in part: only namespace shop." in both.err


def test_what_the_limit_leaves_out_is_said(run_command: RunCommand, half_watched: str) -> None:
    """Shown and not shown add up, also for machines."""
    for output in ("table", "json", "csv"):
        ran = run_command("top", "--at", AT, "--limit", "1", "-o", output, database=half_watched)
        assert "1 more workload with 1 failure is not shown; --limit 2 shows all" in ran.err


def test_problems_and_hot_spots(run_command: RunCommand, database_url: str) -> None:
    """Four workloads fail on one node of five; a problem is a workload with one reason."""
    with Store(connect(database_url)) as store:
        for number in range(20):
            node, named = f"n{number % 5}", {"workload": f"w{number}", "object": f"w{number}-0"}
            kind = {} if node == "n3" else {"type": "Normal", "reason": "Pulled"}
            one = observe(1, number, birth=T0 + hours(1), name=f"e.{number}", host=node)
            store.write([replace(one, time=one.birth, **named, **kind)])
    spot = ("top", "--at", AT, "--by", "hotspot", "-o", "json")
    [hot] = json.loads(run_command(*spot, database=database_url).out)
    assert (hot["kind"], hot["name"], hot["failures"]) == ("Node", "n3", 4)
    assert (hot["failing_workloads"], hot["workloads"]) == (4, 4)
    assert hot["q_value"] < 0.05
    problems = json.loads(run_command("top", "--at", AT, "--by", "problem", "-o", "json").out)
    assert [(row["name"], row["reason"]) for row in problems] == [
        ("w13", "BackOff"), ("w18", "BackOff"), ("w3", "BackOff"), ("w8", "BackOff"),
    ]  # fmt: skip


def test_too_little_for_a_hot_spot(run_command: RunCommand, half_watched: str) -> None:
    """Which is not that there is none."""
    ran = run_command("top", "--at", AT, "--by", "hotspot", "-o", "json", database=half_watched)
    assert ran.out == "[]\n"
    assert "no hot spot can be told" in ran.err


def test_top_takes_the_windows_of_the_others(run_command: RunCommand, half_watched: str) -> None:
    """The last 24 hours where nothing is said; a day, or any two times."""
    at = ("--at", "2026-01-06T00:30:00Z", "-o", "json")
    rolling = json.loads(run_command("top", *at, database=half_watched).out)
    day = json.loads(run_command("top", "daily", *at).out)
    hour = ("top", "--since", "2026-01-05T01:00", "--until", "2026-01-05T02:00", *at)
    found = json.loads(run_command(*hour).out)
    assert [row["failures"] for row in rolling] == [row["failures"] for row in day] == [10, 1]
    assert [(row["failures"], row["rate_per_hour"]) for row in found] == [(10, 10.0)]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what makes standard output say that it is a terminal."""

    def pretend() -> None:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)

    return pretend


@pytest.mark.parametrize("arguments", [("trends",), ("histogram", "--heat-map", "daily")])
def test_colours_are_for_terminals_that_want_them(
    run_command: RunCommand,
    half_watched: str,
    terminal: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    """A verdict and a shade have one; NO_COLOR and files have none, and the same text."""
    plain = run_command(*arguments, "--at", AT, database=half_watched).out
    terminal()
    coloured = run_command(*arguments, "--at", AT).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert run_command(*arguments, "--at", AT).out == plain
    assert "\x1b[31m" in coloured
    assert click.unstyle(coloured) == plain


def test_a_narrow_terminal_gets_a_narrow_table(
    run_command: RunCommand,
    half_watched: str,
    terminal: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rather than lines that wrap; a file has all of it."""
    full = run_command("top", "--at", AT, database=half_watched).out.splitlines()
    terminal()
    monkeypatch.setenv("COLUMNS", "90")
    narrow = run_command("top", "--at", AT).out.splitlines()
    assert full[0].split()[-4:] == ["FAILURES", "EPISODES", "OBJECTS", "LAST"]
    assert narrow[0].split()[-2:] == ["FAILURES", "LAST"]
    assert max(map(len, narrow)) <= 90

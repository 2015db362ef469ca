"""docs/command-line.md: its examples are run, and its words are those of the help pages."""

from __future__ import annotations

import csv
import io
import os
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from collector.database import connect
from collector.progress import Mark, Span, Stream
from collector.store import Store
from kubedigest.cli import kubedigest
from tests.e2e.conftest import RunCommand
from tests.factories import T0, observe

PAGE = Path(__file__).parents[2] / "docs/command-line.md"
AT = "2026-01-06T00:00:00+00:00"
EXAMPLE = re.compile(r"```console\n\$ kubedigest ([^\n]+)\n(.*?)```", re.DOTALL)
COMMANDS = ("top", "histogram", "trends")
DAY = timedelta(days=1)


@pytest.fixture
def story(database_url: str) -> str:
    """Two days: api fails every 20 minutes, web breaks at one on the second, a job on the first."""
    api = {"name": "api.1", "namespace": "pay", "object": "api-7d9-x", "workload": "api",
           "workload_kind": "Deployment", "reason": "Unhealthy", "birth": T0 - DAY}  # fmt: skip
    job = {"name": "job.1", "object": "report-1", "workload": "report", "workload_kind": "CronJob",
           "reason": "BackoffLimitExceeded", "birth": T0 - DAY / 2}  # fmt: skip
    mount = {"name": "web.2", "object": "web-1", "reason": "FailedMount"}
    spans = (
        Span("watched", T0 - 3 * DAY, T0 + timedelta(hours=3)),
        Span("gap", T0 + timedelta(hours=3), T0 + timedelta(hours=6)),
        Span("watched", T0 + timedelta(hours=6), T0 + DAY),
    )
    mark = Mark(stream=Stream(cluster="prod"), resource_version="7", proved=T0 + DAY)
    with Store(connect(database_url)) as store:
        store.write([observe(144, 24 * 60 - 20, **api), observe(1, -12 * 60, **job)])
        for number, start in enumerate((65, 480, 1080)):
            birth = T0 + timedelta(minutes=start)
            store.write([observe(40, start + 78, name=f"web.back-off.{number}", birth=birth)])
        store.write([observe(12, 130, birth=T0 + timedelta(minutes=70), **mount)])
        store.write([], [replace(mark, spans=spans)])
    return database_url


def examples() -> list[str]:
    """Return the arguments of each example."""
    return [arguments for arguments, _ in EXAMPLE.findall(PAGE.read_text())]


@pytest.mark.parametrize("arguments", examples())
def test_an_example_is_what_happens(run_command: RunCommand, story: str, arguments: str) -> None:
    """Rows and sentences, in the order of a terminal; UPDATE_GOLDEN=1 writes them anew."""
    ran = run_command(*shlex.split(arguments), "--at", AT, database=story)
    later = "".join(line for line in ran.err.splitlines(True) if "not shown" in line)
    happened = ran.err.replace(later, "") + ran.out + later
    page = PAGE.read_text()
    if os.environ.get("UPDATE_GOLDEN") == "1":
        written = f"```console\n$ kubedigest {arguments}\n{happened}```"
        page = EXAMPLE.sub(lambda one: written if one[1] == arguments else one[0], page)
        PAGE.write_text(page)
    [shown] = [text for example, text in EXAMPLE.findall(page) if example == arguments]
    assert shown == happened
    assert ran.code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_on_the_page(command: str) -> None:
    """Each option and each choice of the help page, but for --help."""
    found = CliRunner().invoke(kubedigest, [command, "--help"]).output
    options = set(re.findall(r"(?<![\w-])(--[a-z-]+)", found)) - {"--help"}
    [choices] = re.findall(r"--by \[([^\]]+)\]", found)
    page = PAGE.read_text()
    assert len(options) >= 9
    for word in [*options, *choices.split("|")]:
        assert re.search(rf"{word}\b", page), f"{command} {word}"


def test_every_option_of_report_is_on_the_page() -> None:
    """It has no --by."""
    found = CliRunner().invoke(kubedigest, ["report", "--help"]).output
    options = set(re.findall(r"(?<![\w-])(--[a-z-]+)", found)) - {"--help"}
    assert len(options) >= 13
    assert [word for word in options if word not in PAGE.read_text()] == []


@pytest.mark.parametrize("arguments", [*COMMANDS, "top --by hotspot", "top --by problem"])
def test_every_field_is_on_the_page(run_command: RunCommand, story: str, arguments: str) -> None:
    """Whatever CSV has."""
    ran = run_command(*shlex.split(arguments), "--at", AT, "-o", "csv", database=story)
    for field in next(csv.reader(io.StringIO(ran.out))):
        assert f"`{field}`" in PAGE.read_text(), field

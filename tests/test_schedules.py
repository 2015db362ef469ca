"""docs/schedule.md: its CronJobs start commands that exist, at the time that the text says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import yaml

from kubedigest.configuration import is_zone
from kubedigest.times import parse_duration
from tests.shown import ROOT, blocks, command, parse

PAGE = ROOT / "docs/schedule.md"
JOBS = [yaml.safe_load(one.text) for one in blocks(PAGE) if one.language == "yaml"]


def container(job: dict[str, Any]) -> dict[str, Any]:
    """Return the only container of a CronJob."""
    [found] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return found


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job["metadata"]["name"])
def test_a_job_starts_a_command_that_is_understood(job: dict[str, Any]) -> None:
    """In the zone of the schedule, off the full and half hour, one at a time."""
    spec = job["spec"]
    context = parse(tuple(container(job)["args"]))
    assert context.command_path == "kubedigest report"
    assert is_zone(spec["timeZone"])
    assert context.params["timezone"] == spec["timeZone"] == "Asia/Shanghai"
    assert spec["schedule"].split()[0] not in {"0", "30"}
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] >= 600


def test_the_one_of_the_evening_is_about_a_day_and_never_tried_again() -> None:
    """A second try would send another digest."""
    [job] = [one for one in JOBS if one["spec"]["schedule"] == "7 20 * * *"]
    context = parse(tuple(container(job)["args"]))
    assert parse_duration(context.params["since"], "--since") == timedelta(hours=24)
    assert context.params["kind"] is None
    assert job["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_the_line_of_a_crontab_is_understood() -> None:
    """Behind its five fields."""
    [lines] = [one.text.splitlines() for one in blocks(PAGE) if one.language == ""]
    words = lines[1].split()[5:]
    arguments = command(words).arguments
    assert arguments is not None
    assert parse(arguments).params["send"] == ("all",)

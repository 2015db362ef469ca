"""Tests of the daily table of the hook proxy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reports.failure_table import failure_table, render_failure_table
from reports.width import display_width
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    busy,
    long_day,
    no_data,
    quiet,
    row,
    two_clusters,
)
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest


def _cells(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _check(text: str) -> None:
    grid = [line for line in text.splitlines() if line.startswith(("|", "+"))]
    assert len({display_width(line) for line in grid}) == 1
    assert display_width(grid[0]) <= 80
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_table_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The table of each hand-made digest is known, straight, and no wider than a terminal."""
    text = render_failure_table(digest)
    _check(text)
    assert text.startswith(f"{digest.verdict}\n")
    compare_golden(f"{name}.table.txt", text)


def test_columns_are_those_of_the_hook_proxy() -> None:
    """The names are fixed, and each time is a line of its own."""
    heading, *lines = _cells(render_failure_table(busy()))
    assert heading == ["FailureTime", "ResourcesName", "FailuresNumber"]
    assert lines[:3] == [
        ["02:00", "shop/Deployment checkout · BackOff", "120"],
        ["03:00", "", ""],
        ["04:00", "", ""],
    ]


def test_numbers_add_up() -> None:
    """The last number is the sum of the others."""
    cells = _cells(render_failure_table(busy()))[1:]
    numbers = [int(number) for _, _, number in cells if number]
    assert numbers == [120, 41, 17, 2, 1, 33, 214]
    assert sum(numbers[:-1]) == numbers[-1]


def test_an_hour_that_comes_twice_has_its_zone() -> None:
    """In the night of 25 hours in Berlin the second two o'clock is CET."""
    [resource] = failure_table(long_day()).resources
    assert resource.times == ("02:00 CEST", "02:00 CET", "23:00")


def test_a_week_dates_its_times() -> None:
    """Where the window is longer than a day, so is every time; so is the heading."""
    table = failure_table(two_clusters())
    assert table.date == "2026-11-16 00:00 – 2026-11-23 00:00"
    assert table.resources[1].times == ("22 Nov 12:00",)
    assert table.resources[0].name.startswith("生产集群 shop/Deployment checkout")


def test_no_data_is_not_zero() -> None:
    """A quiet day has a total of 0, a day without data has none."""
    assert failure_table(quiet()).total == "0"
    assert failure_table(no_data()).total == "–"
    assert "No data: not one event" in render_failure_table(no_data())


def test_a_row_without_a_histogram_has_its_first_time() -> None:
    """Where the buckets are empty, the first failure is what is known."""
    digest = busy(rows=(row(sparkline=(0,) * 24),))
    assert failure_table(digest).resources[0].times == ("02:10",)


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_texts_are_inert(text: str) -> None:
    """Whatever the names, the table is straight and holds no control."""
    attacked = row(cluster=text, namespace=text, kind=text, name=text, reason=text)
    digest = replace(busy(), rows=(attacked,), clusters=(text, "b"), verdict=text)
    written = render_failure_table(digest)
    _check(written.partition("\nCurrentDate: ")[2])
    assert written.replace("\n", "").isprintable()

"""Tests of failures over time as rows and pictures."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from analytics.window import Window
from reports.groupings import GROUPINGS
from reports.listing import render_listing
from reports.when import (
    bar_listing,
    data_listing,
    first_groups,
    group_listing,
    group_totals,
    map_text,
    most_first,
    peak,
)

NODE = GROUPINGS["node"]
DAY = Window.between(
    datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC), "Europe/Berlin"
)  # 25 hours: summer time ends at three


def buckets(*failures: int | None, width: str = "1h", **named: str) -> pd.DataFrame:
    """Return consecutive buckets of a group from the window's start."""
    edges = pd.date_range(DAY.start, periods=len(failures) + 1, freq=width)
    frame = pd.DataFrame({name: [text] * len(failures) for name, text in named.items()})
    return frame.assign(start=edges[:-1], end=edges[1:], failures=pd.array(failures, dtype="Int64"))


def hours(failures: list[int | None], *, weekly: bool = False) -> pd.DataFrame:
    """Return hours of the clock, or of the week from Monday."""
    number = pd.Series(range(len(failures)))
    frame = pd.DataFrame({"weekday": number // 24}) if weekly else pd.DataFrame(index=number)
    return frame.assign(
        hour=number % 24,
        failures=pd.array(failures, dtype="Int64"),
        hours=1.0,
        rate_per_hour=pd.Series(
            [float("nan") if one is None else one for one in failures], dtype="float64"
        ),
    )


def test_a_row_a_bucket_with_a_bar() -> None:
    """The hour that comes twice says which it is; what nobody watched is no bar of nothing."""
    listing = bar_listing(buckets(0, 4, 2, None, 1), "time", DAY, columns=80)
    assert render_listing(listing, "table").splitlines() == [
        "START                       FAILURES",
        "Sun 2026-10-25 00:00        0",
        f"Sun 2026-10-25 01:00        4          {'█' * 40}",
        f"Sun 2026-10-25 02:00 CEST   2          {'█' * 20}",
        "Sun 2026-10-25 02:00 CET    -          no data",
        f"Sun 2026-10-25 03:00        1          {'█' * 10}",
    ]
    wide = render_listing(listing, "wide").splitlines()
    assert wide[1].split() == ["Sun", "2026-10-25", "00:00", "2026-10-25", "01:00", "0"]


def test_bars_shrink_with_the_terminal() -> None:
    """At 50 columns nothing is wider than that."""
    text = render_listing(bar_listing(buckets(1, 1976), "time", DAY, columns=50), "table")
    assert max(map(len, text.splitlines())) <= 50
    assert "█" * 10 in text


def test_hours_of_the_clock() -> None:
    """Wide adds how many there are per hour."""
    found = hours([0] * 23 + [None])
    found.loc[9, ["failures", "rate_per_hour"]] = [3, 1.5]
    lines = render_listing(bar_listing(found, "hour", DAY, columns=80), "wide").splitlines()
    assert lines[0].split() == ["HOUR", "PER", "HOUR", "FAILURES"]
    assert lines[10].split() == ["09:00", "1.5", "3", "█" * 40]
    assert lines[24].split() == ["23:00", "-", "-", "no", "data"]


def test_data_has_the_fields_of_its_frame() -> None:
    """Times are those of the zone; what nobody watched is empty."""
    assert render_listing(data_listing(buckets(2, None), "time", DAY, None), "csv") == (
        "start,end,failures\n"
        "2026-10-25T00:00:00+02:00,2026-10-25T01:00:00+02:00,2\n"
        "2026-10-25T01:00:00+02:00,2026-10-25T02:00:00+02:00,\n"
    )
    week = render_listing(data_listing(hours([1] * 168, weekly=True), "week", DAY, None), "csv")
    assert week.splitlines()[0] == "weekday,hour,failures,hours,rate_per_hour"
    assert week.splitlines()[168] == "6,23,1,1.0,1.0"


def groups() -> pd.DataFrame:
    """Return two nodes of a cluster, the second of which fails more."""
    frames = [
        buckets(1, 0, None, cluster="prod", host="a"),
        buckets(0, 0, 5, cluster="prod", host="b"),
    ]
    return most_first(pd.concat(frames, ignore_index=True), NODE.by)


def test_groups_with_most_failures_come_first() -> None:
    """Each keeps its buckets in their order; the limit takes whole groups."""
    found = groups()
    assert found["host"].tolist() == ["b"] * 3 + ["a"] * 3
    assert found["failures"].tolist()[:4] == [0, 0, 5, 1]
    assert group_totals(found, NODE.by)["failures"].tolist() == [5, 1]
    assert first_groups(found, NODE.by, 1)["host"].tolist() == ["b"] * 3


def test_a_row_a_group_with_a_sparkline() -> None:
    """When it failed most, and the shape of it."""
    lines = render_listing(group_listing(groups(), "time", DAY, NODE), "table").splitlines()
    assert [line.split() for line in lines] == [
        ["CLUSTER", "NODE", "FAILURES", "MOST", "AT", "WHEN"],
        ["prod", "b", "5", "02:00", "CEST–02:00", "CET", "(5)", "··█"],
        ["prod", "a", "1", "00:00–01:00", "(1)", "█·░"],
    ]


def test_many_buckets_are_folded_into_a_sparkline() -> None:
    """No more than 48 characters."""
    found = buckets(*range(100), width="5min", cluster="prod", host="a")
    line = render_listing(group_listing(found, "time", DAY, NODE), "table").splitlines()[1]
    assert len(line.split()[-1]) == 34  # of three buckets each, the last of one


def test_data_of_groups_says_whose_bucket_it_is() -> None:
    """Cluster, namespace, kind and name come first, as in every answer."""
    lines = render_listing(data_listing(groups(), "time", DAY, NODE), "csv").splitlines()
    assert lines[0] == "cluster,namespace,kind,name,start,end,failures"
    assert lines[3].startswith("prod,,Node,b,")
    assert lines[3].endswith(",5")


def test_a_map_for_each_group() -> None:
    """Under its name, whatever that is; without groups only the map."""
    one = hours([3] + [0] * 167, weekly=True)
    alone = map_text(one, None, headers=True, paint=lambda text, _: text)
    assert len(alone.splitlines()) == 10
    assert alone.splitlines()[1].startswith("Mon  ██· ")
    two = pd.concat([one.assign(cluster="prod", host=host) for host in ("a", "b\x1b[2J")])
    text = map_text(two, NODE, headers=False, paint=lambda text, _: text)
    titles = [line for line in text.splitlines() if line.startswith("prod")]
    assert titles == ["prod Node a", "prod Node b\\x1b[2J"]


@pytest.mark.parametrize(
    ("found", "kind", "said"),
    [
        (buckets(0, 7, 7), "time", "01:00–02:00 CEST (7)"),
        (hours([0, 1200, 3]), "hour", "01:00 (1,200)"),
        (hours([0] * 30 + [2] + [0] * 137, weekly=True), "week", "Tue 06:00 (2)"),
        (buckets(0, None), "time", ""),
        (buckets(), "time", ""),
    ],
)
def test_the_peak_in_words(found: pd.DataFrame, kind: str, said: str) -> None:
    """The first of the greatest; nothing where nothing failed."""
    assert peak(found, kind, DAY) == said  # type: ignore[arg-type]

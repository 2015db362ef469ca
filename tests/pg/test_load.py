"""What is read for a digest, against the points themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from analytics.coverage import began, cluster_coverage, coverage
from analytics.frames import DAILY
from analytics.grouping import PROBLEM
from analytics.load import load_coverage, load_daily, load_messages, load_points
from analytics.spread import occurrences_in
from analytics.window import Window
from collector.database import statement
from collector.progress import Mark, Span, Stream
from collector.retention import prune
from collector.store import Store
from tests.factories import T0, observe

KEY = ["start", "cluster", "reason", "component", "type"]
WINDOW = Window.between(T0, T0 + timedelta(days=2), "UTC")
WEB = pd.DataFrame([("prod", "shop", "StatefulSet", "web", "BackOff")], columns=list(PROBLEM))


def edges(days: int, *, minutes: int = 0) -> pd.DatetimeIndex:
    """Return the edges of days from T0 on, moved by some minutes."""
    start = T0 + timedelta(minutes=minutes)
    return pd.DatetimeIndex([start + timedelta(days=n) for n in range(days + 1)]).as_unit("us")


def summed(engine: Engine, bounds: pd.DatetimeIndex) -> pd.DataFrame:
    """Do what load_daily does, one point at a time."""
    window = Window.between(bounds[0].to_pydatetime(), bounds[-1].to_pydatetime(), "UTC")
    points = load_points(engine, window)
    cells = occurrences_in(points, bounds)
    found = points.iloc[cells["row"]].reset_index(drop=True)[KEY[1:]].astype("str")
    found.insert(0, "start", bounds[cells["bucket"]])
    total = found.assign(occurrences=cells["occurrences"]).groupby(KEY)["occurrences"].sum()
    return total.reset_index()


@pytest.fixture
def history(engine: Engine) -> Engine:
    """Return forty events with up to nine points over nine days, some without a type."""
    random = np.random.default_rng(7)
    with Store(engine) as store:
        for number in range(40):
            minutes = np.sort(random.integers(0, 9 * 1440, random.integers(1, 10)))
            counts = np.cumsum(random.integers(1, 400, len(minutes)))
            born = observe(1, float(minutes[0]) - float(random.integers(0, 300))).time
            over = {
                "name": f"e{number}",
                "birth": born,
                "type": ("Warning", "Normal", "")[number % 3],
                "reason": ("BackOff", "Unhealthy")[number % 2],
                "cluster": ("prod", "test")[number % 2],
            }
            store.write(
                [observe(int(n), float(m), **over) for m, n in zip(minutes, counts, strict=True)]
            )
    return engine


@pytest.mark.parametrize("bounds", [edges(8), edges(4, minutes=77), edges(20)])
def test_days_equal_the_sum_of_the_points(history: Engine, bounds: pd.DatetimeIndex) -> None:
    """The database's formula and the one in pandas agree on every bucket."""
    found = load_daily(history, bounds)
    pd.testing.assert_frame_equal(DAILY.check(found), summed(history, bounds))
    assert found["occurrences"].sum() > 1_000


def test_settled_hours_are_part_of_the_days(history: Engine) -> None:
    """After a prune, whole days and days with a half hour's offset give what they gave before."""
    whole = load_daily(history, edges(8))
    list(prune(history, now=T0 + timedelta(days=35), keep=timedelta(days=30)))
    with history.connect() as connection:
        assert connection.scalar(text("select count(*) from kubedigest.settled_hour")) > 0
    pd.testing.assert_frame_equal(load_daily(history, edges(8)), whole)
    moved = edges(8, minutes=30)
    pd.testing.assert_frame_equal(load_daily(history, moved), summed(history, moved))


def test_what_does_not_count_is_left_out(engine: Engine) -> None:
    """An implausible jump is no failure of any day."""
    with Store(engine) as store:
        store.write([observe(1), observe(2_000_000_000, 60)])
    assert load_daily(engine, edges(2))["occurrences"].tolist() == [1]


def test_days_before_the_first_edge_are_not_read(history: Engine) -> None:
    """The points are reached by their time."""
    bounds = [edge.to_pydatetime() for edge in edges(9)[-2:]]
    with history.connect() as connection:
        connection.execute(text("set enable_seqscan = off"))
        plan = connection.execute(
            text("explain (format text) " + statement("select_daily_occurrences")),
            {"edges": bounds, "first_edge": bounds[0], "last_edge": bounds[-1]},
        )
        written = "\n".join(row[0] for row in plan)
    assert 'Index Cond: ("time" >= \'2026-01-13' in written


def test_messages_are_the_newest_first(engine: Engine) -> None:
    """Each point brings its own message, with its occurrences inside the window."""
    with Store(engine) as store:
        store.write([observe(2, 10, message="old"), observe(5, 20, message="new")])
        store.write([observe(1, 30, name="x", workload="other")])
        store.write([observe(1, 40, name="y", message="harmless", type="Normal")])
    found = load_messages(engine, WINDOW, WEB)
    assert found["message"].tolist() == ["harmless", "new", "old"]
    assert found["occurrences"].tolist() == [1, 3, 2]
    assert found["object"].tolist() == ["web-0"] * 3
    assert load_messages(engine, WINDOW, WEB, most=1)["message"].tolist() == ["harmless"]


def test_messages_bring_the_host_and_the_labels(engine: Engine) -> None:
    """Both are empty where the event has none."""
    with Store(engine) as store:
        store.write([observe(1, 10, labels='{"app": "web"}'), observe(1, 5, name="x", host="")])
    found = load_messages(engine, WINDOW, WEB)
    assert found["host"].tolist() == ["n1", ""]
    assert found["labels"].tolist() == ['{"app": "web"}', ""]


def test_a_message_outside_the_window_is_not_read(engine: Engine) -> None:
    """A point that ends later is there with what lies inside."""
    with Store(engine) as store:
        store.write([observe(1, -10, birth=observe(1, -10).time, message="before")])
        store.write([observe(1, 0, name="b"), observe(5, 4 * 1440, name="b", message="after")])
    found = load_messages(engine, WINDOW, WEB)
    assert found["occurrences"].tolist() == [1, 1]
    assert "before" not in found["message"].tolist()


def later(hours: float) -> datetime:
    """Return a time so many hours after T0."""
    return T0 + timedelta(hours=hours)


def watch(engine: Engine, stream: Stream, *spans: Span) -> None:
    """Store the spans of a stream, proved until the end of the last one."""
    mark = Mark(stream=stream, resource_version="7", proved=spans[-1].end, spans=spans)
    with Store(engine) as store:
        store.write([], [mark])


def test_coverage_is_read_as_it_was_stored(engine: Engine) -> None:
    """Two days of a watch with a gap: the second day, when it began, and its last proof."""
    stream = Stream(cluster="prod")
    watch(engine, stream, Span("watched", T0, later(20)))
    watch(engine, stream, Span("gap", later(20), later(30)))
    watch(engine, stream, Span("recovered", later(30), later(31)))
    watch(engine, stream, Span("watched", later(31), later(60)))
    window = Window.between(later(24), later(48), "UTC")
    found = load_coverage(engine, window.start, window.end)
    assert began(found) == {"prod": T0}
    stretches = cluster_coverage(coverage(found, window), window)
    assert list(zip(stretches["state"], stretches["hours"], strict=True)) == [
        ("gap", 6),
        ("recovered", 1),
        ("watched", 17),
    ]
    assert not stretches["unproven"].any()


def test_a_watch_from_before_the_window_is_read(engine: Engine) -> None:
    """Its beginning and its last proof tell that it fell silent."""
    watch(engine, Stream(cluster="prod", namespace="a"), Span("watched", T0, later(2)))
    window = Window.between(later(24), later(48), "UTC")
    found = load_coverage(engine, window.start, window.end)
    assert sorted(found["end"]) == [T0, later(2)]
    assert coverage(found, window)["unproven"].tolist() == [True]


def test_no_coverage_is_an_empty_frame(engine: Engine) -> None:
    """Files prove nothing."""
    with Store(engine) as store:
        store.write([observe(1)])
    assert len(load_coverage(engine, T0, later(24))) == 0


def test_coverage_of_other_days_is_not_read(engine: Engine) -> None:
    """The window is reached by its end, the beginning of a watch by its key."""
    with engine.connect() as connection:
        connection.execute(text("set enable_seqscan = off"))
        plan = connection.execute(
            text("explain (format text) " + statement("select_coverage")),
            {"since": T0, "until": later(24)},
        )
        written = "\n".join(row[0] for row in plan)
    assert "coverage_end_time" in written
    assert "coverage_pkey" in written

"""What is read for a digest, against the points themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from analytics.coverage import began, cluster_coverage, coverage
from analytics.daily import occurrences_by_day
from analytics.frames import DAILY, PLACES
from analytics.grouping import PROBLEM
from analytics.load import load_coverage, load_messages, load_places, load_points
from analytics.rollup_source import open_rollup
from analytics.spread import occurrences_before, occurrences_in
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


def daily(engine: Engine, bounds: pd.DatetimeIndex) -> pd.DataFrame:
    """Return what the roll-up holds of each bucket."""
    with open_rollup(engine) as source:
        return occurrences_by_day(source, bounds)


def summed(engine: Engine, bounds: pd.DatetimeIndex) -> pd.DataFrame:
    """Do the same, one point at a time."""
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
    """Of days in UTC, of days that are moved by an odd time, and of more than there are."""
    found = daily(history, bounds)
    pd.testing.assert_frame_equal(DAILY.check(found), summed(history, bounds))
    assert found["occurrences"].sum() > 1_000


def test_settled_hours_are_part_of_the_days(history: Engine) -> None:
    """After a prune, whole days and days with a half hour's offset give what they gave before."""
    moved = edges(8, minutes=30)
    whole, halves = daily(history, edges(8)), daily(history, moved)
    list(prune(history, now=T0 + timedelta(days=35), keep=timedelta(days=30)))
    with history.connect() as connection:
        assert connection.scalar(text("select count(*) from kubedigest.settled_hour")) > 0
    pd.testing.assert_frame_equal(daily(history, edges(8)), whole)
    pd.testing.assert_frame_equal(daily(history, moved), halves)


def test_what_does_not_count_is_left_out(engine: Engine) -> None:
    """An implausible jump is no failure of any day."""
    with Store(engine) as store:
        store.write([observe(1), observe(2_000_000_000, 60)])
    assert daily(engine, edges(2))["occurrences"].tolist() == [1]


def test_points_of_other_days_are_not_read(history: Engine) -> None:
    """Those of a day are reached by their time, and the long ones by what they reach over."""
    bounds = [edge.to_pydatetime() for edge in edges(9)[3:5]]
    query = "explain (format text) select * from kubedigest.points_between(:since, :until)"
    with history.connect() as connection:
        connection.execute(text("set enable_seqscan = off"))
        plan = connection.execute(text(query), {"since": bounds[0], "until": bounds[1]})
        written = "\n".join(row[0] for row in plan)
    assert "point_time" in written
    assert "point_long" in written
    assert "Seq Scan" not in written


@pytest.mark.parametrize("day", range(9))
def test_a_day_of_points_holds_all_that_reach_into_it(history: Engine, day: int) -> None:
    """The two ways by which they are found give what one look at every point gives."""
    since, until = (edge.to_pydatetime() for edge in edges(9)[day : day + 2])
    columns = "birth, event_id, cumulative"
    plain = (
        f"select {columns} from kubedigest.point where time >= :since"
        " and least(coalesce(previous_time, birth), time) < :until order by 1, 2, 3"
    )
    found = f"select {columns} from kubedigest.points_between(:since, :until) order by 1, 2, 3"
    with history.connect() as connection:
        read = [
            connection.execute(text(query), {"since": since, "until": until}).all()
            for query in (plain, found)
        ]
    assert read[0] == read[1]
    assert read[0]


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


def test_an_old_event_that_goes_on_has_the_newest_message(engine: Engine) -> None:
    """A hundred and fifty younger events do not hide it."""
    with Store(engine) as store:
        store.write([observe(1, -99, birth=observe(1, -99).time, name="old", message="first")])
        store.write([observe(1, n, birth=observe(1, n).time, name=f"e{n}") for n in range(150)])
        store.write([observe(9, 200, birth=observe(1, -99).time, name="old", message="combined")])
    found = load_messages(engine, WINDOW, WEB)
    assert found["message"][0] == "combined"
    assert len(found) == 100


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


def places_of(engine: Engine, window: Window) -> pd.DataFrame:
    """Return counted occurrences by every column of PLACES, from the points themselves."""
    points = load_points(engine, window)
    names = [column.name for column in PLACES.columns[:-1]]
    inside = occurrences_before(points, window.end) - occurrences_before(points, window.start)
    counted = points[names].astype("str").assign(occurrences=np.where(points["counted"], inside, 0))
    return summed_places(counted)


def summed_places(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a place with occurrences."""
    names = [column.name for column in PLACES.columns[:-1]]
    total = frame.astype(dict.fromkeys(names, "str")).groupby(names)["occurrences"].sum()
    return total[total > 0].reset_index()


@pytest.mark.parametrize("pruned", [False, True])
def test_places_are_those_of_the_points(history: Engine, *, pruned: bool) -> None:
    """Of whole days, of a window that cuts points, before and after a prune."""
    if pruned:
        list(prune(history, now=T0 + timedelta(days=35), keep=timedelta(days=30)))
    for start, hours in ((0, 24 * 9), (30, 7), (77.3, 40)):
        begin = T0 + timedelta(hours=start)
        window = Window.between(begin, begin + timedelta(hours=hours), "UTC")
        found = summed_places(load_places(history, window))
        pd.testing.assert_frame_equal(found, places_of(history, window))
        assert found["occurrences"].sum() > 100


def test_places_leave_out_what_does_not_count(engine: Engine) -> None:
    """An implausible jump, and what rounded times say of a stretch that exact ones cover."""
    with Store(engine) as store:
        store.write([observe(1), observe(2_000_000_000, 60)])
        store.write([observe(3, 5, name="rounded", counting="approximate")])
        store.write([observe(4, 600, name="apart", counting="approximate")])
    found = summed_places(load_places(engine, WINDOW))
    pd.testing.assert_frame_equal(found, places_of(engine, WINDOW))
    assert found["occurrences"].sum() == 5

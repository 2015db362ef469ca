"""The last thirty local days."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.catalogue import Catalogue
from analytics.daily import clusters_before, day_edges, failures_by_day, occurrences_by_day
from analytics.errors import FrameError
from analytics.frames import DAILY, SPANS
from analytics.source import PointSource
from analytics.window import Window

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def window(at):
    """Return Saturday 21 November 2026 in Berlin."""
    return Window.daily(at("22 08:00"), "Europe/Berlin")


def daily(edges, *rows):
    """Build a DAILY frame from (day number, reason, occurrences, cluster)."""
    full = [
        (edges[day], cluster, reason, "kubelet", "Warning", count)
        for day, reason, count, cluster in rows
    ]
    frame = pd.DataFrame(full, columns=[column.name for column in DAILY.columns])
    return frame.astype({column.name: column.dtype for column in DAILY.columns})


def test_edges_are_midnights_of_the_zone(window):
    """Summer time ended on 25 October, so its day has 25 hours."""
    edges = day_edges(window)
    local = edges.tz_convert(BERLIN)
    assert len(edges) == 31
    assert set(local.hour) == {0}
    assert (local[0].date().isoformat(), edges[-1]) == ("2026-10-23", window.end)
    assert (edges[3] - edges[2]) == pd.Timedelta(hours=25)


def test_the_last_day_ends_with_the_window(at):
    """A day so far, and any window that ends within a day, end with what the report knows."""
    for window in (
        Window.day_so_far(at("21 08:00"), "UTC"),
        Window.between(at("20 23:00"), at("21 08:00"), "UTC"),
    ):
        assert day_edges(window, days=2).tolist() == [
            pd.Timestamp("2026-11-20T00:00Z"),
            pd.Timestamp("2026-11-21T00:00Z"),
            pd.Timestamp("2026-11-21T08:00Z"),
        ]


def test_no_failures_is_not_no_data(window):
    """Two days have failures, one has only noise, and of 27 nothing is known."""
    edges = day_edges(window)
    found = daily(
        edges,
        (29, "BackOff", 5, "a"),
        (29, "Unhealthy", 2, "b"),
        (28, "BackOff", 1, "a"),
        (27, "FastControllerResync", 9, "a"),
    )
    days = failures_by_day(found, edges, window, catalogue=Catalogue.load(), spans=SPANS.empty())
    assert [day.failures for day in days] == [None] * 27 + [0, 1, 7]
    assert days[-1].start == datetime(2026, 11, 21, tzinfo=BERLIN)


def test_a_watched_day_without_an_event_has_no_failures(window, spans):
    """Watched for the last hour of the 18th in Berlin, through the 19th, and not since.

    A gap, and a span of no length that only tells of a proof, make no day known.
    """
    edges = day_edges(window)
    watch = spans(
        ("watched", "18 22:00", "18 23:00"),
        ("recovered", "18 23:00", "19 23:00"),
        ("gap", "19 23:00", "21 23:00"),
        ("watched", "21 12:00", "21 12:00"),
    )
    days = failures_by_day(
        daily(edges, (29, "BackOff", 5, "a")),
        edges,
        window,
        catalogue=Catalogue.load(),
        spans=watch,
    )
    assert [day.failures for day in days] == [None] * 26 + [0, 0, None, 5]


def test_only_days_before_the_previous_period_prove_its_cover(window):
    """Cluster a was there on Thursday; b first came on Friday, at an hour that is not known."""
    edges = day_edges(window)
    found = daily(edges, (27, "BackOff", 1, "a"), (28, "BackOff", 1, "b"), (29, "BackOff", 1, "c"))
    assert clusters_before(found, window) == {"a"}


def test_a_long_window_has_no_day_before_it(at):
    """The period before ninety days lies outside the thirty days."""
    end = at("21 00:00")
    window = Window.between(end - pd.Timedelta(days=90), end, "UTC")
    edges = day_edges(window)
    assert clusters_before(daily(edges, (0, "BackOff", 1, "a")), window) == set()


def test_nothing_is_unknown_and_a_foreign_frame_is_refused(window):
    """Thirty days without data."""
    edges = day_edges(window)
    days = failures_by_day(
        DAILY.empty(), edges, window, catalogue=Catalogue.load(), spans=SPANS.empty()
    )
    assert {day.failures for day in days} == {None}
    with pytest.raises(FrameError, match="'type' is missing"):
        clusters_before(DAILY.empty().drop(columns="type"), window)


def test_occurrences_of_each_day(points, at):
    """Counted ones of every meaning, by reason; the last day is cut where the window ends."""
    window = Window.between(at("20 12:00"), at("12:00"), "UTC")
    edges = day_edges(window, days=3)
    frame = points(
        {"previous_time": "19 23:00", "time": "20 01:00", "occurrences": 4},  # two lie on each
        {"time": "20 10:00", "workload": "other", "namespace": "other"},
        {"time": "20 10:00", "reason": "Pulled", "type": "Normal"},
        {"time": "20 10:00", "component": "a"},
        {"time": "20 10:00", "cluster": "lab"},
        {"time": "11:59"},
        {"time": "12:00"},
        {"time": "11:00", "counted": False},
        {"time": "18 23:59"},
    )
    found = occurrences_by_day(PointSource(frame), edges)
    rows = found.assign(start=found["start"].dt.day).to_numpy().tolist()
    assert rows == [
        [19, "prod", "BackOff", "kubelet", "Warning", 1],
        [20, "lab", "BackOff", "kubelet", "Warning", 1],
        [20, "prod", "BackOff", "a", "Warning", 1],
        [20, "prod", "BackOff", "kubelet", "Warning", 3 + 1],
        [20, "prod", "Pulled", "kubelet", "Normal", 1],
        [21, "prod", "BackOff", "kubelet", "Warning", 1],
    ]
    DAILY.check(found)
    assert found.columns.tolist() == [column.name for column in DAILY.columns]


def test_no_day_has_an_occurrence(points, window):
    """The columns and their types stay."""
    found = occurrences_by_day(PointSource(points()), day_edges(window))
    pd.testing.assert_frame_equal(found, DAILY.empty())


def test_a_watched_day_keeps_its_failures(window, spans):
    """Watched from midnight to midnight in Berlin: the days before and after are not known.

    Nor is one of which a span of no length tells.
    """
    edges = day_edges(window)
    watch = spans(("watched", "18 23:00", "19 23:00"), ("watched", "17 12:00", "17 12:00"))
    found = daily(edges, (27, "BackOff", 5, "a"), (29, "BackOff", 2, "a"))
    days = failures_by_day(found, edges, window, catalogue=Catalogue.load(), spans=watch)
    assert [day.failures for day in days] == [None] * 27 + [5, None, 2]
    assert {day.start.tzinfo for day in days} == {BERLIN}
    with pytest.raises(FrameError, match="'type' is missing"):
        failures_by_day(
            DAILY.empty().drop(columns="type").assign(reason="BackOff", component="kubelet"),
            edges,
            window,
            catalogue=Catalogue.load(),
            spans=watch,
        )

"""Every figure of a digest, and that they add up."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.assemble import build_digest
from analytics.catalogue import Catalogue
from analytics.grouping import PROBLEM
from analytics.window import Window

ZONE = ZoneInfo("Europe/Berlin")  # one hour ahead of UTC in November


def no_messages(keys):
    """Know no message."""
    return keys.assign(message="").iloc[:0]


def build(points, previous, window, **changed):
    """Build a digest with a version and without messages."""
    arguments = {"sample": no_messages, "rejected": 0, "version": "1.2"} | changed
    return build_digest(points, previous, window, **arguments)


@pytest.fixture
def window(at):
    """Return Saturday 21 November 2026 in Berlin."""
    return Window.daily(at("22 08:00"), "Europe/Berlin")


@pytest.fixture
def saturday(points):
    """Return a day with 64 failures of three workloads, and three events that are none."""
    return points(
        {"previous_time": "09:00", "time": "10:00", "occurrences": 60},
        {"time": "22:50", "occurrences": 2, "workload": "cart"},
        {"time": "12:00", "workload": "node-1", "workload_kind": "Node", "namespace": ""},
        {"time": "12:00", "workload": "cart", "reason": "Unhealthy"},
        {"time": "12:00", "type": "Normal", "reason": "Pulled"},
        {"time": "12:00", "type": "Normal", "reason": "Pulled"},
        {"time": "12:00", "occurrences": 5000, "counted": False, "suspect": True},
    )


@pytest.fixture
def friday(points):
    """Return the day before with 32 failures."""
    return points({"previous_time": "20 09:00", "time": "20 10:00", "occurrences": 32})


def test_the_figures_of_a_day(saturday, friday, window):
    """Worked out by hand; 22:50 UTC is ten minutes before midnight in Berlin."""
    digest = build(saturday, friday, window, top=2)
    assert digest.verdict == (
        "prod: 64 failures in 3 workloads, up 100 % on the day before. "
        "Most: shop/Deployment checkout, BackOff (60)."
    )
    assert (digest.state, digest.clusters, digest.period) == ("failures", ("prod",), "2026-11-21")
    assert (digest.failures, digest.previous_failures, digest.workloads) == (64, 32, 3)
    assert digest.episodes == 4
    assert (digest.residual.rows, digest.residual.failures) == (2, 2)
    checkout, cart = digest.rows
    assert (checkout.name, checkout.failures, checkout.share) == ("checkout", 60, 60 / 64)
    assert checkout.first == datetime(2026, 11, 21, 10, 1, tzinfo=ZONE)
    assert checkout.last == datetime(2026, 11, 21, 11, 0, tzinfo=ZONE)
    assert checkout.sparkline == (0,) * 10 + (59, 1) + (0,) * 12
    assert checkout.kubectl == "kubectl -n shop describe deployment/checkout"
    assert (checkout.still_firing, cart.still_firing) == (False, True)
    assert digest.peak.start == datetime(2026, 11, 21, 10, tzinfo=ZONE)
    assert digest.peak.failures == 59
    assert digest.quality.suspect_occurrences == 5000


def test_everything_adds_up(saturday, friday, window):
    """Rows and residual, bars, and sparklines each give the total."""
    digest = build(saturday, friday, window, top=2)
    shown = sum(row.failures for row in digest.rows)
    assert shown + digest.residual.failures == digest.failures
    assert sum(bar.failures for bar in digest.histogram) == digest.failures
    assert all(sum(row.sparkline) == row.failures for row in digest.rows)
    quality = digest.quality
    rest = quality.notices + quality.noise + quality.recoveries
    assert quality.occurrences == digest.failures + rest


def test_messages_are_read_for_the_shown_rows_only(saturday, friday, window):
    """The reader of samples gets the keys of two rows and may know only one."""
    asked = []

    def sample(keys):
        asked.append(keys.copy())
        return keys.iloc[[1]].assign(message="<b>Back-off</b>")

    digest = build(saturday, friday, window, top=2, sample=sample)
    assert [keys.columns.tolist() for keys in asked] == [list(PROBLEM)]
    assert [row.message for row in digest.rows] == ["", "<b>Back-off</b>"]


def test_a_quiet_day(points, friday, window):
    """Events without a failure."""
    frame = points({"time": "12:00", "type": "Normal", "reason": "Pulled"})
    digest = build(frame, friday, window)
    assert (digest.state, digest.failures, digest.peak, digest.rows) == ("quiet", 0, None, ())
    assert digest.verdict == "prod: no failures (32 the day before). 1 event seen."
    assert len(digest.histogram) == 24


def test_no_data(points, friday, window):
    """Not one event, whatever the day before had."""
    digest = build(points(), friday, window)
    assert (digest.state, digest.clusters) == ("no data", ())
    assert digest.verdict.startswith("No data: not one event between 2026-11-21 00:00 and")


def test_only_implausible_counts_are_not_no_data(points, friday, window):
    """Something was seen, although it cannot be counted."""
    frame = points({"time": "12:00", "occurrences": 10**9, "counted": False, "suspect": True})
    digest = build(frame, friday, window)
    assert digest.state == "quiet"
    assert "1 implausible count not included." in digest.verdict


def test_a_previous_period_without_data(saturday, points, window):
    """None is not zero."""
    assert build(saturday, points(), window).previous_failures is None
    normal = points({"time": "20 12:00", "type": "Normal", "reason": "Pulled"})
    assert build(saturday, normal, window).previous_failures == 0


def test_the_catalogue_reaches_every_part(saturday, friday, window):
    """With BackOff called noise the one Unhealthy remains, in rows and in bars."""
    catalogue = Catalogue.load().with_overrides([{"reason": "BackOff", "meaning": "noise"}])
    digest = build(saturday, friday, window, catalogue=catalogue)
    assert (digest.failures, digest.previous_failures) == (1, 0)
    assert digest.peak.failures == 1
    entry = {"reason": "Pulled", "meaning": "failure"}
    louder = build(saturday, friday, window, catalogue=Catalogue.load().with_overrides([entry]))
    assert louder.failures == sum(bar.failures for bar in louder.histogram) == 66
    assert sum(sum(row.sparkline) for row in louder.rows) == 66


def test_several_clusters_name_their_context(points, friday, window):
    """A command must not reach the wrong cluster."""
    frame = points({"time": "12:00"}, {"time": "12:00", "cluster": "test"})
    digest = build(frame, friday, window)
    assert digest.clusters == ("prod", "test")
    assert [row.kubectl.split()[2] for row in digest.rows] == ["prod", "test"]


@pytest.mark.parametrize(
    ("days", "minutes", "bars"), [(3, 60, 72), (4, 360, 16), (14, 360, 56), (15, 1440, 15)]
)
def test_the_width_of_buckets_follows_the_window(points, at, days, minutes, bars):
    """Hours up to three days, six hours up to two weeks, then days."""
    end = at("21 00:00")
    window = Window.between(end - pd.Timedelta(days=days), end, "UTC")
    digest = build(points(), points(), window)
    assert (digest.bucket_minutes, len(digest.histogram)) == (minutes, bars)


row = st.fixed_dictionaries(
    {
        "cluster": st.sampled_from(["a", "b"]),
        "workload": st.sampled_from(["x", "y", "z"]),
        "reason": st.sampled_from(["BackOff", "Unhealthy", "Pulled", "NodeReady"]),
        "occurrences": st.integers(0, 50),
        "previous_time": st.none() | st.sampled_from(["20 22:00", "00:30", "12:00"]),
        "time": st.sampled_from(["00:00", "00:31", "12:00", "22:59", "22 03:00"]),
        "birth": st.just("20 12:00"),
        "counted": st.booleans(),
    }
)


@settings(max_examples=25, deadline=None)
@given(st.lists(row, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(points, day, rows, random):
    """The same points in another order, with other categories, give an equal digest."""
    frame = points(*rows)
    order = list(range(len(frame)))
    random.shuffle(order)
    shuffled = frame.iloc[order].reset_index(drop=True)
    for column in ("cluster", "workload", "reason", "type"):
        shuffled[column] = shuffled[column].astype("str").astype("category")
    assert build(frame, frame, day) == build(shuffled, shuffled, day)

"""Failures per group, worked out by hand."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.catalogue import Catalogue
from analytics.errors import FrameError
from analytics.exposure import exposures
from analytics.frames import FREQUENCY
from analytics.frequency import failure_frequency, frequency
from analytics.key_counts import count_keys
from analytics.source import PointSource
from analytics.window import Window
from tests.effort import examples


@pytest.fixture
def shop(points):
    """Return a morning: checkout fails 7 times on two pods in 2 episodes, cart once."""
    return points(
        {"previous_time": "01:00", "time": "01:05", "occurrences": 5, "object": "checkout-1"},
        {"time": "01:08", "object": "checkout-2"},
        {"time": "04:01", "object": "checkout-2"},
        {"time": "02:00", "workload": "cart", "object": "cart-1"},
        {"time": "02:00", "reason": "Pulled", "type": "Normal"},
        {"time": "02:00", "occurrences": 10**9, "counted": False, "suspect": True},
    )


def test_every_figure_of_a_group(shop, day):
    """Seven failures in a day of 24 hours, of eight in all; episodes start at 01:01 and 04:01."""
    checkout, cart = failure_frequency(shop, day).to_dict("records")
    assert (checkout["workload"], cart["workload"]) == ("checkout", "cart")
    assert (checkout["failures"], checkout["episodes"], checkout["objects"]) == (7, 2, 2)
    assert f"{checkout['first']:%H:%M}" == "01:01"
    assert f"{checkout['last']:%H:%M}" == "04:01"
    assert checkout["rate_per_hour"] == 7 / 24
    assert checkout["mean_time_between_failures"] == 3 * 3600
    assert checkout["share"] == 7 / 8
    assert (cart["failures"], cart["episodes"], cart["objects"]) == (1, 1, 1)
    assert math.isnan(cart["mean_time_between_failures"])


def test_first_and_last_lie_inside_the_window(points, at):
    """Of occurrences at 01:00, 02:00, 03:00, 04:00 a window of two hours sees two."""
    frame = points({"previous_time": "00:00", "time": "04:00", "occurrences": 4})
    found = failure_frequency(frame, Window.between(at("02:00"), at("04:00"), "UTC"))
    assert found["failures"].tolist() == [2]
    assert [t.hour for t in (found["first"][0], found["last"][0])] == [2, 3]
    assert found["rate_per_hour"].tolist() == [1.0]


def test_any_grouping(shop, day):
    """The same failures by node, by namespace and reason, by object, and all together."""
    assert failure_frequency(shop, day, by=("host",))["failures"].tolist() == [8]
    both = failure_frequency(shop, day, by=("namespace", "reason"))
    assert both.columns.tolist()[:2] == ["namespace", "reason"]
    assert failure_frequency(shop, day, by=("object",))["failures"].tolist() == [5, 2, 1]
    everything = failure_frequency(shop, day, by=())
    assert everything["failures"].tolist() == [8]
    assert everything["objects"].tolist() == [3]


def test_equal_failures_are_sorted_by_name(points, day):
    """Ties follow the grouping columns, whatever the order of rows."""
    frame = points(*({"time": "01:00", "workload": name} for name in ("c", "a", "b")))
    assert failure_frequency(frame, day)["workload"].tolist() == ["a", "b", "c"]


def test_the_same_pod_name_in_two_clusters_is_two_objects(points, day):
    """Objects are told apart by cluster, kind, namespace and name."""
    frame = points({"time": "01:00"}, {"time": "01:00", "cluster": "test"}, {"time": "02:00"})
    assert failure_frequency(frame, day, by=("reason",))["objects"].tolist() == [2]


def test_settled_hours_have_no_objects(points, day):
    """What retention has folded counts as failures, not as an object without a name."""
    row = {"birth": "01:00", "time": "01:59", "occurrences": 3, "counting": "settled"}
    frame = points(row | {"name": "", "kind": "", "object": "", "object_namespace": ""})
    found = failure_frequency(frame, day)
    assert (found["failures"][0], found["objects"][0]) == (3, 0)


def test_a_catalogue_of_the_user_decides_what_fails(shop, day):
    """With Pulled called a failure there is one failure more."""
    entry = {"reason": "Pulled", "meaning": "failure"}
    catalogue = Catalogue.load().with_overrides([entry])
    assert failure_frequency(shop, day, by=(), catalogue=catalogue)["failures"].tolist() == [9]


@pytest.mark.parametrize("by", [(), ("workload",), ("cluster", "reason", "host")])
def test_nothing_in_nothing_out(points, day, by):
    """Without failures there is no row, and every column has its type."""
    found = failure_frequency(points(), day, by=by)
    assert len(FREQUENCY.check(found)) == 0
    assert found.columns.tolist()[: len(by)] == list(by)


def test_a_missing_column_is_named(points, day):
    """A frame that is not POINTS is refused at the boundary."""
    with pytest.raises(FrameError, match="'birth' is missing"):
        failure_frequency(points().drop(columns="birth"), day)


row = st.fixed_dictionaries(
    {
        "workload": st.sampled_from("abc"),
        "object": st.sampled_from("xyz"),
        "occurrences": st.integers(0, 30),
        "previous_time": st.none() | st.sampled_from(["20 22:00", "00:30", "12:00"]),
        "time": st.sampled_from(["00:00", "00:31", "12:00", "23:59", "22 03:00"]),
        "birth": st.just("20 12:00"),
        "counted": st.booleans(),
    }
)


@settings(max_examples=examples(6), deadline=None)
@given(st.lists(row, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(points, day, rows, random):
    """A shuffled frame gives the same figures, and they add up to the occurrences inside."""
    frame = points(*rows)
    order = list(range(len(frame)))
    random.shuffle(order)
    found = failure_frequency(frame, day)
    shuffled = frame.iloc[order].astype({"workload": "str"}).astype({"workload": "category"})
    pd.testing.assert_frame_equal(found, failure_frequency(shuffled, day))
    total = failure_frequency(frame, day, by=())["failures"].sum()
    assert found["failures"].sum() == total
    assert (found["first"] >= day.start).all()
    assert (found["last"] < day.end).all()


HALF = (
    ("watched", "20 00:00", "06:00"),
    ("gap", "06:00", "18:00"),
    ("recovered", "18:00", "20:00"),
    ("watched", "20:00", "22 00:00"),
)
TIMES = ("01:00", "03:00", "12:00", "19:00", "21:00")


@pytest.fixture
def halved(points):
    """Return five failures of a cluster that nobody watched from 06:00 to 18:00."""
    return points(*({"time": time} for time in TIMES))


def test_half_a_day_watched(halved, spans, day):
    """Four failures in twelve hours, by a clock at 1, 3, 7 and 9 hours; the fifth is counted."""
    (found,) = failure_frequency(halved, day, exposed=exposures(spans(*HALF), day)).to_dict(
        "records"
    )
    assert (found["failures"], found["episodes"]) == (5, 5)
    assert found["rate_per_hour"] == 4 / 12
    assert found["mean_time_between_failures"] == pytest.approx(8 / 3 * 3600)


def test_without_exposure_the_whole_window_counts(halved, day):
    """Five in 24 hours, from 01:00 to 21:00 in four steps of five hours."""
    for exposed in (None, {}):
        (found,) = failure_frequency(halved, day, exposed=exposed).to_dict("records")
        assert found["rate_per_hour"] == 5 / 24
        assert found["mean_time_between_failures"] == 5 * 3600


def test_a_point_that_reaches_into_a_gap_is_cut(points, spans, day):
    """Of six occurrences, at the ends of the hours from 04:00 to 10:00, one lies before 06:00."""
    frame = points({"previous_time": "04:00", "time": "10:00", "occurrences": 6})
    found = failure_frequency(frame, day, exposed=exposures(spans(*HALF), day))
    assert found["rate_per_hour"].tolist() == [1 / 12]
    assert found["mean_time_between_failures"].isna().all()


def test_clusters_add_up(points, spans, day):
    """A third an hour where half a day was watched, and a quarter where nobody knows of gaps."""
    rows = [{"time": time} for time in TIMES]
    rows += [{"time": f"{hour:02}:30", "cluster": "test"} for hour in range(6)]
    exposed = exposures(spans(*HALF), day)
    found = failure_frequency(points(*rows), day, by=["reason"], exposed=exposed)
    assert found["rate_per_hour"].tolist() == [pytest.approx(1 / 3 + 1 / 4)]
    # clocks of clusters differ, so the eleven starts from 00:30 to 21:00 are as they are
    assert found["mean_time_between_failures"].tolist() == [20.5 * 3600 / 10]
    apart = failure_frequency(points(*rows), day, by=["cluster"], exposed=exposed)
    rates = apart.set_index("cluster")["rate_per_hour"].to_dict()
    assert rates == {"test": 6 / 24, "prod": 4 / 12}


def test_a_cluster_that_nobody_watched_has_no_rate(points, spans, day):
    """What is known of it came later; the other cluster has one, the two together have not."""
    rows = [{"time": "01:00"}, {"time": "02:00"}, {"time": "01:00", "cluster": "test"}]
    exposed = exposures(
        spans(("watched", "20 00:00", "20 09:00"), ("gap", "20 09:00", "22 00:00")), day
    )
    found = failure_frequency(points(*rows), day, by=["cluster"], exposed=exposed)
    assert found["failures"].tolist() == [2, 1]
    assert math.isnan(found["rate_per_hour"][0])
    assert math.isnan(found["mean_time_between_failures"][0])
    assert found["rate_per_hour"][1] == 1 / 24
    together = failure_frequency(points(*rows), day, by=(), exposed=exposed)
    assert together["rate_per_hour"].isna().tolist() == [True]


def test_nothing_in_a_watched_cluster(points, spans, day):
    """No failure, no row, whatever was watched."""
    exposed = exposures(spans(*HALF), day)
    found = failure_frequency(points(), day, exposed=exposed)
    assert len(found) == 0
    assert found.dtypes.to_dict() == failure_frequency(points(), day).dtypes.to_dict()


@settings(max_examples=examples(6), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 47), st.integers(1, 9), st.sampled_from("ab")), max_size=8)
)
def test_always_watched_is_never_asked(points, spans, at, day, rows):
    """A watch without a gap gives the figures that no exposure gives."""
    frame = points(
        *(
            {"time": day.start + (day.end - day.start) * half / 48, "occurrences": n, "workload": w}
            for half, n, w in rows
        )
    )
    exposed = exposures(spans(("watched", "20 00:00", "22 00:00")), day)
    for by in (("cluster", "workload"), ("workload",), ()):
        found = failure_frequency(frame, day, by=by, exposed=exposed)
        plain = failure_frequency(frame, day, by=by)
        for column in ("failures", "rate_per_hour", "mean_time_between_failures"):
            assert found[column].tolist() == pytest.approx(plain[column].tolist(), nan_ok=True)


def test_a_source_answers_as_its_points(halved, spans, day):
    """From a source and the keys of one window as from the frame."""
    exposed = exposures(spans(*HALF), day)
    source = PointSource(halved)
    pd.testing.assert_frame_equal(
        failure_frequency(source, day, exposed=exposed),
        failure_frequency(halved, day, exposed=exposed),
    )
    [counted] = count_keys(source, [day], Catalogue.load())
    for asked in (None, exposed):
        pd.testing.assert_frame_equal(
            frequency(source, counted, exposed=asked),
            failure_frequency(halved, day, exposed=asked),
        )


def test_a_clock_of_several_parts(points, spans, day):
    """Watched from 0 to 2, 4 to 6 and 8 to 24: from 01:00 to 09:00 it ran for four hours.

    The failure at 03:00 is none of those in between; that of lab has no part in it.
    """
    rows = (
        ("watched", "20 00:00", "02:00"),
        ("gap", "02:00", "04:00"),
        ("watched", "04:00", "06:00"),
        ("gap", "06:00", "08:00"),
        ("watched", "08:00", "22 00:00"),
    )
    frame = points(
        *({"time": time} for time in ("01:00", "03:00", "05:00", "09:00")),
        *({"time": time, "cluster": "lab"} for time in ("00:00", "12:00")),
    )
    found = failure_frequency(frame, day, by=("cluster",), exposed=exposures(spans(*rows), day))
    assert found["cluster"].tolist() == ["prod", "lab"]
    assert found["rate_per_hour"].tolist() == [3 / 20, 2 / 24]
    assert found["mean_time_between_failures"].tolist() == [2 * 3600, 12 * 3600]
    assert found["share"].tolist() == [4 / 6, 2 / 6]


def test_two_keys_of_a_group(points, day):
    """Two components begin at 01:00, 01:05 and 03:00: three episodes in two hours."""
    frame = points(
        {"time": "01:05", "component": "other"},
        {"time": "01:00"},
        {"time": "03:00", "component": "other"},
    )
    (found,) = failure_frequency(frame, day).to_dict("records")
    assert (found["failures"], found["episodes"]) == (3, 3)
    assert found["mean_time_between_failures"] == 3600
    assert (found["first"].hour, found["last"].hour) == (1, 3)

"""Points as a source, and one namespace of it, by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cells import GAP, NEVER_BEGUN, NEVER_ENDED
from analytics.episodes import episodes
from analytics.errors import FrameError
from analytics.frames import CELLS, KEYS
from analytics.rolling_up import COUNTS
from analytics.source import (
    KEY,
    REASON,
    PointSource,
    as_source,
    by_cluster,
    count_objects,
    edges_of,
)
from analytics.window import Window
from tests.effort import examples


@pytest.fixture(scope="module")
def edges(at):
    """Return times of the day as edges."""
    return lambda *times: pd.DatetimeIndex([at(time) for time in times]).as_unit("us")


@pytest.fixture
def shop(points):
    """Return two clusters: checkout on three pods, cart, a settled hour, and what is left out."""
    return points(
        {"previous_time": "00:50", "time": "01:05", "occurrences": 3, "object": "checkout-1"},
        {"time": "01:08", "object": "checkout-2"},
        {"time": "04:01", "object": "checkout-2"},
        {"time": "02:00", "workload": "cart", "object": "cart-1", "host": "node-2"},
        {"time": "03:00", "workload": "cart", "object": "cart-1", "namespace": "pay"},
        {"time": "02:10", "cluster": "lab"},
        {"time": "02:20", "reason": "Pulled", "type": "Normal", "object": "checkout-1"},
        {"birth": "05:00", "time": "05:20", "occurrences": 4, "counting": "settled"}
        | {"name": "", "kind": "", "object": "", "object_namespace": ""},
        {"time": "00:05", "occurrences": 10**9, "counted": False, "suspect": True},
    )


def named(source, numbers, *columns):
    """Return the texts of some keys."""
    return list(source.keys(numbers)[list(columns)].itertuples(index=False, name=None))


def test_keys_are_numbers_of_their_columns(shop):
    """They come in the order of their texts and with these columns only, as categories."""
    source = PointSource(shop)
    found = source.keys(np.array([2, 0]))
    assert found.columns.tolist() == list(KEY)
    assert found.index.tolist() == [2, 0]
    KEYS.check(found)
    assert named(
        source, np.arange(6), "cluster", "namespace", "workload", "reason", "counting"
    ) == [
        ("lab", "shop", "checkout", "BackOff", "exact"),
        ("prod", "pay", "cart", "BackOff", "exact"),
        ("prod", "shop", "cart", "BackOff", "exact"),
        ("prod", "shop", "checkout", "BackOff", "exact"),
        ("prod", "shop", "checkout", "BackOff", "settled"),
        ("prod", "shop", "checkout", "Pulled", "exact"),
    ]
    with pytest.raises(KeyError):
        source.keys(np.array([6]))


def test_reasons_are_numbers_too(shop):
    """Four of them, in the order of their texts."""
    reasons = PointSource(shop).reasons()
    assert reasons.columns.tolist() == list(REASON)
    assert list(reasons[["cluster", "type", "reason", "counting"]].itertuples(name=None)) == [
        (0, "lab", "Warning", "BackOff", "exact"),
        (1, "prod", "Normal", "Pulled", "exact"),
        (2, "prod", "Warning", "BackOff", "exact"),
        (3, "prod", "Warning", "BackOff", "settled"),
    ]


def test_more_columns_where_they_are_asked_for(shop):
    """By node, cart is two keys; a column of KEYS that is asked for too stays one."""
    source = PointSource(shop, by=("host", "cluster"))
    assert source.keys(np.array([0])).columns.tolist() == [*KEY, "host"]
    assert named(source, np.array([1, 2]), "workload", "host") == [
        ("cart", "node-1"),
        ("cart", "node-2"),
    ]


def test_cells_of_all_keys_or_some(shop, edges):
    """Of 00:55, 01:00, 01:05 and 01:08 three lie after 01:00, and continue."""
    source = PointSource(shop)
    times = edges("01:00", "02:00", "04:30")
    found = CELLS.check(source.cells(times))
    columns = ["key", "bucket", "occurrences", "begun", "continued"]
    assert list(found[columns].itertuples(index=False, name=None)) == [
        (0, 1, 1, 1, False),
        (1, 1, 1, 1, False),
        (2, 1, 1, 1, False),
        (3, 0, 3, 0, True),
        (3, 1, 1, 1, False),
        (5, 1, 1, 1, False),
    ]
    some = source.cells(times, np.array([5, 3]))
    pd.testing.assert_frame_equal(some, found[found["key"].isin([3, 5])].reset_index(drop=True))
    assert len(source.cells(times, np.array([], dtype=np.int64))) == 0


def test_the_gap_is_the_source_s(shop, edges):
    """Ten minutes unless another is given: four keep the occurrences of one key apart."""
    assert PointSource(shop).gap == GAP
    assert PointSource(shop).horizon is None
    source = PointSource(shop, gap=timedelta(minutes=4))
    assert source.gap == timedelta(minutes=4)
    assert source.cells(edges("00:00", "02:00"))["begun"].tolist() == [3]


def test_present(shop, at):
    """From 02:00 on, up to but without 03:00."""
    window = Window.between(at("02:00"), at("03:00"), "UTC")
    assert PointSource(shop).present(window).tolist() == [0, 2, 5]


def test_objects_are_counted_once_a_group(shop, day, at):
    """checkout-1 of two clusters is two objects, of two reasons one; a settled hour has none."""
    source = PointSource(shop)
    keys = np.arange(6)
    assert source.objects(day, keys, keys).tolist() == [1, 1, 1, 2, 0, 1]
    assert source.objects(day, keys, np.zeros(6, dtype=np.int64)).tolist() == [4]
    # both reasons of checkout; groups in another order, and one of them without a key
    assert source.objects(day, np.array([5, 3, 0]), np.array([3, 3, 1])).tolist() == [0, 1, 0, 2]
    early = Window.between(at("00:00"), at("01:06"), "UTC")
    assert source.objects(early, keys, keys).tolist() == [0, 0, 0, 1, 0, 0]
    assert source.objects(day, keys[:0], keys[:0]).tolist() == []


def test_key_objects_are_pairs(shop, day):
    """One row however often they meet."""
    found = PointSource(shop).key_objects(day)
    assert found.columns.tolist() == ["key", "object"]
    assert found["key"].sort_values().tolist() == [0, 1, 2, 3, 3, 5]
    assert found["object"].nunique() == 4


def test_objects_without_a_name_of_their_own(points, day):
    """An object is one by its name or its kind."""
    rows = [{"kind": "Node", "object": ""}, {"kind": "", "object": "x"}, {"kind": "", "object": ""}]
    frame = points(*({"time": "01:00", "object_namespace": ""} | row for row in rows))
    assert PointSource(frame).objects(day, np.array([0]), np.array([0])).tolist() == [2]


def test_objects_differ_by_kind_and_namespace(points, day):
    """Four objects are called the same, one of them twice."""
    rows = [{}, {"kind": "Job"}, {"object_namespace": "pay"}, {"cluster": "lab"}, {"host": "n2"}]
    source = PointSource(points(*({"time": "01:00"} | row for row in rows)))
    keys = source.present(day)
    assert source.objects(day, keys, np.zeros_like(keys)).tolist() == [4]


def test_count_objects_of_pairs():
    """Pairs of other keys do not count, and a pair of two keys of a group counts once."""
    seen = pd.DataFrame({"key": [4, 4, 9, 9, 7], "object": [1, 2, 2, 3, 8]})
    found = count_objects(seen, np.array([9, 4]), np.array([2, 2]))
    assert found.tolist() == [0, 0, 3]
    assert found.dtype == np.int64
    assert count_objects(seen, np.array([9, 4]), np.array([1, 0])).tolist() == [2, 2]


def test_totals(shop, edges):
    """By bucket and reason, every workload and meaning."""
    found = PointSource(shop).totals(edges("00:00", "01:00", "02:15", "05:20"))
    assert found.columns.tolist() == ["bucket", "reason_id", "occurrences"]
    assert found.to_numpy().tolist() == [
        [0, 2, 1],  # 00:55
        [1, 0, 1],
        [1, 2, 2 + 1 + 1],  # 01:00, 01:05, 01:08, cart at 02:00
        [2, 1, 1],
        [2, 2, 2],
        [2, 3, 3],  # at birth, 05:06:40 and 05:13:20; the last lies at 05:20
    ]


def test_the_quarter_of_an_hour_in_which_a_cluster_begins(shop):
    """The first occurrence at 00:55 lies in the quarter from 00:45; a suspect point is none."""
    assert PointSource(shop).first_quarters() == {
        "prod": datetime(2026, 11, 21, 0, 45, tzinfo=UTC),
        "lab": datetime(2026, 11, 21, 2, tzinfo=UTC),
    }


def test_seen_is_by_cluster(shop, at):
    """Suspect points are seen to be suspect; the last of a later point at its time only."""
    window = Window.between(at("00:00"), at("01:10"), "UTC")
    found = PointSource(shop).seen(window)
    assert found.columns.tolist() == ["slot", "cluster", *COUNTS, "first_seen", "last_seen"]
    slots = pd.to_datetime(found["slot"], unit="us").dt.strftime("%H:%M").tolist()
    assert (slots, set(found["cluster"])) == (["00:05", "01:05"], {"prod"})
    assert found["events"].tolist() == [0, 1]
    assert found["suspect_points"].tolist() == [1, 0]
    assert found["suspect_occurrences"].tolist() == [10**9, 0]
    assert found["first_seen"].tolist()[0] == NEVER_BEGUN
    assert found["last_seen"].tolist()[0] == NEVER_ENDED
    first, last = (pd.Timestamp(found[c][1], unit="us") for c in ("first_seen", "last_seen"))
    assert f"{first:%H:%M} {last:%H:%M}" == "01:05 01:08"


def test_slots_of_reasons_are_those_of_their_cluster():
    """Counts add up, the first is the least, the last the greatest."""
    names = ["slot", "reason_id", *COUNTS, "first_seen", "last_seen"]
    rows = [
        [0, 7, 1, 2, 3, 4, 5, 20, 30],
        [0, 8, 10, 20, 30, 40, 50, 10, 25],
        [0, 9, 1, 1, 1, 1, 1, 99, 99],
        [300, 7, 0, 0, 0, 0, 1, 310, 310],
    ]
    clusters = pd.Series({7: "b", 8: "b", 9: "a"})
    found = by_cluster(pd.DataFrame(rows, columns=names), clusters)
    assert found.to_numpy().tolist() == [
        [0, "a", 1, 1, 1, 1, 1, 99, 99],
        [0, "b", 11, 22, 33, 44, 55, 10, 30],
        [300, "b", 0, 0, 0, 0, 1, 310, 310],
    ]


def test_a_source_stays_and_a_frame_becomes_one(shop, edges):
    """Of a frame the failures only, with the columns asked for."""
    source = PointSource(shop)
    assert as_source(source, None, ("host",)) is source
    made = as_source(shop, None, ("host",))
    assert made.keys(np.array([0])).columns.tolist() == [*KEY, "host"]
    times = edges("00:00", "22 00:00")
    reasons = made.reasons().loc[made.totals(times)["reason_id"], "reason"]
    assert set(reasons) == {"BackOff"}
    assert made.totals(times)["occurrences"].sum() == source.totals(times)["occurrences"].sum() - 1


def test_a_frame_that_is_none_of_points(shop):
    """The missing column is named."""
    with pytest.raises(FrameError, match="'birth' is missing"):
        PointSource(shop.drop(columns="birth"))


def test_a_window_is_one_bucket(day):
    """In microseconds, as all edges are."""
    found = edges_of(day)
    assert (found.tolist(), found.unit) == ([day.start, day.end], "us")


def test_nothing_in_nothing_out(points, day, edges):
    """A source of no point."""
    source = PointSource(points())
    times = edges("00:00", "12:00")
    assert [len(source.cells(times)), len(source.present(day)), len(source.totals(times))] == [
        0
    ] * 3
    assert (source.first_quarters(), len(source.seen(day)), len(source.reasons())) == ({}, 0, 0)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "namespace": st.sampled_from(["shop", "pay", ""]),
            "workload": st.sampled_from("ab"),
            "cluster": st.sampled_from(["prod", "lab"]),
            "reason": st.sampled_from(["BackOff", "Unhealthy", "FailedMount"]),
            "counting": st.sampled_from(["exact", "requests"]),
            "occurrences": st.integers(1, 20),
            "previous_time": st.none() | st.sampled_from(["20 22:00", "00:31", "00:40"]),
            "time": st.sampled_from(["00:45", "00:55", "01:04", "12:00", "23:59"]),
            "birth": st.sampled_from(["20 12:00", "00:40"]),
        }
    ),
    max_size=9,
)
BUCKETS = (
    ("00:00", "22 00:00"),
    ("00:45", "00:55", "12:00"),
    ("00:00", "06:00", "23:59", "22 00:00"),
)


@settings(max_examples=examples(10), deadline=None)
@given(ROWS, st.sampled_from(BUCKETS), st.sets(st.sampled_from(KEY)))
def test_sums_over_any_bucketing_and_grouping_equal_the_total(points, edges, rows, buckets, by):
    """Of occurrences in cells and in totals, whatever the columns."""
    source, times = PointSource(points(*rows)), edges(*buckets)
    cells = source.cells(times)
    total = int(source.cells(times[[0, -1]])["occurrences"].sum())
    assert source.totals(times)["occurrences"].sum() == total
    texts = source.keys(cells["key"].to_numpy())[sorted(by)].astype("str").reset_index(drop=True)
    groups = texts.assign(bucket=cells["bucket"], occurrences=cells["occurrences"])
    assert groups.groupby([*sorted(by), "bucket"])["occurrences"].sum().sum() == total


@settings(max_examples=examples(10), deadline=None)
@given(ROWS, st.sampled_from(BUCKETS))
def test_episodes_of_a_window_are_those_that_begin_and_those_that_go_on(
    points, edges, rows, buckets
):
    """As many as `episodes` finds, which looks at nothing before the window."""
    frame, times = points(*rows), edges(*buckets)
    window = Window.between(times[0].to_pydatetime(), times[-1].to_pydatetime(), "UTC")
    source = as_source(frame, None, ())
    cells = source.cells(edges_of(window))
    assert cells["begun"].sum() + cells["continued"].sum() == len(episodes(frame, window))
    fine = source.cells(times)
    goes_on = fine.drop_duplicates("key")["continued"].sum()
    assert fine["begun"].sum() + goes_on == len(episodes(frame, window, by=()))

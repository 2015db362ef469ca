"""A part of a source answers as the source of that part would."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.catalogue import Catalogue
from analytics.frames import CELLS, POINTS
from analytics.mutes import Mute
from analytics.selected_source import SelectedSource, select
from analytics.selection import Patterns, Selection
from analytics.source import KEY, PointSource, edges_of
from analytics.window import Window
from tests.effort import examples

CATALOGUE = Catalogue.load()
PAY = Selection.of_namespace("pay")


@pytest.fixture(scope="module")
def edges(at):
    """Return times of the day as edges."""
    return lambda *times: pd.DatetimeIndex([at(time) for time in times]).as_unit("us")


@pytest.fixture
def shop(points):
    """Return checkout in shop, cart in pay, and checkout of another cluster."""
    return points(
        {"previous_time": "00:50", "time": "01:05", "occurrences": 3, "object": "checkout-1"},
        {"time": "03:00", "workload": "cart", "object": "cart-1", "namespace": "pay"},
        {"time": "02:10", "cluster": "lab"},
        {"time": "02:20", "reason": "Pulled", "type": "Normal", "object": "checkout-1"},
        {"time": "00:05", "occurrences": 10**9, "counted": False, "suspect": True},
    )


def test_one_namespace(shop, day, edges):
    """Only cart fails in pay, once; what was seen of the clusters stays."""
    whole = PointSource(shop)
    pay = SelectedSource(whole, PAY, CATALOGUE)
    times = edges("00:00", "03:00", "22 00:00")
    [key] = pay.present(day).tolist()
    assert pay.keys(np.array([key]))["namespace"].tolist() == ["pay"]
    cells = pay.cells(times)
    assert cells[["key", "bucket"]].to_numpy().tolist() == [[key, 1]]
    assert cells.index.tolist() == [0]
    others = np.setdiff1d(whole.present(day), [key])
    assert len(pay.cells(times, others)) == 0
    [[bucket, reason, occurrences]] = pay.totals(times).to_numpy().tolist()
    assert (bucket, occurrences) == (1, 1)
    assert pay.reasons().loc[reason, "reason"] == "BackOff"
    assert pay.objects(day, np.array([key]), np.array([0])).tolist() == [1]
    assert pay.first_quarters() == whole.first_quarters()
    pd.testing.assert_frame_equal(pay.seen(day), whole.seen(day))
    assert (pay.gap, pay.horizon) == (whole.gap, whole.horizon)


def test_clusters_that_are_left_out_were_not_seen(shop, day):
    """Neither their first quarter nor what is suspect of them."""
    lab = SelectedSource(
        PointSource(shop), Selection(include=Patterns(clusters=("lab",))), CATALOGUE
    )
    assert list(lab.first_quarters()) == ["lab"]
    assert set(lab.seen(day)["cluster"]) == {"lab"}
    assert lab.seen(day)["suspect_points"].sum() == 0


def test_a_part_without_an_event(shop, day, edges):
    """Empty frames with their columns."""
    none = SelectedSource(PointSource(shop), Selection.of_namespace("other"), CATALOGUE)
    times = edges("00:00", "12:00")
    assert len(none.present(day)) == 0
    pd.testing.assert_frame_equal(none.cells(times), CELLS.empty())
    totals = none.totals(times)
    assert (len(totals), list(totals)) == (0, ["bucket", "reason_id", "occurrences"])


def test_everything_needs_no_selecting(shop):
    """It is the source itself."""
    source = PointSource(shop)
    assert select(source, Selection(), CATALOGUE) is source
    assert isinstance(select(source, PAY, CATALOGUE), SelectedSource)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "namespace": st.sampled_from(["shop", "pay", ""]),
            "workload": st.sampled_from("ab"),
            "workload_kind": st.sampled_from(["Deployment", "Job"]),
            "cluster": st.sampled_from(["prod", "lab"]),
            "reason": st.sampled_from(["BackOff", "Unhealthy", "ThisFailed", "Pulled"]),
            "type": st.sampled_from(["Normal", "Warning"]),
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
LISTS = {
    "clusters": st.sampled_from([(), ("prod",), ("l*",)]),
    "namespaces": st.sampled_from([(), ("shop",), ("?*",), ("pay", "s*")]),
    "kinds": st.sampled_from([(), ("job",)]),
    "reasons": st.sampled_from([(), ("*failed", "BackOff")]),
}
NOW = datetime(2026, 11, 21, tzinfo=UTC)
MUTES = st.sampled_from(
    [
        (),
        (Mute(id=1, name="a", because="", by="", created=NOW, expires=NOW + timedelta(1)),),
    ]
)
SELECTIONS = st.builds(
    Selection,
    include=st.builds(Patterns, **LISTS),
    exclude=st.builds(Patterns, **LISTS),
    minimum_severity=st.sampled_from(["notice", "warning", "critical"]),
    mutes=MUTES,
)


def named(source, cells):
    """Return cells with the texts of their keys instead of numbers, in order."""
    keys = source.keys(cells["key"].to_numpy())[list(KEY)].astype("str").reset_index(drop=True)
    joined = keys.join(cells.drop(columns="key"))
    return joined.sort_values([*KEY, "bucket"]).reset_index(drop=True)


def told(source, times):
    """Return totals with the texts of their reasons instead of numbers."""
    found = source.totals(times).join(source.reasons(), on="reason_id")
    columns = ["bucket", *source.reasons().columns]
    return found.set_index(columns)["occurrences"].to_dict()


@settings(max_examples=examples(12), deadline=None)
@given(ROWS, st.sampled_from(BUCKETS), SELECTIONS)
def test_a_part_of_a_source_is_a_source_of_the_part(points, edges, rows, buckets, selection):
    """Points that are selected beforehand give the same cells, totals, keys and objects."""
    frame, times = points(*rows), edges(*buckets)
    window = Window.between(times[0].to_pydatetime(), times[-1].to_pydatetime(), "UTC")
    part = SelectedSource(PointSource(frame), selection, CATALOGUE)
    kept = frame[selection.holds(frame, CATALOGUE)]
    alone = PointSource(POINTS.check(kept))
    pd.testing.assert_frame_equal(
        named(part, part.cells(times)), named(alone, alone.cells(times)), check_dtype=False
    )
    assert told(part, times) == told(alone, times)
    counts = []
    for source in (part, alone):
        keys = source.present(window)
        assert sorted(keys) == sorted(source.cells(edges_of(window))["key"])
        groups = np.zeros(len(keys), dtype=np.int64)
        counts.append(source.objects(window, keys, groups).tolist())
    assert counts[0] == counts[1]


@settings(max_examples=examples(6), deadline=None)
@given(ROWS, st.sampled_from(BUCKETS))
def test_the_parts_are_the_whole(points, edges, rows, buckets):
    """Cells, totals and keys of all namespaces put together are those of the source."""
    whole, times = PointSource(points(*rows)), edges(*buckets)
    window = Window.between(times[0].to_pydatetime(), times[-1].to_pydatetime(), "UTC")
    parts = [
        SelectedSource(whole, Selection.of_namespace(name), CATALOGUE)
        for name in ("shop", "pay", "")
    ]
    cells = pd.concat([part.cells(times) for part in parts], ignore_index=True)
    ordered = cells.sort_values(["key", "bucket"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(ordered, whole.cells(times))
    assert (
        sorted(np.concatenate([part.present(window) for part in parts]))
        == whole.present(window).tolist()
    )
    totals = pd.concat([part.totals(times) for part in parts], ignore_index=True)
    summed = totals.groupby(["bucket", "reason_id"])["occurrences"].sum()
    assert (
        summed.to_dict()
        == whole.totals(times).set_index(["bucket", "reason_id"])["occurrences"].to_dict()
    )

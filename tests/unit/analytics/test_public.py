"""What holds for every public function."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import public
from analytics.frames import EPISODES, FREQUENCY, HEAT_MAP, HISTOGRAM, HOTSPOTS, HOUR_OF_DAY
from analytics.window import Window
from tests.effort import examples

CONTRACTS = {
    public.failure_frequency: FREQUENCY,
    public.time_histogram: HISTOGRAM,
    public.hour_of_day: HOUR_OF_DAY,
    public.heat_map: HEAT_MAP,
    public.episodes: EPISODES,
    public.hotspots: HOTSPOTS,
}
COUNTING = [function for function in CONTRACTS if function is not public.hotspots]
# zones at :30 and :45, one turned by half an hour, and days of 23 and 25 hours of each
WINDOWS = [
    (zone, datetime(*day, 12, tzinfo=UTC))
    for zone, days in {
        "UTC": [(2028, 3, 1), (2027, 1, 1)],  # after a leap day, and over the year's end
        "Europe/Berlin": [(2026, 3, 30), (2026, 10, 26)],
        "America/St_Johns": [(2026, 3, 9), (2026, 11, 2)],
        "Australia/Lord_Howe": [(2026, 4, 6), (2026, 10, 5)],
        "Asia/Kathmandu": [(2026, 2, 28)],
        "Asia/Kolkata": [(2026, 2, 28)],
    }.items()
    for day in days
]

quarters = st.integers(-8, 110)
row = st.fixed_dictionaries(
    {
        "cluster": st.sampled_from(["a", "b"]),
        "workload": st.sampled_from("pq"),
        "host": st.sampled_from(["", "n1", "n2"]),
        "object": st.sampled_from(["x", "y"]),
        "type": st.sampled_from(["Normal", "Warning"]),
        "reason": st.sampled_from(["BackOff", "Pulled"]),
        "occurrences": st.integers(0, 2_000),
        "counted": st.sampled_from([True, True, False]),
    }
)


def make(points, window, rows):
    """Return points that lie around a window, from rows and pairs of quarters of an hour."""
    quarter = timedelta(minutes=15)
    made = []
    for filled, first, last in rows:
        start, end = (window.start + number * quarter for number in sorted((first, last)))
        made.append(filled | {"birth": start, "previous_time": start, "time": end})
    return points(*made)


@pytest.mark.parametrize("by", [(), ("cluster",), ("cluster", "host", "reason")])
@pytest.mark.parametrize("function", list(CONTRACTS))
def test_an_empty_frame_has_the_columns_of_a_full_one(points, day, function, by):
    """And their types; without groups the buckets of time are kept."""
    asked = by or (() if function is not public.hotspots else ("host",))
    empty = CONTRACTS[function].check(function(points(), day, by=asked))
    full = function(points({"time": "01:00"}, {"time": "02:00"}), day, by=asked)
    assert len(full) > 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    kept = {public.time_histogram: 24, public.hour_of_day: 24, public.heat_map: 168}
    assert len(empty) == (0 if asked else kept.get(function, 0))


@settings(max_examples=examples(3), deadline=None)
@given(
    st.sampled_from(WINDOWS),
    st.lists(st.tuples(row, quarters, quarters), max_size=8),
    st.randoms(use_true_random=False),
    st.sampled_from([(), ("cluster",), ("cluster", "workload", "reason"), ("host",)]),
)
def test_every_failure_once(points, moment, rows, dice, by):
    """All functions agree on the total and on each group's, in any order; no input changes."""
    zone, now = moment
    window = Window.daily(now, zone)
    frame = make(points, window, rows)
    before = frame.copy(deep=True)
    shuffled = frame.iloc[dice.sample(range(len(frame)), len(frame))]
    total = public.failure_frequency(frame, window, by=())["failures"].sum()
    groups = []
    for function in COUNTING:
        found = CONTRACTS[function].check(function(frame, window, by=by))
        pd.testing.assert_frame_equal(function(shuffled, window, by=by), found)
        assert found["failures"].sum() == total
        groups.append(found.groupby(list(by))["failures"].sum().to_dict() if by else {})
    assert all(found == groups[0] for found in groups)
    pd.testing.assert_frame_equal(frame, before)


def test_every_name_is_there():
    """What the module says it has, it has."""
    assert all(hasattr(public, name) for name in public.__all__)
    assert sorted(public.__all__) == public.__all__


def test_the_package_alone_loads_nothing():
    """Whoever imports ``analytics`` does not pay for pandas."""
    code = "import analytics, sys; print('pandas' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout == "False\n"

"""Verdicts from grouped counts, by hand."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc
from scipy.stats import binom

from analytics import comparison
from analytics.comparison import LEAST_EPISODES, Period, candidates, compare
from analytics.day_to_day import variation_weights, varied_tails
from analytics.errors import FrameError
from analytics.exposure import Watched
from analytics.frames import EPISODE_BLOCKS, PERIOD_COUNTS
from analytics.significance import false_discovery_rates
from analytics.spread import microsecond
from bench.trend_simulation import SCENARIOS, simulate

BY = ["cluster", "workload"]
KEY = {"cluster": "prod", "workload": "a"}
NO_BLOCKS = EPISODE_BLOCKS.empty().assign(**{name: pd.Series(dtype="str") for name in BY})


def counts(**episodes):
    """Build a PERIOD_COUNTS frame: of each workload the episodes, with two failures each."""
    shown = {name: number for name, number in episodes.items() if number}
    frame = pd.DataFrame({"workload": list(shown)}, dtype="str")
    number = pd.Series(list(shown.values()), dtype="int64")
    frame = frame.assign(cluster=pd.Series(["prod"] * len(shown), dtype="str"))
    failures = {"failures": 2 * number, "seen_failures": 2 * number}
    return frame.assign(**failures, episodes=number, seen_episodes=number)


def compared(day, now, previous, *weeks, known=None, covered=("prod",), blocks=NO_BLOCKS, **more):
    """Compare such episodes; a period that is None is not covered."""
    windows = [day, day.previous(), *day.baseline()]
    periods = [
        Period(window=window, counts=counts(**(one or {})), covered=covered if one else ())
        for window, one in zip(windows, (now, previous, *weeks), strict=False)
    ]
    known = None if known is None else pd.DataFrame({"cluster": "prod", "workload": known})
    found = compare(periods[0], periods[1], periods[2:], by=BY, blocks=blocks, known=known, **more)
    return found.set_index("workload")


def test_against_the_period_before_alone(day):
    """20 after 2: 2 * (231 + 22 + 1) / 2**22; how days differ anyway, no week has told yet."""
    found = compared(day, {"a": 20}, {"a": 2})
    assert found["p_value"].tolist() == pytest.approx([2 * 254 / 2**22])
    assert found[["verdict", "baseline", "weeks"]].to_numpy().tolist() == [
        ["insufficient", "previous", 0]
    ]


def test_against_one_week_and_the_day_before(day):
    """One week alone cannot tell how days differ, nor can it with a day before that is unknown."""
    found = compared(day, {"a": 20}, None, {"a": 2})
    assert found["p_value"].tolist() == pytest.approx([2 * 254 / 2**22])
    assert found["baseline"].tolist() == ["weeks"]
    # with it there are two: 2 and 2, which no resource with six a day tells apart
    weights = variation_weights(np.array([[2.0, 2]]), np.ones((1, 2)), np.ones((1, 2), dtype=bool))
    upper, _ = varied_tails(20, 2, 1.0, weights[0])
    found = compared(day, {"a": 20}, {"a": 2}, {"a": 2})
    assert found["p_value"].tolist() == pytest.approx([2 * upper])


def test_against_four_weeks_the_larger_p_value_counts(day):
    """Each of the two baselines has a p-value of its own; a change needs both."""
    steady = {"s": 40}
    weeks = [{"a": 10} | steady] * 4
    weights = variation_weights(
        np.array([[10.0] * 4, [40.0] * 4]), np.ones((2, 4)), np.ones((2, 4), dtype=bool)
    )
    upper, _ = varied_tails(40, 40, 4.0, weights[0])
    for previous in (2, 38):
        found = compared(day, {"a": 40} | steady, {"a": previous} | steady, *weeks)
        alone = binom.sf(39, 40 + previous, 0.5)
        assert found.loc["a", "p_value"] == pytest.approx(min(1, 2 * max(upper, alone)))
    assert upper > binom.sf(39, 80, 0.2)


def test_a_workload_alone_can_rise(day):
    """Nothing is known of others: every variation is as frequent, and 20 after 2 still rare."""
    found = compared(day, {"a": 20}, {"a": 2}, *[{"a": 2}] * 4)
    assert found["p_value"].tolist() == pytest.approx([0.00715], abs=5e-6)
    assert found["verdict"].tolist() == ["rising"]


def test_other_directions_are_no_change(day):
    """20 after 40 on the day before and 2 on this weekday: neither rising nor falling."""
    found = compared(day, {"a": 20}, {"a": 40}, *[{"a": 2}] * 4)
    assert found.loc["a", "p_value"] == 1
    assert found.loc["a", "verdict"] == "steady"


@pytest.mark.parametrize(
    ("now", "previous", "week", "verdict"),
    [
        (20, 2, 20, "steady"),  # a Monday after a Sunday
        (20, 20, 2, "steady"),  # since yesterday
        (20, 2, 2, "rising"),
        (20, 2, 0, "rising"),
        (2, 20, 20, "falling"),
        (2, 20, 2, "steady"),  # a Sunday
        (20, 90, 2, "insufficient"),  # unlike both, in different directions
        (1, 1, 2, "steady"),  # nine episodes with those of the weeks
        (1, 1, 0, "insufficient"),
        (1, 0, 0, "new"),
        (0, 1, 9, "gone"),
        (9, 0, 9, "steady"),  # no Sunday has any
        (60, 0, 9, "rising"),
    ],
)
def test_verdicts_against_both(day, now, previous, week, verdict):
    """Among other workloads that tell how little days differ."""
    others = {f"s{number}": 30 for number in range(20)}
    weeks = [{"a": week} | others] * 4
    found = compared(day, {"a": now} | others, {"a": previous} | others, *weeks)
    assert found.loc["a", "verdict"] == verdict
    assert set(found["verdict"].drop("a")) == {"steady"}


def test_what_is_known_is_not_new(day):
    """From the four weeks, or from the same weekdays; gone for a week or more is regressed."""
    weeks = [{"x": 1}, {"x": 1, "b": 1}, {"x": 1}, {"x": 1}]
    now, before = {"a": 1, "b": 1, "c": 1, "x": 1}, {"y": 1}
    found = compared(day, now, before, *weeks, known=["a"])
    assert found["verdict"].to_dict() == {
        "a": "regressed", "b": "regressed", "c": "new", "x": "insufficient", "y": "gone",
    }  # fmt: skip
    unknown = compared(day, now, None, *weeks, known=["a"])
    assert set(unknown["verdict"]) == {"insufficient"}


def test_hours_are_watched_hours(day):
    """12 in half a day after 12 in a day, and 18 in three quarters of one last Saturday."""
    start = microsecond(day.start)
    half = {"prod": Watched(np.array([start, start + 12 * 3600 * 10**6]))}
    now = Period(window=day, counts=counts(a=12), clocks=half)
    previous = Period(window=day.previous(), counts=counts(a=12), covered={"prod"})
    week = day.baseline()[0]
    late = Watched(np.array([microsecond(week.start), microsecond(week.start) + 18 * 3600 * 10**6]))
    saturday = Period(window=week, counts=counts(a=18), covered={"prod"}, clocks={"prod": late})
    (row,) = compare(now, previous, [saturday], by=BY, blocks=NO_BLOCKS).to_dict("records")
    assert (row["ratio"], row["weekday_episodes"], row["weekday_failures"]) == (2, 12, 24)
    assert (row["p_value"], row["verdict"]) == (1, "steady")  # an hour each, as on that Saturday
    (row,) = compare(now, previous, by=BY, blocks=NO_BLOCKS).to_dict("records")
    assert row["p_value"] == pytest.approx(2 * binom.sf(11, 24, 1 / 3))


def test_burstiness_divides_against_the_period_before(day):
    """12 in one block after 2 evenly: a dispersion of 6.4, as `test_burstiness` works out."""
    rows = [(0, day.start, 12)]
    rows += [(1, day.start - timedelta(hours=hours), 1) for hours in (24, 12)]
    blocks = pd.DataFrame(rows, columns=["period", "block", "episodes"])
    blocks["block"] = pd.to_datetime(blocks["block"], utc=True).dt.as_unit("us")
    names = {name: pd.Series([value] * 3, dtype="str") for name, value in KEY.items()}
    found = compared(day, {"a": 12}, {"a": 2}, blocks=blocks.assign(**names))
    assert found.loc["a", "p_value"] == pytest.approx(2 * betainc(12 / 6.4, 2 / 6.4 + 1, 0.5))


def test_no_failures_prove_nothing_where_nobody_watched(day):
    """A cluster that was not watched all through the window has nothing gone."""
    assert compared(day, {"b": 1}, {"a": 1}).loc["a", "verdict"] == "gone"
    found = compared(day, {"b": 1}, {"a": 1}, unseen=["prod"])
    assert found["verdict"].to_dict() == {"b": "new", "a": "insufficient"}


def test_a_window_that_nobody_watched_is_compared_with_nothing(day):
    """No hour to divide by."""
    nobody = {"prod": Watched(np.array([], dtype=np.int64))}
    empty = counts(a=9).assign(seen_failures=0, seen_episodes=0)
    now = Period(window=day, counts=empty, clocks=nobody)
    previous = Period(window=day.previous(), counts=counts(a=9), covered={"prod"})
    (row,) = compare(now, previous, by=BY, blocks=NO_BLOCKS).to_dict("records")
    assert (row["verdict"], row["baseline"]) == ("insufficient", "none")


@pytest.mark.parametrize("by", [[], BY])
def test_nothing_in_nothing_out(day, by):
    """Nor is there a candidate."""
    empty = PERIOD_COUNTS.empty().assign(**{name: pd.Series(dtype="str") for name in by})
    now, previous = (Period(window=w, counts=empty) for w in (day, day.previous()))
    blocks = EPISODE_BLOCKS.empty().assign(**{name: pd.Series(dtype="str") for name in by})
    assert len(compare(now, previous, by=by, blocks=blocks)) == 0
    assert len(candidates(now, previous, by=by)) == 0


def test_a_frame_with_another_dtype_is_refused(day):
    """Counts are whole numbers."""
    broken = Period(window=day, counts=counts(a=1).astype({"failures": "float64"}))
    with pytest.raises(FrameError, match="PERIOD_COUNTS"):
        candidates(broken, broken, by=BY)


def test_candidates_are_those_that_would_change_without_bursts(day):
    """14 after 4 has 0.031, 12 after 4 has 0.077; what is too little is not tested."""
    now, previous = ({"a": 14, "b": 12, "c": 5}, {"a": 4, "b": 4})
    periods = [
        Period(window=window, counts=counts(**one), covered={"prod"})
        for window, one in zip((day, day.previous()), (now, previous), strict=True)
    ]
    assert candidates(*periods, by=BY)["workload"].tolist() == ["a"]
    assert LEAST_EPISODES == 6


@pytest.mark.parametrize(
    "name", ["no change: mixed", "a tenth triples", "1st week: a tenth triples"]
)
def test_no_verdict_depends_on_the_bursts_of_other_rows(name, monkeypatch):
    """With the dispersion of every row each verdict is what it is with that of candidates."""
    (scenario,) = (one for one in SCENARIOS if one.name == name)
    frames, p_values = [], []
    original = comparison.false_discovery_rates

    def remember(values):
        p_values.append(values)
        return original(values)

    monkeypatch.setattr(comparison, "false_discovery_rates", remember)
    for level in (comparison.CANDIDATE_P_VALUE, 1.0):
        monkeypatch.setattr(comparison, "CANDIDATE_P_VALUE", level)
        frames.append(simulate(scenario, 1))
    half = len(p_values) // 2
    assert frames[0] == frames[1] or np.isnan(frames[0].right)
    assert frames[0].shares == frames[1].shares
    for some, every in zip(p_values[:half], p_values[half:], strict=True):
        assert np.all(every >= some)
        assert np.any(every > some)  # they were not looked at before
        assert np.all(some[every > some] > 0.05)
        found = [false_discovery_rates(values) <= 0.05 for values in (some, every)]
        assert np.array_equal(*found)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=40))
def test_what_is_above_the_level_may_be_any_larger(pairs):
    """The q-values of at most 5 % stay the same, and no other falls to it: why candidates do."""
    some = np.array([p for p, _ in pairs])
    every = np.array([p if p <= 0.05 else max(p, more) for p, more in pairs])
    before, after = false_discovery_rates(some), false_discovery_rates(every)
    assert np.array_equal(before <= 0.05, after <= 0.05)
    sure = before <= 0.05
    assert after[sure] == pytest.approx(before[sure])

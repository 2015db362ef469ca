"""Verdicts against the period before, by hand and on simulated histories."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc
from scipy.stats import binom

from analytics.catalogue import Catalogue
from analytics.exposure import exposures
from analytics.frames import POINTS, TRENDS
from analytics.significance import exact_p_value
from analytics.trends import VERDICTS, covered_clusters, covered_weeks, trends
from analytics.window import Window
from tests.effort import examples

BY = ("workload",)
OF_CLUSTER = ("cluster", "workload")
LONG_AGO = {"time": "20 00:10", "type": "Normal", "reason": "Pulled"}
TODAY = {"time": "00:10", "type": "Normal", "reason": "Pulled"}


def hourly(count, day="", **columns):
    """Fail so many times, evenly over the day and at half past: as many episodes."""
    hours = [number * 24 // count for number in range(count)]
    return [{"time": f"{day} {hour:02}:30".strip()} | columns for hour in hours]


def failed(time, workload="checkout", **columns):
    """Fail once."""
    return {"time": time, "workload": workload} | columns


def verdicts(found):
    """Return the verdict of each workload."""
    return dict(zip(found["workload"], found["verdict"], strict=True))


def test_every_verdict(points, day):
    """20 after 2 episodes is p = 2 * 254 / 2**22 = 0.00012; 5 after 4 is no change.

    Without a week to learn from, nobody knows how days differ: neither is called a change.
    """
    now = points(
        *hourly(20, workload="worse"),
        *hourly(2, workload="better"),
        *hourly(5, workload="same"),
        *hourly(2, workload="few"),
        *hourly(1, workload="new"),
        *hourly(1, workload="again"),
    )
    before = points(
        LONG_AGO,
        *hourly(2, "20", workload="worse"),
        *hourly(20, "20", workload="better"),
        *hourly(4, "20", workload="same"),
        *hourly(3, "20", workload="few"),
        *hourly(1, "20", workload="gone"),
    )
    earlier = points(*(failed("10 12:00", workload) for workload in ("again", "gone", "other")))
    found = trends(now, before, day, by=BY, baseline_points=earlier, weeks_covered=[set()] * 4)
    assert verdicts(found) == {
        "worse": "insufficient",
        "better": "insufficient",
        "same": "steady",
        "few": "insufficient",
        "new": "new",
        "again": "regressed",
        "gone": "gone",
    }
    worse = found.set_index("workload").loc["worse"]
    assert worse["ratio"] == pytest.approx(10)
    assert worse["p_value"] == pytest.approx(2 * (231 + 22 + 1) / 2**22)
    # three rows are tested, and two of them have this p-value: 3 / 2 of it
    assert worse["q_value"] == pytest.approx(1.5 * worse["p_value"])
    assert found.set_index("workload").loc["new", ["ratio", "p_value"]].isna().all()
    assert set(found["verdict"]) <= set(VERDICTS)


def test_a_burst_is_one_episode(points, day):
    """Six hundred failures of one crash loop after six of another are no trend yet."""
    now = points({"previous_time": "01:00", "time": "02:00", "occurrences": 600})
    before = points(LONG_AGO, {"previous_time": "20 01:00", "time": "20 01:30", "occurrences": 6})
    found = trends(now, before, day, by=BY)
    assert found["verdict"].tolist() == ["insufficient"]
    assert (found["failures"][0], found["episodes"][0], found["ratio"][0]) == (600, 1, 100)


def test_many_more_failures_in_as_many_bursts_are_not_steady(points, day):
    """Four episodes of ten failures after four of one: nothing is proved, and nothing is steady."""
    now = points(*(row | {"occurrences": 10} for row in hourly(4)))
    found = trends(now, points(LONG_AGO, *hourly(4, "20")), day, by=BY)
    assert found["p_value"][0] == 1
    assert found["verdict"].tolist() == ["insufficient"]


def test_bursty_episodes_weigh_less(points, day):
    """Twelve in two hours have a dispersion of (60 + 4) / 10, and count as 1.9, two as 0.3."""
    start = day.start + pd.Timedelta(hours=1)
    now = points(*({"time": start + pd.Timedelta(minutes=11 * n)} for n in range(12)))
    found = trends(now, points(LONG_AGO, *hourly(2, "20")), day, by=BY)
    assert (found["episodes"][0], found["previous_episodes"][0]) == (12, 2)
    assert found["p_value"][0] == pytest.approx(2 * betainc(12 / 6.4, 2 / 6.4 + 1, 0.5))
    assert exact_p_value(np.array([12]), np.array([2]), 0.5)[0] < 0.05


def test_rates_are_compared_not_counts(points):
    """Ten on a day of 25 hours after ten on one of 24 is a ratio of 24 / 25."""
    window = Window.daily(pd.Timestamp("2026-10-26T08:00Z").to_pydatetime(), "Europe/Berlin")
    hours = [pd.Timedelta(hours=hour) for hour in range(10)]
    now = points(*({"time": window.start + hour} for hour in hours))
    before = points(*({"time": window.previous().start + hour} for hour in hours))
    found = trends(now, before, window, by=BY)
    assert found["ratio"][0] == pytest.approx(24 / 25)
    assert found["verdict"].tolist() == ["steady"]


def test_without_a_covered_period_nothing_is_told(points, day):
    """Data that begin at 02:00 miss more than 5 % of the day; nobody knows what is new."""
    early, late = LONG_AGO, LONG_AGO | {"time": "20 02:00"}
    for first, verdict in ((early, "new"), (late, "insufficient")):
        found = trends(points(*hourly(9)), points(first), day, by=BY)
        assert found["verdict"].tolist() == [verdict]
    assert covered_clusters(points(TODAY), points(late), day) == set()
    assert covered_clusters(points(TODAY), points(late), day, known_before={"prod"}) == {"prod"}


def test_a_cluster_that_fell_silent_has_nothing_gone(points, day):
    """No data is not no failures."""
    before = points(LONG_AGO, *hourly(3, "20"))
    assert trends(points(), before, day, by=BY)["verdict"].tolist() == ["insufficient"]
    assert trends(points(TODAY), before, day, by=BY)["verdict"].tolist() == ["gone"]


def test_each_cluster_has_its_own_cover(points, day):
    """A cluster that is new does not make the other's trends uncertain, unless they are added."""
    now = points({"time": "01:00", "cluster": "old"}, {"time": "01:00", "cluster": "young"})
    before = points(LONG_AGO | {"cluster": "old"})
    found = trends(now, before, day, by=("cluster", "workload"))
    assert found["verdict"].tolist() == ["new", "insufficient"]
    assert trends(now, before, day, by=BY)["verdict"].tolist() == ["insufficient"]


def test_half_a_day_is_not_half_the_failures(points, spans, day):
    """Twelve in twelve watched hours after 24 in a day are steady, 24 after 24 are twice as many.

    p = 12 / 36: 24 or more of 48 have 0.0133 on one side; 12 of 36 are what is expected.
    """
    watch = spans(("watched", "19 00:00", "12:00"), ("gap", "12:00", "22 00:00"))
    exposed = exposures(watch, day)
    before = points(*hourly(24, "20"))
    half = [row for row in hourly(24) if row["time"] < "12:00"]
    steady = trends(points(*half), before, day, by=OF_CLUSTER, exposed=exposed)
    assert steady["verdict"].tolist() == ["steady"]
    assert steady["ratio"].tolist() == pytest.approx([1])
    again = [{"time": row["time"].replace(":30", ":10")} for row in half]
    twice = trends(points(*half, *again), before, day, by=OF_CLUSTER, exposed=exposed)
    assert twice["ratio"].tolist() == pytest.approx([2])
    assert twice["p_value"].tolist() == pytest.approx([2 * binom.sf(23, 48, 1 / 3)])
    assert twice["verdict"].tolist() == ["insufficient"]  # no week tells how days differ


def test_episodes_of_a_gap_are_shown_and_not_tested(points, spans, day):
    """What is known of the time that nobody watched is some part of it."""
    watch = spans(("watched", "19 00:00", "12:00"), ("gap", "12:00", "22 00:00"))
    before, now = points(*hourly(24, "20")), points(*hourly(24))
    found = trends(now, before, day, by=OF_CLUSTER, exposed=exposures(watch, day))
    assert found["episodes"].tolist() == found["failures"].tolist() == [24]
    assert found["ratio"].tolist() == pytest.approx([1])


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([("watched", "19 00:00", "22 00:00")], "gone"),
        ([("watched", "19 00:00", "23:51")], "gone"),
        ([("watched", "19 00:00", "23:00")], "insufficient"),
        ([("watched", "19 00:00", "23:00"), ("gap", "23:00", "22 00:00")], "insufficient"),
        ([("watched", "19 00:00", "23:00"), ("recovered", "23:00", "22 00:00")], "gone"),
    ],
)
def test_gone_needs_a_watched_window(points, spans, day, rows, verdict):
    """No failures in what was not watched is no news, good or bad."""
    exposed = exposures(spans(*rows), day)
    found = trends(points(), points({"time": "20 10:00"}), day, by=OF_CLUSTER, exposed=exposed)
    assert found["verdict"].tolist() == [verdict]


@pytest.mark.parametrize(("since", "verdict"), [("20 04:00", "new"), ("20 06:00", "insufficient")])
def test_new_needs_a_watched_baseline(points, spans, day, since, verdict):
    """At least 80 % of the day before; occurrences of before do not make up for it."""
    exposed = exposures(spans(("watched", since, "22 00:00")), day)
    before = points(LONG_AGO, {"time": "20 03:00", "workload": "old"})
    found = trends(points({"time": "01:00"}), before, day, by=OF_CLUSTER, exposed=exposed)
    assert verdicts(found) == {"checkout": verdict}


def test_without_clusters_all_have_to_be_watched_all_the_time(points, spans, day):
    """Hours of different clusters cannot be added."""
    now, before = points(*hourly(9)), points(*hourly(9, "20"))
    for end, verdict in (("22 00:00", "steady"), ("12:00", "insufficient")):
        exposed = exposures(spans(("watched", "19 00:00", end)), day)
        found = trends(now, before, day, by=BY, exposed=exposed)
        assert found["verdict"].tolist() == [verdict]


def test_what_does_not_count_is_no_trend(points, day):
    """Suspect points and noise have no row; the catalogue of the user decides."""
    now = points(TODAY, {"time": "01:00", "counted": False, "suspect": True})
    before = points(LONG_AGO)
    assert len(trends(now, before, day, by=BY)) == 0
    louder = Catalogue.load().with_overrides([{"reason": "Pulled", "meaning": "failure"}])
    assert len(trends(now, before, day, by=BY, catalogue=louder)) == 1


@pytest.mark.parametrize("by", [(), ("reason",), ("cluster", "host")])
def test_nothing_in_nothing_out(points, day, by):
    """An empty answer has every column with its type."""
    found = trends(points(), points(), day, by=by)
    assert len(TRENDS.check(found)) == 0
    assert found.columns.tolist()[: len(by)] == list(by)


def test_all_together_is_one_row(points, day):
    """Without grouping columns."""
    found = trends(points(*hourly(3)), points(LONG_AGO, *hourly(3, "20")), day, by=())
    assert found[["failures", "previous_failures", "verdict"]].to_numpy().tolist() == [
        [3, 3, "steady"]
    ]


def test_commands_start_without_statistics():
    """Loading scipy.stats would cost every command more than a second."""
    code = "import sys, analytics.assemble; sys.exit('scipy.special' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=False)
    assert found.returncode == 0


def weeks_before(start, hours, **columns):
    """Fail at these hours of each of the four same weekdays before a day."""
    return [
        failed(start - pd.Timedelta(days=7 * week) + pd.Timedelta(hours=hour), **columns)
        for week in (1, 2, 3, 4)
        for hour in hours
    ]


def test_a_monday_is_no_rise_after_a_sunday(points, day):
    """Twenty after two, and twenty in each of the four weeks: as always on this weekday."""
    hours = [number * 1.2 for number in range(20)]
    earlier = points(*weeks_before(day.start, hours), LONG_AGO)
    now, before = points(*hourly(20)), points(LONG_AGO, *hourly(2, "20"))
    assert trends(now, before, day, by=BY)["verdict"].tolist() == ["insufficient"]
    (row,) = trends(now, before, day, by=BY, baseline_points=earlier).to_dict("records")
    assert (row["verdict"], row["baseline"], row["weeks"]) == ("steady", "both", 4)
    assert (row["weekday_failures"], row["weekday_episodes"], row["ratio"]) == (20, 20, 10)


def test_a_level_of_yesterday_is_no_rise(points, day):
    """Twenty after twenty is no change, whatever it was in the weeks before."""
    earlier = points(*weeks_before(day.start, [3, 15]), *hourly(20, "20"))
    found = trends(points(*hourly(20)), points(LONG_AGO, *hourly(20, "20")), day, by=BY,
                   baseline_points=earlier)  # fmt: skip
    assert found["verdict"].tolist() == ["steady"]
    assert found["weekday_failures"].tolist() == [2]


def test_a_rise_against_both(points, day):
    """Twenty after two, and two in each week, with a workload that tells how days differ."""
    steady = {"workload": "steady"}
    hours = [number * 1.2 for number in range(20)]
    earlier = points(
        *weeks_before(day.start, [3, 15]), *weeks_before(day.start, hours, **steady), LONG_AGO
    )
    now = points(*hourly(20), *hourly(20, **steady))
    before = points(LONG_AGO, *hourly(2, "20"), *hourly(20, "20", **steady))
    found = trends(now, before, day, by=BY, baseline_points=earlier)
    assert verdicts(found) == {"checkout": "rising", "steady": "steady"}
    assert found["p_value"][0] > 2 * (231 + 22 + 1) / 2**22  # that of yesterday alone
    back = trends(
        points(*hourly(2), *hourly(20, **steady)),
        points(LONG_AGO, *hourly(20, "20"), *hourly(20, "20", **steady)),
        day,
        by=BY,
        baseline_points=points(
            *weeks_before(day.start, hours), *weeks_before(day.start, hours, **steady), LONG_AGO
        ),
    )
    assert verdicts(back) == {"checkout": "falling", "steady": "steady"}


@pytest.mark.parametrize(
    ("earlier", "verdict"),
    [
        ([], "new"),
        (["10 12:00"], "regressed"),
        (["20 12:00"], "new"),  # not of this workload
        (["07 12:00", "14 12:00"], "insufficient"),  # also failed on this weekday last week
    ],
)
def test_what_comes_back(points, day, earlier, verdict):
    """What failed in the four weeks is not new, and what failed a week ago was not gone."""
    rows = [failed(time, "other" if time.startswith("20") else "checkout") for time in earlier]
    long_ago = {"time": day.start - pd.Timedelta(days=28), "type": "Normal", "reason": "Pulled"}
    found = trends(points(*hourly(1)), points(LONG_AGO), day, by=BY,
                   baseline_points=points(long_ago, *rows))  # fmt: skip
    assert found["verdict"].tolist() == [verdict]
    assert found["weeks"].tolist() == [4]


def test_fewer_weeks_are_said_to_be_fewer(points, day):
    """Data since the 10th cover one Saturday; nothing is insufficient because of that."""
    first = {"time": "10 00:00", "type": "Normal", "reason": "Pulled"}
    (row,) = trends(points(*hourly(1)), points(LONG_AGO), day, by=BY,
                    baseline_points=points(first)).to_dict("records")  # fmt: skip
    assert (row["verdict"], row["weeks"], row["baseline"]) == ("new", 1, "both")
    assert (row["weekday_failures"], row["weekday_episodes"]) == (0, 0)
    (row,) = trends(points(*hourly(1)), points(LONG_AGO), day, by=BY).to_dict("records")
    assert (row["verdict"], row["weeks"], row["baseline"]) == ("new", 0, "previous")
    assert np.isnan(row["weekday_failures"])


def test_the_weeks_alone_decide_after_a_day_that_nobody_watched(points, spans, day):
    """Twenty after two in each of four Saturdays: rising, but who knows whether it is new."""
    watch = spans(("watched", "01 00:00", "20 00:00"), ("gap", "20 00:00", "21 00:00"),
                  ("watched", "21 00:00", "22 00:00"))  # fmt: skip
    exposed = exposures(watch, day, weeks=day.baseline())
    steady, hours = {"workload": "steady"}, [number * 1.2 for number in range(20)]
    rows = [*weeks_before(day.start, [3, 15]), *weeks_before(day.start, hours, **steady)]
    now = points(*hourly(20), *hourly(20, **steady), *hourly(1, workload="unknown"))
    found = trends(now, points(), day, by=OF_CLUSTER, exposed=exposed,
                   baseline_points=points(*rows))  # fmt: skip
    assert verdicts(found) == {"checkout": "rising", "steady": "steady", "unknown": "insufficient"}
    assert found["weeks"].tolist() == [2, 2, 2]  # the watch began on the 1st
    assert set(found["baseline"]) == {"weeks"}


def test_covered_weeks_are_those_that_the_data_reach(points, spans, day):
    """Imported data since 7 November 01:00 hold two Saturdays, those since 02:00 one."""
    for time, reached in (("07 01:00", [1, 1, 0, 0]), ("07 02:00", [1, 0, 0, 0])):
        found = covered_weeks(points(TODAY), points({"time": time}), day)
        assert [len(clusters) for clusters in found] == reached
    assert covered_weeks(points(), points({"time": "07 01:00"}), day) == (set(),) * 4
    known = covered_weeks(points(TODAY), points(), day, known_before={"prod"})
    assert known == ({"prod"},) * 4
    watch = spans(("watched", "07 05:00", "22 00:00"))  # 19 of 24 hours are not enough
    exposed = exposures(watch, day, weeks=day.baseline())
    assert covered_weeks(points(), points(), day, exposed=exposed) == ({"prod"}, *(set(),) * 3)
    assert covered_weeks(points(), points(), day, exposed=exposures(watch, day)) == (set(),) * 4


def test_half_of_a_saturday_is_not_half_of_the_failures(points, spans, day):
    """Twenty of twenty hours, as many as in 24, are a mean of 24; one began in the gap."""
    watch = spans(("watched", "13 00:00", "14 20:00"), ("gap", "14 20:00", "15 00:00"),
                  ("watched", "15 00:00", "22 00:00"))  # fmt: skip
    exposed = exposures(watch, day, weeks=day.baseline())
    rows = [failed(f"14 {hour:02}:30") for hour in range(21)]
    found = trends(points(*hourly(24)), points(*hourly(24, "20")), day, by=OF_CLUSTER,
                   exposed=exposed, baseline_points=points(*rows))  # fmt: skip
    assert found["weekday_failures"].tolist() == pytest.approx([24])
    assert found["weeks"].tolist() == [1]


def test_all_clusters_have_to_be_covered_in_a_week(points, day):
    """Without the column cluster, a week counts where every cluster of the periods reaches it."""
    long_ago = {"time": day.start - pd.Timedelta(days=28), "reason": "Pulled", "type": "Normal"}
    now = points(*hourly(1), *hourly(1, cluster="young"))
    before = points(LONG_AGO, LONG_AGO | {"cluster": "young"})
    earlier = [long_ago, {"time": "13 00:00", "cluster": "young"}]
    found = trends(now, before, day, by=("reason",), baseline_points=points(*earlier))
    assert found["weeks"].tolist() == [1]
    alone = trends(points(*hourly(1)), points(LONG_AGO), day, by=("reason",),
                   baseline_points=points(*earlier))  # fmt: skip
    assert alone["weeks"].tolist() == [4]


def test_a_weekly_report_counts_its_previous_week_among_the_four(points):
    """Seven a week, a day each: steady against both."""
    window = Window.weekly(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")

    def rows(week):
        start = window.start - pd.Timedelta(weeks=week)
        return [failed(start + pd.Timedelta(days=day)) for day in range(7)]

    found = trends(points(*rows(0)), points(*rows(1)), window, by=BY,
                   baseline_points=points(*rows(1), *rows(2), *rows(3), *rows(4)))  # fmt: skip
    (row,) = found.to_dict("records")
    assert (row["verdict"], row["weeks"], row["weekday_failures"]) == ("steady", 4, 7)


@settings(max_examples=examples(6), deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2879)), max_size=60))
def test_swapping_the_periods_swaps_the_verdicts(points, day, failures):
    """New and gone, rising and falling are mirror images."""
    start = day.previous().start

    def both_ways(moved):
        times = [(w, start + pd.Timedelta(minutes=(m + moved) % 2880)) for w, m in failures]
        rows = [{"workload": workload, "time": time} for workload, time in times]
        now = [row for row in rows if row["time"] >= day.start]
        before = [row for row in rows if row["time"] < day.start]
        return verdicts(trends(points(*now), points(*before), day, by=BY, covered={"prod"}))

    mirror = {"new": "gone", "gone": "new", "rising": "falling", "falling": "rising"}
    swapped = {w: mirror.get(verdict, verdict) for w, verdict in both_ways(1440).items()}
    assert both_ways(0) == swapped


def history(random, workloads, draw, start):
    """Make a POINTS frame in which each workload fails at the hours that *draw* gives."""
    hours = [draw(random) for _ in range(workloads)]
    number = np.repeat(np.arange(workloads), [len(one) for one in hours])
    times = pd.to_datetime(start) + pd.to_timedelta(np.concatenate(hours), unit="h")
    rows = POINTS.empty().reindex(range(len(number)))
    texts = {c.name: "x" for c in POINTS.columns if c.dtype in {"category", "str"}}
    frame = rows.assign(**texts | {"counted": True, "suspect": False, "skewed": False})
    frame = frame.assign(
        occurrences=1, time=times, birth=times, workload=number.astype(str),
        type="Warning", reason="BackOff", cluster="prod",
    )  # fmt: skip
    return frame.astype({column.name: column.dtype for column in POINTS.columns})


def steady(rate_per_hour):
    """Fail at random, without memory."""
    return lambda random: random.uniform(0, 24, random.poisson(24 * rate_per_hour))


def bursts(a_day, failures, gap_minutes):
    """Fail in bursts, whose failures are about *gap_minutes* apart."""

    def draw(random):
        starts = random.uniform(0, 24, random.poisson(a_day))
        lengths = random.geometric(1 / failures, len(starts))
        gaps = [random.exponential(gap_minutes / 60, length) for length in lengths]
        hours = [start + np.cumsum(gap) for start, gap in zip(starts, gaps, strict=True)]
        found = np.concatenate([np.array([]), *hours])
        return found[found < 24]

    return draw


def simulated(now, before, day, workloads=300):
    """Return the share of each verdict over many workloads."""
    random = np.random.default_rng(20261121)
    frames = (
        history(random, workloads, now, day.start),
        history(random, workloads, before, day.previous().start),
    )
    found = trends(*frames, day, by=BY, covered={"prod"})
    return found["verdict"].value_counts(normalize=True)


@pytest.mark.parametrize(
    "draw",
    [steady(0.3), steady(1), bursts(4, 20, 3), bursts(4, 20, 8), bursts(8, 10, 12)],
)
def test_where_nothing_changed_few_trends_are_claimed(day, draw):
    """At most 5 % of the workloads are called rising or falling, bursty or not."""
    share = simulated(draw, draw, day)
    assert share.get("rising", 0) + share.get("falling", 0) <= 0.05

"""Every figure of a digest, and that they add up."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.assemble import build_digest
from analytics.catalogue import Catalogue
from analytics.daily import day_edges
from analytics.frames import MESSAGES, POINTS
from analytics.grouping import PROBLEM
from analytics.language import language, speaking
from analytics.source import PointSource
from analytics.verdict import title_of, verdict_of
from analytics.window import Window
from tests.effort import examples

ZONE = ZoneInfo("Europe/Berlin")  # one hour ahead of UTC in November


def no_messages(_):
    """Know no message."""
    return MESSAGES.empty()


def build(points, previous, window, *, older=None, **changed):
    """Build a digest of two periods with a version, without messages and older points."""
    frames = [points, previous, POINTS.empty() if older is None else older]
    categories = [c.name for c in POINTS.columns if c.dtype == "category"]
    joined = pd.concat([frame.astype(dict.fromkeys(categories, "str")) for frame in frames])
    source = PointSource(joined.astype({c.name: c.dtype for c in POINTS.columns}))
    arguments = {"messages": no_messages, "rejected": 0, "version": "1.2"} | changed
    return build_digest(source, window, **arguments)


def texts(keys, *messages, **columns):
    """Make a MESSAGES frame: each message for each key, once and newest first."""
    common = {"component": "kubelet", "type": "Warning", "object_namespace": "shop", "object": "x"}
    rows = keys.merge(pd.DataFrame({"message": messages}), how="cross")
    frame = rows.assign(**common | {"occurrences": 1, "host": "", "labels": ""} | columns)
    return frame.astype({column.name: column.dtype for column in MESSAGES.columns})


@pytest.fixture
def days(points, window):
    """Make points of failures at the starts of days, from (day number, cluster, failures)."""
    edges = day_edges(window)

    def made(*rows):
        return points(
            *(
                {"time": edges[day].to_pydatetime(), "cluster": cluster, "occurrences": failures}
                for day, cluster, failures in rows
            )
        )

    return made


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
    """Return the day before with 32 failures, and an event of its first hour."""
    return points(
        {"previous_time": "20 09:00", "time": "20 10:00", "occurrences": 32},
        {"time": "19 23:30", "type": "Normal", "reason": "Pulled"},
    )


def test_a_digest_holds_english(points, window, saturday):
    """It is built for programs; whoever shows it says it again in the language of its reader."""
    english = build(saturday, POINTS.empty(), window)
    assert english.title == "Daily digest for Saturday 21 November 2026"
    with speaking(language("zh")):
        assert build(saturday, POINTS.empty(), window) == english
        assert title_of(english) == "2026年11月21日（星期六）日报"
        assert verdict_of(english) == (
            "prod：3 个工作负载共 64 次失败，前一天无数据。"
            "建议先看 shop/Deployment cart，BackOff（2 次）。"
        )


def test_the_figures_of_a_day(saturday, friday, window):
    """Worked out by hand; 22:50 UTC is ten minutes before midnight in Berlin."""
    digest = build(saturday, friday, window, top=2)
    assert digest.verdict == (
        "prod: 64 failures in 3 workloads, up 100 % on the day before. "
        "Look first at shop/Deployment cart, BackOff (2)."
    )
    assert (digest.state, digest.clusters, digest.period) == ("failures", ("prod",), "2026-11-21")
    assert (digest.failures, digest.previous_failures, digest.workloads) == (64, 32, 3)
    assert digest.episodes == 4
    assert (digest.residual.rows, digest.residual.failures) == (2, 2)
    cart, checkout = digest.rows  # new and latest before busy and long over
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
    """The reader of messages gets the keys of two rows and may know only one."""
    asked = []

    def read(keys):
        asked.append(keys.copy())
        return texts(keys.iloc[[1]], "<b>Back-off</b>", "older")

    digest = build(saturday, friday, window, top=2, messages=read)
    assert [keys.columns.tolist() for keys in asked] == [list(PROBLEM)]
    assert [row.message for row in digest.rows] == ["", "<b>Back-off</b>"]


def test_trends_of_rows_and_what_is_gone(points, window, days):
    """Covered since Thursday, checkout goes on, cart is new, and the busiest of three are gone."""
    gone = {"a": 5, "b": 3, "c": 1}
    saturday = points({"time": "12:00"}, {"time": "12:00", "workload": "cart", "occurrences": 2})
    friday = points(
        {"time": "20 12:00"},
        *({"time": "20 12:00", "workload": w, "occurrences": n} for w, n in gone.items()),
    )
    digest = build(saturday, friday, window, top=2, older=days((27, "prod", 4)))
    assert [(row.name, row.trend, row.previous_failures) for row in digest.rows] == [
        ("cart", "new", 0),
        ("checkout", "insufficient", 1),
    ]
    assert [(row.name, row.previous_failures) for row in digest.gone] == [("a", 5), ("b", 3)]
    assert (digest.gone_residual.rows, digest.gone_residual.failures) == (1, 1)
    assert [day.failures for day in digest.daily] == [None] * 27 + [4, 10, 3]
    first_day = build(saturday, points(), window)
    assert {(row.trend, row.previous_failures) for row in first_day.rows} == {
        ("insufficient", None)
    }
    assert first_day.gone == ()


def test_a_young_cluster_beside_an_old_one(points, window):
    """What was not seen before is not called 0 before."""
    saturday = points({"time": "12:00"}, {"time": "12:00", "cluster": "young"})
    friday = points({"time": "19 23:10"})
    rows = {row.cluster: row for row in build(saturday, friday, window).rows}
    assert (rows["prod"].trend, rows["prod"].previous_failures) == ("insufficient", 1)
    assert (rows["young"].trend, rows["young"].previous_failures) == ("insufficient", None)


def test_a_day_before_that_is_partly_known_gives_no_ratio(points, window, days):
    """Data since noon of the day before; an event of an earlier day would vouch for the rest."""
    saturday = points({"time": "12:00", "occurrences": 64})
    friday = points({"time": "20 12:00", "occurrences": 12})
    digest = build(saturday, friday, window)
    assert (digest.comparable, digest.silent) == (False, ())
    assert digest.verdict.startswith(
        "prod: 64 failures in 1 workload (12 the day before, of which not all is known). Look"
    )
    older = build(saturday, friday, window, older=days((27, "prod", 1)))
    assert older.comparable
    assert ", up 433 % on the day before." in older.verdict


def test_one_young_cluster_makes_the_totals_incomparable(points, window):
    """The old one is known for the whole day before, the young one is not."""
    saturday = points({"time": "12:00"}, {"time": "12:00", "cluster": "young"})
    friday = points({"time": "19 23:10"})
    assert not build(saturday, friday, window).comparable
    assert build(saturday.iloc[:1], friday, window).comparable


def test_a_cluster_without_an_event_now_is_silent(points, window, days):
    """Known from the day before, or from any of the days up to the window."""
    saturday = points({"time": "12:00"})
    friday = points({"time": "19 23:10"}, {"time": "19 23:10", "cluster": "beta"})
    digest = build(saturday, friday, window)
    assert (digest.clusters, digest.silent, digest.comparable) == (("prod",), ("beta",), False)
    assert "(2 the day before). No data from beta. Look first at shop/" in digest.verdict
    assert digest.rows[0].kubectl.startswith("kubectl --context prod ")
    long_ago = build(saturday, friday.iloc[:1], window, older=days((3, "old", 1)))
    assert (long_ago.silent, long_ago.comparable) == (("old",), True)
    assert long_ago.rows[0].kubectl.startswith("kubectl --context prod ")
    assert build(points(), friday, window).silent == ("beta", "prod")


def test_an_implausible_count_is_no_silence(points, window):
    """A cluster with nothing but a set aside point was heard."""
    saturday = points({"time": "12:00"}, {"time": "12:00", "cluster": "b", "counted": False})
    friday = points({"time": "19 23:10", "cluster": "b"})
    assert build(saturday, friday, window).silent == ()


def test_messages_are_folded_for_rows_that_have_several(saturday, friday, window):
    """Cart has a group of two nodes and one of its own; checkout's one message is on its row."""

    def read(keys):
        several = texts(keys.iloc[[0]], "no disk on node-1", "no disk on node-2", "other")
        harmless = texts(keys.iloc[[0]], "all fine", type="Normal", reason="Pulled")
        return pd.concat([several, harmless, texts(keys.iloc[[1]], "one")], ignore_index=True)

    digest = build(saturday, friday, window, top=2, messages=read)
    assert [(group.name, group.pattern, group.failures) for group in digest.messages] == [
        ("cart", "no disk on *", 2),
        ("cart", "other", 1),
    ]
    assert digest.messages[0].values == (("node-1", 1), ("node-2", 1))
    assert [row.message for row in digest.rows] == ["no disk on node-1", "one"]


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


@settings(max_examples=examples(2), deadline=None)
@given(st.lists(row, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(points, day, rows, random):
    """The same points in another order, with other categories, give an equal digest."""
    frame = points(*rows)
    order = list(range(len(frame)))
    random.shuffle(order)
    shuffled = frame.iloc[order].reset_index(drop=True)
    for column in ("cluster", "workload", "reason", "type"):
        shuffled[column] = shuffled[column].astype("str").astype("category")
    assert build(frame, points(), day) == build(shuffled, points(), day)


def test_a_day_with_a_gap_reads_differently(saturday, friday, spans, window):
    """The verdict names it, the number before stands without a ratio, and nothing is gone."""
    watch = spans(
        ("watched", "18 00:00", "02:10"),
        ("gap", "02:10", "06:45"),
        ("watched", "06:45", "22 08:00"),
    )
    digest = build(saturday, friday, window, spans=watch)
    assert digest.verdict == (
        "prod: 64 failures in 3 workloads (32 the day before). prod was not watched 03:10–07:45. "
        "Look first at shop/Deployment cart, BackOff (2)."
    )
    assert (digest.comparable, digest.quality.coverage) == (False, "partial")
    assert build(saturday.iloc[1:], friday, window, spans=watch).gone == ()
    whole = spans(("watched", "18 00:00", "22 08:00"))
    assert [row.name for row in build(saturday.iloc[1:], friday, window, spans=whole).gone] == [
        "checkout"
    ]


def test_a_watched_day_without_an_event_is_quiet(points, spans, window):
    """No failures and no data never look alike."""
    whole = build(points(), points(), window, spans=spans(("watched", "18 00:00", "22 08:00")))
    assert (whole.state, whole.clusters, whole.previous_failures) == ("quiet", ("prod",), 0)
    assert whole.verdict == "prod: no failures. 0 events seen. Watched the whole day."
    assert [day.failures for day in whole.daily] == [None] * 26 + [0] * 4
    rows = (("watched", "18 00:00", "20 08:00"), ("gap", "20 08:00", "22 08:00"))
    nothing = build(points(), points(), window, spans=spans(*rows))
    assert (nothing.state, nothing.clusters) == ("no data", ())
    assert nothing.verdict.endswith("no failures. prod was not watched 00:00–24:00.")


def test_the_first_day_of_a_watch(points, spans, window):
    """What the first list brought is in the totals, apart, and no base of anything.

    One occurrence every 14.4 minutes: 42 in the window, of them 37 before 08:00 UTC.
    """
    old = {"birth": "20 09:00", "time": "09:00", "occurrences": 101, "name": "old"}
    frame = points(old, {"time": "12:00", "workload": "cart"})
    digest = build(frame, points(), window, spans=spans(("watched", "08:00", "22 08:00")))
    (prod,) = digest.quality.covered
    assert digest.failures == 42 + 1
    assert prod.earlier == 37
    assert (digest.previous_failures, digest.gone) == (None, ())
    assert {(row.trend, row.previous_failures) for row in digest.rows} == {("insufficient", None)}
    assert "prod has been watched since 09:00." in digest.verdict


def test_a_row_from_before_the_watch_only_is_not_tested(points, spans, window):
    """Not one of its episodes was seen, which is nothing to divide by."""
    frame = points({"time": "03:00"}, {"time": "12:00", "workload": "cart"})
    digest = build(frame, points(), window, spans=spans(("watched", "08:00", "22 08:00")))
    assert [(row.name, row.trend) for row in digest.rows] == [
        ("cart", "insufficient"),
        ("checkout", "insufficient"),
    ]


def test_half_a_day_before_is_neither_a_number_nor_no_data(points, spans, window):
    """Watched since noon of the day before, without an event by its end."""
    watch = spans(("watched", "20 11:00", "22 08:00"))
    digest = build(points({"time": "12:00"}), points(), window, spans=watch)
    assert digest.previous_failures is None
    assert digest.verdict.startswith(
        "prod: 1 failure in 1 workload, too little known of the day before. Look"
    )


def test_the_second_day_of_a_watch(points, spans, window):
    """Watched since 02:00 of the day before, which is enough; what is older is left out of it."""
    friday = points({"time": "19 23:30", "occurrences": 50}, {"time": "20 12:00"})
    watch = spans(("watched", "20 01:00", "22 08:00"))
    digest = build(points({"time": "12:00", "workload": "cart"}), friday, window, spans=watch)
    assert digest.previous_failures == 1
    assert [(row.name, row.trend) for row in digest.rows] == [("cart", "new")]
    assert [(gone.name, gone.previous_failures) for gone in digest.gone] == [("checkout", 1)]


def test_a_watched_cluster_has_no_silences(points, spans, window):
    """Hours without an event are known to have had none."""
    times = [f"{hour:02}:{minute:02}" for hour in (0, 1, 2, 9, 10) for minute in range(0, 60, 3)]
    frame = points(*({"time": time, "type": "Normal", "reason": "Pulled"} for time in times))
    assert len(build(frame, points(), window).quality.silences) == 1
    watch = spans(("watched", "18 00:00", "22 08:00"))
    assert build(frame, points(), window, spans=watch).quality.silences == ()


@pytest.mark.parametrize(
    ("horizon", "estimated"),
    [("20 00:00", 0), ("00:30", 0), ("02:00", 2), ("02:31", 5), ("22 00:00", 5)],
)
def test_edges_before_the_horizon_are_estimates(points, at, horizon, estimated):
    """From 00:30 to 02:45: two before 01:00 and three after 02:00 are known by the hour only."""
    frame = points(
        {"previous_time": "00:30", "time": "00:50", "occurrences": 2},
        {"time": "01:30", "occurrences": 1},
        {"previous_time": "02:00", "time": "02:30", "occurrences": 3},
        {"time": "02:50"},
    )
    source = PointSource(frame)
    window = Window.between(at("00:30"), at("02:45"), "UTC")
    arguments = {"messages": no_messages, "rejected": 0, "version": "1.2"}
    assert build_digest(source, window, **arguments).quality.approximate == 0
    source.horizon = at(horizon)
    assert build_digest(source, window, **arguments).quality.approximate == estimated

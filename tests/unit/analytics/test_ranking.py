"""The order in which failures are shown, by hand-worked parts."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.catalogue import ROLES, Catalogue
from analytics.errors import FrameError
from analytics.frames import FREQUENCY, RANKING
from analytics.grouping import PROBLEM
from analytics.ranking import CAUSE, PARTS, WORSE, ranking
from analytics.trends import VERDICTS
from tests.effort import examples

ROW = {
    "cluster": "prod",
    "namespace": "shop",
    "workload_kind": "Deployment",
    "workload": "api",
    "reason": "FailedMount",
    "failures": 24,
    "episodes": 1,
    "objects": 1,
    "first": "2026-11-21T00:00Z",
    "last": "2026-11-21T12:00Z",
    "rate_per_hour": 1.0,
    "mean_time_between_failures": np.nan,
    "share": 0.5,
}


def frequency(*rows, by=PROBLEM):
    """Build a FREQUENCY frame from rows of what differs."""
    columns = [*by, *(column.name for column in FREQUENCY.columns)]
    frame = pd.DataFrame([ROW | row for row in rows], columns=columns)
    times = {name: pd.to_datetime(frame[name], utc=True) for name in ("first", "last")}
    dtypes = dict.fromkeys(by, "str") | {column.name: column.dtype for column in FREQUENCY.columns}
    return FREQUENCY.check(frame.assign(**times).astype(dtypes))


def parts(row, verdict=None, **options):
    """Return the five parts of one row."""
    verdicts = None if verdict is None else pd.Series([verdict])
    [found] = ranking(frequency(row), verdicts=verdicts, **options).to_dict("records")
    return {name: found[name] for name in PARTS}


def test_the_score_is_the_mean_of_its_parts():
    """New, on 4 objects, 3 an hour, 20 minutes before the newest: (1 + 3/4 + 1 + 3/4 + 1/3) / 5."""
    rows = [
        {"objects": 4, "rate_per_hour": 3.0, "last": "2026-11-21T11:40Z"},
        {"workload": "web", "reason": "Unhealthy"},
    ]
    found = ranking(frequency(*rows), verdicts=pd.Series(["new", "steady"]))
    assert found["workload"].tolist() == ["api", "web"]
    assert found.loc[0, list(PARTS)].tolist() == [1, 0.75, 1, 0.75, pytest.approx(1 / 3)]
    assert found.loc[1, list(PARTS)].tolist() == [0, 0, 0, 0.5, 1]
    assert found["score"].tolist() == pytest.approx([(3.5 + 1 / 3) / 5, 0.3])


@pytest.mark.parametrize(
    ("reason", "kind", "cause", "spread"),
    [
        ("FailedMount", "Deployment", 1, 0),
        ("Unhealthy", "Deployment", 0, 0),
        ("OfOurOwn", "Deployment", 0.5, 0),
        ("NodeNotReady", "Node", 1, 1),
        ("NodeNotReady", "Deployment", 0, 0),
        ("OOMKilling", "Node", 1, 0),
        ("BackOff", "Node", 1, 0),
    ],
)
def test_a_cause_goes_before_its_symptoms(reason, kind, cause, spread):
    """A node that does not work reaches all that runs there; a crash of a static pod does not."""
    found = parts({"reason": reason, "workload_kind": kind})
    assert (found["cause"], found["spread"]) == (cause, spread)


def test_the_configuration_decides_what_is_a_cause():
    """A node of the spot market comes and goes; a reason of one's own may stop everything."""
    rules = [
        {"reason": "NodeNotReady", "meaning": "failure", "role": "symptom"},
        {"reason": "OfOurOwn", "meaning": "failure", "role": "cause"},
    ]
    catalogue = Catalogue.load().with_overrides(rules)
    node = parts({"reason": "NodeNotReady", "workload_kind": "Node"}, catalogue=catalogue)
    assert (node["cause"], node["spread"]) == (0, 0)
    assert parts({"reason": "OfOurOwn"}, catalogue=catalogue)["cause"] == 1


@pytest.mark.parametrize(("objects", "spread"), [(1, 0), (2, 0.5), (5, 0.8), (0, 0.5)])
def test_spread(objects, spread):
    """The objects beyond the first; where retention has forgotten them, it is not known."""
    assert parts({"objects": objects})["spread"] == spread


@pytest.mark.parametrize(
    ("verdict", "novelty"),
    [
        *(("new", 1), ("regressed", 1), ("rising", 1), ("steady", 0), ("falling", 0), ("gone", 0)),
        *(("insufficient", 0.5), (None, 0.5), (np.nan, 0.5)),
    ],
)
def test_novelty(verdict, novelty):
    """Whether it became worse: yes, no, or nobody knows."""
    assert parts({}, verdict)["novelty"] == novelty


@pytest.mark.parametrize(("rate", "part"), [(0.25, 0.2), (1, 0.5), (9, 0.9), (np.nan, 0.5)])
def test_rate(rate, part):
    """Half at one an hour; of a cluster that nobody watched it is not known."""
    assert parts({"rate_per_hour": rate})["rate"] == part


def test_recency_is_that_of_the_cluster():
    """10 minutes before the cluster's last failure is a half, 90 minutes a tenth."""
    rows = [
        {"last": "2026-11-21T12:00Z"},
        {"workload": "b", "last": "2026-11-21T11:50Z"},
        {"workload": "c", "last": "2026-11-21T10:30Z"},
        {"workload": "d", "last": "2026-11-20T00:00Z", "cluster": "imported"},
    ]
    found = ranking(frequency(*rows)).set_index("workload")["recency"].to_dict()
    assert found == {"api": 1, "b": 0.5, "c": 0.1, "d": 1}


def test_every_role_and_every_verdict_has_its_part():
    """None that the other modules know is missing here."""
    assert set(CAUSE) == set(ROLES)
    assert set(WORSE) == set(VERDICTS)


def test_ties():
    """The latest first, then the most failures, then the grouping columns in their order."""
    rows = [
        {"namespace": "a", "workload": "z", "reason": "NodeAffinity"},
        {"namespace": "b", "workload": "a", "reason": "FailedCreate"},
        {"namespace": "b", "workload": "a", "reason": "FailedBinding"},
        {"workload": "many", "failures": 25},
        {"cluster": "old", "last": "2026-11-21T11:00Z", "failures": 99},
    ]
    expected = ["NodeAffinity", "FailedBinding", "FailedCreate", "FailedMount"]
    found = ranking(frequency(*rows))
    assert found["score"].nunique() == 1
    assert found["workload"].tolist() == ["many", "z", "a", "a", "api"]
    assert found["reason"].tolist() == ["FailedMount", *expected]


def test_other_groupings():
    """Without a reason no cause is known, without a kind no node, without a cluster all are one."""
    by_workload = ranking(frequency({}, {"workload": "b", "objects": 3}, by=("workload",)))
    assert by_workload["workload"].tolist() == ["b", "api"]
    assert by_workload["cause"].tolist() == [0.5, 0.5]
    by_reason = ranking(frequency({"reason": "NodeNotReady"}, by=("reason",)))
    assert by_reason[["cause", "spread"]].to_numpy().tolist() == [[1, 0]]
    assert ranking(frequency({}, by=()))["score"].tolist() == [pytest.approx(0.5)]


def test_nothing_in_nothing_out():
    """An empty frame keeps the columns."""
    assert len(RANKING.check(ranking(frequency()))) == 0
    assert len(ranking(frequency(), verdicts=pd.Series([], dtype="str"))) == 0


def test_what_is_refused():
    """Another frame, and a verdict that there is not."""
    with pytest.raises(FrameError, match="'objects' is missing"):
        ranking(frequency({}).drop(columns="objects"))
    with pytest.raises(FrameError, match="'worse' is not one of trends"):
        ranking(frequency({}), verdicts=pd.Series(["worse"]))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "cluster": st.sampled_from(["a", "b"]),
            "workload_kind": st.sampled_from(["Deployment", "Node"]),
            "reason": st.sampled_from(["FailedMount", "Unhealthy", "NodeNotReady", "Unheard"]),
            "failures": st.integers(1, 3),
            "objects": st.integers(0, 4),
            "rate_per_hour": st.sampled_from([np.nan, 0.1, 1.0, 50.0]),
            "last": st.sampled_from(
                ["2026-11-21T12:00Z", "2026-11-21T11:59Z", "2026-11-20T09:00Z"]
            ),
            "verdict": st.sampled_from([*VERDICTS, None]),
        }
    ),
    min_size=1,
    max_size=8,
)


def ranked(rows, order=None):
    """Rank rows that are told apart by their number as workload, given in an order."""
    frame = frequency(*(row | {"workload": f"w{number}"} for number, row in enumerate(rows)))
    verdicts = pd.Series([row["verdict"] for row in rows], dtype="str")
    return ranking(frame if order is None else frame.iloc[order], verdicts=verdicts)


@settings(max_examples=examples(20), deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    """Whatever ties: the same rows in any order are ranked the same."""
    found = ranked(rows)
    mixed = ranked(rows, random.sample(range(len(rows)), len(rows)))
    pd.testing.assert_frame_equal(found, mixed)
    assert found["score"].between(0, 1).all()
    assert found["score"].is_monotonic_decreasing


MORE = {
    "reason": ("Unhealthy", "Unheard", "FailedMount"),
    "objects": (1, 2, 3, 100),
    "verdict": ("steady", "insufficient", "new"),
    "rate_per_hour": (0.1, 1.0, 50.0, 1e6),
    "last": ("2026-11-20T09:00Z", "2026-11-21T11:59Z", "2026-11-21T12:30Z"),
    "failures": (1, 2, 3),
}


@settings(max_examples=examples(20), deadline=None)
@given(ROWS, st.data())
def test_more_of_anything_never_ranks_lower(rows, data):
    """Of one row one thing is raised: its place among the others does not fall."""
    name = data.draw(st.sampled_from(sorted(MORE)))
    low, high = sorted(data.draw(st.tuples(*[st.integers(0, len(MORE[name]) - 1)] * 2)))
    place = data.draw(st.integers(0, len(rows) - 1))
    kind = {"workload_kind": "Deployment"}
    before, after = (
        ranked([*rows[:place], rows[place] | kind | {name: MORE[name][step]}, *rows[place + 1 :]])
        for step in (low, high)
    )
    places = [frame["workload"].tolist().index(f"w{place}") for frame in (before, after)]
    assert places[1] <= places[0]


def test_sixty_thousand_rows_take_milliseconds():
    """As many as a large store has in a month; the limit is ten times what it takes."""
    numbers = np.arange(60_000)
    frame = frequency(*[{}] * 6).sample(60_000, replace=True, random_state=1, ignore_index=True)
    frame = frame.assign(
        workload=pd.Series([f"w{n}" for n in numbers], dtype="str"),
        failures=numbers % 97 + 1,
        rate_per_hour=(numbers % 97 + 1) / 24.0,
        objects=numbers % 7 + 1,
    )
    start = time.perf_counter()
    found = ranking(frame)
    assert time.perf_counter() - start < 2
    assert len(found) == 60_000

"""A digest of a part: its figures, its clusters, and what is muted in it."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.assemble import build_digest
from analytics.catalogue import Catalogue
from analytics.frames import MESSAGES, SPANS
from analytics.mutes import Mute
from analytics.scope import scope_of
from analytics.selection import Patterns, Selection
from analytics.source import PointSource
from tests.effort import examples

CATALOGUE = Catalogue.load()
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TEAM_A = Selection(include=Patterns(namespaces=("team-a-*",)))


def mute(number, **changed):
    """Return a mute that holds for long."""
    known = {"because": "known", "by": "ann", "created": NOW, "expires": NOW + timedelta(1)}
    return Mute(id=number, **known | changed)


def digest_of(frame, window, selection, **changed):
    """Build the digest of a selection without messages."""
    arguments = {"messages": lambda _: MESSAGES.empty(), "rejected": 0, "version": "1"} | changed
    return build_digest(PointSource(frame), window, selection=selection, **arguments)


@pytest.fixture
def teams(points):
    """Return a day of two teams in prod, one of them in lab, and the day before."""
    web = {"namespace": "team-a-web", "workload": "web"}
    bank = {"namespace": "team-b", "workload": "bank", "reason": "Unhealthy"}
    return points(
        {"time": "10:00", "occurrences": 7, "previous_time": "09:00"} | web,
        {"time": "11:00", "type": "Normal", "reason": "Pulled"} | web,
        {"time": "12:00", "occurrences": 40, "previous_time": "11:00"} | bank,
        {"time": "13:00", "cluster": "lab"} | bank,
        {"time": "19 23:30", "namespace": "team-b", "type": "Normal", "reason": "Pulled"},
        {"time": "20 10:00", "occurrences": 8, "reason": "FailedMount"} | web,
        *({"time": f"20 {hour:02}:00", "reason": "FailedMount"} | web for hour in range(11, 20)),
        {"time": "20 12:00", "occurrences": 30, "previous_time": "20 11:00"} | bank,
    )


def test_the_figures_are_those_of_the_part(teams, day):
    """Worked out by hand: seven failures now, 17 before, which are gone."""
    digest = digest_of(teams, day, TEAM_A)
    assert (digest.failures, digest.previous_failures, digest.workloads) == (7, 17, 1)
    assert [(row.name, row.failures, row.share) for row in digest.rows] == [("web", 7, 1.0)]
    assert [(gone.name, gone.reason) for gone in digest.gone] == [("web", "FailedMount")]
    assert sum(bar.failures for bar in digest.histogram) == 7
    assert [day.failures for day in digest.daily[-3:]] == [0, 17, 7]
    assert sum(digest.rows[0].sparkline) == 7
    quality = digest.quality
    assert (quality.occurrences, quality.noise) == (8, 1)
    assert digest.selection.namespaces == ("team-a-*",)
    assert "team-b" not in repr(asdict(digest))


def test_a_day_on_which_only_others_failed_is_one_without_failures(teams, day):
    """Not one without data: the cluster had events."""
    digest = digest_of(teams, day, Selection(include=Patterns(namespaces=("team-c",))))
    assert (digest.state, digest.clusters, digest.failures) == ("quiet", ("lab", "prod"), 0)
    assert [day.failures for day in digest.daily[-3:]] == [0, 0, 0]
    assert digest.previous_failures == 0
    assert digest.verdict == "2 clusters, only namespaces team-c: no failures. 2 events seen."


def test_clusters_that_are_left_out_are_absent(teams, spans, day):
    """Also from coverage, and from what is silent."""
    whole = ("watched", "20 00:00", "22 00:00")
    watch = spans((*whole, "lab"), (*whole, "other"))
    prod = digest_of(teams, day, Selection(include=Patterns(clusters=("prod",))), spans=watch)
    assert (prod.clusters, prod.silent, prod.quality.covered) == (("prod",), (), ())
    assert prod.quality.coverage == "unknown"
    assert "lab" not in repr(asdict(prod))
    assert "other" not in repr(asdict(prod))
    lab = digest_of(teams, day, Selection(exclude=Patterns(clusters=("prod",))), spans=watch)
    assert [one.cluster for one in lab.quality.covered] == ["lab", "other"]
    assert "prod" not in repr(asdict(lab))


def test_a_cluster_that_is_watched_elsewhere_is_known_by_its_own_events(teams, spans, day):
    """Of team-c in a cluster of which team-b is watched, nothing is known."""
    watch = spans(("watched", "20 00:00", "22 00:00", "prod", "team-b"))
    kept = teams[teams["cluster"] == "prod"]
    nobody = digest_of(kept, day, Selection(include=Patterns(namespaces=("team-c",))), spans=watch)
    assert (nobody.state, nobody.clusters) == ("no data", ())
    team_a = digest_of(kept, day, TEAM_A, spans=watch)
    assert (team_a.clusters, team_a.failures, team_a.comparable) == (("prod",), 7, False)
    assert "team-b" not in repr(asdict(team_a))


def test_a_muted_row_is_counted_apart(teams, day):
    """Forty of bank, and one in lab, by the first of two mutes."""
    mutes = (mute(1, namespace="team-b"), mute(2, name="bank"), mute(3, namespace="unused"))
    digest = digest_of(teams, day, Selection(mutes=mutes))
    assert [row.name for row in digest.rows] == ["web"]
    assert (digest.failures, digest.previous_failures) == (7, 17)
    muted = digest.muted
    assert (muted.rows, muted.failures, muted.previous_failures) == (2, 41, 30)
    [told] = muted.mutes
    assert (told.id, told.namespace, told.by, told.because) == (1, "team-b", "ann", "known")
    assert digest.quality.occurrences == 7 + 41 + 1
    assert digest.verdict == (
        "2 clusters: 7 failures in 1 workload (17 the day before, of which not all is known). "
        "41 failures are muted. Look first at prod team-a-web/Deployment web, BackOff (7)."
    ).replace("the day before", "in the same time before")


def test_what_is_gone_and_muted_is_not_gone(teams, day):
    """The mute is told, since it keeps out a row of the period before."""
    digest = digest_of(teams, day, Selection(mutes=(mute(5, reason="failedmount"),)))
    assert digest.gone == ()
    assert digest.previous_failures == 30
    [told] = digest.muted.mutes
    assert (told.rows, told.failures, told.previous_failures) == (0, 0, 17)


def test_a_day_of_muted_failures_is_not_called_one_without(teams, day):
    """Quiet, and said why."""
    digest = digest_of(teams, day, Selection(mutes=(mute(1, cluster="*", kind="deployment"),)))
    assert (digest.state, digest.failures, digest.muted.failures) == ("quiet", 0, 48)
    assert "no failures but muted ones" in digest.verdict
    assert "48 failures are muted." in digest.verdict


def test_a_mute_of_another_team_is_not_told(teams, day):
    """Its pattern names a namespace that is none of team-a's."""
    mutes = (mute(1, namespace="team-b"),)
    digest = digest_of(teams, day, Selection(include=TEAM_A.include, mutes=mutes))
    assert digest.muted.mutes == ()
    assert "team-b" not in repr(asdict(digest))


def test_a_message_below_the_severity_is_no_sample(points, day):
    """The row counts warnings only, and shows one of these."""
    common = {"reason": "ThisFailed", "component": "own"}
    frame = points({"time": "10:00"} | common, {"time": "11:00", "type": "Normal"} | common)

    def messages(keys):
        told = {"component": "own", "object_namespace": "shop", "object": "x", "occurrences": 1}
        rows = (
            keys.assign(type="Normal", message="later", **told),
            keys.assign(type="Warning", message="mine", **told),
        )
        found = pd.concat(rows, ignore_index=True).assign(host="", labels="")
        return found.astype({column.name: column.dtype for column in MESSAGES.columns})

    digest = digest_of(frame, day, Selection(minimum_severity="warning"), messages=messages)
    assert [(row.failures, row.message) for row in digest.rows] == [(1, "mine")]


def test_everything_is_read_once(teams, day):
    """Without a selection the three histories are one."""
    scope = scope_of(PointSource(teams), day, Selection(), catalogue=CATALOGUE, spans=SPANS.empty())
    assert scope.whole is scope.selected is scope.found


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "namespace": st.sampled_from(["team-a-1", "team-b", ""]),
            "workload": st.sampled_from("ab"),
            "cluster": st.sampled_from(["prod", "lab"]),
            "reason": st.sampled_from(["BackOff", "Unhealthy", "ThisFailed", "Pulled"]),
            "type": st.sampled_from(["Normal", "Warning"]),
            "occurrences": st.integers(1, 20),
            "previous_time": st.none() | st.sampled_from(["19 22:00", "20 22:00", "00:31"]),
            "time": st.sampled_from(["20 23:00", "00:45", "01:04", "23:59"]),
            "birth": st.sampled_from(["19 12:00", "19 13:00"]),
        }
    ),
    max_size=8,
)
PATTERNS = st.sampled_from([(), ("team-a-*",), ("team-*",), ("*b",)])
MUTES = st.lists(
    st.sampled_from([{"name": "a"}, {"reason": "backoff"}, {"namespace": "team-?*"}]), max_size=2
)


@settings(max_examples=examples(3), deadline=None)
@given(ROWS, PATTERNS, PATTERNS, st.sampled_from(["notice", "warning", "critical"]), MUTES)
def test_every_figure_adds_up(points, day, rows, taken, left, severity, muted):
    """Shown and residual are the failures; with the muted they are those of a digest without."""
    frame = points(*rows)
    plain = Selection(
        include=Patterns(namespaces=taken),
        exclude=Patterns(namespaces=left),
        minimum_severity=severity,
    )
    mutes = tuple(mute(number, **patterns) for number, patterns in enumerate(muted))
    quiet = digest_of(frame, day, replace(plain, mutes=mutes), top=2)
    loud = digest_of(frame, day, plain, top=2)
    for digest in (quiet, loud):
        shown = sum(row.failures for row in digest.rows) + digest.residual.failures
        assert shown == digest.failures
        assert sum(bar.failures for bar in digest.histogram) == digest.failures
        assert (digest.daily[-1].failures or 0) == digest.failures
        quality = digest.quality
        assert quality.occurrences == (
            digest.failures
            + digest.muted.failures
            + quality.notices
            + quality.noise
            + quality.recoveries
        )
    assert quiet.failures + quiet.muted.failures == loud.failures
    assert quiet.clusters == loud.clusters
    before = quiet.previous_failures
    assert before is None or before + quiet.muted.previous_failures == loud.previous_failures
    assert quiet.muted.failures == sum(one.failures for one in quiet.muted.mutes)

"""One line for a tired reader, and one to copy."""

import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.covered import covered
from analytics.digest import Row
from analytics.verdict import kubectl_command, verdict
from analytics.window import Window

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
BERLIN = "Europe/Berlin"
ROW = Row(
    cluster="prod-eu",
    namespace="shop",
    kind="Deployment",
    name="checkout",
    reason="BackOff",
    failures=120,
    share=0.5,
    episodes=3,
    objects=2,
    first=NOW,
    last=NOW,
    rate_per_hour=5.0,
    still_firing=False,
    sparkline=(),
    message="",
    kubectl="",
    trend="steady",
    previous_failures=80,
)


@pytest.fixture
def say(points, day, quality_of):
    """Return the verdict of a day with 214 failures, except for what the test changes."""
    quality = quality_of(points(), day)

    def told(
        window=None,
        clusters=("prod-eu",),
        row=ROW,
        seen=(1234, 1500),
        suspect=0,
        watched=(),
        **changed,
    ):
        events, occurrences = seen
        counts = {"events": events, "occurrences": occurrences, "suspect_rows": suspect}
        counts |= {"covered": watched}
        totals = {"failures": 214, "previous_failures": 155, "workloads": 12}
        known = {"comparable": True, "silent": ()}
        return verdict(
            window or Window.daily(NOW, BERLIN),
            clusters,
            (row, replace(row, name="other", failures=1)) if row else (),
            quality=replace(quality, **counts),
            **(totals | known | changed),
        )

    return told


def test_a_day_of_failures(say):
    """214 after 155 is 38 % more."""
    assert say() == (
        "prod-eu: 214 failures in 12 workloads, up 38 % on the day before. "
        "Look first at shop/Deployment checkout, BackOff (120)."
    )


@pytest.mark.parametrize(
    ("previous", "phrase"),
    [
        (None, "12 workloads, no data the day before. Look"),
        (0, "12 workloads (0 the day before). Look"),
        (9, "12 workloads (9 the day before). Look"),
        (10, "12 workloads, 21 times as many as the day before. Look"),
        (22, "12 workloads, up 873 % on the day before. Look"),
        (428, "12 workloads, down 50 % on the day before. Look"),
        (214, "12 workloads, about as many as the day before. Look"),
        (215, "12 workloads, about as many as the day before. Look"),
    ],
)
def test_the_change(say, previous, phrase):
    """No percentage on a base below ten, and none of nothing."""
    assert phrase in say(previous_failures=previous)


@pytest.mark.parametrize(
    ("failures", "previous", "phrase"),
    [
        (220, 22, ", 10 times as many as the day before."),
        (219, 22, ", up 895 % on the day before."),
        (101, 100, ", up 1 % on the day before."),
        (99, 100, ", down 1 % on the day before."),
    ],
)
def test_where_the_words_change(say, failures, previous, phrase):
    """From ten times on it is times; one per cent is the least that is said."""
    assert phrase in say(failures=failures, previous_failures=previous)


def test_other_windows_name_what_they_are_compared_with(say):
    """A week with a week, a part of a day with the same part, anything with its like."""
    assert "up 38 % on the week before" in say(Window.weekly(NOW, BERLIN))
    so_far = say(Window.day_so_far(NOW, BERLIN))
    assert "214 failures so far in 12 workloads" in so_far
    assert "up 38 % on the same hours of the day before" in so_far
    custom = Window.between(NOW - timedelta(hours=3), NOW, BERLIN)
    assert "up 38 % on the same time before" in say(custom)
    assert "(3 in the same time before)" in say(custom, previous_failures=3)


def test_one_is_singular(say):
    """One failure in one workload."""
    assert say(failures=1, workloads=1).startswith("prod-eu: 1 failure in 1 workload, down 99 %")


def test_several_clusters_name_the_one_that_fails_most(say):
    """The name moves to the workload."""
    assert say(clusters=("prod-eu", "staging")) == (
        "2 clusters: 214 failures in 12 workloads, up 38 % on the day before. "
        "Look first at prod-eu shop/Deployment checkout, BackOff (120)."
    )


def test_a_node_has_no_namespace(say):
    """Cluster-scoped objects stand without a slash."""
    row = replace(ROW, namespace="", kind="Node", name="worker-3", reason="NodeNotReady")
    assert say(row=row).endswith("Look first at Node worker-3, NodeNotReady (120).")


def test_what_has_no_name_is_said(say):
    """An event may lack its object, its kind or its reason; a day may have no row to show."""
    nothing = replace(ROW, namespace="", kind="", name="", reason="")
    assert say(row=nothing).endswith("Look first at no object, no reason (120).")
    assert say(row=replace(ROW, kind="")).endswith("Look first at shop/checkout, BackOff (120).")
    assert say(row=None).endswith("workloads, up 38 % on the day before.")


def test_a_quiet_day(say):
    """No failures, and how much that rests on."""
    quiet = {"failures": 0, "workloads": 0}
    assert say(previous_failures=0, **quiet) == "prod-eu: no failures. 1,234 events seen."
    assert say(**quiet) == "prod-eu: no failures (155 the day before). 1,234 events seen."
    assert say(previous_failures=0, seen=(1, 1), suspect=2, **quiet) == (
        "prod-eu: no failures. 1 event seen. 2 implausible counts not included."
    )
    nothing_counted = say(previous_failures=0, seen=(0, 0), suspect=1, **quiet)
    assert "no failures. 0 events seen. 1 implausible" in nothing_counted


def test_settled_history_has_occurrences_but_no_events(say):
    """What retention has settled has lost its identities, and was seen all the same."""
    line = say(failures=0, workloads=0, previous_failures=0, seen=(0, 1500))
    assert line == "prod-eu: no failures. 1,500 occurrences seen."


@pytest.mark.parametrize("previous", [0, 12, 1234])
def test_no_ratio_to_a_period_that_is_only_partly_known(say, previous):
    """The second day of data: the number stands, whatever it is, and what is wrong with it."""
    line = say(previous_failures=previous, comparable=False)
    assert f"12 workloads ({previous:,} the day before, of which not all is known). Look" in line
    quiet = say(previous_failures=12, comparable=False, failures=0, workloads=0)
    assert quiet == (
        "prod-eu: no failures (12 the day before, of which not all is known). 1,234 events seen."
    )


def test_a_gap_explains_what_is_not_known(say, spans, day):
    """It has a sentence of its own."""
    rows = [("watched", "19 00:00", "06:00"), ("watched", "12:00", "22 00:00")]
    gap = covered(spans(*rows, ("gap", "06:00", "12:00")), {}, day)
    assert "(155 the day before)." in say(comparable=False, watched=gap)
    whole = covered(spans(("watched", "19 00:00", "22 00:00")), {}, day)
    assert "(155 the day before, of which not" in say(comparable=False, watched=whole)


def test_a_first_period_is_not_partly_known(say):
    """Nothing before is said as such."""
    line = say(previous_failures=None, comparable=False)
    assert "12 workloads, no data the day before. Look" in line


def test_a_silent_cluster_is_named(say):
    """It stands before the workload, or ends a quiet line; nobody takes it for a fall."""
    assert say(comparable=False, silent=("beta",)) == (
        "prod-eu: 214 failures in 12 workloads (155 the day before). No data from beta. "
        "Look first at shop/Deployment checkout, BackOff (120)."
    )
    quiet = say(failures=0, workloads=0, suspect=1, comparable=False, silent=("beta",))
    assert quiet == (
        "prod-eu: no failures (155 the day before). 1,234 events seen. "
        "1 implausible count not included. No data from beta."
    )
    several = say(silent=("beta", "gamma"))
    assert "up 38 % on the day before. No data from 2 other clusters. Look" in several
    assert "No data from a‹U+202E›b. Look" in say(silent=("a\u202eb",))


def test_no_data_is_not_no_failures(say):
    """The line says what is missing, in the zone of the report."""
    assert say(clusters=(), failures=0) == (
        "No data: not one event between 2026-11-21 00:00 and 2026-11-22 00:00 (Europe/Berlin). "
        "This is not the same as no failures."
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=100))
def test_foreign_text_stays_on_one_printable_line(say, name):
    """Controls, line breaks and direction marks of a name do not reach a subject line."""
    line = say(clusters=(name,))
    assert line.isprintable()
    assert len(line.partition(": 214")[0]) <= 63


def test_foreign_text_reads_as_in_the_rest_of_the_digest(say):
    """The verdict spells out what hides, as every other line does, and cuts after 63 characters."""
    assert say(clusters=("a\u202eb\n",), failures=0).startswith("a‹U+202E›b: no failures")
    assert say(clusters=("x" * 64,), failures=0).startswith("x" * 62 + "…: no failures")


def test_kubectl_describes_the_workload():
    """Namespace and kind as kubectl wants them; the context only among several clusters."""
    assert kubectl_command(ROW, with_context=False) == (
        "kubectl -n shop describe deployment/checkout"
    )
    assert kubectl_command(ROW, with_context=True) == (
        "kubectl --context prod-eu -n shop describe deployment/checkout"
    )


def test_kubectl_without_an_object_lists_events():
    """An event without kind or name still has a namespace to look into."""
    assert kubectl_command(replace(ROW, kind="", name=""), with_context=False) == (
        "kubectl -n shop get events"
    )
    assert kubectl_command(replace(ROW, name=""), with_context=False) == (
        "kubectl -n shop get events"
    )
    for kind in ("Pod --force", "Pod\n"):
        hostile = kubectl_command(replace(ROW, kind=kind, name="x"), with_context=False)
        assert hostile == "kubectl -n shop get events --field-selector=involvedObject.name=x"
    hostile_kind = replace(ROW, kind="--all --force", name="x")
    assert kubectl_command(hostile_kind, with_context=False) == (
        "kubectl -n shop get events --field-selector=involvedObject.name=x"
    )


def test_kubectl_of_a_node_needs_no_namespace():
    """Nor is there a line for a name that would break it."""
    node = replace(ROW, namespace="", kind="Node", name="worker-3")
    assert kubectl_command(node, with_context=False) == "kubectl describe node/worker-3"
    assert kubectl_command(replace(node, name="a\nb"), with_context=False) == ""


def test_a_dash_never_starts_an_option():
    """A namespace called like an option stays a value."""
    row = replace(ROW, namespace="--kubeconfig=/tmp/evil", cluster="-x")
    assert kubectl_command(row, with_context=True) == (
        "kubectl --context=-x --namespace=--kubeconfig=/tmp/evil describe deployment/checkout"
    )


@settings(deadline=None)
@given(st.text(), st.text(min_size=1), st.text(), st.text())
def test_a_shell_reads_hostile_names_as_words(namespace, name, kind, cluster):
    """Whatever the names, the line is kubectl with one word for each of them, or nothing."""
    row = replace(ROW, namespace=namespace, name=name, kind=kind, cluster=cluster)
    line = kubectl_command(row, with_context=True)
    if line:
        words = shlex.split(line)
        assert words[0] == "kubectl"
        assert len(words) <= 8
        assert words[-1].endswith(name)
    else:
        assert not (namespace + name + cluster).isprintable()

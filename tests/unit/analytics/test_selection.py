"""Which keys a selection takes, and what it says of itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from analytics.catalogue import Catalogue
from analytics.digest import Selected
from analytics.errors import FrameError
from analytics.mutes import Mute
from analytics.selection import NO_FAILURE, Patterns, Selection, severities

CATALOGUE = Catalogue.load()
NAMES = ["cluster", "namespace", "workload_kind", "workload", "reason", "component", "type"]
KEYS = pd.DataFrame(
    [
        ("prod", "team-a", "Deployment", "web", "BackOff", "kubelet", "Normal"),  # a cause
        ("prod", "team-a", "Deployment", "web", "Unhealthy", "kubelet", "Warning"),  # a symptom
        ("prod", "team-b", "CronJob", "sync", "SyncFailed", "own", "Normal"),  # reads like one
        ("lab", "", "Node", "n1", "NodeNotReady", "controller", "Normal"),  # of a node
        ("prod", "team-b", "Deployment", "web", "Pulled", "kubelet", "Normal"),  # no failure
    ],
    columns=NAMES,
).astype("category")


def taken(**selection):
    """Return the places of the rows that are taken."""
    held = Selection(**selection).holds(KEYS, CATALOGUE)
    return [place for place, one in enumerate(held) if one]


def test_everything_is_taken_where_nothing_is_said():
    """And everything is just that."""
    assert taken() == [0, 1, 2, 3, 4]
    assert Selection().is_everything
    assert not Selection(minimum_severity="warning").is_everything


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ({"namespaces": ("team-a",)}, [0, 1]),
        ({"namespaces": ("team-?", "")}, [0, 1, 2, 3, 4]),
        ({"clusters": ("prod",), "kinds": ("deployment",)}, [0, 1, 4]),
        ({"kinds": ("Node", "CronJob")}, [2, 3]),
        ({"reasons": ("*failed", "Back*")}, [0, 2]),
        ({"clusters": ("nowhere",)}, []),
    ],
)
def test_each_list_that_is_given_has_to_match(include, expected):
    """One pattern of it is enough."""
    assert taken(include=Patterns(**include)) == expected


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ({"namespaces": ("team-b",)}, [0, 1, 3]),
        ({"namespaces": ("team-b",), "reasons": ("Unhealthy",)}, [0, 3]),
        ({"clusters": ("*",)}, []),
    ],
)
def test_what_matches_any_list_is_left_out(exclude, expected):
    """Also where it is included."""
    assert taken(exclude=Patterns(**exclude)) == expected
    assert taken(include=Patterns(clusters=("*",)), exclude=Patterns(**exclude)) == expected


@pytest.mark.parametrize(
    ("least", "expected"),
    [("notice", [0, 1, 2, 3, 4]), ("warning", [0, 1, 3, 4]), ("critical", [0, 3, 4])],
)
def test_a_minimum_severity_leaves_out_failures_only(least, expected):
    """Causes and what is told of nodes are critical, whatever their type."""
    assert taken(minimum_severity=least) == expected


def test_severities():
    """A failure of another type than Normal and Warning is a warning."""
    assert severities(KEYS, CATALOGUE).tolist() == [2, 1, 0, 2, NO_FAILURE]
    odd = pd.DataFrame({"reason": ["ThisFailed"], "component": [""], "type": ["Error"]})
    assert severities(odd, CATALOGUE).tolist() == [1]
    assert severities(KEYS.iloc[:0], CATALOGUE).tolist() == []


def test_the_configuration_decides_what_is_critical():
    """A role of its own makes a reason a cause."""
    rule = {"reason": "Unhealthy", "meaning": "failure", "role": "cause"}
    assert severities(KEYS, CATALOGUE.with_overrides([rule])).tolist() == [2, 2, 0, 2, NO_FAILURE]


def test_a_mute_leaves_out_failures_only():
    """The pulled image of web is no failure."""
    now = datetime(2026, 11, 21, tzinfo=UTC)
    mute = Mute(id=1, name="web", because="", by="", created=now, expires=now + timedelta(1))
    assert taken(mutes=(mute,)) == [2, 3, 4]
    assert Selection(mutes=(mute,)).without_mutes == Selection()


def test_a_namespace_is_taken_as_it_is_written():
    """A star in it is a star."""
    frame = KEYS.assign(namespace=["a*", "ab", "", "a", "A*"])
    assert Selection.of_namespace("a*").holds(frame, CATALOGUE).tolist() == [True] + [False] * 4
    assert Selection.of_namespace("").holds(frame, CATALOGUE).tolist()[2]
    assert Selection.of_namespace(None).is_everything


def test_the_clusters_of_a_selection():
    """With all that they hold."""
    patterns = Patterns(clusters=("prod",), namespaces=("a",), kinds=("Job",), reasons=("x",))
    both = Selection(include=patterns, exclude=patterns, minimum_severity="critical")
    only = Patterns(clusters=("prod",))
    assert both.of_clusters == Selection(include=only, exclude=only)


def test_what_is_told_names_no_place_that_is_left_out():
    """What is left out of kinds and reasons is no secret."""
    left = Patterns(clusters=("lab",), namespaces=("team-b",), kinds=("Job",), reasons=("Un*",))
    selection = Selection(include=Patterns(namespaces=("team-a*",)), exclude=left)
    assert replace(selection, minimum_severity="warning").told == Selected(
        namespaces=("team-a*",),
        without_places=True,
        without_kinds=("Job",),
        without_reasons=("Un*",),
        minimum_severity="warning",
    )
    assert Selection().told == Selected()


def watches(spans, selection):
    """Return (cluster, namespace, field selector) of what is left of some spans."""
    rows = [
        ("prod", "", ""),
        ("prod", "team-b", "type=Warning"),
        ("lab", "team-a", ""),
        ("prod", "", "type=Warning,involvedObject.namespace!=team-b"),
        ("prod", "", "metadata.namespace==team-b"),
        ("prod", "", "metadata.namespace=team-a"),
    ]
    frame = spans(*(("watched", "00:00", "01:00", *row) for row in rows))
    found = selection.spans(frame)
    columns = ["cluster", "namespace", "field_selector"]
    return list(found[columns].itertuples(index=False, name=None))


def test_watches_of_other_namespaces_go(spans):
    """Whatever names team-b is absent, and what sees team-a stays."""
    team_a = Selection(include=Patterns(namespaces=("team-a",)))
    assert watches(spans, team_a) == [
        ("prod", "", ""),
        ("lab", "team-a", ""),
        ("prod", "", "type=Warning"),
        ("prod", "", "metadata.namespace=team-a"),
    ]
    assert watches(spans, Selection(exclude=Patterns(namespaces=("team-b",)))) == watches(
        spans, team_a
    )
    lab = Selection(include=Patterns(clusters=("lab",)))
    assert watches(spans, lab) == [("lab", "team-a", "")]
    assert len(watches(spans, Selection())) == 6
    assert len(watches(spans, Selection(minimum_severity="critical"))) == 6


def test_spans_that_are_none():
    """The missing column is named."""
    with pytest.raises(FrameError, match="SPANS"):
        Selection.of_namespace("a").spans(pd.DataFrame())

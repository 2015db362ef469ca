"""What is muted, when, and by which of several."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from analytics.mutes import NOT_MUTED, Mute, holding, muted_by

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def mute(number=1, **changed):
    """Return a mute from noon to one o'clock."""
    known = {"because": "known", "by": "ann", "created": NOON, "expires": NOON + HOUR}
    return Mute(id=number, **known | changed)


def keys(*rows):
    """Return KEYS texts from (cluster, namespace, kind, name, reason)."""
    names = ["cluster", "namespace", "workload_kind", "workload", "reason"]
    return pd.DataFrame(rows, columns=names, dtype="str")


ROWS = keys(
    ("prod", "shop", "Deployment", "web", "BackOff"),
    ("prod", "shop", "Deployment", "api", "FailedMount"),
    ("prod", "", "Node", "node-1", "NodeNotReady"),
    ("lab", "shop", "Job", "web", "BackOff"),
)


@pytest.mark.parametrize(
    ("patterns", "meant"),
    [
        ({"namespace": "shop"}, [True, True, False, True]),
        ({"namespace": "sh*", "cluster": "prod"}, [True, True, False, False]),
        ({"kind": "deployment", "reason": "backoff"}, [True, False, False, False]),
        ({"name": "web"}, [True, False, False, True]),
        ({"name": "Web"}, [False] * 4),
        ({"kind": "node", "name": "node-*"}, [False, False, True, False]),
    ],
)
def test_every_pattern_has_to_match(patterns, meant):
    """What is not given matches everything."""
    assert mute(**patterns).matches(ROWS).tolist() == meant
    assert mute(**patterns).patterns == patterns


@pytest.mark.parametrize(
    ("at", "lifted", "holds"),
    [
        (NOON - timedelta(microseconds=1), None, False),
        (NOON, None, True),
        (NOON + HOUR - timedelta(microseconds=1), None, True),
        (NOON + HOUR, None, False),
        (NOON + HOUR / 4, NOON + HOUR / 2, True),
        (NOON + HOUR / 2, NOON + HOUR / 2, False),
        (NOON + HOUR, NOON + 2 * HOUR, False),
    ],
)
def test_a_mute_holds_from_its_creation_to_its_end(at, lifted, holds):
    """Its end is when it expires, or when somebody lifted it before."""
    assert mute(namespace="shop", lifted=lifted).holds_at(at) is holds


def test_the_oldest_comes_first():
    """And of two of the same time the one that was stored first."""
    old = mute(7, name="a", created=NOON - HOUR)
    over = mute(2, name="a", expires=NOON + timedelta(minutes=1))
    found = holding([mute(3, name="a"), over, mute(1, name="a"), old], NOON + HOUR / 2)
    assert [one.id for one in found] == [7, 1, 3]


def test_a_row_is_muted_by_the_first_that_means_it():
    """So that no failure is counted twice."""
    found = muted_by(ROWS, [mute(name="web"), mute(cluster="prod", namespace="shop")])
    assert found.tolist() == [0, 1, NOT_MUTED, 0]
    assert muted_by(ROWS, []).tolist() == [NOT_MUTED] * 4
    assert muted_by(ROWS.iloc[:0], [mute(name="web")]).tolist() == []

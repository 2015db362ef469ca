"""What recovered is said, and only that."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.catalogue import Catalogue
from analytics.key_counts import count_keys
from analytics.recoveries import recoveries
from analytics.source import PointSource
from analytics.window import Window

ZONE = ZoneInfo("Europe/Berlin")
NODE = {"workload_kind": "Node", "kind": "Node", "namespace": "", "object_namespace": ""}
LOST = NODE | {"reason": "NodeNotReady", "component": "node-controller"}
BACK = NODE | {"reason": "NodeReady", "type": "Normal"}


@pytest.fixture
def found(points, at):
    """Return (name, reason, recoveries, failures) of what recovered on the 21st in Berlin."""

    def of(*rows):
        window = Window.daily(at("22 08:00"), "Europe/Berlin")
        source = PointSource(points(*rows))
        now, previous = count_keys(source, [window, window.previous()], Catalogue.load())
        return recoveries(now, previous)

    return of


def named(recovered):
    """Return what tells recoveries apart."""
    return [(one.name, one.reason, one.occurrences, one.failures) for one in recovered]


def test_a_node_that_came_back_is_said(found):
    """Twice away, twice back, and at last well."""
    [node] = found(
        LOST | {"workload": "n1", "time": "02:00"},
        BACK | {"workload": "n1", "time": "02:05"},
        LOST | {"workload": "n1", "time": "03:00"},
        BACK | {"workload": "n1", "time": "03:07"},
    )
    assert named([node]) == [("n1", "NodeReady", 2, 2)]
    assert node.last == datetime(2026, 11, 21, 4, 7, tzinfo=ZONE)
    assert node.last_failure == datetime(2026, 11, 21, 4, 0, tzinfo=ZONE)
    assert (node.cluster, node.namespace, node.kind) == ("prod", "", "Node")


def test_what_failed_again_has_not_recovered(found):
    """The last word counts."""
    assert not found(
        BACK | {"workload": "n1", "time": "02:05"}, LOST | {"workload": "n1", "time": "03:00"}
    )


def test_the_same_instant_is_a_recovery(found):
    """Clusters often write both in one second."""
    assert found(
        LOST | {"workload": "n1", "time": "03:00"}, BACK | {"workload": "n1", "time": "03:00"}
    )


def test_a_failure_of_the_period_before_counts(found):
    """It was gone anyway, and this is why."""
    [node] = found(
        LOST | {"workload": "n1", "time": "20 10:00"}, BACK | {"workload": "n1", "time": "01:00"}
    )
    assert (node.failures, node.last_failure) == (0, datetime(2026, 11, 20, 11, tzinfo=ZONE))


def test_what_never_failed_did_not_recover(found):
    """Neither a node that joined nor one of the same name in another cluster."""
    assert not found(
        BACK | {"workload": "n1", "time": "02:00"},
        LOST | {"workload": "n1", "time": "01:00", "cluster": "test"},
    )


def test_a_workload_has_one_recovery_and_most_failures_come_first(found):
    """The latest of its recoveries; ties by name."""
    recovered = found(
        LOST | {"workload": "n1", "time": "01:00"},
        BACK | {"workload": "n1", "time": "02:00"},
        BACK | {"workload": "n1", "time": "03:00", "reason": "Rebooted-well"},
        BACK | {"workload": "n1", "time": "02:30", "reason": "ContainerRuntimeIsHealthy"},
        LOST | {"workload": "n2", "previous_time": "01:00", "time": "01:30", "occurrences": 5},
        BACK | {"workload": "n2", "time": "02:00"},
        LOST | {"workload": "n0", "time": "01:00"},
        BACK | {"workload": "n0", "time": "02:00"},
    )
    assert named(recovered) == [
        ("n2", "NodeReady", 1, 5),
        ("n0", "NodeReady", 1, 1),
        ("n1", "ContainerRuntimeIsHealthy", 1, 1),
    ]


def test_nothing_recovers_where_nothing_is(found):
    """An empty store."""
    assert found() == ()

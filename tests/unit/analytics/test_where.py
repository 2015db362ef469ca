"""Nodes and namespaces where more workloads fail than elsewhere."""

import pytest

from analytics.catalogue import Catalogue
from analytics.frames import PLACES
from analytics.key_counts import count_keys
from analytics.source import PointSource
from analytics.where import MOST_SHOWN, whereabouts
from analytics.window import Window

GOOD = {"type": "Normal", "reason": "Pulled"}


@pytest.fixture
def of(points, at):
    """Return the whereabouts of some points, with their nodes or without."""

    def found(*rows, nodes=True):
        window = Window.between(at("00:00"), at("22 00:00"), "UTC")
        made = points(*({"time": "12:00"} | row for row in rows))
        [now] = count_keys(PointSource(made), [window], Catalogue.load())
        read = made.astype({column.name: column.dtype for column in PLACES.columns})
        return whereabouts(now, (lambda: read) if nodes else None, Catalogue.load())

    return found


def workloads(count, prefix="w", **named):
    """Return one event each of some workloads."""
    return [
        {"workload": f"{prefix}{number}", "object": f"{prefix}{number}-pod"} | named
        for number in range(count)
    ]


def test_a_node_on_which_all_fail_is_hot(of):
    """Six of six on n1, one of twelve elsewhere: the chance is below one in thousand."""
    where = of(
        *workloads(6, host="n1"),
        *workloads(1, "x", host="n2"),
        *workloads(11, "y", host="n2", **GOOD),
    )
    [hot] = where.hot
    assert (hot.cluster, hot.shared, hot.name) == ("prod", "host", "n1")
    assert (hot.failures, hot.failing_workloads, hot.workloads) == (6, 6, 6)
    assert hot.cluster_failing_workloads == 7
    assert hot.expected_workloads == pytest.approx(6 * 7 / 18)
    assert where.nodes_read
    assert where.tested >= 1


def test_a_namespace_is_found_without_reading_nodes(of):
    """The keys of the roll-up name it."""
    rows = [
        *workloads(6, namespace="team", object_namespace="team"),
        *workloads(1, "x"),
        *workloads(11, "y", **GOOD),
    ]
    [hot] = of(*rows, nodes=False).hot
    assert (hot.shared, hot.name, hot.failing_workloads) == ("namespace", "team", 6)
    assert not of(*rows, nodes=False).nodes_read


def test_failures_all_over_are_not_hot(of):
    """Three of six on each of two nodes."""
    rows = [
        *workloads(6, "a", host="n1"),
        *workloads(6, "b", host="n1", **GOOD),
        *workloads(6, "c", host="n2"),
        *workloads(6, "d", host="n2", **GOOD),
    ]
    where = of(*rows)
    assert where.hot == ()
    assert where.tested == 2


def test_one_failing_workload_tells_nothing(of):
    """Nothing is tested, which is another thing than evenly spread."""
    where = of({"host": "n1"}, GOOD | {"host": "n2", "workload": "other"})
    assert (where.hot, where.tested) == ((), 0)


def test_nodes_are_not_read_where_nothing_failed(points, at):
    """A quiet day costs nothing."""

    def read():
        raise AssertionError

    window = Window.between(at("00:00"), at("22 00:00"), "UTC")
    [now] = count_keys(PointSource(points(GOOD | {"time": "12:00"})), [window], Catalogue.load())
    assert whereabouts(now, read, Catalogue.load()).tested == 0


def test_the_hottest_are_shown_and_the_rest_is_counted(of):
    """Seven namespaces of five failing workloads each, among a hundred that work."""
    rows = [
        one
        for number in range(7)
        for one in workloads(5 + (number == 3), f"n{number}-", namespace=f"team-{number}")
    ]
    where = of(*rows, *workloads(100, "y", **GOOD), nodes=False)
    assert len(where.hot) == MOST_SHOWN
    assert where.more == 2
    assert where.hot[0].name == "team-3"
    assert [one.name for one in where.hot[1:]] == ["team-0", "team-1", "team-2", "team-4"]

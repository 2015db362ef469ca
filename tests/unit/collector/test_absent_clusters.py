"""A cluster that cannot be watched at first is looked for until it can."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from collector.absent_clusters import RETRY_SECONDS, AbsentClusters
from collector.api_server import ApiServer
from collector.cluster_watch import ClusterWatch
from collector.errors import KubeconfigError


def found_after(failures: int, name: str) -> Callable[[], ClusterWatch]:
    """Return what finds a cluster when it has failed so often."""
    left = [KubeconfigError("not yet")] * failures

    def find() -> ClusterWatch:
        if left:
            raise left.pop()
        return ClusterWatch(cluster=name, server=cast("ApiServer", None))

    return find


def test_each_is_followed_once_it_is_found() -> None:
    """One comes at the first look, the other at the third; then nobody looks any more."""
    followed: list[str] = []
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    absent = AbsentClusters(
        {"a is away": found_after(0, "a"), "b is away": found_after(2, "b")},
        lambda watch: followed.append(watch.cluster),
        wait,
    )
    assert absent.sentences() == ["a is away", "b is away"]
    absent.run()
    assert followed == ["a", "b"]
    assert waits == [RETRY_SECONDS] * 3
    assert absent.sentences() == []


def test_stopping_ends_the_look_out() -> None:
    """What is absent stays so."""
    absent = AbsentClusters({"a is away": found_after(9, "a")}, lambda _: None, lambda _: True)
    absent.run()
    assert absent.sentences() == ["a is away"]


def test_a_failure_of_our_own_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    """It is said, and the cluster is looked for again."""
    steps = iter([False, True])

    def find() -> ClusterWatch:
        raise ValueError("odd")

    AbsentClusters({"a is away": find}, lambda _: None, lambda _: next(steps)).run()
    assert "a is away" in caplog.text

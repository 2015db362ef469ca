"""Observations of a batch, by event."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collector.batch import by_event, not_before, read_time
from tests.factories import T0, observe

MINUTE = timedelta(minutes=1)


def test_events_are_told_apart_by_each_part_of_their_identity() -> None:
    """Another birth, cluster, namespace or name is another event; another count is not."""
    others = [
        observe(birth=T0 + MINUTE),
        observe(birth=T0 + 2 * MINUTE),
        observe(cluster="other"),
        observe(namespace="other"),
        observe(name="other"),
    ]
    events = by_event([observe(1), *others, observe(2), *others])
    assert [len(event.observations) for event in events] == [2] * 6
    assert [event.birth for event in events] == sorted(event.birth for event in events)
    assert len({event.key for event in events}) == 6


def test_equal_attributes_are_kept_once() -> None:
    """Three counts of one event are one variant; another host or rank is another one."""
    [same] = by_event([observe(1), observe(2), observe(3)])
    assert len(same.variants) == 1
    [changed] = by_event(
        [observe(1), observe(2, host="n2"), observe(3, host="n2"), observe(4, workload_by="lookup")]
    )
    assert len(changed.variants) == 3


def test_the_message_of_an_event_is_the_least() -> None:
    """Of c, a and b it is a."""
    [event] = by_event([observe(n, message=message) for n, message in enumerate("cab", 1)])
    assert event.message == "a"


def test_observations_ascend_by_count() -> None:
    """Counts 3, 1, 2 come as 1, 2, 3."""
    [event] = by_event([observe(3), observe(1), observe(2)])
    assert [one.cumulative for one in event.ascending()] == [1, 2, 3]


@pytest.mark.parametrize(("ahead", "read"), [(5, 5), (6, 0), (-60, -60)])
def test_a_claim_more_than_five_minutes_ahead_is_read_as_receipt(ahead: int, read: int) -> None:
    """Five minutes ahead are taken as they are, six are not; the past is."""
    assert read_time(T0 + ahead * MINUTE, T0) == T0 + read * MINUTE


def test_what_is_read_as_older_than_the_horizon_is_left_out() -> None:
    """A claim in the future, received before the horizon, is read as of before it."""
    at, late = observe(1, 0), observe(2, -1)
    early_receipt = observe(3, 60, received=T0 - MINUTE)
    assert not_before([at, late, early_receipt], T0) == [at]
    near = observe(4, 4, received=T0 - MINUTE)  # five minutes ahead of its receipt: as claimed
    assert not_before([at, near], T0) == [at, near]

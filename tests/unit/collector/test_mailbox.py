"""What is put in is what is taken out, with marks that speak of it, and no more than fits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from collector.mailbox import Closed, Mailbox, Parcel
from collector.observation import Rejection
from collector.progress import Mark, Stream
from tests.factories import observe

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Counting:
    """A stream whose version is how many records it has put."""

    def __init__(self, name: str = "lab") -> None:
        self.stream = Stream(cluster=name)
        self.put = 0

    def mark(self) -> Mark:
        """Return the count as a version."""
        return Mark(stream=self.stream, resource_version=str(self.put), proved=NOON)

    def step(self, count: int = 1) -> Callable[[], None]:
        """Return a step that moves so many records on."""

        def move() -> None:
            self.put += count

        return move


class Clock:
    """Time that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def mailbox(*, capacity: int = 100, batch: int = 50, clock: Clock | None = None) -> Mailbox:
    """Return an empty one."""
    return Mailbox(capacity=capacity, batch=batch, monotonic=clock or Clock())


def rejection(raw: str = "{") -> Rejection:
    """Return a record that could not be read."""
    return Rejection(
        cluster="lab", source="watch", place="the watch", reason="no JSON", raw=raw, received=NOON
    )


def take_now(box: Mailbox) -> Parcel:
    """Return what waits."""
    parcel = box.take(0)
    assert parcel is not None
    return parcel


def test_a_parcel_holds_what_was_put_apart() -> None:
    """From a watch, from a LIST, audited and rejected, each in order."""
    box = mailbox()
    seen = [observe(count) for count in range(1, 6)]
    box.put(seen[:2], [rejection()])
    box.put(seen[2:3], listed=seen[3:4], audited=seen[4:])
    assert len(box) == 6
    parcel = take_now(box)
    assert parcel.observations == seen[:3]
    assert (parcel.listed, parcel.audited) == (seen[3:4], seen[4:])
    assert parcel.rejections == [rejection()]
    assert (parcel.marks, len(parcel), len(box)) == ([], 6, 0)


def test_the_mark_speaks_of_what_the_parcel_holds() -> None:
    """The next parcel has the next mark; a stream that has not moved has none."""
    box, lab, prod = mailbox(), Counting("lab"), Counting("prod")
    box.put([observe(1)], progress=lab, step=lab.step())
    box.put([observe(2)], progress=lab, step=lab.step())
    first = take_now(box)
    box.put([observe(3)], progress=prod, step=prod.step())
    second = take_now(box)
    assert [(one.stream.cluster, one.resource_version) for one in first.marks] == [("lab", "2")]
    assert [(one.stream.cluster, one.resource_version) for one in second.marks] == [("prod", "1")]


def test_a_mark_alone_is_worth_a_transaction() -> None:
    """The end of an idle watch is a proof."""
    box, lab = mailbox(), Counting()
    box.put(progress=lab, step=lab.step(0))
    parcel = take_now(box)
    assert len(parcel) == 0
    assert parcel
    assert not Parcel()


def test_an_old_batch_is_due_and_a_full_one() -> None:
    """One record at 0 s is due after a second; 50 records are due at once."""
    clock = Clock()
    box = mailbox(clock=clock)
    box.put([observe()])
    clock.now = 1.0
    assert box.take(1.0) is not None
    box.put([observe()] * 50)
    assert box.take(3600.0) is not None


def test_patience_ends_with_an_empty_parcel() -> None:
    """A writer with other work to do looks in."""
    parcel = mailbox().take(1.0, patience_seconds=0.0)
    assert parcel is not None
    assert not parcel


def test_a_full_mailbox_makes_its_watcher_wait_without_moving_on() -> None:
    """The step happens when there is room, not before."""
    box, lab = mailbox(capacity=3), Counting()
    box.put([observe()] * 3, progress=lab, step=lab.step(3))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(box.put, [observe(9)], progress=lab, step=lab.step())
        with pytest.raises(TimeoutError):
            waiting.result(0.05)
        first = take_now(box)
        waiting.result(10)
    assert (len(first), first.marks[0].resource_version) == (3, "3")
    second = take_now(box)
    assert (len(second), second.marks[0].resource_version) == (1, "4")


def test_long_texts_weigh_more() -> None:
    """Messages of 1 MB and raw records of 64 KB fill a mailbox that takes hundreds of others."""
    for much in (
        {"observations": [observe(message="x" * 1_000_000)]},
        {"rejections": [rejection("x" * 65_536)] * 16},
    ):
        box = mailbox(capacity=200)
        box.put(**much)  # type: ignore[arg-type]
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(box.put, [observe()])
            with pytest.raises(TimeoutError):
                waiting.result(0.05)
            take_now(box)
            waiting.result(10)


def test_closing_refuses_what_comes_and_keeps_what_waits() -> None:
    """What was put can still be taken, at once; then there is nothing any more."""
    box = mailbox()
    box.put([observe()])
    box.close()
    with pytest.raises(Closed):
        box.put([observe()])
    parcel = box.take(3600.0)
    assert parcel is not None
    assert len(parcel) == 1
    assert box.take(3600.0) is None


def test_closing_wakes_who_waits() -> None:
    """A watcher before a full mailbox and a writer before an empty one."""
    full, empty = mailbox(capacity=1), mailbox()
    full.put([observe()])
    with ThreadPoolExecutor(2) as pool:
        watcher, writer = pool.submit(full.put, [observe()]), pool.submit(empty.take, 3600.0)
        full.close()
        empty.close()
        assert writer.result(10) is None
        with pytest.raises(Closed):
            watcher.result(10)


def test_a_change_brings_no_mail() -> None:
    """It only keeps clear of a mark that is taken."""
    box, lab = mailbox(), Counting()
    box.change(lab.step())
    parcel = box.take(1.0, patience_seconds=0.0)
    assert parcel is not None
    assert (lab.put, len(parcel), parcel.marks) == (1, 0, [])


def test_many_watchers_and_one_writer_lose_nothing() -> None:
    """Each mark is the number of its stream's records that were taken up to it."""
    box = Mailbox(capacity=20, batch=10)
    streams = [Counting(f"cluster-{number}") for number in range(4)]
    taken = {one.stream.cluster: 0 for one in streams}

    def watch(stream: Counting) -> None:
        for count in range(1, 301):
            one = observe(count, cluster=stream.stream.cluster)
            box.put([one], progress=stream, step=stream.step())

    def write() -> None:
        while (parcel := box.take(0.001)) is not None:
            assert len(parcel) <= 20
            for one in parcel.observations:
                taken[one.cluster] += 1
                assert one.cumulative == taken[one.cluster]
            for mark in parcel.marks:
                assert mark.resource_version == str(taken[mark.stream.cluster])

    with ThreadPoolExecutor(5) as pool:
        writer = pool.submit(write)
        for watcher in [pool.submit(watch, stream) for stream in streams]:
            watcher.result(30)
        box.close()
        writer.result(30)
    assert set(taken.values()) == {300}

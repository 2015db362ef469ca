"""Nothing is dropped, nothing overtakes, whatever the store and the spool do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector import writer as writer_module
from collector.deadline import Deadline, NoAnswer
from collector.errors import CollectorError, SchemaError, SpoolError, StoreError, UnreachableError
from collector.mailbox import Mailbox
from collector.metrics import Metrics
from collector.observation import Observation, Rejection
from collector.progress import Mark, Span, Stream
from collector.spool import Entry, Spool
from collector.store import Store, WriteResult
from collector.store_errors import store_error
from collector.writer import LONGEST_RETRY_SECONDS, Writer
from tests.factories import observe

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
AWAY = UnreachableError("the database went away")
Failures = Sequence[Exception | None]


class FakeStore:
    """A store that fails as told, call by call, and then takes everything."""

    def __init__(
        self, *failures: Exception | None, missing: Sequence[int | Exception] = ()
    ) -> None:
        self.written: list[tuple[list[int], list[str]]] = []  # counts and versions
        self.rejected: list[Rejection] = []
        self.attempts = 0
        self.closed = 0
        self.pings = 0
        self.asked = 0
        self.during: Callable[[], None] = lambda: None  # happens while the first call lasts
        self._failures = list(failures)
        self._missing = list(missing)

    def write(self, observations: Sequence[Observation], marks: Sequence[Mark] = ()) -> WriteResult:
        """Take a batch or fail."""
        self.attempts += 1
        if self.attempts == 1:
            self.during()
        failure = self._failures.pop(0) if self._failures else None
        if failure is not None:
            raise failure
        counts = [one.cumulative for one in observations]
        self.written.append((counts, [mark.resource_version for mark in marks]))
        return WriteResult(stored=len(observations))

    def missing(self, observations: Sequence[Observation]) -> int:
        """Return what was told, or fail."""
        self.asked += 1
        answer = self._missing.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def reject(self, rejections: Sequence[Rejection]) -> None:
        """Keep records that are none."""
        self.rejected += rejections

    def ping(self) -> None:
        """Answer, or fail as a write does."""
        self.pings += 1
        failure = self._failures.pop(0) if self._failures else None
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Count it."""
        self.closed += 1


class Clock:
    """Time that passes by waiting alone; after *patience* waits it is time to give up."""

    def __init__(self, patience: int = 1_000) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self._patience = patience

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def wait(self, seconds: float) -> bool:
        """Let time pass."""
        assert len(self.waits) < 10_000, "it never ends"
        self.waits.append(seconds)
        self.now += seconds
        return len(self.waits) > self._patience


class Progress:
    """A stream with a version."""

    def __init__(self, version: str, spans: tuple[Span, ...] = ()) -> None:
        stream = Stream(cluster="lab")
        self._mark = Mark(stream=stream, resource_version=version, proved=NOON, spans=spans)

    def mark(self) -> Mark:
        """Return it."""
        return self._mark


def mailbox_of(*counts: int, version: str = "7", **kinds: Any) -> Mailbox:
    """Return a mailbox in which observations wait, and their mark."""
    box = Mailbox(capacity=1000, batch=500)
    put(box, *counts, version=version, **kinds)
    return box


def put(box: Mailbox, *counts: int, version: str, **kinds: Any) -> None:
    """Add what a watcher has read."""
    box.put([observe(count) for count in counts], progress=Progress(version), **kinds)


def writer_of(
    box: Mailbox, store: FakeStore, clock: Clock | None = None, **over: Any
) -> tuple[Writer, Metrics]:
    """Return a writer over a fake store, and its metrics."""
    clock = clock or Clock()
    metrics = Metrics(version="1", now=lambda: NOON)
    writer = Writer(
        box,
        cast("Store", store),
        metrics=metrics,
        flush_seconds=0.0,
        wait=clock.wait,
        now=lambda: NOON,
        monotonic=clock,
        **over,
    )
    return writer, metrics


def write_all(box: Mailbox, store: FakeStore, clock: Clock | None = None, **over: Any) -> Metrics:
    """Write until the mailbox is empty."""
    writer, metrics = writer_of(box, store, clock, **over)
    box.close()
    writer.run()
    assert writer.unwritten == 0
    return metrics


def test_a_parcel_is_one_batch_with_its_mark() -> None:
    """What waited together, from a watch and from a LIST, is stored together."""
    store = FakeStore()
    bad = Rejection(
        cluster="lab", source="watch", place="here", reason="bad", raw="{", received=NOON
    )
    box = mailbox_of(1, 2, listed=[observe(3)], rejections=[bad])
    metrics = write_all(box, store)
    assert store.written == [([1, 2, 3], ["7"])]
    assert store.rejected == [bad]
    assert metrics.snapshot().stored == 3


@given(st.lists(st.sampled_from([None, AWAY, StoreError("no space left")]), max_size=30))
def test_nothing_is_dropped(failures: Failures) -> None:
    """However often and at whatever the database fails, each batch is stored once, in order."""
    store = FakeStore(*failures)
    box = mailbox_of(1, 2)
    store.during = lambda: put(box, 3, version="8")
    writer, _ = writer_of(box, store, on_commit=lambda: box.close())
    writer.run()
    assert store.written == [([1, 2], ["7"]), ([3], ["8"])]


def test_waits_grow_and_are_bounded() -> None:
    """A database that stays away is asked less and less often, and at least every five seconds."""
    clock = Clock()
    write_all(mailbox_of(1), FakeStore(*[AWAY] * 12), clock)
    assert len(clock.waits) == 12
    assert 0.25 <= clock.waits[0] <= 0.5
    assert 2.5 <= clock.waits[-1] <= LONGEST_RETRY_SECONDS


def test_nothing_overtakes_what_was_given_up() -> None:
    """When time is out, later records are not stored: their mark would speak of the lost ones."""
    store = FakeStore(AWAY)  # it would take the second batch
    box = mailbox_of(1, 2)
    store.during = lambda: put(box, 3, version="8")
    writer, _ = writer_of(box, store, Clock(patience=0))
    writer.run()
    assert store.written == []
    assert writer.unwritten == 3


def test_a_crash_ends_the_writer_at_once() -> None:
    """What the store does not promise to raise is nobody's to repeat, and nothing follows it."""
    store = FakeStore(ZeroDivisionError())
    box = mailbox_of(1)
    store.during = lambda: put(box, 2, version="8")
    writer, _ = writer_of(box, store)
    with pytest.raises(ZeroDivisionError):
        writer.run()
    assert store.written == []


def test_trouble_is_said_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    """A database that fails by turns in two ways makes two lines, not one for each attempt."""
    caplog.set_level(logging.INFO, "collector.writer")
    full = StoreError("no space left")
    metrics = write_all(mailbox_of(1), FakeStore(AWAY, full, AWAY, full))
    assert caplog.messages == [
        "the database went away; trying again until it works",
        "no space left; trying again until it works",
        "the database takes events again",
    ]
    assert metrics.snapshot().database_errors == 4
    assert metrics.snapshot().is_database_up is True


def test_each_attempt_has_a_connection_of_its_own() -> None:
    """After a failover the old server may still answer, and refuse."""
    store = FakeStore(StoreError("read-only"), StoreError("read-only"))
    write_all(mailbox_of(1), store)
    assert store.closed == 2


def test_the_database_is_made_ready_once() -> None:
    """A schema that does not fit yet is tried again; one that fits is left alone."""
    tries = [SchemaError("locked"), AWAY, None]
    done: list[object] = []

    def prepare() -> None:
        done.append(tries[0])
        if (failure := tries.pop(0)) is not None:
            raise failure

    store = FakeStore(AWAY)
    write_all(mailbox_of(1), store, prepare=prepare)
    assert len(done) == 3
    assert store.written == [([1], ["7"])]


def test_audited_points_are_counted_once() -> None:
    """A batch that has to be repeated after the audit does not audit what it stored itself."""
    store = FakeStore(None, AWAY, missing=[2])
    metrics = write_all(mailbox_of(1, audited=[observe(5), observe(6)]), store)
    assert store.asked == 1
    assert metrics.snapshot().missed == 2
    assert store.written[-1] == ([5, 6], ["7"])  # the mark stands behind all it speaks of
    assert all(versions == [] for _, versions in store.written[:-1])


def test_an_audit_that_failed_is_repeated() -> None:
    """Before anything audited was stored the question can be asked again."""
    store = FakeStore(missing=[AWAY, 1])
    metrics = write_all(mailbox_of(1, audited=[observe(5)]), store)
    assert store.asked == 2
    assert metrics.snapshot().missed == 1


def test_a_gap_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """Who reads the log learns which time was not watched."""
    box = Mailbox(capacity=10, batch=5)
    span = Span("gap", NOON - timedelta(hours=2), NOON - timedelta(hours=1))
    box.put([], progress=Progress("7", (span,)))
    write_all(box, FakeStore())
    assert "not watched from 2026-01-05T10:00:00+00:00 to 2026-01-05T11:00:00" in caplog.text


def test_a_silent_database_gets_more_time() -> None:
    """Each cut doubles the time to answer, up to two minutes; what is stored sets it back."""
    silence = store_error(NoAnswer("the database did not answer for 10 s"))
    assert str(silence) == "the database did not answer for 10 s"
    seconds: list[float] = []
    deadline = Deadline(10.0)
    clock = Clock()

    def wait(delay: float) -> bool:
        seconds.append(deadline.seconds)
        return clock.wait(delay)

    box = mailbox_of(1)
    writer, metrics = writer_of(box, FakeStore(*[silence] * 5), clock, deadline=deadline)
    writer._wait = wait
    box.close()
    writer.run()
    assert seconds == [20, 40, 80, 120, 120]
    assert deadline.seconds == 10
    sample = metrics.registry.get_sample_value
    assert sample("kubedigest_database_errors_total", {"kind": "deadline"}) == 5


# -- with a spool


def test_what_the_database_refuses_is_spooled(tmp_path: Path) -> None:
    """With its rejections and marks, and the watch need not wait."""
    store = FakeStore(AWAY)
    clock = Clock()
    with Spool(tmp_path) as spool:
        metrics = write_all(mailbox_of(1, listed=[observe(2)]), store, clock, spool=spool)
        entry = spool.oldest()
        assert entry is not None
        assert [one.cumulative for one in entry.observations] == [1, 2]
        assert [mark.resource_version for mark in entry.marks] == ["7"]
    assert store.written == []
    assert clock.waits == []
    assert metrics.snapshot().spool_batches == 1


def test_spooled_batches_are_stored_first(tmp_path: Path) -> None:
    """What comes while batches wait goes behind them, even where the database is back."""
    with Spool(tmp_path) as spool:
        spool.append([observe(1)], marks=[Progress("5").mark()])
        store = FakeStore()
        metrics = write_all(mailbox_of(2), store, spool=spool)
        assert store.written == [([1], ["5"]), ([2], ["7"])]
        assert spool.entries == 0
    assert metrics.snapshot().spool_batches == 0


def test_an_earlier_spool_is_drained_without_news(tmp_path: Path) -> None:
    """A quiet cluster is no reason to leave batches on disk."""
    box = Mailbox(capacity=10, batch=5)
    store = FakeStore()
    with Spool(tmp_path) as spool:
        spool.append([observe(1)])
        writer, _ = writer_of(box, store, spool=spool, on_commit=box.close)
        writer.run()
        assert spool.entries == 0
    assert store.written == [([1], [])]


class FullSpool:
    """A spool that has no room, or cannot be read."""

    entries = 0
    size_bytes = 0
    has_lost = False

    def __init__(self, waiting: int = 0) -> None:
        self.entries = waiting

    def append(self, *_: object) -> None:
        """Refuse."""
        raise SpoolError("the disk that holds the spool is full")

    def oldest(self) -> Entry | None:
        """Fail."""
        raise SpoolError("the spool cannot be read")


def test_without_room_in_the_spool_it_waits_for_the_database() -> None:
    """An empty spool on a full disk is no reason to leave the database alone when it is back."""
    store = FakeStore(AWAY, AWAY, AWAY)
    clock = Clock()
    metrics = write_all(mailbox_of(1), store, clock, spool=FullSpool())
    assert store.written == [([1], ["7"])]
    assert metrics.snapshot().spool_refused == 3
    assert all(seconds > 0 for seconds in clock.waits)


def test_a_spool_that_cannot_be_read_is_never_overtaken() -> None:
    """What it holds comes first: the batch is given up in the end, and said to be."""
    store = FakeStore()
    clock = Clock(patience=20)
    box = mailbox_of(1, 2)
    box.close()
    writer, _ = writer_of(box, store, clock, spool=FullSpool(waiting=1))
    writer.run()
    assert store.written == []
    assert writer.unwritten == 2
    assert all(seconds > 0 for seconds in clock.waits)


def test_a_database_that_goes_away_in_quiet_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a single event, the writer sees it within the idle time, and its return too."""
    monkeypatch.setattr(writer_module, "IDLE_SECONDS", 0.001)
    box = Mailbox(capacity=10, batch=5)
    store = FakeStore(AWAY)
    troubles: list[str] = []
    writer, _ = writer_of(box, store)

    def ping() -> None:
        troubles.append(writer.trouble)
        if store.pings == 2:
            box.close()
        FakeStore.ping(store)

    monkeypatch.setattr(store, "ping", ping)
    writer.run()
    assert troubles == ["", str(AWAY), ""]


class LosingSpool(FullSpool):
    """A spool that finds one of its batches damaged."""

    has_lost = False

    def append(self, *_: object) -> None:
        """Take it."""
        self.entries += 1

    def oldest(self) -> Entry | None:
        """Give what comes after the lost one."""
        self.has_lost = True
        return Entry(2, [observe(2)], [], [])


def test_a_lost_batch_is_not_passed() -> None:
    """What came after it in memory would count it among the stored: the writer ends instead."""
    store = FakeStore()
    writer, _ = writer_of(mailbox_of(3), store, spool=LosingSpool(waiting=2))
    with pytest.raises(CollectorError, match="the spool has lost a batch"):
        writer.run()
    assert store.written == []


def test_what_the_database_knows_of_a_stream_is_added_to_its_mark() -> None:
    """It is asked for with each attempt, since only then it may be there."""
    completed: list[str] = []

    def complete(mark: Mark) -> Mark:
        completed.append(mark.resource_version)
        return replace(mark, resource_version="8")

    store = FakeStore(AWAY)
    write_all(mailbox_of(1), store, complete=complete)
    assert store.written == [([1], ["8"])]
    assert completed == ["7", "8"]


def test_covered_time_is_counted_once() -> None:
    """A span that grows from 60 to 90 s adds 30."""
    minute = timedelta(minutes=1)
    first = Span("watched", NOON, NOON + minute)
    grown = Span("watched", NOON, NOON + 1.5 * minute)
    gap = Span("gap", NOON - minute, NOON)
    store = FakeStore()
    writer, metrics = writer_of(Mailbox(capacity=10, batch=5), store)
    for spans in ((gap, first), (grown,)):
        box = Mailbox(capacity=10, batch=5)
        box.put([], progress=Progress("7", spans))
        box.close()
        writer._mailbox = box
        writer.run()
    found = {
        (sample.labels["state"], sample.value)
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "kubedigest_coverage_seconds_total"
    }
    assert found == {("watched", 90.0), ("gap", 60.0)}

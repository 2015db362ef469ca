"""Streams, mailbox and writer together: who stops whom, and what an end leaves behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from collector import absent_clusters, collecting, identity
from collector.api_server import ApiServer
from collector.cluster_watch import ClusterWatch
from collector.collecting import Collector, CollectorSettings
from collector.errors import ApiError, CollectorError, KubeconfigError, UnreachableError
from collector.event_stream import EventStream, WatchSettings
from collector.kubeconfig import targets
from collector.metrics import Metrics
from collector.observation import Observation
from collector.progress import Mark, Stream
from collector.spool import Spool
from collector.store import WriteResult
from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer

SECONDS = 20
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
AWAY = UnreachableError("the database went away")


class FakeStore:
    """A store in memory that fails as told."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.versions: list[str] = []
        self.failure: Exception | None = None
        self.changed = threading.Condition()

    def write(self, observations: Sequence[Observation], marks: Sequence[Mark] = ()) -> WriteResult:
        """Take a batch or fail."""
        if self.failure is not None:
            raise self.failure
        with self.changed:
            self.names |= {f"{one.cluster}/{one.object}" for one in observations}
            self.versions += [mark.resource_version for mark in marks]
            self.changed.notify_all()
        return WriteResult(stored=len(observations))

    def missing(self, _: Sequence[Observation]) -> int:
        """Find nothing missing."""
        return 0

    def reject(self, _: object) -> None:
        """Keep nothing."""

    def ping(self) -> None:
        """Answer."""

    def close(self) -> None:
        """Hold nothing open."""

    def wait_for(self, *names: str) -> None:
        """Wait until these are stored."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.names >= set(names), SECONDS)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    """Put a store in memory where the database would be; no stream is known to it."""
    made = FakeStore()
    monkeypatch.setattr(collecting, "Store", lambda _: made)
    monkeypatch.setattr(collecting, "resume_mark", lambda *_: None)
    monkeypatch.setattr(identity, "note_identity", lambda *_, **__: [])
    return made


@pytest.fixture
def other_server() -> Iterator[FakeApiServer]:
    """Yield a second API server."""
    with FakeApiServer() as server:
        yield server


def watch_of(server: FakeApiServer, folder: Path, cluster: str, **over: Any) -> ClusterWatch:
    """Return what to follow of a server."""
    [target] = targets(str(server.kubeconfig(folder, cluster=cluster)), [])
    return ClusterWatch(cluster=cluster, server=ApiServer(target), **over)


def collector_of(
    *watches: ClusterWatch,
    prepare: Callable[[], None] = lambda: None,
    absent: Mapping[str, Callable[[], ClusterWatch]] = MappingProxyType({}),
    **over: Any,
) -> tuple[Collector, Metrics]:
    """Return a collector that writes at once, and its metrics."""
    metrics = Metrics(version="1", now=lambda: datetime.now(UTC))
    over = {"grace_seconds": 5.0, "flush_seconds": 0.0, **over}
    settings = CollectorSettings(watch=WatchSettings(first_delay_seconds=0.01), **over)
    engine = cast("Engine", None)
    collector = Collector(
        engine, watches, metrics=metrics, settings=settings, prepare=prepare, absent=absent
    )
    return collector, metrics


class Running:
    """A collector that runs in a thread until the block ends."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._collector.stop()
        self.wait()

    def wait(self) -> None:
        """Wait for its end; raise what it raised."""
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._collector.run()
        except CollectorError as error:
            self._failure = error


def wait_for_received(metrics: Metrics, events: int) -> None:
    """Wait until so many events were read."""
    for _ in range(100 * SECONDS):
        if metrics.snapshot().received >= events:
            return
        time.sleep(0.01)
    raise AssertionError("the events do not come")


def test_one_hopeless_cluster_stops_alone(
    api_server: FakeApiServer,
    other_server: FakeApiServer,
    store: FakeStore,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A cluster whose events may not be read is said, and the other one is followed."""
    other_server.forbid("/api/v1/events")
    collector, _ = collector_of(
        watch_of(other_server, tmp_path, "closed"), watch_of(api_server, tmp_path, "open")
    )
    with Running(collector):
        api_server.wait_for_watches(1)
        api_server.apply(pod_event(1))
        store.wait_for("open/web-1")
        assert any(reason.startswith("closed: ") for reason in collector.ready())
        assert not any(reason.startswith("open: ") for reason in collector.ready())
        assert collector.alive() == []
    assert "trying again in 5 min" in caplog.text


def test_one_hopeless_namespace_stops_alone(
    api_server: FakeApiServer, store: FakeStore, tmp_path: Path
) -> None:
    """The right to one namespace is enough for that one."""
    api_server.forbid("/api/v1/namespaces/secret/events")
    watch = watch_of(api_server, tmp_path, "lab", namespaces=("secret", "shop"))
    collector, _ = collector_of(watch)
    api_server.apply(pod_event(1))
    with Running(collector):
        store.wait_for("lab/web-1")


def test_all_hopeless_ends_it(api_server: FakeApiServer, store: FakeStore, tmp_path: Path) -> None:
    """Where nothing can be watched, the collector ends with the rule that is missing."""
    api_server.forbid("/api/v1/")
    collector, _ = collector_of(watch_of(api_server, tmp_path, "lab"))
    with pytest.raises(ApiError, match="does not allow it") as caught:
        collector.run()
    assert "ClusterRole" in caught.value.rule
    assert store.names == set()


def test_a_hopeless_cluster_does_not_end_one_that_is_away(
    api_server: FakeApiServer, other_server: FakeApiServer, store: FakeStore, tmp_path: Path
) -> None:
    """A server that cannot be reached may come back."""
    other_server.forbid("/api/v1/")
    watches = [watch_of(api_server, tmp_path, "away"), watch_of(other_server, tmp_path, "closed")]
    api_server.stop()
    collector, _ = collector_of(*watches)
    with Running(collector):
        other_server.wait_for_requests(1)
        api_server.start()
        api_server.wait_for_watches(1, timeout_seconds=SECONDS)
        api_server.apply(pod_event(1))
        store.wait_for("away/web-1")


def test_a_watch_that_crashes_is_followed_again(
    api_server: FakeApiServer,
    store: FakeStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A mistake of ours in one stream is logged and costs some seconds, not the stream."""
    list_all = EventStream.list_all
    crashes = [True]

    def crash_first(stream: EventStream) -> None:
        if crashes:
            crashes.clear()
            raise ZeroDivisionError
        list_all(stream)

    monkeypatch.setattr(EventStream, "list_all", crash_first)
    monkeypatch.setattr(collecting, "FAILED_RETRY_SECONDS", 0.01)
    api_server.apply(pod_event(1))
    collector, _ = collector_of(watch_of(api_server, tmp_path, "lab"))
    with Running(collector):
        store.wait_for("lab/web-1")
    assert "the watch failed" in caplog.text


def test_a_writer_that_crashes_ends_it(
    api_server: FakeApiServer, store: FakeStore, tmp_path: Path
) -> None:
    """The process ends with a failure, and no mark says that the lost batch was stored."""
    store.failure = ZeroDivisionError()
    collector, _ = collector_of(watch_of(api_server, tmp_path, "lab"))
    api_server.apply(pod_event(1))
    with pytest.raises(CollectorError, match="the writer failed"):
        collector.run()
    assert store.versions == []


def test_what_was_read_is_stored_at_the_end(
    api_server: FakeApiServer, store: FakeStore, tmp_path: Path
) -> None:
    """A stop while records wait for their batch writes them first."""
    collector, metrics = collector_of(watch_of(api_server, tmp_path, "lab"), flush_seconds=60.0)
    with Running(collector):
        api_server.wait_for_watches(1)
        api_server.apply(pod_event(1))
        wait_for_received(metrics, 1)
    assert store.names == {"lab/web-1"}
    assert store.versions == [str(api_server.version)]


def test_a_stop_gives_up_in_time(
    api_server: FakeApiServer,
    store: FakeStore,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With the database away a stop is no failure: it says how much the next start reads again."""
    store.failure = AWAY
    collector, _ = collector_of(watch_of(api_server, tmp_path, "lab"), grace_seconds=0.2)
    api_server.apply(pod_event(1))
    with Running(collector):
        api_server.wait_for_watches(1)
    assert "1 records were not written" in caplog.text
    assert store.versions == []


def test_a_stop_before_the_database_has_come(
    api_server: FakeApiServer, store: FakeStore, tmp_path: Path
) -> None:
    """Nothing is watched before the store says where to go on; stopping ends the waiting."""
    asked = threading.Event()

    def prepare() -> None:
        asked.set()
        raise AWAY

    collector, _ = collector_of(watch_of(api_server, tmp_path, "lab"), prepare=prepare)
    with Running(collector):
        assert asked.wait(SECONDS)
    assert api_server.requests == []
    assert store.versions == []


def test_with_a_spool_it_starts_without_the_database(
    api_server: FakeApiServer, store: FakeStore, tmp_path: Path
) -> None:
    """The watch goes on where the spool ends, also with what was deleted since."""
    api_server.apply(pod_event(1))
    mark = Mark(stream=Stream(cluster="lab"), resource_version=str(api_server.version), proved=NOON)
    api_server.apply(pod_event(2))
    api_server.delete("shop", pod_event(2)["metadata"]["name"])

    def prepare() -> None:
        raise AWAY

    with Spool(tmp_path / "spool") as spool:
        spool.append([], marks=[mark])
        collector, metrics = collector_of(
            watch_of(api_server, tmp_path, "lab"), prepare=prepare, spool=spool
        )
        with Running(collector):
            wait_for_received(metrics, 3)  # 1 by LIST, 2 added and deleted
        entries = []
        while (entry := spool.oldest()) is not None:
            entries += [one.object for one in entry.observations]
            spool.remove(entry)
    assert set(entries) == {"web-1", "web-2"}
    assert store.names == set()


# -- once


def test_once_stores_what_there_is(
    api_server: FakeApiServer, other_server: FakeApiServer, store: FakeStore, tmp_path: Path
) -> None:
    """Every cluster is listed, stored and left."""
    api_server.apply(pod_event(1))
    other_server.apply(pod_event(2))
    collector, _ = collector_of(
        watch_of(api_server, tmp_path, "a"), watch_of(other_server, tmp_path, "b")
    )
    collector.once()
    assert store.names == {"a/web-1", "b/web-2"}
    assert api_server.open_watches == 0


def test_once_stores_the_rest_before_it_fails(
    api_server: FakeApiServer, other_server: FakeApiServer, store: FakeStore, tmp_path: Path
) -> None:
    """One cluster that refuses takes nothing from the others, and is what the run ends with."""
    api_server.forbid("/api/v1/")
    other_server.apply(pod_event(2))
    collector, _ = collector_of(
        watch_of(api_server, tmp_path, "a"), watch_of(other_server, tmp_path, "b")
    )
    with pytest.raises(ApiError, match="does not allow it"):
        collector.once()
    assert store.names == {"b/web-2"}


@pytest.mark.parametrize("failure", [AWAY, ZeroDivisionError()])
def test_once_fails_where_not_all_is_stored(
    api_server: FakeApiServer, store: FakeStore, tmp_path: Path, failure: Exception
) -> None:
    """A job that stored nothing has not succeeded."""
    store.failure = failure
    api_server.apply(pod_event(1))
    collector, _ = collector_of(watch_of(api_server, tmp_path, "lab"), grace_seconds=0.2)
    with pytest.raises(CollectorError, match="not everything was stored"):
        collector.once()


def test_once_can_be_stopped(api_server: FakeApiServer, store: FakeStore, tmp_path: Path) -> None:
    """An API server that does not answer holds nobody, and the run has not succeeded."""
    collector, _ = collector_of(watch_of(api_server, tmp_path, "lab"))
    api_server.pause()

    def stop_when_asked() -> None:
        api_server.wait_for_requests(1)
        collector.stop()

    stopper = threading.Thread(target=stop_when_asked)
    stopper.start()
    with pytest.raises(CollectorError):
        collector.once()
    stopper.join()
    assert store.versions == []


def test_a_cluster_that_was_absent_is_followed_when_it_is_there(
    api_server: FakeApiServer,
    other_server: FakeApiServer,
    store: FakeStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until then the collector is not ready, and says why."""
    monkeypatch.setattr(absent_clusters, "RETRY_SECONDS", 0.05)
    api_server.apply(pod_event(1))
    other_server.apply(pod_event(2))
    may_log_in = threading.Event()

    def find() -> ClusterWatch:
        if not may_log_in.is_set():
            raise KubeconfigError("log in first")
        return watch_of(other_server, tmp_path, "late")

    collector, _ = collector_of(
        watch_of(api_server, tmp_path, "first"), absent={"late: log in first": find}
    )
    with Running(collector):
        store.wait_for("first/web-1")
        assert "late: log in first" in collector.ready()
        may_log_in.set()
        store.wait_for("late/web-2")
        assert "late: log in first" not in collector.ready()

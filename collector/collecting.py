"""Streams, mailbox and writer as one running collector."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Engine

from collector.api_server import ApiServer
from collector.backoff import Backoff
from collector.deadline import Deadline
from collector.errors import ApiError, CollectorError, StoreError, UnreachableError
from collector.event_stream import EventStream, WatchSettings
from collector.mailbox import Closed, Mailbox
from collector.metrics import Metrics
from collector.observation import Observation
from collector.owners import Owners
from collector.progress import Api, Mark, Stream
from collector.resume import note_identity, resume_mark
from collector.spool import Spool
from collector.store import BATCH_OBSERVATIONS, Store
from collector.writer import FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, Writer

CAPACITY_RECORDS = 2 * BATCH_OBSERVATIONS
GRACE_SECONDS = 20.0  # Kubernetes kills after 30
LAST_SECONDS = 3.0
HOPELESS_RETRY_SECONDS = 300.0  # somebody may have granted the right
FAILED_RETRY_SECONDS = 30.0
ONCE_ATTEMPTS = 3
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterWatch:
    """One cluster and what to follow of it."""

    cluster: str
    server: ApiServer
    namespaces: tuple[str, ...] = ()  # () for all
    api: Api = "core/v1"
    field_selector: str = ""
    looks_up_owners: bool = False

    def streams(self) -> list[Stream]:
        """Return a stream for each namespace, or one for all."""
        return [
            Stream(
                cluster=self.cluster,
                namespace=namespace,
                api=self.api,
                field_selector=self.field_selector,
            )
            for namespace in self.namespaces or ("",)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorSettings:
    """How a collector runs."""

    watch: WatchSettings = field(default_factory=WatchSettings)
    flush_seconds: float = 1.0
    grace_seconds: float = GRACE_SECONDS
    spool: Spool | None = None


class Collector:
    """Watchers and their writer; `run` until `stop`, or list everything `once`.

    *prepare* makes the schema fit; it is called once, before the first batch is written.
    """

    def __init__(
        self,
        engine: Engine,
        watches: Sequence[ClusterWatch],
        *,
        metrics: Metrics,
        settings: CollectorSettings,
        prepare: Callable[[], None],
        deadline: Deadline | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._watches = watches
        self._metrics = metrics
        self._settings = settings
        self._now = now
        self._stop = threading.Event()
        self._give_up = threading.Event()
        self._mailbox = Mailbox(capacity=CAPACITY_RECORDS, batch=BATCH_OBSERVATIONS)
        self._writer = Writer(
            self._mailbox,
            Store(engine),
            metrics=metrics,
            flush_seconds=settings.flush_seconds,
            wait=self._give_up.wait,
            spool=settings.spool,
            prepare=prepare,
            deadline=deadline,
            on_commit=self._identify,
        )
        self._streams: list[EventStream] = []
        self._owners: list[Owners] = []
        self._threads: list[threading.Thread] = []
        self._hopeless: dict[Stream, ApiError] = {}
        self._unidentified = list(watches)
        self._has_failed = False
        self._has_listed = False

    # -- from outside

    def run(self) -> None:
        """Follow every stream until `stop`; then store what has come.

        Raises
        ------
        ApiError
            No cluster can be watched, and waiting would not help.
        StoreError
            The schema does not fit.
        """
        if not self._start():
            return
        for stream in self._streams:
            self._thread(f"watch {stream.stream.cluster}", self._follow, stream)
        self._stop.wait()
        self._finish()
        if self._is_hopeless():
            raise next(iter(self._hopeless.values()))
        if self._has_failed:
            raise CollectorError("the writer failed; the log says how")

    def once(self) -> None:
        """Store what the API servers hold now; `stop` ends it before its time.

        Raises
        ------
        ApiError
            An API server could not be read; what the others hold is stored.
        CollectorError
            Not everything that was read is stored.
        """
        failures: list[CollectorError] = []
        if self._start():
            self._thread("list", self._list_each, failures)
            self._stop.wait()
        is_stored = self._finish()
        if failures:
            raise failures[0]
        if self._has_failed or not (self._has_listed and is_stored):
            raise CollectorError("not everything was stored; the log says why")

    def stop(self) -> None:
        """End `run` soon, from any thread or signal handler."""
        self._stop.set()

    def alive(self) -> list[str]:
        """Return which threads have died."""
        return [f"thread {one.name!r} has died" for one in self._threads if not one.is_alive()]

    def ready(self) -> list[str]:
        """Return which watches are not alive, and whether the database is away."""
        reasons = [f"{one.stream.cluster}: {one.trouble}" for one in self._streams if one.trouble]
        if self._writer.trouble:
            reasons.append(self._writer.trouble)
        return reasons if self._streams else ["has not started to watch yet"]

    # -- starting and ending

    def _start(self) -> bool:
        """Find out where each stream goes on and begin to write; False if stopped meanwhile."""
        streams = [stream for watch in self._watches for stream in watch.streams()]
        marks = self._marks(streams)
        if marks is None:
            return False
        for watch in self._watches:
            owners = self._owners_of(watch)
            for stream in watch.streams():
                self._streams.append(self._event_stream(watch, stream, marks.get(stream), owners))
                self._metrics.follow(stream)
        self._metrics.measure_backlog(lambda: len(self._mailbox))
        self._thread("writer", self._write)
        return True

    def _marks(self, streams: Iterable[Stream]) -> dict[Stream, Mark] | None:
        """Read how far earlier runs came, waiting for the database; with a spool it may be away."""
        spool = self._settings.spool
        backoff = Backoff(first_seconds=FIRST_RETRY_SECONDS, longest_seconds=LONGEST_RETRY_SECONDS)
        spooled = spool.latest_marks() if spool else {}
        while not self._stop.is_set():
            try:
                self._writer.prepare()
                stored = [resume_mark(self._engine, stream) for stream in streams]
            except UnreachableError as error:
                LOG.warning("%s; trying again until it works", error)
                if spool is not None:
                    return spooled
                self._stop.wait(backoff.next_seconds())
            else:
                return _latest([*(mark for mark in stored if mark), *spooled.values()])
        return None

    def _event_stream(
        self, watch: ClusterWatch, stream: Stream, resume: Mark | None, owners: Owners | None
    ) -> EventStream:
        return EventStream(
            stream,
            watch.server,
            self._mailbox,
            metrics=self._metrics,
            wait=self._stop.wait,
            settings=self._settings.watch,
            resume=resume,
            owners=owners,
            now=self._now,
        )

    def _owners_of(self, watch: ClusterWatch) -> Owners | None:
        if not watch.looks_up_owners:
            return None
        owners = Owners(watch.server, self._improved)
        owners.start()
        self._owners.append(owners)
        return owners

    def _improved(self, observation: Observation) -> None:
        """Store an observation again, with the workload that was looked up."""
        with suppress(Closed):
            self._mailbox.put(listed=[observation])

    def _finish(self) -> bool:
        """Stop reading, write what has come, and leave the rest to the next start; True if none."""
        self._stop.set()
        for watch in self._watches:
            watch.server.interrupt()
        self._mailbox.close()
        for owners in self._owners:
            owners.close()
        writer = self._threads[:1]
        _join(writer, self._settings.grace_seconds)
        self._give_up.set()
        _join(self._threads, LAST_SECONDS)
        is_stuck = any(thread.is_alive() for thread in writer)
        if is_stuck:
            LOG.warning(
                "the database does not answer; what it has not stored is read from the API server "
                "again at the next start"
            )
        if self._writer.unwritten:
            LOG.warning(
                "%d records were not written; the next start reads them from the API server again",
                self._writer.unwritten,
            )
        for watch in self._watches:
            watch.server.close()
        return not (is_stuck or self._writer.unwritten)

    # -- threads

    def _thread(self, name: str, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _follow(self, stream: EventStream) -> None:
        """Run a stream for as long as the collector runs, whatever happens to it."""
        while not self._stop.is_set():
            try:
                stream.run()
            except Closed:
                return
            except ApiError as error:
                self._hopeless[stream.stream] = error
                if self._is_hopeless():
                    self._stop.set()
                    return
                sentence = f"{error}; trying again in {HOPELESS_RETRY_SECONDS / 60:g} min"
                LOG.warning("%s", sentence, extra={"cluster": stream.stream.cluster})
                self._stop.wait(HOPELESS_RETRY_SECONDS)
            except Exception:
                LOG.exception("the watch failed", extra={"cluster": stream.stream.cluster})
                stream.progress.coverage.lost()
                self._stop.wait(FAILED_RETRY_SECONDS)

    def _is_hopeless(self) -> bool:
        """Tell whether no stream has ever worked, and none will."""
        return bool(self._hopeless) and all(
            one.stream in self._hopeless and not one.has_succeeded for one in self._streams
        )

    def _write(self) -> None:
        """Write until the end; what it held when it failed must not be passed by later marks."""
        try:
            self._writer.run()
        except Exception:
            LOG.exception("the writer failed")
            self._has_failed = True
            self._mailbox.close()
            self._stop.set()

    def _list_each(self, failures: list[CollectorError]) -> None:
        try:
            for stream in self._streams:
                failures += self._list_once(stream)
            self._has_listed = True
        except Closed:
            pass
        except Exception:
            LOG.exception("the list failed")
        finally:
            self._stop.set()

    def _list_once(self, stream: EventStream) -> list[ApiError]:
        backoff = Backoff()
        failure: ApiError | None = None
        for _ in range(ONCE_ATTEMPTS):
            try:
                stream.list_once()
            except ApiError as error:
                failure = error
                if error.is_permanent or self._stop.wait(backoff.next_seconds()):
                    break
            else:
                return []
        return [failure] if failure else []

    # -- identity

    def _identify(self) -> None:
        """After the first commit, when both sides work, see whether a cluster has two names."""
        watches, self._unidentified = self._unidentified, []
        for watch in watches:
            name = f"identify {watch.cluster}"
            threading.Thread(target=self._compare, args=[watch], name=name, daemon=True).start()

    def _compare(self, watch: ClusterWatch) -> None:
        try:
            uid = watch.server.cluster_uid()
            if uid is None:
                return
            now = self._now()
            for odd in note_identity(self._engine, cluster=watch.cluster, uid=uid, now=now):
                LOG.warning("%s", odd, extra={"cluster": watch.cluster})
        except (ApiError, StoreError) as error:
            LOG.info("the cluster's uid was not compared: %s", error)


def _join(threads: Iterable[threading.Thread], seconds: float) -> None:
    """Wait for all of them, no longer than *seconds* together."""
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _latest(marks: Iterable[Mark]) -> dict[Stream, Mark]:
    """Return the mark of each stream that has proved most."""
    return {mark.stream: mark for mark in sorted(marks, key=lambda mark: mark.proved)}

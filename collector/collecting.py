"""Streams, mailbox and writer as one running collector."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from math import inf
from types import MappingProxyType

import msgspec
from sqlalchemy import Engine

from collector.absent_clusters import AbsentClusters, Find
from collector.backoff import Backoff
from collector.cluster_watch import ClusterWatch
from collector.coverage_clock import bridge
from collector.deadline import Deadline
from collector.errors import ApiError, CollectorError, UnreachableError
from collector.event_stream import EventStream, WatchSettings
from collector.identity import IdentityCheck
from collector.mailbox import Closed, Mailbox
from collector.metrics import Metrics
from collector.observation import Observation
from collector.owners import Owners
from collector.progress import Mark, Stream
from collector.resume import resume_mark
from collector.spool import Spool
from collector.store import Store
from collector.writer import FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, Writer

BATCH_RECORDS, CAPACITY_RECORDS = 2_500, 7_500  # with all that is loaded, less than 96 MB
GRACE_SECONDS = 20.0  # Kubernetes kills after 30
LAST_SECONDS = 3.0
HOPELESS_RETRY_SECONDS = 300.0  # somebody may have granted the right
FAILED_RETRY_SECONDS = 30.0
ONCE_ATTEMPTS = 3
ONCE_PATIENCE_SECONDS = 30.0  # for a database that is away at the start
LOG = logging.getLogger(__name__)


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
        absent: Mapping[str, Find] = MappingProxyType({}),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._watches = list(watches)
        self._metrics = metrics
        self._settings = settings
        self._now = now
        self._stop = threading.Event()
        self._absent = AbsentClusters(absent, self._follow_late, self._stop.wait)
        self._give_up = threading.Event()
        self._identities = IdentityCheck(
            engine, [(watch.cluster, watch.server) for watch in watches], now=now
        )
        self._mailbox = Mailbox(capacity=CAPACITY_RECORDS, batch=BATCH_RECORDS)
        self._writer = Writer(
            self._mailbox,
            Store(engine),
            metrics=metrics,
            flush_seconds=settings.flush_seconds,
            wait=self._give_up.wait,
            spool=settings.spool,
            prepare=prepare,
            deadline=deadline,
            complete=self._completed,
            on_commit=self._identities.begin,
        )
        self._streams: list[EventStream] = []
        self._owners: list[Owners] = []
        self._threads: list[threading.Thread] = []
        self._blind: set[Stream] = set()  # begun while the database could not say how far they are
        self._hopeless: dict[Stream, ApiError] = {}
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
        late = threading.Thread(target=self._absent.run, name="absent clusters", daemon=True)
        late.start()
        self._stop.wait()
        late.join(LAST_SECONDS)
        self._interrupt()
        self._finish()
        if self._is_hopeless():
            raise _together(list(self._hopeless.values()))
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
        failures: list[ApiError] = []
        if self._start(patience_seconds=ONCE_PATIENCE_SECONDS):
            self._thread("list", self._list_each, failures)
            self._stop.wait()
        if not self._has_listed:
            self._interrupt()
        is_stored = self._finish()
        self._interrupt()
        if failures:
            raise _together(failures)
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
        reasons += self._absent.sentences()
        if self._writer.trouble:
            reasons.append(self._writer.trouble)
        return reasons if self._streams else ["has not started to watch yet"]

    # -- starting and ending

    def _start(self, patience_seconds: float = inf) -> bool:
        """Find out where each stream goes on and begin to write; False if stopped meanwhile."""
        streams = [stream for watch in self._watches for stream in watch.streams()]
        marks = self._marks(streams, time.monotonic() + patience_seconds)
        if marks is None:
            return False
        for watch in self._watches:
            self._streams += self._streams_of(watch, marks)
        self._metrics.measure_backlog(lambda: len(self._mailbox))
        self._thread("writer", self._write)
        return True

    def _marks(self, streams: Iterable[Stream], until: float) -> dict[Stream, Mark] | None:
        """Read how far earlier runs came, waiting for the database; with a spool it may be away."""
        spool = self._settings.spool
        backoff = Backoff(first_seconds=FIRST_RETRY_SECONDS, longest_seconds=LONGEST_RETRY_SECONDS)
        spooled = spool.latest_marks() if spool else {}
        said = ""
        while not self._stop.is_set():
            try:
                self._writer.prepare()
                stored = [resume_mark(self._engine, stream) for stream in streams]
            except UnreachableError as error:
                if str(error) != said:
                    said = str(error)
                    LOG.warning("%s; trying again until it works", said)
                if spool is not None:
                    self._blind.update(streams)
                    return spooled
                if time.monotonic() >= until:
                    raise
                self._stop.wait(backoff.next_seconds())
            else:
                return _latest([*(mark for mark in stored if mark), *spooled.values()])
        return None

    def _completed(self, mark: Mark) -> Mark:
        """Add what was before a stream began without knowing how far earlier runs had come."""
        if mark.stream not in self._blind or not mark.spans:
            return mark
        began = min(span.start for span in mark.spans)
        earlier = resume_mark(self._engine, mark.stream)
        if earlier is None or earlier.proved >= began:
            return mark
        spans = bridge(earlier.proved, began, self._settings.watch.event_ttl)
        return msgspec.structs.replace(mark, spans=(*spans, *mark.spans))

    def _follow_late(self, watch: ClusterWatch) -> None:
        """Follow a cluster that was absent at first."""
        if any(one.cluster == watch.cluster for one in self._watches):
            LOG.warning("two clusters are called %r: name one of them", watch.cluster)
            return
        marks = self._marks(watch.streams(), inf)
        if marks is None:
            return
        self._watches.append(watch)
        for stream in self._streams_of(watch, marks):
            self._streams.append(stream)
            self._thread(f"watch {watch.cluster}", self._follow, stream)

    def _streams_of(self, watch: ClusterWatch, marks: Mapping[Stream, Mark]) -> list[EventStream]:
        owners = self._owners_of(watch)
        for stream in watch.streams():
            self._metrics.follow(stream)
        return [
            EventStream(
                stream,
                watch.server,
                self._mailbox,
                metrics=self._metrics,
                wait=self._stop.wait,
                settings=self._settings.watch,
                resume=marks.get(stream),
                owners=owners,
                now=self._now,
            )
            for stream in watch.streams()
        ]

    def _owners_of(self, watch: ClusterWatch) -> Owners | None:
        if not watch.looks_up_owners:
            return None
        owners = Owners(
            watch.server,
            self._improved,
            cluster=watch.cluster,
            count=partial(self._metrics.looked_up, cluster=watch.cluster),
        )
        owners.start()
        self._owners.append(owners)
        return owners

    def _improved(self, observation: Observation) -> None:
        """Store an observation again, with the workload that was looked up."""
        with suppress(Closed):
            self._mailbox.put(listed=[observation])

    def _interrupt(self) -> None:
        """Stop reading, wherever it is."""
        for watch in self._watches:
            watch.server.interrupt()

    def _finish(self) -> bool:
        """Write what has come and leave the rest to the next start; True if there is none."""
        self._stop.set()
        self._mailbox.close()
        for owners in self._owners:
            owners.stop()
        writer = self._threads[:1]
        _join(writer, self._settings.grace_seconds)
        self._give_up.set()
        askers = [owners.thread for owners in self._owners if owners.thread.is_alive()]
        _join([*self._threads, *self._identities.threads(), *askers], LAST_SECONDS)
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
        now = self._metrics.snapshot()
        LOG.info("stopped: %d events read, %d stored", now.received, now.stored)
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
                LOG.warning(
                    "%s; trying again in %g min",
                    f"{error}\n{error.rule}".rstrip(),
                    HOPELESS_RETRY_SECONDS / 60,
                    extra={"cluster": stream.stream.cluster},
                )
                self._stop.wait(HOPELESS_RETRY_SECONDS)
            except Exception:
                LOG.exception("the watch failed", extra={"cluster": stream.stream.cluster})
                stream.start_over()
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
        except Exception as error:
            if isinstance(error, CollectorError):
                LOG.error("%s", error)  # noqa: TRY400 - it is no mystery where it comes from
            else:
                LOG.exception("the writer failed")
            self._has_failed = True
            self._mailbox.close()
            self._stop.set()

    def _list_each(self, failures: list[ApiError]) -> None:
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


def _join(threads: Iterable[threading.Thread], seconds: float) -> None:
    """Wait for all of them, no longer than *seconds* together."""
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _latest(marks: Iterable[Mark]) -> dict[Stream, Mark]:
    """Return the mark of each stream that has proved most."""
    return {mark.stream: mark for mark in sorted(marks, key=lambda mark: mark.proved)}


def _together(failures: Sequence[ApiError]) -> ApiError:
    """Return the first failure, with the rules that all of them miss."""
    rules = dict.fromkeys(one.rule for one in failures if one.rule)
    first = failures[0]
    return ApiError(
        str(first), cause=first.cause, is_permanent=first.is_permanent, rule="\n".join(rules)
    )

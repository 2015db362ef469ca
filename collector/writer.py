"""The mailbox into the database: batch by batch, for as long as it takes.

Nothing is ever dropped here. While the database is away a batch is tried again until it is stored,
or it goes to the spool; the watchers wait, and the API server keeps what they have not read.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from collector.backoff import Backoff
from collector.deadline import Deadline, NoAnswer
from collector.errors import CollectorError, SpoolError, StoreError, UnreachableError
from collector.mailbox import Mailbox, Parcel
from collector.metrics import DatabaseError, Metrics
from collector.observation import Observation
from collector.progress import Mark, Span, State, Stream
from collector.spool import Entry, Spool
from collector.store import Store, WriteResult

LOG = logging.getLogger(__name__)
FIRST_RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 5.0
LONGEST_ANSWER_SECONDS = 120.0
IDLE_SECONDS = 30.0  # without events, between two looks at whether the database answers


class Writer:
    """The one thread that writes; `run` ends when the mailbox is closed and empty."""

    def __init__(
        self,
        mailbox: Mailbox,
        store: Store,
        *,
        metrics: Metrics,
        flush_seconds: float,
        wait: Callable[[float], bool],
        spool: Spool | None = None,
        prepare: Callable[[], None] = lambda: None,
        deadline: Deadline | None = None,
        complete: Callable[[Mark], Mark] = lambda mark: mark,
        on_commit: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """*wait* sleeps and tells whether to give up.

        *prepare* makes the database ready before the first write; *complete* adds to a mark what
        the database knows of its stream; *on_commit* follows each write.
        *deadline* is given more time after each statement that was cut, up to a point: the server
        may be slow and not frozen.
        """
        self.trouble = ""  # "" while the database takes what comes
        self.unwritten = 0  # records that were given up when time was out
        self._mailbox = mailbox
        self._store = store
        self._metrics = metrics
        self._flush_seconds = flush_seconds
        self._wait = wait
        self._spool = spool
        self._prepare = prepare
        self._is_prepared = False
        self._deadline = deadline
        self._answer_seconds = deadline.seconds if deadline else 0.0
        self._complete = complete
        self._on_commit = on_commit
        self._now = now
        self._monotonic = monotonic
        self._backoff = Backoff(
            first_seconds=FIRST_RETRY_SECONDS, longest_seconds=LONGEST_RETRY_SECONDS
        )
        self._try_again_at = 0.0
        self._has_given_up = False
        self._known: dict[tuple[Stream, State], Span] = {}  # the last span of each kind
        self._said: set[str] = set()  # since the database last took something

    def run(self) -> None:
        """Write until the mailbox is closed and empty, or the time to drain it is out."""
        if self._spool is not None:
            self._show(self._spool)
        while not self._has_given_up:
            patience = self._drain_seconds()
            parcel = self._mailbox.take(self._flush_seconds, patience_seconds=patience)
            if parcel is None:
                return
            if parcel or (self._spool is not None and self._spool.entries):
                self._deliver(parcel)
            else:
                self._see_whether_it_answers()
        # its marks would count what was given up among the stored
        self.unwritten += len(self._mailbox)

    def _deliver(self, parcel: Parcel) -> None:
        spool = self._spool
        if spool is None:
            self._insist(parcel)
        elif spool.entries or not self._try(parcel):
            self._keep(parcel, spool)
            self._drain(spool)

    def _insist(self, parcel: Parcel) -> None:
        """Try until the parcel is stored or the time is out."""
        while not self._try(parcel):
            if self._waits_in_vain(parcel):
                return

    # -- the spool

    def _keep(self, parcel: Parcel, spool: Spool) -> None:
        """Put the parcel on disk; where there is no room, wait until some is drained."""
        observations = parcel.observations + parcel.listed + parcel.audited
        while parcel:
            try:
                spool.append(observations, parcel.rejections, parcel.marks)
            except SpoolError as error:
                self._metrics.spool_refused()
                self._failed(error)
                if self._waits_in_vain(parcel):
                    return
                self._drain(spool)
                if not spool.entries and self._try(parcel):
                    return
            else:
                self._show(spool)
                return

    def _drain(self, spool: Spool) -> None:
        """Move what is spooled to the database, until all is or one of them refuses."""
        try:
            while spool.entries and self._monotonic() >= self._try_again_at:
                entry = spool.oldest()
                if spool.has_lost:
                    raise CollectorError(
                        "the spool has lost a batch: ending, so that the next start goes on from "
                        "what is stored"
                    )
                if entry is None or not self._try(_parcel(entry)):
                    return
                spool.remove(entry)
                self._show(spool)
        except SpoolError as error:
            self._failed(error)

    def _drain_seconds(self) -> float:
        """Return how long to wait for mail before something is due without any."""
        if self._spool is None or not self._spool.entries:
            return IDLE_SECONDS
        return max(0.0, self._try_again_at - self._monotonic())

    def _show(self, spool: Spool) -> None:
        self._metrics.spooled(size_bytes=spool.size_bytes, batches=spool.entries)

    # -- the database

    def _try(self, parcel: Parcel) -> bool:
        """Write the parcel once; tell whether it is stored."""
        started = self._monotonic()
        try:
            result = self._write(parcel)
        except StoreError as error:
            self._store_failed(error)
            return False
        self._stored(parcel, result, seconds=self._monotonic() - started)
        return True

    def _store_failed(self, error: StoreError) -> None:
        self._metrics.database_failed(kind=kind_of(error))
        if self._deadline is not None and isinstance(error, NoAnswer):
            self._deadline.seconds = min(2 * self._deadline.seconds, LONGEST_ANSWER_SECONDS)
        self._store.close()  # another server may have taken over
        self._failed(error)

    def prepare(self) -> None:
        """Make the database ready, once."""
        if not self._is_prepared:
            self._prepare()
            self._is_prepared = True

    def _see_whether_it_answers(self) -> None:
        """Notice a database that went away while nothing was to be written."""
        try:
            self.prepare()
            self._store.ping()
        except StoreError as error:
            self._store_failed(error)
        else:
            self._answered()

    def _write(self, parcel: Parcel) -> WriteResult:
        self.prepare()
        parcel.marks = [self._complete(mark) for mark in parcel.marks]
        self._store.reject(parcel.rejections)
        fresh = parcel.observations + parcel.listed
        if not parcel.audited:
            return self._store.write(fresh, parcel.marks)
        result = self._store.write(fresh)
        if parcel.missed is None:
            parcel.missed = self._missed(parcel)
        return result + self._store.write(parcel.audited, parcel.marks)

    def _missed(self, parcel: Parcel) -> dict[str, int]:
        """Count by cluster what the watch had not brought."""
        by_cluster: dict[str, list[Observation]] = {}
        for one in parcel.audited:
            by_cluster.setdefault(one.cluster, []).append(one)
        return {cluster: self._store.missing(some) for cluster, some in by_cluster.items()}

    def _stored(self, parcel: Parcel, result: WriteResult, *, seconds: float) -> None:
        now = self._now()
        self._metrics.committed(
            result,
            seconds=seconds,
            lags_seconds=[(now - one.time).total_seconds() for one in parcel.observations],
        )
        for cluster, missed in (parcel.missed or {}).items():
            self._metrics.missed(cluster=cluster, observations=missed)
            if missed:
                LOG.warning(
                    "the audit found %d points that the watch had not brought",
                    missed,
                    extra={"cluster": cluster},
                )
        self._metrics.suspect(increments=result.suspect)
        for mark in parcel.marks:
            self._note(mark)
        self._answered()
        self._on_commit()

    def _answered(self) -> None:
        if self.trouble:
            LOG.info("the database takes events again")
        if self._deadline is not None:
            self._deadline.seconds = self._answer_seconds
        self.trouble = ""
        self._said.clear()
        self._backoff.reset()
        self._try_again_at = 0.0

    def _note(self, mark: Mark) -> None:
        self._metrics.proved(mark.stream, at=mark.proved)
        for span in mark.spans:
            known = self._known.get((mark.stream, span.state))
            start = known.end if known and known.start == span.start else span.start
            self._known[mark.stream, span.state] = span
            seconds = (span.end - start).total_seconds()
            self._metrics.covered(mark.stream, state=span.state, seconds=seconds)
            if span.state == "gap":
                LOG.warning(
                    "not watched from %s to %s: events of that time may be missing",
                    span.start.isoformat(timespec="seconds"),
                    span.end.isoformat(timespec="seconds"),
                    extra={"cluster": mark.stream.cluster, "namespace": mark.stream.namespace},
                )

    def _waits_in_vain(self, parcel: Parcel) -> bool:
        """Wait until it is time to try again; tell whether the parcel had to be given up."""
        in_vain = self._wait(max(0.0, self._try_again_at - self._monotonic()))
        if in_vain:
            self._has_given_up = True
            self.unwritten += len(parcel)
        return in_vain

    def _failed(self, error: StoreError | SpoolError) -> None:
        """Say it, once, and put the next attempt off."""
        self.trouble = str(error)
        if self.trouble not in self._said:
            self._said.add(self.trouble)
            LOG.warning("%s; trying again until it works", self.trouble)
        self._try_again_at = self._monotonic() + self._backoff.next_seconds()


def _parcel(entry: Entry) -> Parcel:
    return Parcel(
        observations=list(entry.observations),
        rejections=list(entry.rejections),
        marks=list(entry.marks),
    )


def kind_of(error: StoreError) -> DatabaseError:
    """Return how the database failed."""
    if isinstance(error, NoAnswer):
        return "deadline"
    return "unreachable" if isinstance(error, UnreachableError) else "refused"

"""Bodies on disk -> the store, in their order, for as long as it takes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from collector.backoff import Backoff
from collector.bodies import Receipt
from collector.body_file import KeptBody
from collector.body_log import BodyLog
from collector.errors import CollectorError, StoreError
from collector.metrics import Metrics
from collector.observation import Observation, Rejection
from collector.receiver_metrics import Read, ReceiverMetrics
from collector.store import Store
from collector.writer import kind_of

LOG = logging.getLogger(__name__)
FIRST_RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 5.0
LOOK_SECONDS = 0.5  # at whether to end
PING_SECONDS = 30.0  # between two looks at whether the database answers, while nothing comes
TRIM_SECONDS = 60.0  # between two looks at how much was rejected, or after so many bodies
TRIMMED_BODIES = 1000

Told = Sequence[Observation | Rejection]


class BodyDrain:
    """One thread that reads bodies and writes what they tell; what is stored is forgotten."""

    def __init__(
        self,
        log: BodyLog,
        store: Store,
        read: Callable[[bytes, Receipt], Told],
        *,
        metrics: Metrics,
        counts: ReceiverMetrics,
        prepare: Callable[[], None] = lambda: None,
        trim: Callable[[], object] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*prepare* makes the database ready before the first write, *trim* bounds the rejected."""
        self.trouble = ""  # "" while the database takes what comes
        self._log = log
        self._store = store
        self._read = read
        self._metrics = metrics
        self._counts = counts
        self._prepare = prepare
        self._is_prepared = False
        self._trim = trim
        self._untrimmed = 0
        self._trim_at = 0.0
        self._monotonic = monotonic
        self._now = now
        self._backoff = Backoff(
            first_seconds=FIRST_RETRY_SECONDS, longest_seconds=LONGEST_RETRY_SECONDS
        )
        self._said: set[str] = set()
        self._ending = threading.Event()
        self._give_up_at = float("inf")
        self._ping_at = 0.0
        self._thread = threading.Thread(target=self._run, name="body drain", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self, *, patience_seconds: float) -> None:
        """Store what waits, for as long as the database takes it, and end."""
        self._give_up_at = self._monotonic() + patience_seconds
        self._ending.set()
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        with self._store:
            while not self._is_at_end():
                if self._log.wait(LOOK_SECONDS):
                    self._step()
                elif self._monotonic() >= self._ping_at:
                    self._ask()

    def _is_at_end(self) -> bool:
        if not self._ending.is_set():
            return False
        is_late = self._monotonic() >= self._give_up_at
        return bool(self.trouble) or is_late or not self._log.wait(0)

    def _step(self) -> None:
        """Store the next bodies, or wait before they are tried again."""
        try:
            self._write(self._log.take())
        except StoreError as error:
            self._metrics.database_failed(kind=kind_of(error))
            self._store.close()  # another server may have taken over
            self._failed(error)
        except CollectorError as error:
            self._failed(error)

    def _ask(self) -> None:
        try:
            self._make_ready()
            self._store.ping()
        except StoreError as error:
            self._metrics.database_failed(kind=kind_of(error))
            self._store.close()
            self._failed(error)
        else:
            self._answered()

    def _make_ready(self) -> None:
        if not self._is_prepared:
            self._prepare()
            self._is_prepared = True

    def _write(self, kept: Sequence[KeptBody]) -> None:
        told = [self._read(one.body, one.receipt) for one in kept]
        observations = [one for some in told for one in some if isinstance(one, Observation)]
        rejections = [one for some in told for one in some if isinstance(one, Rejection)]
        self._make_ready()
        started = self._monotonic()
        self._store.reject(rejections)
        self._trim_after(len(rejections))
        if observations:
            result = self._store.write(observations)
            now = self._now()
            self._metrics.committed(
                result,
                seconds=self._monotonic() - started,
                lags_seconds=[(now - one.time).total_seconds() for one in observations],
            )
            self._metrics.suspect(increments=result.suspect)
        self._log.release()
        for some in told:
            self._counts.read(_told(some))
        self._answered()

    def _trim_after(self, rejected: int) -> None:
        self._untrimmed += rejected
        is_due = self._monotonic() >= self._trim_at or self._untrimmed >= TRIMMED_BODIES
        if self._untrimmed and is_due:
            self._trim()
            self._untrimmed = 0
            self._trim_at = self._monotonic() + TRIM_SECONDS

    def _answered(self) -> None:
        if self.trouble:
            LOG.info("the database takes bodies again")
        self.trouble = ""
        self._said.clear()
        self._backoff.reset()
        self._ping_at = self._monotonic() + PING_SECONDS

    def _failed(self, error: CollectorError) -> None:
        self.trouble = str(error)
        if self.trouble not in self._said:
            self._said.add(self.trouble)
            LOG.warning("%s; bodies wait on disk, trying again until it works", self.trouble)
        self._ending.wait(self._backoff.next_seconds())


def _told(some: Told) -> Read:
    if any(isinstance(one, Rejection) for one in some):
        return "rejected"
    return "events" if some else "nothing"

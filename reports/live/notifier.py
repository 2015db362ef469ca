"""Follows the store and tells what is new, on every route, until it is stopped."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from analytics.catalogue import Catalogue
from analytics.mute_store import load_mutes
from analytics.mutes import Mute, holding
from collector.errors import CollectorError
from reports.errand import Clock
from reports.live.following import Follower, Reading
from reports.live.live_metrics import LiveMetrics
from reports.live.live_store import LiveStore
from reports.live.route import Route
from reports.live.telling import Teller
from reports.live.wake_up import WakeUp

LOG = logging.getLogger(__name__)

_MUTES_SECONDS = 5.0  # a new mute holds from then on
_TIDY_SECONDS = 60.0
_ENDS_SECONDS = 15.0  # between looks for groups that are over
_SETTLE_SECONDS = 5.0
_RETRY_SECONDS = 1.0  # after the database was away
_LONGEST_ONCE = timedelta(minutes=3)  # for turns of channels
_STALE_SECONDS = 60.0  # without a reading, the notifier is not ready


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierSettings:
    """How it runs."""

    name: str = "default"
    max_age: timedelta = timedelta(minutes=15)
    poll_seconds: float = 1.0  # where the database's messages do not arrive
    watch_seconds: float = 10.0  # where they do, in case that one is lost


class Notifier:
    """One process of live notifications.

    Parameters
    ----------
    engine
        On the store.
    routes
        What is told to whom; their names differ.
    settings
        How it runs.
    metrics
        Of the routes.
    prepare
        Makes the schema fit, once the database is there; it is called before anything is read.
    catalogue
        Says which events are recoveries; default: the one that is shipped.
    clock
        Times, and waiting.
    """

    def __init__(
        self,
        engine: Engine,
        routes: Sequence[Route],
        *,
        settings: NotifierSettings,
        metrics: LiveMetrics,
        prepare: Callable[[], None] = lambda: None,
        catalogue: Catalogue | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._engine, self._settings, self._metrics = engine, settings, metrics
        self._clock = clock or Clock()
        self._prepare = prepare
        self._store = LiveStore(engine, settings.name)
        self._follower = Follower(
            self._store,
            routes,
            max_age=settings.max_age,
            catalogue=catalogue or Catalogue.load(),
        )
        self._tellers = [
            Teller(engine, self._store, route, mutes=self.mutes, metrics=metrics, clock=self._clock)
            for route in routes
        ]
        self._ended = threading.Event()
        self._new_points = threading.Event()
        self._news = [threading.Event() for _ in routes]
        self._threads: list[threading.Thread] = []
        self._mutes: tuple[datetime, tuple[Mute, ...]] | None = None
        self._mutes_lock = threading.Lock()
        self._last_reading = self._clock.monotonic()
        self._trouble = "the database has not answered yet"
        self.names = [route.name for route in routes]

    def mutes(self) -> tuple[Mute, ...]:
        """Return the mutes that hold now; a new one is seen within seconds."""
        now = self._clock.now()
        with self._mutes_lock:
            known = self._mutes
            if known is None or abs((now - known[0]).total_seconds()) > _MUTES_SECONDS:
                known = self._mutes = (now, tuple(load_mutes(self._engine)))
        return holding(known[1], now)

    def once(self) -> Reading:
        """Read what is new and tell all that is due now, then return.

        Raises
        ------
        CollectorError
            The database refuses or is away.
        """
        self._prepare()
        now = self._clock.now()
        self._store.begin(now)
        reading = self._follower.read(now, self.mutes()) or Reading()
        self._metrics.read(reading)
        self._store.settle_abandoned(now)
        for teller in self._tellers:
            teller.tell_ends()
            self._tell_all(teller)
        self._tidy()
        return reading

    def run(self) -> None:
        """Run until `stop`; a database that is away is waited for."""
        wake_up = WakeUp(self._engine, self._new_points)
        if not self._until_ready():
            return
        wake_up.start()
        self._threads = [
            threading.Thread(
                target=self._tell, args=(teller, news), name=f"route {number}", daemon=True
            )
            for number, (teller, news) in enumerate(zip(self._tellers, self._news, strict=True), 1)
        ]
        for thread in self._threads:
            thread.start()
        try:
            self._follow(wake_up)
        finally:
            self.stop()
            wake_up.stop()
            for thread in self._threads:
                thread.join()

    def stop(self) -> None:
        """End after what is being sent; may be called by a signal's handler."""
        self._ended.set()
        self._new_points.set()
        for news in self._news:
            news.set()

    def alive(self) -> list[str]:
        """Return which threads have died."""
        return [f"{one.name} has died" for one in self._threads if not one.is_alive()]

    def ready(self) -> list[str]:
        """Return why nothing new is read; of services that take nothing, the metrics tell."""
        if self._trouble:
            return [self._trouble]
        if self._clock.monotonic() - self._last_reading > _STALE_SECONDS:
            return ["nothing was read for a minute"]
        return []

    def _until_ready(self) -> bool:
        while not self._ended.is_set():
            try:
                self._prepare()
                self._store.begin(self._clock.now())
            except CollectorError as error:
                self._note(error)
                self._ended.wait(_RETRY_SECONDS)
            else:
                self._trouble = ""
                return True
        return False

    def _follow(self, wake_up: WakeUp) -> None:
        tidy = settle = self._clock.monotonic()
        while not self._ended.is_set():
            self._new_points.clear()
            try:
                reading = self._follower.read(self._clock.now(), self.mutes())
                self._trouble = ""
                if reading is not None:
                    self._last_reading = self._clock.monotonic()
                    self._report(reading)
                else:
                    self._note_reading_of_another()
                if self._clock.monotonic() >= settle:
                    self._store.settle_abandoned(self._clock.now())
                    settle = self._clock.monotonic() + _SETTLE_SECONDS
                if self._clock.monotonic() >= tidy:
                    self._tidy()
                    tidy = self._clock.monotonic() + _TIDY_SECONDS
            except CollectorError as error:
                self._note(error)
                self._ended.wait(_RETRY_SECONDS)
                continue
            self._new_points.wait(
                self._settings.watch_seconds
                if wake_up.is_listening.is_set()
                else self._settings.poll_seconds
            )

    def _note_reading_of_another(self) -> None:
        """Another process is reading: this one is as ready as that one is."""
        found = self._store.last_reading()
        age = (self._clock.now() - found).total_seconds() if found is not None else math.inf
        if age < _STALE_SECONDS:
            self._last_reading = self._clock.monotonic()

    def _report(self, reading: Reading) -> None:
        self._metrics.read(reading)
        if reading.was_foreign:
            LOG.warning(
                "the database was restored on another server: "
                "what was committed before now is not told"
            )
        if reading.noted:
            for news in self._news:
                news.set()

    def _tell(self, teller: Teller, news: threading.Event) -> None:
        next_ends = self._clock.monotonic()
        while not self._ended.is_set():
            news.clear()
            try:
                if self._clock.monotonic() >= next_ends:
                    teller.tell_ends()
                    next_ends = self._clock.monotonic() + _ENDS_SECONDS
                told = teller.tell()
            except CollectorError as error:
                self._note(error)
                self._ended.wait(_RETRY_SECONDS)
                continue
            wait = self._settings.watch_seconds
            if told.next_look is not None:
                wait = min(wait, (told.next_look - self._clock.now()).total_seconds())
            if wait > 0:
                news.wait(max(wait, 0.01))

    def _tell_all(self, teller: Teller) -> None:
        """Tell all that is due now, however long its turns take."""
        began = self._clock.now()
        while not self._ended.is_set():
            told = teller.tell()
            if told.letters:
                continue
            if not told.awaits_turn or told.next_look is None:
                return
            wait = (told.next_look - self._clock.now()).total_seconds()
            if self._clock.now() - began > _LONGEST_ONCE:
                return
            self._clock.sleep(max(wait, 0.1))

    def _tidy(self) -> None:
        self._store.forget(self._clock.now(), self.names, max_age=self._settings.max_age)
        state = self._store.state()
        self._metrics.waits(int(state["waiting"]) if state is not None else 0)

    def _note(self, error: CollectorError) -> None:
        if not self._trouble:
            LOG.warning("%s", error)
        self._trouble = str(error)
        self._metrics.database_failed()

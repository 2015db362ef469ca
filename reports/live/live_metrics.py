"""What live notifications did, as Prometheus metrics: one method a happening, from any thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from reports.live.following import LEFT_OUT, Reading
from reports.live.live_store import DueGroup

STATES = ("sent", "not sent", "refused", "unclear", "dropped")
_DELAY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 900)


class LiveMetrics:
    """Counts from any thread.

    Parameters
    ----------
    routes
        Their names, so that each series is there from the start.
    version
        Of kubedigest.
    """

    def __init__(self, routes: Sequence[str], *, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        Info("kubedigest", "The program.", registry=self.registry).info({"version": version})
        self._read = Counter(
            "kubedigest_notify_occurrences",
            "Occurrences that were read, by what became of them.",
            ("outcome",),
            registry=self.registry,
        )
        self._letters = Counter(
            "kubedigest_notify_messages",
            "Messages that were tried, by what became of them.",
            ("route", "state"),
            registry=self.registry,
        )
        self._told = Counter(
            "kubedigest_notify_told_occurrences",
            "Occurrences in messages that the service has.",
            ("route",),
            registry=self.registry,
        )
        self._delay = Histogram(
            "kubedigest_notify_delay_seconds",
            "From the receipt of a new problem's first event to the message that tells of it.",
            ("route",),
            buckets=_DELAY_SECONDS,
            registry=self.registry,
        )
        self._waiting = Gauge(
            "kubedigest_notify_waiting_occurrences",
            "Occurrences that are to be told and wait.",
            registry=self.registry,
        )
        self._errors = Counter(
            "kubedigest_notify_database_errors",
            "Rounds that the database did not let end.",
            registry=self.registry,
        )
        for outcome in ("noted", "unmatched", "muted", *LEFT_OUT):
            self._read.labels(outcome)
        for route in routes:
            self._told.labels(route)
            self._delay.labels(route)
            for state in STATES:
                self._letters.labels(route, state.replace(" ", "_"))

    def read(self, reading: Reading) -> None:
        """Count what one reading found."""
        for outcome in ("noted", "unmatched", "muted"):
            self._read.labels(outcome).inc(getattr(reading, outcome))
        for outcome, number in reading.left_out.items():
            self._read.labels(outcome).inc(number)

    def sent(self, route: str, state: str, occurrences: int) -> None:
        """Count a message."""
        self._letters.labels(route, state.replace(" ", "_")).inc()
        if state == "sent":
            self._told.labels(route).inc(occurrences)

    def told(self, route: str, groups: Sequence[DueGroup], now: datetime) -> None:
        """Note how long it took to tell of new groups."""
        for group in groups:
            if group.told_time is None:
                delay = (now - group.latest.received).total_seconds()
                self._delay.labels(route).observe(max(0.0, delay))

    def waits(self, occurrences: int) -> None:
        """Note how many occurrences wait."""
        self._waiting.set(occurrences)

    def database_failed(self) -> None:
        """Count a round that the database did not let end."""
        self._errors.inc()

"""The seconds since each stream's last proof, reckoned when somebody looks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

STREAM_LABELS = ("cluster", "namespace", "api")
Labels = tuple[str, str, str]  # the values of STREAM_LABELS


class ProofAges(Collector):
    """Until its first proof, the age of a stream counts from when it was added."""

    def __init__(self, name: str, now: Callable[[], datetime]) -> None:
        self._name = name
        self._now = now
        self._lock = threading.Lock()
        self._since: dict[Labels, datetime] = {}
        self._unproved: set[Labels] = set()

    def add(self, stream: Labels) -> None:
        """Show *stream* from now on."""
        with self._lock:
            if stream not in self._since:
                self._since[stream] = self._now()
                self._unproved.add(stream)

    def prove(self, stream: Labels, at: datetime) -> None:
        """Note a proof; one that is older than another changes nothing."""
        with self._lock:
            is_first = stream in self._unproved or stream not in self._since
            self._since[stream] = at if is_first else max(at, self._since[stream])
            self._unproved.discard(stream)

    def clusters(self) -> tuple[str, ...]:
        """Return the clusters of all streams, in the order in which they came."""
        with self._lock:
            return tuple(dict.fromkeys(cluster for cluster, _, _ in self._since))

    def longest(self) -> tuple[float | None, str]:
        """Return the longest age and its cluster; None for the age of one never proved."""
        with self._lock:
            if not self._since:
                return None, ""
            stream = min(self._unproved or self._since, key=lambda one: self._since[one])
            return None if stream in self._unproved else self._age(stream), stream[0]

    def collect(self) -> Iterator[Metric]:
        """Yield the one family, as Prometheus wants it."""
        family = GaugeMetricFamily(
            self._name,
            "Seconds since it was last proved that nothing is missing; at first, since the start.",
            labels=STREAM_LABELS,
        )
        with self._lock:
            for stream in self._since:
                family.add_metric(stream, self._age(stream))
        yield family

    def _age(self, stream: Labels) -> float:
        return max(0.0, (self._now() - self._since[stream]).total_seconds())

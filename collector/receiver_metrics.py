"""What the receiver did, as Prometheus metrics beside those of the collector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge

Outcome = Literal[
    "durable",  # answered 200: it is on disk
    "repeated",  # answered 200: a signed body that was kept already
    "empty",  # answered 200: without a body there is nothing to keep
    "page",  # health, metrics and the like
    "invalid",  # answered 400, 405, 411, 415, 431: no request that can be kept
    "too_large",  # answered 413
    "unauthorized",  # answered 401
    "not_found",  # answered 404: no route
    "rate_limited",  # answered 429
    "dropped",  # answered 503: the disk or the spool was full
]
Read = Literal["events", "nothing", "rejected"]


class ReceiverMetrics:
    """Counts from any thread."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "kubedigest_receiver_requests",
            "Requests that were answered, by what became of them.",
            ("outcome",),
            registry=registry,
        )
        self._bodies = Counter(
            "kubedigest_receiver_bodies",
            "Bodies that were read and stored, by what they told.",
            ("told",),
            registry=registry,
        )
        self._cut = Counter(
            "kubedigest_receiver_cut_connections",
            "Connections that were closed because a request took too long, or to make room.",
            registry=registry,
        )
        self._registry = registry
        self._outcomes = {one: self._requests.labels(one) for one in get_args(Outcome)}
        self._told = {one: self._bodies.labels(one) for one in get_args(Read)}

    def answered(self, outcome: Outcome) -> None:
        """Count an answer."""
        self._outcomes[outcome].inc()

    def read(self, told: Read) -> None:
        """Count a body that is stored."""
        self._told[told].inc()

    def cut(self) -> None:
        """Count a connection that was closed early."""
        self._cut.inc()

    def watch(
        self,
        *,
        waiting: Callable[[], float],
        size_bytes: Callable[[], float],
        oldest_age_seconds: Callable[[], float],
        connections: Callable[[], float],
    ) -> None:
        """Ask for these whenever somebody looks."""
        for name, text, function in (
            ("spooled_bodies", "Bodies on disk that are not stored yet.", waiting),
            ("spool_size_bytes", "Size of the receiver's spool on disk.", size_bytes),
            (
                "oldest_spooled_age_seconds",
                "Age of the body to be stored next.",
                oldest_age_seconds,
            ),
            ("connections", "Clients that are connected.", connections),
        ):
            gauge = Gauge(f"kubedigest_receiver_{name}", text, registry=self._registry)
            gauge.set_function(function)

"""What the collector did, as Prometheus metrics: one method a happening, from any thread.

Every label has few values: names of the configuration, or one of a fixed set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from math import nan
from typing import TYPE_CHECKING, Literal, get_args

import msgspec
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

from collector.errors import ApiCause
from collector.lag_histogram import LagHistogram
from collector.progress import State, Stream
from collector.proof_ages import STREAM_LABELS, Labels, ProofAges
from collector.redaction import clean

if TYPE_CHECKING:
    from collector.store import WriteResult

Verb = Literal["list", "watch", "get"]
DatabaseError = Literal["unreachable", "refused", "deadline"]
Lookup = Literal["found", "absent", "forbidden", "failed", "dropped"]
RESULTS = ("stored", "repeated", "too_old", "rejected")
CAUSES = (*get_args(ApiCause), "end", "rejected_frame")
OTHER = "other"

_COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "events_received": ("Events read from the API server.", STREAM_LABELS),
    "records_rejected": ("Received records that are no events.", STREAM_LABELS),
    "observations": ("Observations committed, by what became of them.", ("result",)),
    "suspect_increments": ("Stored increments too large to be believed.", ()),
    "audits": ("Audits by a complete LIST.", STREAM_LABELS),
    "audit_missed": ("Events that an audit found and no watch had brought.", ("cluster",)),
    "reconnects": ("Watches and LISTs that had to be tried again.", ("cluster", "cause")),
    "api_requests": ("Requests to the API server.", ("cluster", "verb")),
    "coverage_seconds": ("Time that became known, by state.", ("cluster", "state")),
    "database_errors": ("Batches that the database did not commit.", ("kind",)),
    "spool_refused_batches": ("Batches that the spool could not take.", ()),
    "owner_lookups": ("Look-ups of owners.", ("cluster", "result")),
}
_GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "last_audit_timestamp_seconds": ("When the last audit was made.", STREAM_LABELS),
    "backlog_records": ("Records that wait to be written.", ()),
    "database_up": ("Whether the last attempt to write succeeded; NaN before it.", ()),
    "spool_size_bytes": ("Size of the spool on disk.", ()),
    "spool_batches": ("Batches that wait in the spool.", ()),
}
_BATCH_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LAG_SECONDS = (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 900, 3600)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Totals since the process began, over all streams."""

    clusters: tuple[str, ...]
    received: int
    stored: int
    repeated: int
    too_old: int
    rejected: int  # no events, or the database cannot hold them
    suspect: int
    missed: int
    audits: int
    reconnects: int
    batches: int
    backlog: int
    spool_batches: int
    spool_bytes: int
    spool_refused: int
    database_errors: int
    is_database_up: bool | None  # None before the first attempt to write
    seconds_since_proof: float | None  # of the stream proved longest ago; None where one never was
    longest_unproved: str  # the cluster of that stream; "" without streams


class Metrics:
    """The metrics of one process in a registry of their own; *now* returns aware times."""

    def __init__(self, *, version: str, now: Callable[[], datetime]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they say nothing, twice as long
        self.registry = CollectorRegistry()
        self._counters = {
            name: Counter(f"kubedigest_{name}", text, labels, registry=self.registry)
            for name, (text, labels) in _COUNTERS.items()
        }
        self._gauges = {
            name: Gauge(f"kubedigest_{name}", text, labels, registry=self.registry)
            for name, (text, labels) in _GAUGES.items()
        }
        self._found: dict[tuple[str, tuple[str, ...]], Counter] = {}
        self._batches = Histogram(
            "kubedigest_batch_duration_seconds",
            "Time that the database took to commit a batch.",
            buckets=_BATCH_SECONDS,
            registry=self.registry,
        )
        self._lag = LagHistogram(
            "kubedigest_event_lag_seconds",
            "From the time that an event claims, often in whole seconds, to its commit.",
            _LAG_SECONDS,
        )
        self._proofs = ProofAges("kubedigest_last_proof_age_seconds", now)
        self._is_database_up: bool | None = None
        self._gauges["database_up"].set(nan)
        self._register(version)

    def _register(self, version: str) -> None:
        """Add what is no plain counter or gauge; series that matter begin at 0."""
        self.registry.register(self._lag)
        self.registry.register(self._proofs)
        build = Info("kubedigest_build", "The running version.", registry=self.registry)
        build.info({"version": version})
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        for result in RESULTS:
            self._count("observations", result, by=0)
        for kind in get_args(DatabaseError):
            self._count("database_errors", kind, by=0)

    def follow(self, stream: Stream) -> None:
        """Show *stream* from now on; until its first proof, its age counts from here."""
        labels = _labels(stream)
        self._proofs.add(labels)
        for name in ("events_received", "records_rejected", "audits"):
            self._count(name, *labels, by=0)
        self._count("audit_missed", labels[0], by=0)
        for cause in (*CAUSES, OTHER):
            self._count("reconnects", labels[0], cause, by=0)

    def measure_backlog(self, records: Callable[[], int]) -> None:
        """Call *records* whenever somebody looks: how many wait to be written."""
        self._gauges["backlog_records"].set_function(records)

    def received(self, stream: Stream, *, events: int = 1) -> None:
        """Count events read from the API server."""
        self._count("events_received", *_labels(stream), by=events)

    def rejected(self, stream: Stream, *, records: int = 1) -> None:
        """Count records that could not become observations."""
        self._count("records_rejected", *_labels(stream), by=records)

    def proved(self, stream: Stream, *, at: datetime) -> None:
        """Note that until *at* nothing of *stream* is missing."""
        self._proofs.prove(_labels(stream), at)

    def covered(self, stream: Stream, *, state: State, seconds: float) -> None:
        """Count time of which it became known that it was watched, recovered or a gap."""
        self._count("coverage_seconds", clean(stream.cluster), state, by=max(0.0, seconds))

    def audited(self, stream: Stream, *, at: datetime) -> None:
        """Count a complete LIST whose events were compared with the stored ones."""
        labels = _labels(stream)
        self._count("audits", *labels)
        self._gauges["last_audit_timestamp_seconds"].labels(*labels).set(at.timestamp())

    def missed(self, *, cluster: str, observations: int) -> None:
        """Count what an audit found and the watch should have brought."""
        self._count("audit_missed", clean(cluster), by=observations)

    def reconnected(self, stream: Stream, *, cause: str) -> None:
        """Count a watch or a LIST that has to be tried again."""
        self._count("reconnects", clean(stream.cluster), cause if cause in CAUSES else OTHER)

    def requested(self, *, cluster: str, verb: Verb) -> None:
        """Count a request to the API server."""
        self._count("api_requests", clean(cluster), verb)

    def looked_up(self, *, cluster: str, result: Lookup) -> None:
        """Count a look-up of an owner."""
        self._count("owner_lookups", clean(cluster), result)

    def committed(
        self, result: WriteResult, *, seconds: float, lags_seconds: Sequence[float] = ()
    ) -> None:
        """Count a batch that the database committed, and what became of its observations."""
        for name in RESULTS:
            self._count("observations", name, by=getattr(result, name))
        self._batches.observe(seconds)
        self._lag.observe(lags_seconds)
        self._set_database_up(is_up=True)

    def suspect(self, *, increments: int) -> None:
        """Count stored increments that are too large to be believed."""
        self._count("suspect_increments", by=increments)

    def database_failed(self, *, kind: DatabaseError) -> None:
        """Count a batch that the database did not commit."""
        self._count("database_errors", kind)
        self._set_database_up(is_up=False)

    def spooled(self, *, size_bytes: int, batches: int) -> None:
        """Show what the spool holds, after each change."""
        self._gauges["spool_size_bytes"].set(size_bytes)
        self._gauges["spool_batches"].set(batches)

    def spool_refused(self) -> None:
        """Count a batch that the spool could not take."""
        self._count("spool_refused_batches")

    def snapshot(self) -> Snapshot:
        """Return the totals, for a person."""
        counted = {name: _total(counter) for name, counter in self._counters.items()}
        results = {name: _total(self._counters["observations"].labels(name)) for name in RESULTS}
        shown = {
            name: _sum(self._gauges[name], "")
            for name in ("backlog_records", "spool_size_bytes", "spool_batches")
        }
        seconds, cluster = self._proofs.longest()
        return Snapshot(
            clusters=self._proofs.clusters(),
            received=counted["events_received"],
            stored=results["stored"],
            repeated=results["repeated"],
            too_old=results["too_old"],
            rejected=results["rejected"] + counted["records_rejected"],
            suspect=counted["suspect_increments"],
            missed=counted["audit_missed"],
            audits=counted["audits"],
            reconnects=counted["reconnects"],
            batches=_sum(self._batches, "_count"),
            backlog=shown["backlog_records"],
            spool_batches=shown["spool_batches"],
            spool_bytes=shown["spool_size_bytes"],
            spool_refused=counted["spool_refused_batches"],
            database_errors=counted["database_errors"],
            is_database_up=self._is_database_up,
            seconds_since_proof=seconds,
            longest_unproved=cluster,
        )

    def _count(self, name: str, *labels: str, by: float = 1) -> None:
        self._series(name, labels).inc(by)

    def _series(self, name: str, labels: tuple[str, ...]) -> Counter:
        """Return one series; finding it anew each time would cost more than counting."""
        series = self._found.get((name, labels))
        if series is None:
            counter = self._counters[name]
            series = counter.labels(*labels) if labels else counter
            self._found[name, labels] = series
        return series

    def _set_database_up(self, *, is_up: bool) -> None:
        self._is_database_up = is_up
        self._gauges["database_up"].set(is_up)


@lru_cache(maxsize=1024)
def _labels(stream: Stream) -> Labels:
    return clean(stream.cluster), clean(stream.namespace), stream.api


def _total(counter: Counter) -> int:
    return _sum(counter, "_total")


def _sum(metric: Counter | Gauge | Histogram, suffix: str) -> int:
    """Return the sum, over all labels, of the samples whose name ends with *suffix*."""
    return int(
        sum(
            sample.value
            for family in metric.collect()
            for sample in family.samples
            if sample.name == family.name + suffix
        )
    )

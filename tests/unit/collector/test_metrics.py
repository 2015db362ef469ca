"""What is counted, under which name, and from many threads."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from collector.errors import ApiCause
from collector.metrics import CAUSES, Metrics
from collector.progress import Stream
from collector.store import WriteResult

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PROD = Stream(cluster="prod")
SHOP = Stream(cluster="prod", namespace="shop", api="events.k8s.io/v1")
LAB = Stream(cluster="lab")
OURS = {"cluster": "prod", "namespace": "", "api": "core/v1"}


@pytest.fixture
def metrics() -> Metrics:
    """Return fresh metrics at noon."""
    return Metrics(version="1.2.3", now=lambda: NOON)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Return what a scrape sees."""
    return metrics.registry.get_sample_value(f"kubedigest_{name}", labels)


def test_the_start_of_everything_that_matters_is_zero(metrics: Metrics) -> None:
    """A rate and an alarm need a first value before the first trouble."""
    metrics.follow(PROD)
    assert value(metrics, "events_received_total", **OURS) == 0
    assert value(metrics, "records_rejected_total", **OURS) == 0
    assert value(metrics, "audits_total", **OURS) == 0
    assert value(metrics, "audit_missed_total", cluster="prod") == 0
    for result in ("stored", "repeated", "too_old", "rejected"):
        assert value(metrics, "observations_total", result=result) == 0
    for kind in ("unreachable", "refused", "deadline"):
        assert value(metrics, "database_errors_total", kind=kind) == 0
    assert value(metrics, "build_info", version="1.2.3") == 1


def test_the_watch_is_counted_by_stream(metrics: Metrics) -> None:
    """Events, rejects and audits stand under cluster, namespace and API group."""
    metrics.received(PROD)
    metrics.received(SHOP, events=500)
    metrics.received(SHOP, events=2)
    metrics.rejected(PROD, records=3)
    metrics.audited(PROD, at=NOON)
    shop = {"cluster": "prod", "namespace": "shop", "api": "events.k8s.io/v1"}
    assert value(metrics, "events_received_total", **OURS) == 1
    assert value(metrics, "events_received_total", **shop) == 502
    assert value(metrics, "records_rejected_total", **OURS) == 3
    assert value(metrics, "audits_total", **OURS) == 1
    assert value(metrics, "last_audit_timestamp_seconds", **OURS) == NOON.timestamp()


def test_what_happens_to_a_cluster_is_counted_by_cluster(metrics: Metrics) -> None:
    """Reconnects, requests, look-ups, misses and coverage stand under the cluster."""
    metrics.reconnected(PROD, cause="gone")
    metrics.reconnected(SHOP, cause="gone")
    metrics.requested(cluster="prod", verb="list")
    metrics.looked_up(cluster="prod", result="found")
    metrics.missed(cluster="prod", observations=4)
    metrics.covered(PROD, state="gap", seconds=30.5)
    metrics.covered(PROD, state="gap", seconds=-1.0)
    assert value(metrics, "reconnects_total", cluster="prod", cause="gone") == 2
    assert value(metrics, "api_requests_total", cluster="prod", verb="list") == 1
    assert value(metrics, "owner_lookups_total", cluster="prod", result="found") == 1
    assert value(metrics, "audit_missed_total", cluster="prod") == 4
    assert value(metrics, "coverage_seconds_total", cluster="prod", state="gap") == 30.5


def test_a_batch_is_counted_by_result(metrics: Metrics) -> None:
    """What became of the observations, how long it took and how late they were are kept."""
    result = WriteResult(stored=3, repeated=2, too_old=1, rejected=4)
    metrics.committed(result, seconds=0.2, lags_seconds=[0.3, 2.0])
    metrics.committed(result, seconds=0.2)
    metrics.suspect(increments=5)
    assert value(metrics, "observations_total", result="stored") == 6
    assert value(metrics, "observations_total", result="repeated") == 4
    assert value(metrics, "observations_total", result="too_old") == 2
    assert value(metrics, "observations_total", result="rejected") == 8
    assert value(metrics, "suspect_increments_total") == 5
    assert value(metrics, "batch_duration_seconds_count") == 2
    assert value(metrics, "batch_duration_seconds_sum") == 0.4
    assert value(metrics, "event_lag_seconds_bucket", le="0.5") == 1
    assert value(metrics, "event_lag_seconds_count") == 2


def test_the_database_is_up_after_a_commit_and_down_after_an_error(metrics: Metrics) -> None:
    """Before the first attempt it is neither, and no alarm on 0 goes off."""
    before = value(metrics, "database_up")
    assert before != before
    metrics.committed(WriteResult(), seconds=0.1)
    assert value(metrics, "database_up") == 1
    metrics.database_failed(kind="deadline")
    assert value(metrics, "database_up") == 0
    assert value(metrics, "database_errors_total", kind="deadline") == 1


def test_the_spool_and_the_backlog_are_shown_as_they_are(metrics: Metrics) -> None:
    """The backlog is measured when somebody looks; the spool is what was said last."""
    waiting = [7]
    metrics.measure_backlog(lambda: len(waiting))
    metrics.spooled(size_bytes=4096, batches=2)
    metrics.spooled(size_bytes=8192, batches=3)
    metrics.spool_refused()
    waiting.append(8)
    assert value(metrics, "backlog_records") == 2
    assert value(metrics, "spool_size_bytes") == 8192
    assert value(metrics, "spool_batches") == 3
    assert value(metrics, "spool_refused_batches_total") == 1


@pytest.mark.parametrize("cause", [*get_args(ApiCause), "end", "rejected_frame"])
def test_every_cause_of_a_reconnect_has_its_series(metrics: Metrics, cause: str) -> None:
    """Whatever the transport can report is counted under its own name."""
    metrics.reconnected(PROD, cause=cause)
    assert value(metrics, "reconnects_total", cluster="prod", cause=cause) == 1


def test_an_unknown_cause_makes_no_series_of_its_own(metrics: Metrics) -> None:
    """A text from outside cannot grow the number of series."""
    for number in range(100):
        metrics.reconnected(PROD, cause=f"error {number}")
    assert value(metrics, "reconnects_total", cluster="prod", cause="other") == 100
    assert "error 1" not in generate_latest(metrics.registry).decode()
    assert "other" not in CAUSES


def test_hostile_names_keep_the_exposition_whole(metrics: Metrics) -> None:
    """A cluster's name with quotes, line breaks and what is no text can be scraped."""
    hostile = 'a"b\nc\\d\udc80'
    metrics.follow(Stream(cluster=hostile, namespace='x"y'))
    text = generate_latest(metrics.registry).decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    (sample,) = families["kubedigest_last_proof_age_seconds"].samples
    assert sample.labels["cluster"] == 'a"b\nc\\d\ufffd'


def test_names_follow_the_practice(metrics: Metrics) -> None:
    """Ours begin with kubedigest_, every series has help, and no creation times are added."""
    text = generate_latest(metrics.registry).decode()
    names = re.findall(r"^# HELP (\S+) .", text, re.MULTILINE)
    assert names == re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)
    ours = [name for name in names if not name.startswith(("process_", "python_"))]
    assert all(name.startswith("kubedigest_") for name in ours)
    assert "process_resident_memory_bytes" in names
    assert "process_open_fds" in names
    assert "_created" not in text


def test_nothing_is_registered_globally(metrics: Metrics) -> None:
    """Two sets of metrics live side by side, and the library's global registry has neither."""
    other = Metrics(version="1.2.3", now=lambda: NOON)
    metrics.received(PROD)
    assert value(other, "events_received_total", **OURS) is None
    assert b"kubedigest" not in generate_latest(REGISTRY)


def test_the_snapshot_adds_up_all_streams(metrics: Metrics) -> None:
    """The totals for a person are the sums over every label."""
    for stream in (PROD, SHOP, LAB):
        metrics.follow(stream)
        metrics.received(stream, events=10)
        metrics.reconnected(stream, cause="cut")
        metrics.audited(stream, at=NOON)
        metrics.proved(stream, at=NOON - timedelta(seconds=3))
    metrics.proved(SHOP, at=NOON)
    metrics.rejected(LAB)
    metrics.missed(cluster="prod", observations=2)
    metrics.missed(cluster="lab", observations=1)
    metrics.measure_backlog(lambda: 9)
    metrics.spooled(size_bytes=100, batches=1)
    metrics.spool_refused()
    metrics.suspect(increments=6)
    metrics.committed(WriteResult(stored=20, repeated=7, too_old=2, rejected=1), seconds=0.1)
    metrics.database_failed(kind="refused")
    now = metrics.snapshot()
    assert now.clusters == ("prod", "lab")
    assert (now.received, now.reconnects, now.audits, now.missed) == (30, 3, 3, 3)
    assert (now.stored, now.repeated, now.too_old, now.rejected) == (20, 7, 2, 2)
    assert (now.batches, now.backlog, now.suspect, now.database_errors) == (1, 9, 6, 1)
    assert (now.spool_batches, now.spool_bytes, now.spool_refused) == (1, 100, 1)
    assert now.is_database_up is False
    assert (now.seconds_since_proof, now.longest_unproved) == (3.0, "prod")


def test_the_first_snapshot_claims_nothing(metrics: Metrics) -> None:
    """Before anything happened all totals are 0 and nothing is known."""
    now = metrics.snapshot()
    assert (now.received, now.stored, now.backlog, now.batches) == (0, 0, 0, 0)
    assert now.clusters == ()
    assert now.is_database_up is None
    assert now.seconds_since_proof is None


def test_threads_lose_no_count(metrics: Metrics) -> None:
    """Eight threads that count at once, while others look, add up."""

    def work() -> None:
        for _ in range(200):
            metrics.received(PROD)
            metrics.committed(WriteResult(stored=1), seconds=0.01, lags_seconds=[1.0])
            metrics.proved(PROD, at=NOON)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        metrics.snapshot()
        generate_latest(metrics.registry)
    now = metrics.snapshot()
    assert (now.received, now.stored, now.batches) == (1600, 1600, 1600)
    assert value(metrics, "event_lag_seconds_count") == 1600

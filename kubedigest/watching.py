"""Clusters to watch and how to -> a collector that runs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from collector.collecting import Collector, CollectorSettings
from collector.deadline import Deadline
from collector.errors import ApiError, CollectorError, StoreError
from collector.event_stream import WatchSettings
from collector.health import HealthServer
from collector.metrics import Metrics
from collector.spool import Spool
from kubedigest import __version__
from kubedigest.asked_clusters import FoundClusters, find_watch
from kubedigest.configuration import Configuration
from kubedigest.errors import Failure
from kubedigest.receiving import How as HowToReceive
from kubedigest.receiving import receiving
from kubedigest.saying import say
from kubedigest.session import open_later
from kubedigest.status_line import StatusLine, describe
from kubedigest.stopping import stopped_by_signals

ANSWER_SECONDS = 10.0  # a database that takes longer is taken for frozen
GARBAGE_THRESHOLD = 10_000  # containers; Python's 700 cost a tenth of the time
SWITCH_SECONDS = 0.001  # the writer waits so long for a watcher after each answer of the database


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What the options say about the run."""

    flush_seconds: float
    event_ttl: timedelta
    spool: Path | None
    spool_limit_bytes: int
    listen: str | None
    receive: HowToReceive | None = None


class Outcome(NamedTuple):
    """What was counted, and why that is not everything."""

    counts: dict[str, int]
    failure: Failure | None


def collect(settings: Configuration, found: FoundClusters, how: How, *, once: bool) -> Outcome:
    """Run the collector until it is told to stop, or once."""
    metrics = Metrics(version=__version__, now=lambda: datetime.now(UTC))
    deadline = Deadline(ANSWER_SECONDS)
    with ExitStack() as stack:
        spool = None
        if how.spool is not None:
            spool = stack.enter_context(Spool(how.spool, limit_bytes=how.spool_limit_bytes))
        engine, prepare = open_later(settings, deadline)
        collector = Collector(
            engine,
            found.watches,
            metrics=metrics,
            settings=CollectorSettings(
                watch=WatchSettings(event_ttl=how.event_ttl),
                flush_seconds=how.flush_seconds,
                spool=spool,
            ),
            prepare=prepare,
            deadline=deadline,
            absent={one.sentence: partial(find_watch, one.asked) for one in found.missing},
        )
        stack.enter_context(stopped_by_signals(collector.stop))
        stack.enter_context(_tuned_interpreter())
        if how.listen is not None:
            server = HealthServer(how.listen, metrics=metrics, health=collector)
            stack.callback(server.close)
            say(f"health and metrics: http://{server.address}/")
        if how.receive is not None:
            stack.enter_context(receiving(settings, how.receive, metrics))
        stack.enter_context(StatusLine(lambda: describe(metrics.snapshot())))
        failure = _run(collector, once=once)
    return Outcome(_counts(metrics), failure)


def _run(collector: Collector, *, once: bool) -> Failure | None:
    """Return why not everything is stored; raise where nothing was even read."""
    try:
        collector.once() if once else collector.run()
    except StoreError:
        raise
    except ApiError as error:
        return Failure(f"{error}\n{error.rule}".rstrip())
    except CollectorError as error:
        return Failure(str(error))
    return None


@contextmanager
def _tuned_interpreter() -> Iterator[None]:
    """Look for cycles now and then only, for events are in none, and let threads wait less."""
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, *threshold[1:])
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
        gc.unfreeze()


def _counts(metrics: Metrics) -> dict[str, int]:
    now = metrics.snapshot()
    rejected = now.rejected + now.too_old
    waiting = now.received - now.stored - now.repeated - rejected
    return {
        "read": now.received,
        "stored": now.stored,
        "repeated": now.repeated,
        "rejected": rejected,
        "spooled": max(0, waiting) if now.spool_batches else 0,
        "missed": now.missed,
    }

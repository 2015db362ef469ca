"""What the options and the configuration say about collecting -> a collector that runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from collector.api_server import ApiServer
from collector.collecting import ClusterWatch, Collector, CollectorSettings
from collector.deadline import Deadline
from collector.errors import ApiError
from collector.event_stream import WatchSettings
from collector.health import HealthServer
from collector.kubeconfig import targets
from collector.metrics import Metrics
from collector.spool import Spool
from kubedigest import __version__
from kubedigest.configuration import Configuration, WatchedCluster
from kubedigest.errors import Failure, UsageError
from kubedigest.session import open_later, say
from kubedigest.status_line import StatusLine, describe

MAX_CLUSTER_CHARACTERS = 253
ANSWER_SECONDS = 10.0  # a database that takes longer is taken for frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What the options say about the run."""

    flush_seconds: float
    event_ttl: timedelta
    spool: Path | None
    spool_limit_bytes: int
    listen: str | None


def asked_clusters(
    settings: Configuration,
    asked: WatchedCluster,
    contexts: Sequence[str],
    names: Sequence[str],
) -> list[WatchedCluster]:
    """Return the clusters of the command line, else those of the configuration."""
    if settings.clusters and not (contexts or names or asked != WatchedCluster()):
        return list(settings.clusters)
    if len(names) > max(1, len(contexts)):
        raise UsageError("there are more --cluster than --context; give one name for each context")
    if not contexts:
        name = names[0] if names else settings.cluster
        return [asked.model_copy(update={"name": name})]
    if names and len(names) < len(contexts):
        raise UsageError("there are more --context than --cluster; give a name to each, or to none")
    named = dict(zip(contexts, names, strict=False))
    return [
        asked.model_copy(update={"context": one, "name": named.get(one)})
        for one in dict.fromkeys(contexts)
    ]


def find_watches(asked: Sequence[WatchedCluster]) -> list[ClusterWatch]:
    """Find each cluster and its name; two may not share one."""
    watches: list[ClusterWatch] = []
    for one in asked:
        [target] = targets(one.kubeconfig, [one.context] if one.context else [])
        name = one.name or target.cluster
        if not name:
            raise UsageError(
                "in a pod the cluster has no name of its own; give it one with --cluster NAME or "
                "KUBEDIGEST_CLUSTER"
            )
        if len(name) > MAX_CLUSTER_CHARACTERS:
            raise UsageError(
                f"the name of a cluster has at most {MAX_CLUSTER_CHARACTERS} characters"
            )
        if any(watch.cluster == name for watch in watches):
            raise UsageError(
                f"two clusters would be called {name[:60]!r}; name them with --cluster"
            )
        watches.append(
            ClusterWatch(
                cluster=name,
                server=ApiServer(target),
                namespaces=tuple(dict.fromkeys(one.namespaces)),
                api=one.events_api,
                field_selector=one.field_selector,
                looks_up_owners=one.owners,
            )
        )
    return watches


def collect(
    settings: Configuration, watches: list[ClusterWatch], how: How, *, once: bool
) -> dict[str, int]:
    """Run the collector until it is told to stop, or once; return what it has counted."""
    metrics = Metrics(version=__version__, now=lambda: datetime.now(UTC))
    deadline = Deadline(ANSWER_SECONDS)
    with ExitStack() as stack:
        spool = None
        if how.spool is not None:
            spool = stack.enter_context(Spool(how.spool, limit_bytes=how.spool_limit_bytes))
        engine, prepare = open_later(settings, deadline)
        collector = Collector(
            engine,
            watches,
            metrics=metrics,
            settings=CollectorSettings(
                watch=WatchSettings(event_ttl=how.event_ttl),
                flush_seconds=how.flush_seconds,
                spool=spool,
            ),
            prepare=prepare,
            deadline=deadline,
        )
        stack.enter_context(_stopped_by_signals(collector))
        if how.listen is not None:
            server = HealthServer(how.listen, metrics=metrics, health=collector)
            stack.callback(server.close)
            say(f"health and metrics: http://{server.address}/")
        stack.enter_context(StatusLine(lambda: describe(metrics.snapshot())))
        _run(collector, once=once)
    return _counts(metrics)


def _run(collector: Collector, *, once: bool) -> None:
    try:
        collector.once() if once else collector.run()
    except ApiError as error:
        raise Failure(f"{error}\n{error.rule}".rstrip()) from error


@contextmanager
def _stopped_by_signals(collector: Collector) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the collector in good order; a second one kills."""

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        # of its own: the interrupted thread may hold the lock that stopping takes
        threading.Thread(target=collector.stop, daemon=True).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _counts(metrics: Metrics) -> dict[str, int]:
    now = metrics.snapshot()
    return {
        "read": now.received,
        "stored": now.stored,
        "repeated": now.repeated,
        "rejected": now.rejected + now.too_old,
        "missed": now.missed,
    }

"""An API server, a database and collectors between them; and whether what is stored is exact."""

from __future__ import annotations

import io
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
from sqlalchemy import text

from collector import migrations
from collector.api_server import ApiServer
from collector.cluster_watch import ClusterWatch
from collector.collecting import Collector, CollectorSettings
from collector.database import engine_on
from collector.files import EventReader
from collector.importing import Summary, import_items
from collector.kubeconfig import targets
from collector.metrics import Metrics, Snapshot
from collector.store import Store
from tests.api_server.client import CORE, opened
from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer
from tests.faults.own_postgres import OwnPostgres
from tests.faults.proxy import FaultProxy
from tests.faults.running import CollectorProcess

Tables = dict[str, list[tuple[object, ...]]]

# all but when and how it was received
TABLES = {
    "event": (
        "select birth, event_id, cluster, namespace, name, counting, type, reason, message, kind,"
        " object_namespace, object, workload_rank, workload_kind, workload, component, host,"
        " labels, redaction, settled from kubedigest.event order by 1, 2"
    ),
    "point": (
        "select birth, event_id, cumulative, claimed, time, occurrences, previous_time, message"
        " from kubedigest.point order by 1, 2, 3"
    ),
    "exact_slot": "select slot, cluster from kubedigest.exact_slot order by 1, 2",
    "rejected": "select rejected_id from kubedigest.rejected order by 1",
}
TOTAL = "select coalesce(sum(occurrences) filter (where counted), 0) from public.event"
VERSION = "select max(resource_version::bigint) from kubedigest.watch"


class Lab:
    """One cluster with one store; `close` ends every collector."""

    def __init__(self, api: FakeApiServer, postgres: OwnPostgres, folder: Path) -> None:
        self.api = api
        self.postgres = postgres
        self.database = f"lab_{uuid.uuid4().hex}"
        postgres.execute(f"create database {self.database}")
        self.url = postgres.url(self.database)
        self.counts: dict[int, int] = {}  # of each event, as last written
        self._frames = b""
        self._remembered = 1  # the version up to which the frames go
        self._folder = folder
        self._collectors: list[CollectorProcess] = []

    # collectors

    def collector(
        self,
        *options: str,
        watch_seconds: int | None = 120,
        url: str | None = None,
        api_port: int | None = None,
    ) -> CollectorProcess:
        """Return a collector that is not started yet; proxies may stand on both sides."""
        kubeconfig = self.api.kubeconfig(self._folder)
        if api_port is not None:
            server = kubeconfig.read_text().replace(self.api.url, f"http://127.0.0.1:{api_port}")
            kubeconfig = self._folder / f"{api_port}.kubeconfig"
            kubeconfig.write_text(server)
        log = self._folder / f"collector-{len(self._collectors)}.log"
        made = CollectorProcess(
            kubeconfig, url or self.url, log, *options, watch_seconds=watch_seconds
        )
        self._collectors.append(made)
        return made

    def start(
        self, *options: str, watch_seconds: int | None = 120, url: str | None = None
    ) -> CollectorProcess:
        """Start a collector and wait until it follows the cluster and has stored that."""
        made = self.collector(*options, watch_seconds=watch_seconds, url=url)
        made.start()
        self.api.wait_for_watches(1, timeout_seconds=30)
        self.wait_until_stored()
        return made

    def url_through(self, proxy: FaultProxy, user: str = "postgres") -> str:
        """Return the URL of the store behind a proxy of the server's socket."""
        options = "sslmode=disable&gssencmode=disable"
        where = f"127.0.0.1:{proxy.port}/{self.database}"
        return f"postgresql+psycopg2://{user}@{where}?{options}"

    # events

    def feed(self, frames: int, *, objects: int = 20) -> None:
        """Write so many events, each an event's next occurrence."""
        numbers = [(sum(self.counts.values()) + n) % objects for n in range(frames)]
        events = []
        for number in numbers:
            self.counts[number] = self.counts.get(number, 0) + 1
            events.append(pod_event(number, self.counts[number]))
        self.api.apply_all(events)

    def expire(self) -> None:
        """Let every event expire, once, and nobody ask for the past any more."""
        names = [pod_event(number)["metadata"]["name"] for number in self.counts]
        self.api.expire("shop", names)
        self._remember()
        self.api.compact()

    @property
    def truth(self) -> int:
        """How often something happened."""
        return sum(self.counts.values())

    # the store

    def stored(self) -> tuple[int, int]:
        """Return what the store adds up to, and the version it speaks of."""
        [(total,)] = self.postgres.execute(TOTAL, self.database)
        [(version,)] = self.postgres.execute(VERSION, self.database)
        return int(total), int(version or 0)

    def connections(self) -> int:
        """Return how many connections the database has, but for the one that asks."""
        [(count,)] = self.postgres.execute(
            "select count(*) from pg_stat_activity"
            f" where datname = '{self.database}' and pid <> pg_backend_pid()"
        )
        return int(count)

    def wait_until_stored(self, timeout_seconds: float = 60) -> None:
        """Wait until everything is stored, and the store knows that."""
        deadline = time.monotonic() + timeout_seconds
        found = (0, 0)
        while time.monotonic() < deadline:
            with suppress(psycopg2.Error):
                found = self.stored()
                if found == (self.truth, self.api.version):
                    return
            time.sleep(0.05)
        said = "\n".join(one.said[-3000:] for one in self._collectors)
        raise AssertionError(
            f"stored {found}, and not {(self.truth, self.api.version)}, after"
            f" {timeout_seconds:g} s; the collectors say:\n{said}"
        )

    def check_exact(self) -> None:
        """Require the truth, the tables of one undisturbed import, and nothing missed."""
        self.wait_until_stored()
        for one in self._collectors:
            if one.is_running():
                assert one.stop() == 0, one.said[-3000:]
            assert "Traceback" not in one.said, one.said[-6000:]
            assert "the audit found" not in one.said, one.said[-3000:]
        audited = self._audited()
        assert audited.missed == 0
        assert audited.stored == 0, "an audit has found what was not stored"
        assert self._tables(self.database) == self._imported()

    def close(self) -> None:
        """End the collectors and drop the store."""
        for one in self._collectors:
            one.kill()
        self.postgres.execute(f"drop database if exists {self.database} with (force)")

    def _audited(self) -> Snapshot:
        metrics = Metrics(version="audit", now=lambda: datetime.now(UTC))
        engine = engine_on(self.url)
        [target] = targets(str(self.api.kubeconfig(self._folder)), [])
        watch = ClusterWatch(cluster="lab", server=ApiServer(target))
        settings = CollectorSettings(flush_seconds=0.0)
        Collector(engine, [watch], metrics=metrics, settings=settings, prepare=lambda: None).once()
        return metrics.snapshot()

    def _remember(self) -> None:
        version = str(self._remembered)
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": "1"}
        with opened(self.api.url, CORE, query, {}) as response:
            self._frames += response.read()
        self._remembered = self.api.version

    def _imported(self) -> Tables:
        self._remember()
        name = f"{self.database}_truth"
        self.postgres.execute(f"create database {name}")
        engine = engine_on(self.postgres.url(name))
        migrations.upgrade(engine)
        now = datetime.now(UTC)
        with Store(engine) as store:
            reader = EventReader("frames", io.BytesIO(self._frames), cluster="lab", received=now)
            import_items(reader, store, Summary())
        found = self._tables(name)
        self.postgres.execute(f"drop database {name} with (force)")
        return found

    def _tables(self, database: str) -> Tables:
        engine = engine_on(self.postgres.url(database))
        with engine.connect() as connection:
            return {
                name: [tuple(row) for row in connection.execute(text(query))]
                for name, query in TABLES.items()
            }

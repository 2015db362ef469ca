"""`kubedigest collect` as a process of its own, against an API server and a database."""

from __future__ import annotations

import json
import re
import signal
import socket
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import text

from collector.database import connect
from tests.api_server.event_shapes import pod_event
from tests.api_server.recordings import RECORDED, frames, recorded
from tests.api_server.server import FakeApiServer
from tests.e2e.collect_process import (
    PATIENCE_SECONDS,
    Collect,
    total,
    wait_for,
    wait_for_total,
)
from tests.pg.conftest import tables

RUN1 = RECORDED / "run1/core-v1.jsonl.gz"


@pytest.mark.long
def test_a_recorded_run_is_stored_as_import_stores_it(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, collect: Collect, once: Collect
) -> None:
    """The total is that of the same frames from a file; SIGTERM ends it with 0."""
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    with collect("--kubeconfig", kubeconfig, database=database_url) as running:
        api_server.wait_for_watches(timeout_seconds=PATIENCE_SECONDS)
        api_server.replay(RUN1)
        lines = tmp_path / "frames.jsonl"
        found = frames(recorded("run1/core-v1"))
        lines.write_text("".join(json.dumps(one) + "\n" for one in found))
        ran = once("import", str(lines), "--cluster", "file", "-o", "json", database=database_url)
        assert (ran.returncode, json.loads(ran.stdout)["rejected"]) == (0, 0)
        expected = total(database_url, "file")
        assert expected > 1000
        wait_for_total(database_url, expected, running)
        assert running.end() == 0


def test_a_restart_goes_on_without_doubling(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, collect: Collect
) -> None:
    """Killed in the middle; what was deleted while nobody watched comes by the stored version."""
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    api_server.apply_all([pod_event(number) for number in range(20)])
    with collect("--kubeconfig", kubeconfig, database=database_url) as running:
        api_server.wait_for_watches(timeout_seconds=PATIENCE_SECONDS)
        api_server.apply(pod_event(1, 5))
        wait_for_total(database_url, 24, running)
        running.end(signal.SIGKILL)
    gone = api_server.apply(pod_event(50, 7))["metadata"]["name"]
    api_server.delete("shop", gone)
    with collect("--kubeconfig", kubeconfig, database=database_url) as running:
        wait_for_total(database_url, 31, running)
        api_server.apply(pod_event(1, 6))
        wait_for_total(database_url, 32, running)
        assert running.end() == 0
    engine = connect(database_url)
    with engine.connect() as connection:
        states = connection.scalars(text("select distinct state from public.coverage")).all()
    engine.dispose()
    assert set(states) <= {"watched", "recovered"}


def test_once_lists_and_says_what_it_did(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, once: Collect
) -> None:
    """The second run repeats: what nothing has changed is stored once."""
    api_server.apply_all([pod_event(number, 3) for number in range(12)])
    arguments = ("collect", "--once", "-o", "json", "--kubeconfig")
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    ran = [once(*arguments, kubeconfig, database=database_url) for _ in range(2)]
    assert [one.returncode for one in ran] == [0, 0]
    first, second = (json.loads(one.stdout) for one in ran)
    none = {"rejected": 0, "spooled": 0, "missed": 0}
    assert first == {"read": 12, "stored": 12, "repeated": 0, **none}
    assert second == {"read": 12, "stored": 0, "repeated": 12, **none}
    assert total(database_url) == 36


def test_two_collectors_store_what_one_stores(
    api_server: FakeApiServer,
    database_url: str,
    empty_database_url: str,
    tmp_path: Path,
    collect: Collect,
) -> None:
    """At once on one cluster: the same events and points, but for when each was received."""
    kubeconfig = ("--kubeconfig", str(api_server.kubeconfig(tmp_path)))
    with (
        collect(*kubeconfig, database=database_url) as one,
        collect(*kubeconfig, database=database_url) as two,
        collect(*kubeconfig, database=empty_database_url) as alone,
    ):
        api_server.wait_for_watches(3, timeout_seconds=PATIENCE_SECONDS)
        for number in range(300):
            api_server.apply(pod_event(number % 40, 1 + number // 40))
        for database, running in ((database_url, one), (empty_database_url, alone)):
            wait_for_total(database, 300, running)
        assert [one.end(), two.end(), alone.end()] == [0, 0, 0]
    assert points(database_url) == points(empty_database_url)


def points(database: str) -> list[tuple[object, ...]]:
    """Return the rows of the view without what differs from receiver to receiver."""
    engine = connect(database)
    try:
        assert tables(engine)["rejected"] == []
        query = (
            "select cluster, namespace, name, birth, time, cumulative, occurrences, previous_time,"
            " counted, message, kind, object, workload from public.event order by 1, 2, 3, 4, 6"
        )
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def test_a_cluster_that_fails_never_stops_the_other(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, collect: Collect
) -> None:
    """One may not be listed, the other is; the failure names the missing right."""
    with FakeApiServer() as closed:
        closed.forbid("/api/v1/events")
        merged = json.loads(api_server.kubeconfig(tmp_path).read_text())
        other = json.loads(closed.kubeconfig(tmp_path, cluster="prod", context="prod").read_text())
        for part in ("clusters", "users", "contexts"):
            merged[part] += other[part]
        path = tmp_path / "both"
        path.write_text(json.dumps(merged))
        contexts = ("--kubeconfig", str(path), "--context", "prod", "--context", "lab")
        with collect(*contexts, database=database_url) as running:
            running.wait_to_say("403")
            api_server.wait_for_watches(timeout_seconds=PATIENCE_SECONDS)
            api_server.apply(pod_event(1, 4))
            wait_for_total(database_url, 4, running)
            assert running.end() == 0


def test_namespaces_are_streams_of_their_own(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, collect: Collect
) -> None:
    """A right in each of them is enough."""
    api_server.forbid("/api/v1/events")
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    named = ("--kubeconfig", kubeconfig, "-n", "shop", "-n", "bank")
    with collect(*named, database=database_url) as running:
        api_server.wait_for_watches(2, timeout_seconds=PATIENCE_SECONDS)
        api_server.apply(pod_event(1, 2))
        bank = pod_event(2, 3)
        bank["metadata"]["namespace"] = bank["involvedObject"]["namespace"] = "bank"
        api_server.apply(bank)
        wait_for_total(database_url, 5, running)
        assert running.end() == 0


def test_health_and_metrics(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, collect: Collect
) -> None:
    """The free port is said; ready while the watch is alive, and not when the server is gone."""
    kubeconfig = ("--kubeconfig", str(api_server.kubeconfig(tmp_path)))
    listen = ("--listen", "127.0.0.1:0")
    api_server.apply(pod_event(1))
    with collect(*kubeconfig, *listen, database=database_url) as running:
        said = running.wait_to_say("health and metrics: http://")
        found = re.search(r"http://(127\.0\.0\.1:\d+)/", said)
        assert found is not None
        address = found[1]
        wait_for(lambda: get(address, "/readyz")[0] == 200, lambda: running.said)
        assert get(address, "/healthz") == (200, "ok\n")
        wait_for_total(database_url, 1, running)
        assert "kubedigest_events_received_total{" in get(address, "/metrics")[1]
        api_server.stop()
        wait_for(lambda: get(address, "/readyz")[0] == 503, lambda: running.said)
        assert get(address, "/healthz")[0] == 200
        assert running.end() == 0


def get(address: str, path: str) -> tuple[int, str]:
    """Return status and body."""
    connection = HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path)
        with connection.getresponse() as response:
            return response.status, response.read().decode()
    finally:
        connection.close()


def test_a_database_that_is_away_at_the_start(
    api_server: FakeApiServer, tmp_path: Path, collect: Collect
) -> None:
    """It says so, keeps trying, and still ends in good order."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql://somebody:s3cret@127.0.0.1:{port}/nothing"
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    with collect("--kubeconfig", kubeconfig, database=url) as running:
        said = running.wait_to_say("trying again until it works")
        assert running.end() == 0
    assert "s3cret" not in said


@pytest.mark.long
def test_a_host_that_cannot_be_reached_is_said_once(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, collect: Collect
) -> None:
    """It may come back: the collector waits, and does not repeat itself."""
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    api_server.stop()
    with collect("--kubeconfig", kubeconfig, database=database_url) as running:
        running.wait_to_say("the connection is refused")
        api_server.start()
        api_server.wait_for_watches(timeout_seconds=PATIENCE_SECONDS)
        assert running.end() == 0
        assert running.said.count("the connection is refused") == 1

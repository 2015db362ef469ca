"""The pods of the manifests, run in the image: their arguments, environment, mounts and probes."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer
from tests.api_server.tls import Authority
from tests.deploy.container_runs import Running, ran, running
from tests.deploy.containerfile import Stage
from tests.deploy.manifests import Manifest, named, of_kind, overlay, pod_template
from tests.e2e.collect_process import PATIENCE_SECONDS, total, wait_for
from tests.receivers import BODY

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

CLUSTER = "kubernetes"  # as the base calls it
TOKEN = "a-long-random-token"
# where Kubernetes mounts a token; /var/run is a link to /run
ACCOUNT = "/run/secrets/kubernetes.io/serviceaccount"
ANY_PORT = "127.0.0.1:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """What the kubelet makes of a manifest."""

    arguments: list[str]
    environment: dict[str, str]
    probes: dict[str, str]
    binds: dict[Path, str] = field(default_factory=dict)

    def start(self, image: Stage, log: Path) -> Any:
        """Run it in the background."""
        environment = self.environment
        return running(image, *self.arguments, log=log, binds=self.binds, environment=environment)


def pod(
    manifests: list[Manifest],
    kind: str,
    name: str,
    folder: Path,
    secrets: Mapping[str, Mapping[str, str]],
) -> Pod:
    """Lay out the volumes of a workload in *folder*, and read the rest; ports are free ones."""
    spec = pod_template(named(manifests, kind, name))["spec"]
    [container] = spec["containers"]
    texts = {one["metadata"]["name"]: one["data"] for one in of_kind(manifests, "ConfigMap")}
    environment: dict[str, str] = {}
    for source in container["envFrom"]:
        environment |= texts[source["configMapRef"]["name"]]
    for one in container["env"]:
        environment[one["name"]] = one.get("value", "kubedigest")  # else the pod's namespace
    folder.chmod(0o755)
    places = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    binds = {}
    for volume in spec["volumes"]:
        if "emptyDir" in volume:
            assert places[volume["name"]] == "/tmp"  # noqa: S108 - in the image
            continue
        made = folder / volume["name"]
        made.mkdir()
        binds[made] = places[volume["name"]]
        if "persistentVolumeClaim" in volume:
            os.chown(made, 65534, 65534)
            continue
        if "configMap" in volume:
            data, items = texts[volume["configMap"]["name"]], volume["configMap"].get("items")
        else:
            data, items = secrets[volume["secret"]["secretName"]], volume["secret"].get("items")
        for item in items or [{"key": key, "path": key} for key in data]:
            (made / item["path"]).write_text(data[item["key"]])
    return Pod(
        arguments=[
            re.sub(r"\$\((\w+)\)", lambda found: environment[found[1]], word)
            if not word.startswith(":")
            else ANY_PORT
            for word in container["args"]
        ],
        environment=environment,
        probes={
            probe: container[probe]["httpGet"]["path"]
            for probe in ("livenessProbe", "readinessProbe")
            if probe in container
        },
        binds=binds,
    )


def secrets(database: str) -> dict[str, dict[str, str]]:
    """Return the Secrets that docs/deploying.md says to make."""
    keys = ("owner", "collector", "reporter", "notifier")
    return {
        "kubedigest-database": dict.fromkeys(keys, f"{database}\n"),
        "kubedigest-channels": {"ops-url": "https://chat.example.com/T0/B0/x\n"},
        "kubedigest-receiver": {"eventer-token": TOKEN},
    }


def require_probes(found: Running, asked: Pod) -> None:
    """Wait until every probe is answered as the kubelet wants it."""
    for path in asked.probes.values():
        wait_for(lambda path=path: found.answer(path) == 200, found.log.read_text)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "namespace"), [("base", "shop"), ("single-namespace", "kubedigest")]
)
def test_the_collector_watches_with_the_token_of_its_pod(
    name: str,
    namespace: str,
    image: Stage,
    database: str,
    tmp_path: Path,
    authority: Authority,
) -> None:
    """What the API server tells is stored, of all namespaces or of the pod's own."""
    manifests = overlay(name)
    asked = pod(manifests, "Deployment", "kubedigest-collector", tmp_path, secrets(database))
    account = tmp_path / "account"
    account.mkdir()
    (account / "token").write_text(TOKEN)
    (account / "ca.crt").write_text(authority.ca.read_text())
    asked.binds[account] = ACCOUNT
    with FakeApiServer(tls=authority.certificate()) as server:
        server.token = TOKEN
        host, port = server.url.removeprefix("https://").split(":")
        asked.environment["KUBERNETES_SERVICE_HOST"] = host
        asked.environment["KUBERNETES_SERVICE_PORT"] = port
        asked.environment["KUBEDIGEST_CLUSTER"] = name
        with asked.start(image, tmp_path / "log") as found:
            require_probes(found, asked)
            server.apply(pod_event(1, 7, metadata={"name": "seen.1", "namespace": namespace}))
            wait_for(lambda: total(database, name) == 7, found.log.read_text)
            assert found.end(signal.SIGTERM) == 0
        asked_for = {request.path for request in server.requests}
    everywhere = "/api/v1/events"
    wanted = everywhere if name == "base" else f"/api/v1/namespaces/{namespace}/events"
    assert wanted in asked_for
    assert all("secrets" not in path and "configmaps" not in path for path in asked_for)


def test_the_receiver_stores_what_is_posted(image: Stage, database: str, tmp_path: Path) -> None:
    """With the token of its Secret, and not without."""
    manifests = overlay("base")
    asked = pod(manifests, "Deployment", "kubedigest-receiver", tmp_path, secrets(database))
    with asked.start(image, tmp_path / "log") as found:
        require_probes(found, asked)
        address = found.address("receiving")
        assert post(address, {}) == 401
        before = total(database, CLUSTER)
        assert post(address, {"Authorization": f"Bearer {TOKEN}"}) == 200
        wait_for(lambda: total(database, CLUSTER) == before + 1, found.log.read_text)
        assert found.end(signal.SIGTERM) == 0


def test_the_receiver_is_ready_while_the_database_is_away(image: Stage, tmp_path: Path) -> None:
    """So that the Service goes on sending, and its disk keeps what comes."""
    away = secrets("postgresql://nobody@127.0.0.1:1/nothing")
    asked = pod(overlay("base"), "Deployment", "kubedigest-receiver", tmp_path, away)
    with asked.start(image, tmp_path / "log") as found:
        require_probes(found, asked)
        assert post(found.address("receiving"), {"Authorization": f"Bearer {TOKEN}"}) == 200
        wait_for(lambda: found.answer("/readyz") == 503, found.log.read_text)
        require_probes(found, asked)


def post(address: str, headers: dict[str, str]) -> int:
    """Post a body of kube-eventer; return the status."""
    connection = HTTPConnection(address, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST", "/eventer/", BODY, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_notify_is_ready(image: Stage, database: str, tmp_path: Path) -> None:
    """With the rule and the channel of the base."""
    asked = pod(overlay("base"), "Deployment", "kubedigest-notify", tmp_path, secrets(database))
    with asked.start(image, tmp_path / "log") as found:
        found.wait_to_say("telling: ops")
        require_probes(found, asked)
        assert found.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("name", "added", "said"),
    [
        ("upgrade", [], "the schema is up to date"),
        ("refresh", [], "roll"),
        ("prune", [], "every total stays"),
        ("daily", ["--dry-run"], "ops"),
        ("weekly", ["--dry-run"], "ops"),
    ],
)
def test_a_job_does_what_it_is_for(
    name: str, added: list[str], said: str, image: Stage, database: str, tmp_path: Path
) -> None:
    """On a store that has the schema; digests are shown instead of sent."""
    asked = pod(overlay("base"), "CronJob", f"kubedigest-{name}", tmp_path, secrets(database))
    first = pod_environment(asked)
    assert ran(image, "db", "upgrade", **first).returncode == 0
    done = ran(image, *asked.arguments, *added, **first)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert "chat.example.com/T0" not in done.stdout + done.stderr


def pod_environment(asked: Pod) -> Any:
    """Return what a command of a pod finds around itself."""
    return {"binds": asked.binds, "environment": asked.environment}

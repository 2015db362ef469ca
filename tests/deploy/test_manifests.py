"""The manifests: what is applied, and that it fits together and the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from click.testing import CliRunner

from collector.health import health_pages
from collector.metrics import Metrics
from kubedigest import __version__
from kubedigest.cli import kubedigest
from kubedigest.configuration import load
from tests.deploy.manifests import (
    COMPONENTS,
    DEPLOY,
    OVERLAYS,
    WORKLOADS,
    Manifest,
    named,
    of_kind,
    overlay,
    pod_template,
    with_component,
    written,
)

EVERY = ("base", *OVERLAYS)
OURS = "kubedigest-"
WITHOUT_CONFIGURATION = {OURS + part for part in ("refresh", "prune", "upgrade")}
SECRETS = {"ops-url": "https://chat.example.com/x", "eventer-token": "a-long-random-token"}


def workloads(manifests: list[Manifest]) -> Iterator[tuple[Manifest, Manifest]]:
    """Yield each workload with the specification of its pods."""
    for workload in of_kind(manifests, *WORKLOADS):
        yield workload, pod_template(workload)["spec"]


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in DEPLOY.rglob("kustomization.yaml"))
)
def test_a_kustomization_names_every_file_beside_it_and_no_other(folder: Path) -> None:
    """A file that is forgotten is not applied, and nobody notices."""
    text = yaml.safe_load((folder / "kustomization.yaml").read_text())
    generated = [
        name
        for generator in text.get("configMapGenerator", [])
        for name in generator.get("files", [])
    ]
    resources = [name for name in text.get("resources", []) if not name.startswith("..")]
    files = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.yaml")
        if path.name != "kustomization.yaml"
        and "watched-cluster" not in path.relative_to(folder).parts
    }
    assert sorted([*resources, *generated]) == sorted(files)


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.yaml")), ids=lambda path: path.name)
def test_no_key_stands_twice(path: Path) -> None:
    """The second one would win, and nobody would say so."""
    for document in yaml.compose_all(path.read_text()):
        waiting = [document]
        while waiting:
            node = waiting.pop()
            if isinstance(node, yaml.MappingNode):
                keys = [key.value for key, _ in node.value]
                assert len(keys) == len(set(keys))
                waiting += [value for _, value in node.value]
            elif isinstance(node, yaml.SequenceNode):
                waiting += node.value


@pytest.mark.parametrize("name", EVERY)
def test_an_overlay_runs_everything(name: str) -> None:
    """The four parts, each by name."""
    found = {(one["kind"], one["metadata"]["name"]) for one in of_kind(overlay(name), *WORKLOADS)}
    assert found == {
        *(("Deployment", OURS + part) for part in ("collector", "receiver", "notify")),
        *(("CronJob", OURS + part) for part in ("daily", "weekly", "refresh", "prune", "upgrade")),
    }
    assert named(overlay(name), "Deployment", OURS + "collector")["spec"]["replicas"] == 2
    # two receivers would need two spools
    assert named(overlay(name), "Deployment", OURS + "receiver")["spec"]["replicas"] == 1


@pytest.mark.parametrize("name", EVERY)
def test_what_a_pod_refers_to_is_there(name: str) -> None:
    """Accounts, ConfigMaps and claims are applied; docs/deploying.md has the Secrets."""
    manifests = overlay(name)
    applied = {(one["kind"], one["metadata"]["name"]) for one in manifests}
    page = (DEPLOY.parent / "docs/deploying.md").read_text()
    for _, pod in workloads(manifests):
        assert ("ServiceAccount", pod["serviceAccountName"]) in applied
        wanted = {
            ("ConfigMap", one["configMapRef"]["name"]) for one in pod["containers"][0]["envFrom"]
        }
        for volume in pod["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                wanted.add(("PersistentVolumeClaim", claim["claimName"]))
            elif configmap := volume.get("configMap"):
                wanted.add(("ConfigMap", configmap["name"]))
            elif secret := volume.get("secret"):
                assert f"{secret['secretName']}" in page
        wanted.discard(("ConfigMap", "kubedigest-database-authority"))  # the user's
        assert wanted <= applied
        mounted = {one["name"] for one in pod["containers"][0]["volumeMounts"]}
        assert mounted == {one["name"] for one in pod["volumes"]}


@pytest.mark.parametrize("name", EVERY)
def test_a_selector_selects_its_own_pods(name: str) -> None:
    """Of Deployments, the Service, the budget and the network policies."""
    manifests = overlay(name)
    pods = [pod_template(one)["metadata"]["labels"] for one in of_kind(manifests, *WORKLOADS)]
    for deployment in of_kind(manifests, "Deployment"):
        wanted = deployment["spec"]["selector"]["matchLabels"]
        assert [labels for labels in pods if wanted.items() <= labels.items()] == [
            pod_template(deployment)["metadata"]["labels"]
        ]
    service = named(manifests, "Service", "kubedigest")["spec"]["selector"]
    assert service["app.kubernetes.io/component"] == "receiver"
    budget = named(manifests, "PodDisruptionBudget", OURS + "collector")["spec"]
    assert budget["selector"]["matchLabels"]["app.kubernetes.io/component"] == "collector"
    for policy in of_kind(manifests, "NetworkPolicy"):
        assert any(_selects(policy["spec"]["podSelector"], labels) for labels in pods)


def _selects(selector: Manifest, labels: dict[str, str]) -> bool:
    exact = selector.get("matchLabels", {}).items() <= labels.items()
    return exact and all(
        labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", [])
    )


class Well:
    """A process that is well."""

    def alive(self) -> list[str]:
        """Return no reason why not."""
        return []

    def ready(self) -> list[str]:
        """Return no reason why not."""
        return []


def commands() -> list[tuple[str, list[str]]]:
    """Return the arguments of every container, as they are written, each once."""
    found = {
        one["metadata"]["name"]: pod_template(one)["spec"]["containers"][0]["args"]
        for one in written("base/*.yaml")
        if one["kind"] in WORKLOADS
    }
    added = {"--owners": "collect", "--namespace": "collect", "--sink": "notify"}
    patches = [(option, [command, option]) for option, command in added.items()]
    return [*found.items(), *patches]


@pytest.mark.parametrize(("name", "arguments"), commands(), ids=lambda given: str(given))
def test_the_arguments_of_a_container_are_those_of_a_command(
    name: str, arguments: list[str]
) -> None:
    """Its help knows the sub-command and every option."""
    path = arguments[: 2 if arguments[0] == "db" else 1]
    ran = CliRunner().invoke(kubedigest, [*path, "--help"])
    assert ran.exit_code == 0, ran.output
    for option in (word for word in arguments if word.startswith("--")):
        assert option in ran.output, f"{name}: {option}"


def test_patches_add_the_options_that_are_tested() -> None:
    """What the test above takes for added is what overlays and components add."""
    added = set()
    for path in DEPLOY.rglob("kustomization.yaml"):
        added |= set(re.findall(r"args/-, value: (--[a-z]+)", path.read_text()))
    assert added == {"--owners", "--namespace", "--sink"}


@pytest.mark.parametrize("name", EVERY)
def test_probes_ask_what_is_served(name: str) -> None:
    """Of the port that --listen or --health names; the receiver takes bodies without a database."""
    served = set(health_pages(Metrics(version="1", now=lambda: datetime.now(UTC)), Well()))
    for workload, pod in workloads(overlay(name)):
        [container] = pod["containers"]
        if workload["kind"] == "CronJob":
            assert "livenessProbe" not in container
            continue
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        arguments = container["args"]
        option = "--health" if "--health" in arguments else "--listen"
        assert arguments[arguments.index(option) + 1] == f":{ports['health']}"
        probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("liveness", "readiness")}
        assert {one["port"] for one in probes.values()} == {"health"}
        assert {one["path"] for one in probes.values()} <= served
        assert probes["liveness"]["path"] == "/healthz"
        ready = "/healthz" if workload["metadata"]["name"] == OURS + "receiver" else "/readyz"
        assert probes["readiness"]["path"] == ready


@pytest.mark.parametrize("name", EVERY)
def test_schedules_are_off_the_hour_in_a_zone(name: str) -> None:
    """One at a time, not at a minute at which everybody's jobs start, and none late for ever."""
    seen = set()
    for job in of_kind(overlay(name), "CronJob"):
        spec = job["spec"]
        minute = int(spec["schedule"].split()[0])
        assert minute not in (0, 30)
        seen.add(minute)
        assert ZoneInfo(spec["timeZone"])
        assert spec["concurrencyPolicy"] == "Forbid"
        assert spec["startingDeadlineSeconds"] > 0
        assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] > 0
        assert spec.get("suspend", False) is (job["metadata"]["name"] == OURS + "upgrade")
    assert len(seen) == 5


@pytest.mark.parametrize("name", EVERY)
def test_the_configuration_is_one(name: str, tmp_path: Path) -> None:
    """Each file is what its command reads, with the secrets that are mounted beside it."""
    manifests = overlay(name)
    [texts] = [
        one["data"]
        for one in of_kind(manifests, "ConfigMap")
        if one["metadata"]["name"].startswith("kubedigest-config")
    ]
    for workload, pod in workloads(manifests):
        [container] = pod["containers"]
        mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
        named_file = next(
            (one["value"] for one in container["env"] if one["name"] == "KUBEDIGEST_CONFIG"), None
        )
        if named_file is None:
            assert workload["metadata"]["name"] in WITHOUT_CONFIGURATION
            continue
        [volume] = [one for one in pod["volumes"] if one["name"] == "config"]
        [item] = volume["configMap"]["items"]
        assert named_file == f"{mounts['config']}/{item['path']}"
        text = texts[item["key"]]
        for path in re.findall(r"file: (/[^}\s]+)", text):
            folder, _, file = path.rpartition("/")
            assert folder in mounts.values()
            (tmp_path / file).write_text(SECRETS[file])
            text = text.replace(path, str(tmp_path / file))
        (tmp_path / item["key"]).write_text(text)
        settings = load(tmp_path / item["key"], {})
        if container["args"][0] == "notify":
            assert settings.notify, "without a rule it ends with a mistake"


def test_the_version_is_that_of_the_package() -> None:
    """Of the image that is applied."""
    [image] = yaml.safe_load((DEPLOY / "base/kustomization.yaml").read_text())["images"]
    assert str(image["newTag"]) == __version__


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_fits_the_base(component: str, tmp_path: Path) -> None:
    """It changes what it says it does."""
    manifests = with_component(tmp_path, component)
    collector = pod_template(named(manifests, "Deployment", OURS + "collector"))["spec"]
    notify = pod_template(named(manifests, "Deployment", OURS + "notify"))["spec"]
    assert ("--owners" in collector["containers"][0]["args"]) is (component == "owners")
    assert notify["automountServiceAccountToken"] is (component == "sink-templates")
    for _, pod in workloads(manifests):
        assert ("nodeSelector" in pod) is (component == "node-selector")

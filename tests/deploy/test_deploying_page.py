"""docs/deploying.md: what it shows can be applied, and it names what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from kubedigest.cli import main
from kubedigest.configuration import load
from tests.deploy.manifests import (
    COMPONENTS,
    DEPLOY,
    OVERLAYS,
    ROOT,
    WORKLOADS,
    Manifest,
    named,
    of_kind,
    pod_template,
    rendered,
    upwards,
    written,
)

PAGE = (ROOT / "docs/deploying.md").read_text()
KUSTOMIZATION, CHANNELS, MONITOR = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def applied(tmp_path: Path) -> list[Manifest]:
    """Return what the folder of the page makes."""
    checkout = upwards(ROOT, tmp_path)
    (tmp_path / "kustomization.yaml").write_text(KUSTOMIZATION.replace("../kubedigest", checkout))
    (tmp_path / "channels.yaml").write_text(CHANNELS)
    return rendered(tmp_path)


def test_the_folder_of_the_page_can_be_applied(applied: list[Manifest]) -> None:
    """Schedule, zone, name, image, nodes and rights are as it says."""
    daily = named(applied, "CronJob", "kubedigest-daily")["spec"]
    assert (daily["schedule"], daily["timeZone"]) == ("3 20 * * *", "Asia/Shanghai")
    settings, texts = (
        next(
            one["data"]
            for one in of_kind(applied, "ConfigMap")
            if one["metadata"]["name"].startswith(name)
        )
        for name in ("kubedigest-settings", "kubedigest-config")
    )
    assert settings == {"KUBEDIGEST_CLUSTER": "prod-cn", "KUBEDIGEST_TIMEZONE": "Asia/Shanghai"}
    assert texts["channels.yaml"] == CHANNELS
    assert set(texts) == {"channels.yaml", "collector.yaml", "receiver.yaml"}
    for workload in of_kind(applied, *WORKLOADS):
        pod = pod_template(workload)["spec"]
        assert pod["containers"][0]["image"] == "registry.example.com/kubedigest:0.1.0"
        assert "kubernetes.io/os" in pod["nodeSelector"]
        [settings_name] = [one["configMapRef"]["name"] for one in pod["containers"][0]["envFrom"]]
        assert ("ConfigMap", settings_name) in {
            (one["kind"], one["metadata"]["name"]) for one in applied
        }
    assert named(applied, "ClusterRole", "kubedigest-owners")
    assert named(applied, "Deployment", "kubedigest-receiver")["spec"]["replicas"] == 0


def test_the_channels_of_the_page_are_a_configuration(tmp_path: Path) -> None:
    """With the secrets that it says to make."""
    text = CHANNELS
    for path in re.findall(r"file: (/[^}\s]+)", CHANNELS):
        key = path.rpartition("/")[2]
        assert f"--from-file={key}" in PAGE
        (tmp_path / key).write_text("https://oapi.dingtalk.com/robot/send?access_token=x")
        text = text.replace(path, str(tmp_path / key))
    (tmp_path / "kubedigest.yaml").write_text(text)
    settings = load(tmp_path / "kubedigest.yaml", {})
    assert (settings.language, len(settings.notify)) == ("zh", 1)


def test_the_monitor_of_the_page_finds_every_port_with_metrics(applied: list[Manifest]) -> None:
    """By label and name of the port, of the three parts that have one."""
    spec = yaml.safe_load(MONITOR)["spec"]
    [endpoint] = spec["podMetricsEndpoints"]
    assert endpoint["honorLabels"] is True
    found = [
        one["metadata"]["name"]
        for one in of_kind(applied, *WORKLOADS)
        if spec["selector"]["matchLabels"].items()
        <= pod_template(one)["metadata"]["labels"].items()
        and endpoint["port"]
        in {port["name"] for port in pod_template(one)["spec"]["containers"][0].get("ports", [])}
    ]
    assert sorted(found) == ["kubedigest-collector", "kubedigest-notify", "kubedigest-receiver"]


def test_the_page_names_everything_there_is() -> None:
    """Workloads, overlays, components, Secrets with their keys, and what only an operator makes."""
    for one in written("base/*.yaml"):
        if one["kind"] in WORKLOADS:
            assert f"`{one['metadata']['name']}`" in PAGE
    for name in (*OVERLAYS, *COMPONENTS):
        assert f"| `{name}` |" in PAGE
    texts = [path.read_text() for path in sorted(DEPLOY.rglob("*.yaml"))]
    for name in set(re.findall(r"secretName: ([\w-]+)", " ".join(texts))):
        assert f"`{name}`" in PAGE
    database = r"secretName: kubedigest-database\n\s+items: \[\{key: (\w+),"
    keys = set(re.findall(database, "\n".join(texts)))
    assert keys == {"owner", "collector", "reporter", "notifier"}
    for key in keys:
        assert f"--from-file={key}" in PAGE


def test_the_logins_of_the_page_are_those_of_the_operator() -> None:
    """Roles and Secrets of the overlay cloudnative-pg are those that the loop makes."""
    [cluster] = [
        one for one in written("overlays/cloudnative-pg/*.yaml") if one["kind"] == "Cluster"
    ]
    logins = [one for one in cluster["spec"]["managed"]["roles"] if one["login"]]
    [loop] = re.findall(r"^for role in ([a-z ]+); do$", PAGE, flags=re.MULTILINE)
    assert [one["name"] for one in logins] == loop.split()
    for one in logins:
        assert one["passwordSecret"]["name"] == f"kubedigest-login-{one['name']}"
        assert one["inRoles"] == [f"kubedigest_{one['name']}"]
    assert f"@{cluster['metadata']['name']}-rw:5432/" in PAGE


def test_the_rights_of_sinks_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """As the page shows them."""
    [(arguments, shown)] = re.findall(
        r"```console\n\$ kubedigest ([^\n]+)\n(.*?)```", PAGE, re.DOTALL
    )
    with pytest.raises(SystemExit) as exit_info:
        main(shlex.split(arguments))
    assert exit_info.value.code == 0
    assert capsys.readouterr().out == shown

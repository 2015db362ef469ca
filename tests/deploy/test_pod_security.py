"""The restricted Pod Security Standard, and what a review asks for beyond it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.deploy.manifests import (
    COMPONENTS,
    OVERLAYS,
    WORKLOADS,
    Manifest,
    named,
    of_kind,
    overlay,
    pod_template,
    with_component,
)

QUANTITY = re.compile(r"\d+(m|Mi|Gi)?")


def require_restricted(workload: Manifest) -> None:
    """Fail where the pods of a workload may do more than the restricted standard allows."""
    pod = pod_template(workload)["spec"]
    for key in ("hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"):
        assert key not in pod
    security = pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert (security["runAsUser"], security["runAsGroup"]) == (65534, 65534)
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for volume in pod["volumes"]:
        [kind] = set(volume) - {"name"}
        assert kind in {"configMap", "secret", "emptyDir", "persistentVolumeClaim"}
    [container] = pod["containers"]
    own = container["securityContext"]
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    for port in container.get("ports", []):
        assert "hostPort" not in port
        assert port["containerPort"] > 1023


def require_careful(workload: Manifest) -> None:
    """Fail where a container takes what it likes, or comes from an image that moves."""
    pod = pod_template(workload)["spec"]
    [container] = pod["containers"]
    name, _, tag = container["image"].rpartition(":")
    assert name
    assert tag not in {"", "latest"}
    assert "command" not in container  # the image's entry point passes signals on
    resources = container["resources"]
    assert set(resources["requests"]) == {"cpu", "memory"}
    assert set(resources["limits"]) == {
        "memory"
    }  # a limit of CPU slows what has nothing to wait for
    for quantity in (*resources["requests"].values(), *resources["limits"].values()):
        assert QUANTITY.fullmatch(quantity)
    for volume in pod["volumes"]:
        if "emptyDir" in volume:
            assert QUANTITY.fullmatch(volume["emptyDir"]["sizeLimit"])
    for mount in container["volumeMounts"]:
        is_writable = not mount.get("readOnly", False)
        assert is_writable is (mount["name"] in {"tmp", "spool"})
    # secrets are files: an environment is inherited, shown and dumped
    secrets = [one for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})]
    assert [one["name"] for one in secrets] in ([], ["KUBEDIGEST_SINK"])
    assert all("secretRef" not in one for one in container["envFrom"])


@pytest.mark.parametrize("name", ["base", *OVERLAYS])
def test_every_pod_is_restricted(name: str) -> None:
    """So that the namespace may enforce it."""
    workloads = of_kind(overlay(name), *WORKLOADS)
    assert len(workloads) == 8
    for workload in workloads:
        require_restricted(workload)
        require_careful(workload)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_takes_nothing_back(component: str, tmp_path: Path) -> None:
    """The same holds with each."""
    for workload in of_kind(with_component(tmp_path, component), *WORKLOADS):
        require_restricted(workload)
        require_careful(workload)


def test_the_namespace_enforces_it() -> None:
    """Where the namespace is ours to make."""
    labels = named(overlay("base"), "Namespace", "kubedigest")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert of_kind(overlay("single-namespace"), "Namespace") == []


@pytest.mark.parametrize("name", OVERLAYS)
def test_nothing_goes_in_or_out_but_what_a_policy_names(name: str) -> None:
    """Every pod is under a policy of both directions, and only the receiver is open to others."""
    policies = of_kind(overlay(name), "NetworkPolicy")
    everything = named(policies, "NetworkPolicy", "kubedigest-everything")["spec"]
    assert sorted(everything["policyTypes"]) == ["Egress", "Ingress"]
    for workload in of_kind(overlay(name), *WORKLOADS):
        labels = pod_template(workload)["metadata"]["labels"]
        assert everything["podSelector"]["matchLabels"].items() <= labels.items()
    opened = {
        (policy["metadata"]["name"], port["port"])
        for policy in policies
        for rule in policy["spec"].get("ingress", [])
        for port in rule["ports"]
    }
    assert opened == {("kubedigest-everything", 8080), ("kubedigest-receiver", 10010)}
    for policy in policies:
        for rule in policy["spec"].get("egress", []):
            assert rule["ports"], "a rule without ports opens all of them"


@pytest.mark.parametrize("name", ["own-postgresql", "cloudnative-pg"])
def test_a_database_across_a_network_is_verified(name: str) -> None:
    """Certificate and host, in every pod; and only that database can be reached."""
    for workload in of_kind(overlay(name), *WORKLOADS):
        [container] = pod_template(workload)["spec"]["containers"]
        settings = {one["name"]: one.get("value") for one in container["env"]}
        mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
        assert settings["PGSSLMODE"] == "verify-full"
        assert settings["PGSSLROOTCERT"] == f"{mounts['authority']}/ca.crt"
    policy = named(overlay(name), "NetworkPolicy", "kubedigest-everything")["spec"]
    [rule] = [
        rule for rule in policy["egress"] if {"port": 5432, "protocol": "TCP"} in rule["ports"]
    ]
    assert len(rule["to"]) == 1

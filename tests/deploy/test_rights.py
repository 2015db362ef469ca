"""Who may do what in the cluster: exactly this, and secrets are nobody's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from collector import access_rules
from reports.sinks.reading import read_sink
from reports.sinks.rights import sink_rights
from tests.deploy.manifests import (
    COMPONENTS,
    OVERLAYS,
    WORKLOADS,
    Manifest,
    built_on,
    named,
    of_kind,
    overlay,
    pod_template,
    with_component,
    written,
)

Right = tuple[str, str, str, tuple[str, ...]]

EVENTS: set[Right] = {
    (group, "events", verb, ())
    for group in ("", "events.k8s.io")
    for verb in ("get", "list", "watch")
}
OWNERS: set[Right] = {
    ("", "pods", "get", ()),
    ("apps", "replicasets", "get", ()),
    ("batch", "jobs", "get", ()),
}
COLLECTOR = "kubedigest-collector"
WITH_A_TOKEN = {
    "base": {COLLECTOR},
    "single-namespace": {COLLECTOR},
    "several-clusters": set(),  # it has logins of other clusters
    "own-postgresql": {COLLECTOR},
    "cloudnative-pg": {COLLECTOR},
}


def rights(role: Manifest) -> set[Right]:
    """Return every right of a role by itself; nothing else may stand in a rule."""
    found = set()
    for rule in role["rules"]:
        assert set(rule) <= {"apiGroups", "resources", "verbs", "resourceNames"}
        names = tuple(rule.get("resourceNames", ()))
        found |= {
            (group, resource, verb, names)
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
    return found


def granted(manifests: list[Manifest]) -> dict[tuple[str, str], set[Right]]:
    """Return the rights of each account, by whether they hold in the cluster or the namespace."""
    roles = {
        (one["kind"], one["metadata"]["name"]): rights(one)
        for one in of_kind(manifests, "ClusterRole", "Role")
    }
    found: dict[tuple[str, str], set[Right]] = {}
    for binding in of_kind(manifests, "ClusterRoleBinding", "RoleBinding"):
        reference = binding["roleRef"]
        [subject] = binding["subjects"]
        assert subject["kind"] == "ServiceAccount"
        assert subject["namespace"] == "kubedigest"
        where = "cluster" if binding["kind"] == "ClusterRoleBinding" else "namespace"
        held = found.setdefault((subject["name"], where), set())
        held |= roles.pop((reference["kind"], reference["name"]))
    assert not roles, "a role that nobody has"
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("base", {(COLLECTOR, "cluster"): EVENTS}),
        ("own-postgresql", {(COLLECTOR, "cluster"): EVENTS}),
        ("cloudnative-pg", {(COLLECTOR, "cluster"): EVENTS}),
        ("single-namespace", {(COLLECTOR, "namespace"): EVENTS}),
        ("several-clusters", {}),
        ("several-clusters/watched-cluster", {(COLLECTOR, "cluster"): EVENTS}),
    ],
)
def test_an_overlay_grants_exactly_this(name: str, expected: dict[Any, Any]) -> None:
    """Events of both groups to the collector, and nothing to anybody else."""
    assert granted(overlay(name)) == expected


@pytest.mark.parametrize("name", ["base", *OVERLAYS, "several-clusters/watched-cluster"])
def test_in_another_namespace_it_is_all_there(name: str, tmp_path: Path) -> None:
    """The account that a binding names moves along; else the collector would have no rights."""
    manifests = built_on(tmp_path, name, namespace="team")
    for manifest in manifests:
        if manifest["kind"] == "Namespace":
            assert manifest["metadata"]["name"] == "team"
        elif not manifest["kind"].startswith("Cluster") or manifest["kind"] == "Cluster":
            assert manifest["metadata"]["namespace"] == "team"
        for subject in manifest.get("subjects", []):
            assert subject["namespace"] == "team"


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_grants_exactly_this(component: str, tmp_path: Path) -> None:
    """Only the look-up of owners adds rights."""
    added = OWNERS if component == "owners" else set()
    found = granted(with_component(tmp_path, component))
    assert found == {(COLLECTOR, "cluster"): EVENTS | added}


def test_the_rights_are_those_that_the_collector_asks_for() -> None:
    """What it prints where they are missing."""
    refusal = 'User "system:serviceaccount:kubedigest:kubedigest-collector" cannot list'
    asked = [access_rules.events_rule("", refusal), access_rules.owners_rule(refusal)]
    printed = [yaml.safe_load(one.partition("\n")[2].partition("\nEOF")[0]) for one in asked]
    assert [rights(one) for one in printed] == [EVENTS, OWNERS]


def test_no_file_grants_more_than_that() -> None:
    """Whatever is rendered: no wildcard, no secrets, nothing that changes the cluster."""
    roles = [one for one in written("**/*.yaml") if one["kind"] in {"ClusterRole", "Role"}]
    assert len(roles) == 4
    for role in roles:
        assert rights(role) in (EVENTS, OWNERS)


def test_a_sink_reads_its_configmap_and_nothing_else() -> None:
    """The Role that is rendered from the strings."""
    sink = read_sink(
        "webhook:https://chat.example.com/x?custom_body_configmap=body"
        "&custom_body_configmap_namespace=kube-system"
    )
    documents = list(yaml.safe_load_all(sink_rights([sink])))
    assert granted(documents) == {
        ("kubedigest-notify", "namespace"): {("", "configmaps", "get", ("body",))}
    }


@pytest.mark.parametrize("name", ["base", *OVERLAYS])
def test_a_pod_has_a_token_only_where_it_needs_one(name: str) -> None:
    """Pods and accounts both say so."""
    manifests = overlay(name)
    with_token = set()
    for workload in of_kind(manifests, *WORKLOADS):
        pod = pod_template(workload)["spec"]
        if pod["automountServiceAccountToken"]:
            with_token.add(workload["metadata"]["name"])
        assert not any("projected" in volume for volume in pod["volumes"])
    assert with_token == WITH_A_TOKEN[name]
    for account in of_kind(manifests, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_digests_notifications_and_the_collector_are_three_accounts() -> None:
    """A right of one is none of another."""
    accounts = {
        one["metadata"]["name"]: pod_template(one)["spec"]["serviceAccountName"]
        for one in of_kind(overlay("base"), *WORKLOADS)
    }
    assert accounts.pop(COLLECTOR) == COLLECTOR
    assert accounts.pop("kubedigest-notify") == "kubedigest-notify"
    assert set(accounts.values()) == {"kubedigest-reporter"}
    assert named(overlay("base"), "ServiceAccount", "kubedigest-reporter")

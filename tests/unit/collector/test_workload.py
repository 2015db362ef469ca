"""Workloads found by Kubernetes' naming rules."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.workload import workload_of


@pytest.mark.parametrize(
    ("pod", "kind", "workload"),
    [
        ("web-7d9f8b6c5-x2x4z", "Deployment", "web"),
        ("my-web-app-74d76d9d57-2vlhp", "Deployment", "my-web-app"),
        ("collector-3999054429-atph7", "Deployment", "collector"),  # Kubernetes 1.5
        ("kube-proxy-5wnn9", "DaemonSet", "kube-proxy"),
        ("db-0", "StatefulSet", "db"),
        ("standby-0-12", "StatefulSet", "standby-0"),
        ("codeserver-c9644-0", "StatefulSet", "codeserver-c9644"),
        ("backup-27955128-nbnz2", "CronJob", "backup"),
        ("hello-1567197780-mn4mv", "CronJob", "hello"),  # Unix seconds
        ("collect-profiles-27193815--1-2clps", "CronJob", "collect-profiles"),
        ("train-3-x2x4z", "Job", "train"),
        ("backup-20240115-x2x4z", "DaemonSet", "backup-20240115"),  # a date, not minutes
        ("installer-5-ip-10-0-1-2.ec2.internal", "ConfigMap", "revision-status-5"),
        ("etcd-ip-10-0-187-218.ec2.internal", "Node", "ip-10-0-187-218.ec2.internal"),
        ("steps-jxzn6-1801548666", "Workflow", "steps-jxzn6"),
        ("nginx", "Pod", "nginx"),
        ("image-pull-backoff", "Pod", "image-pull-backoff"),
        ("etcd-k8s-controller-01", "Pod", "etcd-k8s-controller-01"),  # no ordinal has a zero first
        ("runner-concurrent-0-xj0lkphx", "Pod", "runner-concurrent-0-xj0lkphx"),
        ("", "Pod", ""),
    ],
)  # fmt: skip
def test_pod_by_name(pod: str, kind: str, workload: str) -> None:
    """The shape of the name tells which controller generated it."""
    assert workload_of("Pod", pod) == (kind, workload, "name")


def test_cut_base() -> None:
    """A base of more than 58 characters loses its dash, and perhaps a part of the hash."""
    whole = "d" * 47 + "-4b5c6d7f89"  # 58 characters: only the dash is lost
    assert workload_of("Pod", whole + "x2x4z") == ("Deployment", "d" * 47, "name")
    cut = "d" * 53 + "-4b5c"
    assert workload_of("Pod", cut + "x2x4z") == ("Deployment", "d" * 53, "name")
    daemon_set = "o" * 58
    assert workload_of("Pod", daemon_set + "x2x4z") == ("DaemonSet", daemon_set, "name")
    assert workload_of("Pod", "o" * 63) == ("Pod", "o" * 63, "name")


def test_other_kinds() -> None:
    """A ReplicaSet belongs to its Deployment, a Job to its CronJob, whatever else to itself."""
    assert workload_of("ReplicaSet", "web-7d9f8b6c5") == ("Deployment", "web", "name")
    assert workload_of("ReplicaSet", "by-hand") == ("ReplicaSet", "by-hand", "object")
    assert workload_of("Job", "backup-27955128") == ("CronJob", "backup", "name")
    assert workload_of("Job", "migrate") == ("Job", "migrate", "object")
    assert workload_of("Deployment", "web-7d9f8b6c5") == ("Deployment", "web-7d9f8b6c5", "object")
    assert workload_of("", "") == ("", "", "object")


def test_owner_references_win() -> None:
    """The controlling owner is the workload, or its own owner by name."""
    replica_set = {"kind": "ReplicaSet", "name": "web-7d9f8b6c5", "controller": True}
    service = {"kind": "Service", "name": "x", "controller": False}
    assert workload_of("Pod", "p-0", owner_references=[service, replica_set]) == (
        "Deployment", "web", "ownerReferences",
    )  # fmt: skip
    catalog = [{"kind": "CatalogSource", "name": "certified"}]
    assert workload_of("Pod", "certified-9zxmr", owner_references=catalog) == (
        "CatalogSource", "certified", "ownerReferences",
    )  # fmt: skip
    broken: list[dict[str, object]] = [{"kind": 1, "name": []}, {}]
    assert workload_of("Pod", "db-0", owner_references=broken)[2] == "name"
    deployment = [{"kind": "Deployment", "name": "web2"}]
    assert workload_of("ReplicaSet", "web", owner_references=deployment)[1] == "web2"


def test_static_pods_by_node() -> None:
    """A pod whose name ends in a node's belongs to that node; the longest node name wins."""
    nodes = {"master-0", "ci-master-0", "node"}
    assert workload_of("Pod", "etcd-ci-master-0", nodes=nodes) == ("Node", "ci-master-0", "nodes")
    assert workload_of("Pod", "installer-3-ci-master-0", nodes=nodes)[1] == "revision-status-3"
    assert workload_of("Pod", "web-0", nodes=nodes) == ("StatefulSet", "web", "name")
    assert workload_of("Pod", "node", nodes=nodes) == ("Pod", "node", "name")


@given(st.sampled_from(["Pod", "ReplicaSet", "Job", "Node"]), st.text("ab4-0.z2", max_size=300))
def test_workload_is_a_part_of_the_name(kind: str, name: str) -> None:
    """No name raises, and what is found was in it."""
    assert workload_of(kind, name)[1] in name


def test_static_pods_by_host() -> None:
    """The host that reports of a pod, at the end of the pod's name, is its node."""
    assert workload_of("Pod", "etcd-minikube", host="minikube") == ("Node", "minikube", "nodes")
    assert workload_of("Pod", "web-0", host="0.example") == ("StatefulSet", "web", "name")
    assert workload_of("Pod", "installer-3-m-0", host="m-0")[1] == "revision-status-3"


@pytest.mark.shared_data
def test_true_owners_of_real_pods(shared_data: Path) -> None:
    """By name alone 95 % are exact, with the hosts of their events 98 %, of Deployments all."""
    hosts = hosts_of_pods(shared_data)
    by_name: Counter[str] = Counter()
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    with (shared_data / "pods.tsv").open(newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            kind, pod, workload = row["workload_kind"], row["pod"], row["workload_name"]
            seen[kind] += 1
            by_name[kind] += workload_of("Pod", pod)[1] == workload
            right[kind] += workload_of("Pod", pod, host=hosts.get(pod, ""))[1] == workload
    assert by_name.total() >= 0.95 * seen.total()
    assert right.total() >= 0.98 * seen.total()
    for kind in ("Deployment", "DaemonSet", "StatefulSet"):
        assert right[kind] >= 0.99 * seen[kind]


def hosts_of_pods(shared_data: Path) -> dict[str, str]:
    """Return the host that the events of each pod name."""
    hosts: dict[str, str] = {}
    for path in sorted((shared_data / "events").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            involved = event.get("involvedObject") or event.get("regarding") or {}
            host = (event.get("source") or event.get("deprecatedSource") or {}).get("host")
            if involved.get("kind") == "Pod" and host:
                hosts[involved["name"]] = host
    return hosts

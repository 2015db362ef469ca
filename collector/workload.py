"""Which workload an object belongs to, by Kubernetes' own naming rules.

Sources (Kubernetes 1.36): the suffix alphabet is ``apimachinery/pkg/util/rand``; a generated name
is a base cut to 58 characters and 5 of that alphabet (``apiserver/pkg/storage/names``); the
pod-template hash is a decimal FNV-32a whose digits are mapped to ten letters
(``controller_utils.go``); a CronJob's Job ends in its Unix minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set

from collector.observation import WorkloadBy

_SUFFIX = r"[bcdfghjklmnpqrstvwxz2456789]{5}"
_HASH = r"[456789bcdf]{6,10}"  # 1 to 10 in theory; one in 40,000 has fewer than 6
_OLD_HASH = r"\d{9,10}"  # plain decimal, Kubernetes <= 1.8; 8 digits are rather a date
_MINUTES = r"(?:2[3-9]|3\d|4[0-2])\d{6}"  # Unix minutes of 2013 to 2051, hence no yyyymmdd
_SECONDS = r"1[4-9]\d{8}"  # Unix seconds, before Kubernetes 1.21

_JOB = re.compile(rf"(?P<CronJob>.+)-(?:{_MINUTES}|{_SECONDS})")
_REPLICA_SET = re.compile(rf"(?P<Deployment>.+)-(?:{_HASH}|{_OLD_HASH})")
_POD = re.compile(
    rf"(?P<CronJob>.+)-(?:{_MINUTES}|{_SECONDS})-(?:-?\d+-)?{_SUFFIX}"
    rf"|(?P<Deployment>.+)-(?:{_HASH}-{_SUFFIX}|{_OLD_HASH}-[0-9a-z]{{5}})"
    # OpenShift's static pod operator names the revision, whose ConfigMap owns the pod
    r"|(?:installer|revision-pruner)-(?P<revision>\d+)-(?:retry-\d+-)?[a-z].*"
    # Argo: the workflow's generated name, perhaps a template, a decimal FNV-32a
    rf"|(?P<Workflow>.+?-{_SUFFIX})(?:-.+)?-{_OLD_HASH}"
    r"|(?P<StatefulSet>.+)-(?:0|[1-9]\d{0,4})"
    # a static pod on a node with Amazon's default host name
    r"|.+?-(?P<Node>ip(?:-\d{1,3}){4}\..+)"
    rf"|(?P<Job>.+)-(?:0|-?[1-9]\d{{0,4}})-{_SUFFIX}"
    rf"|(?P<DaemonSet>.+)-{_SUFFIX}"
)
_CUT_BASE = re.compile(rf"(?P<Deployment>.+)-(?:[456789bcdf]{{1,10}}|{_OLD_HASH})")
_GENERATED_BASE_CHARACTERS = 58
_GENERATED_CHARACTERS = 63
_NAME_CHARACTERS = 253  # no object has a longer name

Workload = tuple[str, str, WorkloadBy]


def workload_of(
    kind: str,
    name: str,
    *,
    owner_references: Iterable[Mapping[str, object]] = (),
    nodes: Set[str] = frozenset(),
    host: str = "",
) -> Workload:
    """Return the kind and name of the workload, and how it was found.

    A static pod belongs to its node, as its own ownerReferences say; it is named after one of
    *nodes*, or after the *host* that its kubelet's events name. A pod with a bare generated
    suffix is most likely a DaemonSet's; only the name is sure then.
    """
    if len(name) > _NAME_CHARACTERS:
        return kind, name, "object"
    if kind == "Pod":
        if host and name.endswith(f"-{host}"):
            nodes = {*nodes, host}
        return _owner(owner_references) or _static_pod(name, nodes) or _by_pod_name(name)
    pattern = _REPLICA_SET if kind == "ReplicaSet" else _JOB if kind == "Job" else None
    owner = _owner(owner_references)
    if owner is not None and pattern is not None:
        return owner
    found = pattern.fullmatch(name) if pattern else None
    return _named(found) if found else (kind, name, "object")


def _owner(owner_references: Iterable[Mapping[str, object]]) -> Workload | None:
    """Return the controlling owner, or the Deployment or CronJob behind it."""
    for reference in owner_references:
        kind, name = reference.get("kind"), reference.get("name")
        if reference.get("controller") is False or not (kind and name):
            continue
        if isinstance(kind, str) and isinstance(name, str):
            workload_kind, workload, _ = workload_of(kind, name)
            return workload_kind, workload, "ownerReferences"
    return None


def _static_pod(name: str, nodes: Set[str]) -> Workload | None:
    """Recognise ``<manifest name>-<node>``; of several nodes the longest name wins."""
    dash = name.find("-") if nodes else -1
    while dash > 0:
        if name[dash + 1 :] in nodes:
            return _by_revision(name) or ("Node", name[dash + 1 :], "nodes")
        dash = name.find("-", dash + 1)
    return None


def _by_revision(name: str) -> Workload | None:
    """Tell OpenShift's installers, which also end in a node's name, from static pods."""
    found = _POD.fullmatch(name)
    return _named(found) if found and found.lastgroup == "revision" else None


def _by_pod_name(name: str) -> Workload:
    if len(name) == _GENERATED_CHARACTERS and name[_GENERATED_BASE_CHARACTERS - 1] != "-":
        return _by_cut_name(name)
    found = _POD.fullmatch(name)
    return _named(found) if found else ("Pod", name, "name")


def _by_cut_name(name: str) -> Workload:
    """Read a generated name whose base was cut, so that no dash stands before the suffix."""
    base = name[:_GENERATED_BASE_CHARACTERS]
    found = _CUT_BASE.fullmatch(base)
    if found:
        return _named(found)
    if re.fullmatch(_SUFFIX, name[_GENERATED_BASE_CHARACTERS:]):
        return "DaemonSet", base, "name"
    return "Pod", name, "name"


def _named(found: re.Match[str]) -> Workload:
    """Turn the one group that took part into a workload."""
    kind = found.lastgroup or ""
    if kind == "revision":
        return "ConfigMap", f"revision-status-{found[kind]}", "name"
    return kind, found[kind], "name"

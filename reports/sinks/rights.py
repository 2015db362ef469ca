"""What sinks may read in the cluster: the ConfigMaps that they name, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml

from reports.errors import SinkError
from reports.sinks.sink import Sink

NAME = "kubedigest-sink-templates"
_API = "rbac.authorization.k8s.io"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1123
_NAMESPACE = re.compile(_LABEL)
_CONFIGMAP = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")


def sink_rights(
    sinks: Iterable[Sink],
    *,
    service_account: str = "kubedigest-notify",
    namespace: str = "kubedigest",
) -> str:
    """Return the Roles and RoleBindings that sinks need, as YAML to apply.

    Parameters
    ----------
    sinks
        In any order; one ConfigMap may be named by several.
    service_account, namespace
        Who reads.

    Returns
    -------
    str
        A Role and a RoleBinding for each namespace with a named ConfigMap; "" where there is none.

    Raises
    ------
    SinkError
        No ConfigMap can be called as one of the sinks says.
    """
    named: dict[str, set[str]] = {}
    for place, name in (sink.configmap for sink in sinks if sink.configmap is not None):
        if not (_NAMESPACE.fullmatch(place) and _CONFIGMAP.fullmatch(name)):
            raise SinkError(
                f"no ConfigMap is called {name[:60]!r} in the namespace {place[:60]!r}: names have "
                "a-z, 0-9, - and, but for a namespace, dots; correct the sink"
            )
        named.setdefault(place, set()).add(name)
    documents = [
        document
        for place, names in sorted(named.items())
        for document in _rights(place, sorted(names), service_account, namespace)
    ]
    return yaml.safe_dump_all(documents, sort_keys=False) if documents else ""


def _rights(
    place: str, names: list[str], service_account: str, namespace: str
) -> tuple[dict[str, object], dict[str, object]]:
    metadata = {"name": NAME, "namespace": place}
    rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": names}
    subject = {"kind": "ServiceAccount", "name": service_account, "namespace": namespace}
    role: dict[str, object] = {
        "apiVersion": f"{_API}/v1",
        "kind": "Role",
        "metadata": metadata.copy(),
        "rules": [{**rule, "verbs": ["get"]}],
    }
    binding: dict[str, object] = {
        "apiVersion": f"{_API}/v1",
        "kind": "RoleBinding",
        "metadata": metadata.copy(),
        "roleRef": {"apiGroup": _API, "kind": "Role", "name": NAME},
        "subjects": [subject],
    }
    return role, binding

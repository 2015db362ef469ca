"""The RBAC rules that the collector needs, as text to apply."""

from __future__ import annotations

import json
import re
import shlex

NAME = "kubedigest"
OWNERS_NAME = "kubedigest-owners"
CONFIG_MAP_NAME = "kubedigest-notify"
_EVENTS = (("", "events"), ("events.k8s.io", "events"))
_CONFIG_MAPS = (("", "configmaps"),)
_OWNERS = (("", "pods"), ("apps", "replicasets"), ("batch", "jobs"))
_USER = re.compile(r'User "([^"\s]{1,253})"')
_SERVICE_ACCOUNT = "system:serviceaccount:"


def events_rule(namespace: str, refusal: str) -> str:
    """Return what lets the user of *refusal* watch events of *namespace*, or of all if it is ""."""
    return _commands(NAME, namespace, _EVENTS, ("get", "list", "watch"), refusal)


def owners_rule(refusal: str) -> str:
    """Return what lets the user of *refusal* look up the owners of pods."""
    return _commands(OWNERS_NAME, "", _OWNERS, ("get",), refusal)


def config_map_rule(namespace: str, name: str, refusal: str) -> str:
    """Return what lets the user of *refusal* read one ConfigMap, and no other."""
    return _commands(CONFIG_MAP_NAME, namespace, _CONFIG_MAPS, ("get",), refusal, only=name)


def _commands(
    name: str,
    namespace: str,
    resources: tuple[tuple[str, str], ...],
    verbs: tuple[str, ...],
    refusal: str,
    *,
    only: str = "",
) -> str:
    kind = "Role" if namespace else "ClusterRole"
    named = f"  resourceNames: {json.dumps([only])}\n" if only else ""
    rules = "".join(
        f"- apiGroups: {json.dumps([group])}\n"
        f"  resources: {json.dumps([resource])}\n"
        f"  verbs: {json.dumps(verbs)}\n" + named
        for group, resource in resources
    )
    place = f"  namespace: {json.dumps(namespace)}\n" if namespace else ""
    option = f" --namespace={shlex.quote(namespace)}" if namespace else ""
    return (
        "kubectl apply -f - <<'EOF'\n"
        "apiVersion: rbac.authorization.k8s.io/v1\n"
        f"kind: {kind}\n"
        f"metadata:\n  name: {name}\n{place}"
        f"rules:\n{rules}"
        "EOF\n"
        f"kubectl create {kind.lower()}binding {name} --{kind.lower()}={name}"
        f" {_subject(refusal)}{option}\n"
    )


def _subject(refusal: str) -> str:
    """Name whom the API server refused, as ``kubectl create rolebinding`` takes it."""
    found = _USER.search(refusal)
    user = found[1] if found else "NAME"
    if user.startswith(_SERVICE_ACCOUNT):
        return f"--serviceaccount={shlex.quote(user.removeprefix(_SERVICE_ACCOUNT))}"
    return f"--user={shlex.quote(user)}"

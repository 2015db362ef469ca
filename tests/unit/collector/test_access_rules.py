"""The RBAC rules as text to apply."""

from __future__ import annotations

import yaml

from collector.access_rules import events_rule, owners_rule

ACCOUNT = 'events is forbidden: User "system:serviceaccount:ops:digest" cannot list resource'


def document(text: str) -> dict[str, object]:
    """Return the YAML between the shell's marks."""
    loaded: dict[str, object] = yaml.safe_load(text.split("<<'EOF'\n")[1].split("EOF\n")[0])
    return loaded


def test_rule_for_all_namespaces() -> None:
    """A ClusterRole for the events of both groups, bound to the refused service account."""
    text = events_rule("", ACCOUNT)
    assert document(text) == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "kubedigest"},
        "rules": [
            {"apiGroups": [group], "resources": ["events"], "verbs": ["get", "list", "watch"]}
            for group in ("", "events.k8s.io")
        ],
    }
    assert text.splitlines()[-1] == (
        "kubectl create clusterrolebinding kubedigest --clusterrole=kubedigest"
        " --serviceaccount=ops:digest"
    )


def test_rule_for_one_namespace() -> None:
    """A Role in the namespace suffices, for a user whose name the shell must not read."""
    text = events_rule("shop", 'User "ann;ls" cannot list')
    assert document(text)["kind"] == "Role"
    assert document(text)["metadata"] == {"name": "kubedigest", "namespace": "shop"}
    assert text.splitlines()[-1] == (
        "kubectl create rolebinding kubedigest --role=kubedigest --user='ann;ls' --namespace=shop"
    )


def test_rule_for_owners() -> None:
    """Look-ups only get; a refusal that names nobody leaves a place for the name."""
    text = owners_rule("no")
    assert [rule["resources"] for rule in document(text)["rules"]] == [  # type: ignore[attr-defined]
        ["pods"],
        ["replicasets"],
        ["jobs"],
    ]
    assert text.splitlines()[-1].endswith("--clusterrole=kubedigest-owners --user=NAME")

"""What sinks may read: the ConfigMaps that they name."""

from __future__ import annotations

import pytest
import yaml

from reports.errors import SinkError
from reports.sinks.reading import read_sink
from reports.sinks.rights import sink_rights
from reports.sinks.sink import Sink


def webhook(configmap: str = "", namespace: str = "") -> Sink:
    """Return a sink whose body is in the ConfigMap."""
    parts = [f"custom_body_configmap={configmap}"] if configmap else []
    parts += [f"custom_body_configmap_namespace={namespace}"] if namespace else []
    return read_sink("webhook:https://chat.example.com/x?" + "&".join([*parts, "method=POST"]))


def test_a_role_names_each_configmap_and_allows_to_get_it() -> None:
    """One Role a namespace, with the names sorted and once each; default where none is said."""
    sinks = [webhook("b", "ops"), webhook("a", "ops"), webhook("b", "ops"), webhook("only")]
    documents = list(yaml.safe_load_all(sink_rights(sinks, namespace="watch")))
    roles = {one["metadata"]["namespace"]: one for one in documents if one["kind"] == "Role"}
    assert {place: one["rules"] for place, one in roles.items()} == {
        place: [
            {
                "apiGroups": [""],
                "resources": ["configmaps"],
                "resourceNames": names,
                "verbs": ["get"],
            }
        ]
        for place, names in (("default", ["only"]), ("ops", ["a", "b"]))
    }
    bindings = [one for one in documents if one["kind"] == "RoleBinding"]
    assert [one["metadata"]["namespace"] for one in bindings] == ["default", "ops"]
    for binding in bindings:
        assert binding["roleRef"]["name"] == roles["ops"]["metadata"]["name"]
        assert binding["subjects"] == [
            {"kind": "ServiceAccount", "name": "kubedigest-notify", "namespace": "watch"}
        ]


def test_without_a_template_there_are_no_rights() -> None:
    """A chat, or a webhook with the default body, reads nothing."""
    chat = read_sink("dingtalk:https://oapi.dingtalk.com/robot/send?access_token=x")
    assert sink_rights([webhook(), chat]) == ""
    assert sink_rights([]) == ""


@pytest.mark.parametrize(
    ("configmap", "namespace"),
    [("*", "ops"), ("body", "*"), ("Body", "ops"), ("a_b", "ops"), ("body", "a.b"), ("a..b", "x")],
)
def test_a_name_that_nothing_can_have_gets_no_rights(configmap: str, namespace: str) -> None:
    """It is a mistake of the string, and one sentence says so."""
    with pytest.raises(SinkError, match="no ConfigMap is called"):
        sink_rights([webhook(configmap, namespace)])


def test_a_name_with_dots_is_one() -> None:
    """ConfigMaps are named as hosts are."""
    assert "- body.v1.example" in sink_rights([webhook("body.v1.example", "ops")])

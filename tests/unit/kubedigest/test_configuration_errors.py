"""What people write into the configuration, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedigest.configuration import load
from kubedigest.errors import UsageError

ENTRY_KEYS = "context, events_api, field_selector, kubeconfig, name, namespaces, owners"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("clusters: prod", ", key 'clusters': must be a list, each with a context or kubeconfig"),
        ("clusters:", ", key 'clusters': must be a list, each with a context or kubeconfig"),
        (
            "clusters: [{context: a}, prod]",
            ", entry 2 of clusters: 'prod' must be a mapping such as {context: prod}",
        ),
        ("clusters: [[a]]", ", entry 1 of clusters: must be a mapping such as {context: prod}"),
        (
            "clusters: [{owners: 5, contxt: a}]",
            f", entry 1 of clusters has the unknown key 'contxt'; known keys: {ENTRY_KEYS}",
        ),
        (
            "clusters: [{owners: maybe}, {foo: 1}]",
            f", entry 2 of clusters has the unknown key 'foo'; known keys: {ENTRY_KEYS}",
        ),
        (
            "clusters: [{context: 5}]",
            ", entry 1 of clusters, key 'context': must be a text; put quotes around it",
        ),
        (
            "clusters: [{5: a}]",
            ", entry 1 of clusters, key 5: must be a text; put quotes around it",
        ),
        (
            "clusters: [{namespaces: shop}]",
            ", entry 1 of clusters, key 'namespaces': must be a list",
        ),
        (
            "clusters: [{namespaces: [a, '']}]",
            ", entry 1 of clusters, key 'namespaces': '' is no namespace: up to 63 of a-z, 0-9 and "
            "-, and no - at an end",
        ),
        (
            "clusters: [{name: ' '}]",
            ", entry 1 of clusters, key 'name': takes 1 to 253 printable characters",
        ),
        ("clusters: [{owners: x}]", ", entry 1 of clusters, key 'owners': must be true or false"),
        ("templates: 5", ", templates: must be a mapping such as {html: page.html.j2}"),
        (
            "templates: {htlm: a}",
            ", templates has the unknown key 'htlm'; known keys: html, markdown, text",
        ),
        ("templates: {html: 5}", ", templates, key 'html': must be the path of a file"),
        ("reasons: [{reason: a}]", ", entry 1 of reasons, key 'meaning': is missing"),
        (
            "reasons: [{reason: a, meaning: failure, role: b}]",
            ", entry 1 of reasons, key 'role': must be '', 'cause', 'node', 'symptom' or 'unclear'",
        ),
        (
            "reasons: [{reason: a, meaning: noise, role: cause}]",
            ", entry 1 of reasons, key 'role': only a failure has a role, and here the meaning is "
            "noise",
        ),
        (
            "links: [{title: a, url: 'https://h/{pod}'}]",
            ", entry 1 of links, key 'url': has the unknown field {pod}; fields: cluster, "
            "namespace, kind, name, reason, start_ms, end_ms",
        ),
        (
            "links: [{title: a, url: 'javascript:alert(1)'}]",
            ", entry 1 of links, key 'url': takes an address that starts with http:// or https://",
        ),
        ("links: [{url: 'https://h/'}]", ", entry 1 of links, key 'title': is missing"),
        (
            f"links: [{{title: {'a' * 41}, url: 'https://h/'}}]",
            ", entry 1 of links, key 'title': takes at most 40 characters",
        ),
        (
            "links: [https://h/]",
            ", entry 1 of links: 'https://h/' must be a mapping such as {title: Logs, url: "
            "https://logs.example.com}",
        ),
        (
            "links: {title: a}",
            ", key 'links': must be a list, each with a title and a url",
        ),
        (
            f"links: [{', '.join(['{title: a, url: https://h}'] * 6)}]",
            ", key 'links': takes at most 5 entries",
        ),
        ("retention_days: 0", ", key 'retention_days': must be at least 1"),
        ("retention_days: long", ", key 'retention_days': must be a whole number"),
        (
            "timezone: Mars",
            ", key 'timezone': 'Mars' is not a time zone; use an IANA name such as Europe/Berlin, "
            "Asia/Shanghai or UTC",
        ),
    ],
)
def test_the_sentence_is_for_who_wrote_it(tmp_path: Path, text: str, sentence: str) -> None:
    """Entries are counted from 1, and what is possible is said."""
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        load(path, {})
    assert str(refused.value) == f"the configuration {path}{sentence}"


def test_no_secret_is_shown(tmp_path: Path) -> None:
    """Not even where a URL stands in the place of a cluster."""
    path = tmp_path / "config.yaml"
    path.write_text("clusters: ['postgresql://u:canary@h/d']")
    with pytest.raises(UsageError, match="must be a mapping") as refused:
        load(path, {})
    assert "canary" not in str(refused.value)


def test_the_environment_is_named() -> None:
    """Where the value comes from no file."""
    with pytest.raises(UsageError, match=r"^the environment, key 'cluster': takes 1 to 253"):
        load(environment={"KUBEDIGEST_CLUSTER": " "})

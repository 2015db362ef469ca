"""Options and configuration -> clusters, of which one may be missing."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import Configuration as ClientConfiguration

from collector.errors import KubeconfigError
from collector.kubeconfig import Target
from kubedigest.asked_clusters import (
    AskedCluster,
    Choice,
    asked_clusters,
    find_watch,
    find_watches,
)
from kubedigest.configuration import Configuration, WatchedCluster
from kubedigest.errors import UsageError

LISTED = Configuration(
    clusters=(
        WatchedCluster(context="prod", namespaces=("shop",), events_api="events.k8s.io/v1"),
        WatchedCluster(context="lab", field_selector="type=Warning"),
    )
)


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """Write contexts a, b and twin, the last of which is a's cluster, and broken ones."""
    absent = "/gone/ca.crt"
    clusters: dict[str, dict[str, Any]] = {
        "one": {"server": "https://one.invalid"},
        "two": {"server": "https://two.invalid"},
        "odd\x07": {"server": "https://odd.invalid"},
        "no-ca": {"server": "https://no-ca.invalid", "certificate-authority": absent},
    }
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-login"}
    contexts = {
        "a": ("one", "token"),
        "b": ("two", "token"),
        "twin": ("one", "token"),
        "odd": ("odd\x07", "token"),
        "no-ca": ("no-ca", "token"),
        "no-login": ("two", "plugin"),
    }
    config = {
        "clusters": [{"name": name, "cluster": one} for name, one in clusters.items()],
        "users": [
            {"name": "token", "user": {"token": "t"}},
            {"name": "plugin", "user": {"exec": plugin}},
        ],
        "contexts": [
            {"name": name, "context": {"cluster": cluster, "user": user}}
            for name, (cluster, user) in contexts.items()
        ],
        "current-context": "a",
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    return path


def entries(path: Path, *clusters: dict[str, Any]) -> list[AskedCluster]:
    """Return the clusters as the configuration lists them."""
    listed = tuple(WatchedCluster(kubeconfig=str(path), **one) for one in clusters)
    return asked_clusters(Configuration(clusters=listed), Choice())


def test_the_configuration_lists_them() -> None:
    """Without options its entries are taken as they are, and know their number."""
    found = asked_clusters(LISTED, Choice())
    assert [(one.cluster, one.entry) for one in found] == [
        (LISTED.clusters[0], 1),
        (LISTED.clusters[1], 2),
    ]


def test_what_to_follow_counts_for_all_of_them() -> None:
    """Options that choose no cluster win over each entry; what they leave out stays."""
    choice = Choice(namespaces=("bank",), owners=True, field_selector="")
    first, second = (one.cluster for one in asked_clusters(LISTED, choice))
    assert (first.context, first.namespaces, first.owners) == ("prod", ("bank",), True)
    assert (first.events_api, first.field_selector) == ("events.k8s.io/v1", "")
    assert (second.context, second.namespaces, second.owners) == ("lab", ("bank",), True)
    assert (second.events_api, second.field_selector) == ("core/v1", "")
    changed = asked_clusters(LISTED, Choice(events_api="core/v1"))[0].cluster
    assert (changed.events_api, changed.namespaces) == ("core/v1", ("shop",))


@pytest.mark.parametrize(
    "choice", [Choice(contexts=("x",)), Choice(names=("x",)), Choice(kubeconfig="x")]
)
def test_other_clusters_are_chosen_by_three_options(choice: Choice) -> None:
    """Then nothing of the configuration's list is watched."""
    [one] = asked_clusters(LISTED, choice)
    expected = (choice.kubeconfig, *(choice.contexts or (None,)), *(choice.names or (None,)))
    assert (one.cluster.kubeconfig, one.cluster.context, one.cluster.name) == expected
    assert (one.entry, one.cluster.namespaces, one.place) == (None, (), "")


@pytest.mark.parametrize(
    ("choice", "option"),
    [
        (Choice(names=("",)), "--cluster"),
        (Choice(names=(" ",)), "--cluster"),
        (Choice(names=("\udcff",)), "--cluster"),
        (Choice(contexts=("",)), "--context"),
        (Choice(kubeconfig=""), "--kubeconfig"),
        (Choice(namespaces=("",)), "--namespace"),
        (Choice(namespaces=("shop", "Bad/Name")), "--namespace"),
        (Choice(namespaces=("\udcff",)), "--namespace"),
        (Choice(field_selector="\udcff"), "--field-selector"),
    ],
)
def test_values_that_cannot_be_are_refused(choice: Choice, option: str) -> None:
    """Instead of being taken for what was left out."""
    with pytest.raises(UsageError, match=f"^{option} "):
        asked_clusters(LISTED, choice)


def test_one_that_fails_does_not_stop_the_others(
    kubeconfig: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A login, a certificate or a context is missing: a warning names each entry."""
    asked = entries(
        kubeconfig,
        {"context": "no-ca"},
        {"context": "a", "owners": True},
        {"context": "no-login"},
        {"context": "nobody"},
    )
    with caplog.at_level(logging.WARNING):
        found = find_watches(asked)
    [watch] = found.watches
    assert (watch.cluster, watch.looks_up_owners) == ("one", True)
    assert [one.asked.entry for one in found.missing] == [4, 1, 3]
    nobody, no_ca, no_login = (one.sentence for one in found.missing)
    assert nobody.startswith(f"entry 4 of clusters: the kubeconfig {kubeconfig} has no context")
    assert no_ca == (
        f"entry 1 of clusters: context no-ca of {kubeconfig}: File does not exist: /gone/ca.crt"
    )
    assert "no-such-login is not installed" in no_login
    assert caplog.messages == [
        f"{one.sentence}; the other clusters are watched" for one in found.missing
    ]


def test_a_missing_one_can_be_found_later(kubeconfig: Path) -> None:
    """As soon as what it lacks is there."""
    [missing] = find_watches(entries(kubeconfig, {"context": "a"}, {"context": "new"})).missing
    with pytest.raises(KubeconfigError, match="has no context 'new'"):
        find_watch(missing.asked)
    kubeconfig.write_text(kubeconfig.read_text().replace('"b"', '"new"'))
    assert find_watch(missing.asked).cluster == "two"


def test_none_can_be_watched(kubeconfig: Path) -> None:
    """Each is named in the one sentence that ends the command."""
    asked = entries(kubeconfig, {"context": "no-ca"}, {"context": "nobody"})
    with pytest.raises(KubeconfigError, match=r"entry 2 of .*'nobody'.*; entry 1 of .*ca\.crt$"):
        find_watches(asked)


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ({"context": "a"}, "'one' is listed twice, as entries 1 and 2 of clusters"),
        ({"context": None}, "'one' is listed twice, as entries 1 and 2 of clusters"),
        ({"context": "twin"}, "would both be called 'one'; give each a name: of its own"),
        ({"context": "b", "name": "one"}, "would both be called 'one'; give each a name: of its"),
    ],
)
def test_two_entries_of_one_name(
    kubeconfig: Path, second: dict[str, str | None], sentence: str
) -> None:
    """Their events would be mixed up."""
    with pytest.raises(UsageError) as refused:
        find_watches(entries(kubeconfig, {"context": "a"}, second))
    assert sentence in str(refused.value)


def test_two_contexts_of_one_name(kubeconfig: Path) -> None:
    """On the command line the option that names them is said."""
    choice = Choice(kubeconfig=str(kubeconfig), contexts=("a", "twin"))
    with pytest.raises(UsageError, match="would be called 'one'; name them with --cluster"):
        find_watches(asked_clusters(Configuration(), choice))


def test_a_name_that_cannot_be_read(kubeconfig: Path) -> None:
    """What a kubeconfig calls its cluster may be anything; a name of one's own helps."""
    with pytest.raises(UsageError, match=r"context odd \(give it another with name:\) takes 1 to"):
        find_watches(entries(kubeconfig, {"context": "odd"}))
    [watch] = find_watches(entries(kubeconfig, {"context": "odd", "name": "even"})).watches
    assert watch.cluster == "even"


def test_a_pod_has_to_name_its_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no kubeconfig that would; the sentence names the option, or the key of the entry."""
    pod = Target("", "", ClientConfiguration)
    monkeypatch.setattr("kubedigest.asked_clusters.targets", lambda *_: [pod])
    with pytest.raises(UsageError, match=r"^in a pod .* --cluster NAME or KUBEDIGEST_CLUSTER$"):
        find_watches([AskedCluster(WatchedCluster())])
    with pytest.raises(UsageError, match=r"^entry 1 of clusters: in a pod .* with name:$"):
        find_watches([AskedCluster(WatchedCluster(), 1)])

"""What the options and the configuration ask for -> the clusters to watch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from collector.api_server import ApiServer
from collector.cluster_watch import ClusterWatch
from collector.errors import KubeconfigError
from collector.kubeconfig import Target, targets
from collector.progress import Api
from kubedigest.configuration import Configuration, WatchedCluster
from kubedigest.errors import UsageError
from kubedigest.names import checked, cluster_name, namespace_name, some_text, text_or_none

_SHOWN_CHARACTERS = 60
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the options choose; None and () are what nobody has said."""

    kubeconfig: str | None = None
    contexts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    field_selector: str | None = None
    events_api: Api | None = None
    owners: bool = False

    def check(self) -> None:
        """Raise UsageError where a value can be none of what it is for."""
        if self.kubeconfig is not None:
            checked("--kubeconfig", self.kubeconfig, some_text)
        for context in self.contexts:
            checked("--context", context, some_text)
        for name in self.names:
            checked("--cluster", name, cluster_name)
        for namespace in self.namespaces:
            checked("--namespace", namespace, namespace_name)
        checked("--field-selector", self.field_selector or "", text_or_none)

    def follow(self, cluster: WatchedCluster) -> WatchedCluster:
        """Return *cluster* with what is to be followed of it as the options say."""
        said = {
            "namespaces": self.namespaces or None,
            "field_selector": self.field_selector,
            "events_api": self.events_api,
            "owners": self.owners or None,
        }
        return cluster.model_copy(
            update={name: value for name, value in said.items() if value is not None}
        )


@dataclass(frozen=True, slots=True)
class AskedCluster:
    """A cluster that is to be watched."""

    cluster: WatchedCluster
    entry: int | None = None  # in `clusters` of the configuration, from 1; None for an option

    @property
    def place(self) -> str:
        """Return what goes before a sentence about it."""
        return f"entry {self.entry} of clusters: " if self.entry else ""

    @property
    def naming(self) -> str:
        """Return how to give it a name."""
        return "name:" if self.entry else "--cluster"


@dataclass(frozen=True, slots=True)
class MissingCluster:
    """A cluster that cannot be watched as things are, and why not."""

    asked: AskedCluster
    sentence: str


@dataclass(frozen=True, slots=True)
class FoundClusters:
    """What can be watched, and what cannot."""

    watches: list[ClusterWatch]
    missing: list[MissingCluster]


def asked_clusters(settings: Configuration, choice: Choice) -> list[AskedCluster]:
    """Return the clusters of the command line, else those of the configuration.

    Raises
    ------
    UsageError
        An option has a value that cannot be, or names and contexts do not fit.
    """
    choice.check()
    contexts, names = choice.contexts, choice.names
    if settings.clusters and not (contexts or names or choice.kubeconfig):
        return [
            AskedCluster(choice.follow(one), entry)
            for entry, one in enumerate(settings.clusters, start=1)
        ]
    if len(names) > max(1, len(contexts)):
        raise UsageError("there are more --cluster than --context; give one name for each context")
    if names and len(names) < len(contexts):
        raise UsageError("there are more --context than --cluster; give a name to each, or to none")
    usual = choice.follow(WatchedCluster(kubeconfig=choice.kubeconfig))
    if not contexts:
        name = names[0] if names else settings.cluster
        return [AskedCluster(usual.model_copy(update={"name": name}))]
    named = dict(zip(contexts, names, strict=False))
    return [
        AskedCluster(usual.model_copy(update={"context": one, "name": named.get(one)}))
        for one in dict.fromkeys(contexts)
    ]


def find_watches(asked: Sequence[AskedCluster]) -> FoundClusters:
    """Find each cluster and its name; one that cannot be watched does not stop the others.

    Raises
    ------
    UsageError
        Two clusters have one name, or one has none.
    KubeconfigError
        Not one of them can be watched.
    """
    found = FoundClusters([], [])
    names: dict[str, tuple[AskedCluster, Target]] = {}
    for one in asked:
        try:
            target = _target(one)
        except KubeconfigError as error:
            found.missing.append(MissingCluster(one, f"{one.place}{error}"))
            continue
        name = _name(one, target)
        if name in names:
            raise UsageError(_twins(name, (one, target), names[name]))
        names[name] = (one, target)
    for name, (one, target) in names.items():
        try:
            found.watches.append(_watch(name, one.cluster, target))
        except KubeconfigError as error:
            found.missing.append(MissingCluster(one, f"{one.place}{error}"))
    if not found.watches:
        raise KubeconfigError("; ".join(one.sentence for one in found.missing))
    for missing in found.missing:
        LOG.warning("%s; the other clusters are watched", missing.sentence)
    return found


def find_watch(asked: AskedCluster) -> ClusterWatch:
    """Find one cluster, perhaps once more; KubeconfigError where it still cannot be watched."""
    target = _target(asked)
    return _watch(_name(asked, target), asked.cluster, target)


def _target(asked: AskedCluster) -> Target:
    cluster = asked.cluster
    [target] = targets(cluster.kubeconfig, [cluster.context] if cluster.context else [])
    return target


def _watch(name: str, cluster: WatchedCluster, target: Target) -> ClusterWatch:
    return ClusterWatch(
        cluster=name,
        server=ApiServer(target),
        namespaces=tuple(dict.fromkeys(cluster.namespaces)),
        api=cluster.events_api,
        field_selector=cluster.field_selector,
        looks_up_owners=cluster.owners,
    )


def _name(asked: AskedCluster, target: Target) -> str:
    name = asked.cluster.name or target.cluster
    if not name:
        how = "name:" if asked.entry else "--cluster NAME or KUBEDIGEST_CLUSTER"
        raise UsageError(
            f"{asked.place}in a pod the cluster has no name of its own; give it one with {how}"
        )
    if not asked.cluster.name:
        what = f"{asked.place}the name of the cluster of context {target.context}"
        checked(f"{what} (give it another with {asked.naming})", name, cluster_name)
    return name


def _twins(name: str, one: tuple[AskedCluster, Target], other: tuple[AskedCluster, Target]) -> str:
    shown = repr(name[:_SHOWN_CHARACTERS])
    (second, target), (first, other_target) = one, other
    if second.entry is None:
        return f"two clusters would be called {shown}; name them with --cluster"
    is_same = target.context == other_target.context
    if is_same and second.cluster.kubeconfig == first.cluster.kubeconfig:
        return f"{shown} is listed twice, as entries {first.entry} and {second.entry} of clusters"
    return (
        f"entries {first.entry} and {second.entry} of clusters would both be called {shown}; give "
        "each a name: of its own"
    )

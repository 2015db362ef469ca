"""Who failed, in words: a workload with one reason."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import Digest, Gone, MessageGroup, Recovery, Row
from analytics.inert import printable
from analytics.language import say
from reports.width import clip

_NAME_COLUMNS = 120
_CLUSTER_COLUMNS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One workload with one reason, in words."""

    cluster: str  # "" where the report has only one
    namespace: str
    kind: str
    name: str
    reason: str

    @property
    def workload(self) -> str:
        """Return everything but the reason, on one line."""
        owner = f"{self.namespace}/{self.kind}" if self.namespace else self.kind
        return " ".join(part for part in (self.cluster, owner, self.name) if part)


def subject_of(named: Row | Gone | MessageGroup | Recovery, digest: Digest) -> Subject:
    """Return who a line is about."""
    namespace, kind, name = (shown(part) for part in (named.namespace, named.kind, named.name))
    return Subject(
        cluster=cluster_name(named.cluster) if len(digest.clusters) > 1 else "",
        namespace=namespace,
        kind=kind,
        name=name if kind + name else say("no object"),
        reason=shown(named.reason) or say("no reason"),
    )


def shown(text: str, columns: int = _NAME_COLUMNS) -> str:
    """Return *text* inert and cut; four characters a column bound what is worth looking at."""
    return clip(printable(text[: columns * 4]), columns)


def cluster_name(name: str) -> str:
    """Return the name of a cluster, short enough for a line that it shares."""
    return shown(name, _CLUSTER_COLUMNS)

"""Which failures a report is about: what its readers are told of, and what is muted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.digest import Selected, Severity
from analytics.frames import SPANS
from analytics.globs import Flags, exactly, matching
from analytics.grouping import group
from analytics.mutes import NOT_MUTED, Mute, muted_by
from analytics.spread import Integers

SEVERITIES: tuple[Severity, ...] = ("notice", "warning", "critical")
CRITICAL_ROLES = ("cause", "node")
NO_FAILURE = -1

_COLUMNS = {
    "clusters": "cluster",
    "namespaces": "namespace",
    "kinds": "workload_kind",
    "reasons": "reason",
}
_NAMESPACE_TERM = re.compile(r"(?:metadata|involvedObject)\.namespace(?P<sign>==?|!=)(?P<name>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """Patterns as of file names, by what they are about."""

    clusters: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()  # cluster-scoped objects have the namespace ""
    kinds: tuple[str, ...] = ()  # of the workload
    reasons: tuple[str, ...] = ()

    @property
    def given(self) -> dict[str, tuple[str, ...]]:
        """Return what is not empty, by the column of KEYS that it is about."""
        named = {column: getattr(self, name) for name, column in _COLUMNS.items()}
        return {column: patterns for column, patterns in named.items() if patterns}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A part of what a store holds.

    Parameters
    ----------
    include
        What is taken has to match a pattern of each list that is given.
    exclude
        What matches a pattern of any of these lists is left out all the same.
    minimum_severity
        Failures below it are left out; what is no failure has no severity, and stays. *critical*
        are the failures whose reason the catalogue gives the role cause or node, *notice* are
        others of type Normal, and *warning* is the rest.
    mutes
        Failures that one of these means are left out.
    """

    include: Patterns = Patterns()
    exclude: Patterns = Patterns()
    minimum_severity: Severity = "notice"
    mutes: tuple[Mute, ...] = ()

    @staticmethod
    def of_namespace(name: str | None) -> Selection:
        """Return one namespace and nothing else; everything for ``None``."""
        if name is None:
            return EVERYTHING
        return Selection(include=Patterns(namespaces=(exactly(name),)))

    @property
    def without_mutes(self) -> Selection:
        """Return the same with what is muted."""
        return replace(self, mutes=())

    @property
    def of_clusters(self) -> Selection:
        """Return the clusters that it is about, with all that they hold."""
        return Selection(
            include=Patterns(clusters=self.include.clusters),
            exclude=Patterns(clusters=self.exclude.clusters),
        )

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing is left out."""
        return self == Selection()

    @property
    def told(self) -> Selected:
        """Return what a digest says of it, without the names of places that it leaves out."""
        return Selected(
            clusters=self.include.clusters,
            namespaces=self.include.namespaces,
            kinds=self.include.kinds,
            reasons=self.include.reasons,
            without_places=bool(self.exclude.clusters or self.exclude.namespaces),
            without_kinds=self.exclude.kinds,
            without_reasons=self.exclude.reasons,
            minimum_severity=self.minimum_severity,
        )

    def holds(self, keys: pd.DataFrame, catalogue: Catalogue) -> Flags:
        """Tell of each row of KEYS whether it is taken."""
        found = self._takes(keys, _COLUMNS.values())
        if self.minimum_severity != SEVERITIES[0] or self.mutes:
            severity = severities(keys, catalogue)
            least = SEVERITIES.index(self.minimum_severity)
            found &= (severity == NO_FAILURE) | (severity >= least)
            found &= (severity == NO_FAILURE) | (muted_by(keys, self.mutes) == NOT_MUTED)
        return found

    def holds_clusters(self, frame: pd.DataFrame) -> Flags:
        """Tell of each row whether its ``cluster`` is one that the selection is about."""
        return self._takes(frame, ["cluster"])

    def spans(self, spans: pd.DataFrame) -> pd.DataFrame:
        """Return the spans of watches that see a part of the selection.

        A watch of a namespace that is left out goes, and so does what a field selector says of
        one: neither tells anything of the selection.

        Raises
        ------
        FrameError
            A column is missing or has another dtype.
        """
        SPANS.check(spans)
        if self.is_everything:
            return spans
        taken = self.holds_clusters(spans)
        taken &= (spans["namespace"] == "").to_numpy() | self._takes(spans, ["namespace"])
        selectors = {
            text: self._seen_by(str(text)) for text in spans["field_selector"].unique().tolist()
        }
        seen = spans["field_selector"].map(selectors)
        taken &= seen.notna().to_numpy()
        selector = seen[taken].astype("str").astype(spans["field_selector"].dtype)
        return SPANS.check(spans[taken].assign(field_selector=selector))

    def _seen_by(self, field_selector: str) -> str | None:
        """Return what a field selector says of the selection, None where it sees nothing of it."""
        kept = []
        for term in field_selector.split(","):
            found = _NAMESPACE_TERM.fullmatch(term.strip())
            if found is not None and not self._takes_namespace(found["name"]):
                if found["sign"] != "!=":
                    return None
                continue
            kept.append(term)
        return ",".join(kept)

    def _takes_namespace(self, name: str) -> bool:
        return bool(self._takes(pd.DataFrame({"namespace": [name]}), ["namespace"]).all())

    def _takes(self, frame: pd.DataFrame, columns: Iterable[str]) -> Flags:
        found = np.ones(len(frame), dtype=np.bool_)
        for column in columns:
            if patterns := self.include.given.get(column):
                found &= matching(frame, column, patterns)
            if patterns := self.exclude.given.get(column):
                found &= ~matching(frame, column, patterns)
        return found


EVERYTHING = Selection()


def severities(keys: pd.DataFrame, catalogue: Catalogue) -> Integers:
    """Return how severe each row is, as a place in `SEVERITIES`; `NO_FAILURE` for the rest.

    Parameters
    ----------
    keys
        Any frame with the columns ``reason``, ``component`` and ``type``.
    catalogue
        Says what a failure is, and which are causes.

    Examples
    --------
    >>> keys = pd.DataFrame({"reason": ["BackOff", "Unhealthy", "Pulled"], "component": "kubelet",
    ...     "type": ["Normal", "Warning", "Normal"]})
    >>> severities(keys, Catalogue.load()).tolist()
    [2, 1, -1]
    """
    kinds = group(keys, ("reason", "component", "type"))
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    rows = kinds.keys.itertuples(index=False, name=None)
    told = [
        severity_of(str(reason), str(component), str(type_), catalogue)
        for reason, component, type_ in rows
    ]
    return np.array(told, dtype=np.int64)[kinds.number]


def severity_of(reason: str, component: str, type_: str, catalogue: Catalogue) -> int:
    """Return how severe one event is, as `severities` does."""
    if catalogue.meaning(reason, component, type_) != "failure":
        return NO_FAILURE
    if catalogue.role(reason) in CRITICAL_ROLES:
        return SEVERITIES.index("critical")
    return SEVERITIES.index("notice" if type_ == "Normal" else "warning")

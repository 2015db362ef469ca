"""What is known of a window before anything in it is counted: which clusters, and how well."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.covered import coverage_state, covered, gaps
from analytics.digest import Coverage, CoverageState, GapResidual, Unwatched
from analytics.exposure import Exposure, exposures
from analytics.key_counts import occurrences_until
from analytics.selected_source import select
from analytics.selection import Selection
from analytics.source import PointSource, Source
from analytics.spread import microseconds
from analytics.window import Window

MOST_GAPS_OF_A_CLUSTER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Watches:
    """What was watched of some clusters, as a digest's quality has it."""

    coverage: CoverageState
    covered: tuple[Coverage, ...]
    gaps: tuple[Unwatched, ...]  # longest first
    gap_residual: GapResidual


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What is known of a window, in one namespace or in all."""

    window: Window
    namespace: str | None  # None for all
    # watched for a part of the window, or with an event in it, which of a cluster that is watched
    # in other namespaces only has to be one of this namespace
    clusters: tuple[str, ...]
    exposed: Mapping[str, Exposure]
    watches: Watches
    by_cluster: tuple[Watches, ...]  # one a watched cluster, by name
    imported: tuple[str, ...]  # those of clusters that nobody watched before the window ended
    elsewhere: tuple[str, ...]  # clusters of which only other namespaces are watched
    is_empty: bool  # not one event of the namespace lies in the window

    @property
    def is_known(self) -> bool:
        """Tell whether no failure means that nothing failed; else there is no data."""
        return bool(self.clusters)

    def unwatched(
        self, edges: pd.DatetimeIndex, cluster: str | None = None
    ) -> npt.NDArray[np.bool_]:
        """Tell of each bucket between *edges* whether nobody watched, so that 0 is not known.

        Never of a cluster that was only ever imported, of which nobody can know; of all clusters
        together (``None``) only where not one of them was watched.
        """
        names = {*self.clusters, *self.exposed} if cluster is None else {cluster}
        if names - set(self.exposed) - set(self.elsewhere):
            return np.zeros(len(edges) - 1, dtype=bool)
        times = microseconds(edges.to_series())
        hours = np.zeros(len(edges) - 1)
        for name in names & set(self.exposed):
            hours += self.exposed[name].now.hours_between(times)
        return cast("npt.NDArray[np.bool_]", hours == 0)


def presence(
    points: pd.DataFrame | Source,
    spans: pd.DataFrame,
    window: Window,
    *,
    namespace: str | None = None,
) -> Presence:
    """Find what is known of a window.

    Parameters
    ----------
    points
        POINTS contract or a source, every meaning and every namespace.
    spans
        SPANS contract over the window, from `load.load_coverage`; over the period before it too
        where the exposure of that is to be known.
    window
        Half-open.
    namespace
        Only watches of the whole cluster or of this namespace say how well it was watched.

    Returns
    -------
    Presence
        A cluster that is watched in other namespaces only is known by its events in *namespace*,
        and by nothing else. One that was only ever imported is known by any event of it, since
        the span of its data stands in for its coverage.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Examples
    --------
    >>> from analytics.frames import POINTS, SPANS
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> presence(POINTS.empty(), SPANS.empty(), day).is_known
    False
    """
    selection = Selection.of_namespace(namespace)
    seen = selection.spans(spans)
    source = PointSource(points) if isinstance(points, pd.DataFrame) else points
    inside = select(source, selection, Catalogue.load())  # which a namespace does not ask
    exposed = exposures(seen, window)
    events, events_inside = (_clusters(one, window) for one in (source, inside))
    watched = {name for name, exposure in exposed.items() if exposure.share}
    began = {name: exposure.began for name, exposure in exposed.items()}
    known = covered(seen, occurrences_until(inside, window, began), window)
    everyone = _names(spans)
    elsewhere = everyone - _names(seen)
    present = (events - elsewhere) | events_inside | watched
    return Presence(
        window=window,
        namespace=namespace,
        clusters=tuple(sorted(present)),
        exposed=exposed,
        watches=_watches(seen, known, window, present | elsewhere),
        by_cluster=tuple(
            _watches(
                seen[seen["cluster"] == one.cluster], (one,), window, (), MOST_GAPS_OF_A_CLUSTER
            )
            for one in known
        ),
        imported=tuple(sorted(present - set(exposed) - elsewhere)),
        elsewhere=tuple(sorted(elsewhere)),
        is_empty=not events_inside,
    )


def _clusters(source: Source, window: Window) -> set[str]:
    keys = source.keys(source.present(window))
    return {str(name) for name in keys["cluster"].unique()}


def _names(spans: pd.DataFrame) -> set[str]:
    return {str(name) for name in spans["cluster"].unique()}


def _watches(
    spans: pd.DataFrame,
    known: tuple[Coverage, ...],
    window: Window,
    clusters: Collection[str],
    most: int = 10,
) -> Watches:
    shown, residual = gaps(spans, window, most=most)
    return Watches(
        coverage=coverage_state(known, clusters), covered=known, gaps=shown, gap_residual=residual
    )

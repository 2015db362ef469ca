"""What failures share, for a digest: the namespaces, and the nodes as far as they can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.digest import HotSpot
from analytics.frames import PLACES
from analytics.hotspots import hot_places
from analytics.key_counts import Counted
from analytics.spread import Integers

MOST_SHOWN = 5

ReadPlaces = Callable[[], pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The hot spots of a window, and what they were looked for among."""

    hot: tuple[HotSpot, ...]  # the hottest first, at most 5
    more: int  # that are not among them
    tested: int  # places, the hot ones included; 0 where nothing can be told
    nodes_read: bool


def whereabouts(now: Counted, places: ReadPlaces | None, catalogue: Catalogue) -> Whereabouts:
    """Find the nodes and namespaces where more workloads fail than elsewhere.

    Parameters
    ----------
    now
        Every key with an occurrence in the window, with its meaning.
    places
        Returns the PLACES contract of the window; asked only where something failed. ``None``
        where that takes too long.
    catalogue
        Says what a failure is.

    Returns
    -------
    Whereabouts
        Tested as by `hotspots.hotspots`, nodes and namespaces each for themselves; namespaces only
        without *places*.

    Raises
    ------
    FrameError
        What *places* returns is not as it should be.
    """
    failing = now.failing
    if not len(failing.cells):
        return Whereabouts(hot=(), more=0, tested=0, nodes_read=False)
    found = [_namespaces(now)]
    if places is not None:
        found.append(_nodes(PLACES.check(places()), catalogue))
    every = pd.concat(found, ignore_index=True)
    tested = int((every["verdict"] != "insufficient").sum())
    hot = every[every["verdict"] == "hot"]
    excess = hot["failing_workloads"] - hot["expected_workloads"]
    order = ["excess", "failures", "cluster", "shared", "name"]
    ascending = [False, False, True, True, True]
    hot = hot.assign(excess=excess).sort_values(order, ascending=ascending)
    all_failing = _failing_workloads(failing)
    return Whereabouts(
        hot=tuple(_hot_spot(row, all_failing) for row in hot.head(MOST_SHOWN).to_dict("records")),
        more=len(hot.iloc[MOST_SHOWN:]),
        tested=tested,
        nodes_read=len(found) > 1,
    )


def _namespaces(now: Counted) -> pd.DataFrame:
    """Return HOTSPOTS of the namespaces, of which every key tells its own."""
    objects = ["kind", "object_namespace", "object", "host"]
    rows = now.keys.assign(**dict.fromkeys(objects, ""))
    is_failure = (now.keys["meaning"] == "failure").to_numpy()
    failures: Integers = np.where(is_failure, now.cells["occurrences"].to_numpy(), 0)
    return hot_places(rows, failures, by=["namespace"])


def _nodes(places: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    is_failure = (catalogue.classify(places) == "failure").to_numpy()
    failures: Integers = np.where(is_failure, places["occurrences"].to_numpy(), 0)
    return hot_places(places, failures, by=["host"])


def _failing_workloads(failing: Counted) -> dict[str, int]:
    """Return how many workloads of each cluster fail; what names no object is none."""
    columns = ["cluster", "namespace", "workload_kind", "workload"]
    names = failing.keys[columns].astype("str").drop_duplicates()
    named = names[(names[["workload_kind", "workload"]] != "").any(axis=1)]
    return {str(cluster): int(count) for cluster, count in named["cluster"].value_counts().items()}


def _hot_spot(row: Mapping[Any, Any], failing: dict[str, int]) -> HotSpot:
    cluster = str(row["cluster"])
    return HotSpot(
        cluster=cluster,
        shared="host" if row["shared"] == "host" else "namespace",
        name=str(row["name"]),
        failures=int(row["failures"]),
        failing_workloads=int(row["failing_workloads"]),
        workloads=int(row["workloads"]),
        expected_workloads=float(row["expected_workloads"]),
        cluster_failing_workloads=failing.get(cluster, 0),
    )

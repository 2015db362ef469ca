"""What failures share: the nodes, images and namespaces where more fails than elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.enrichment import enrichment_p_value
from analytics.frames import HOTSPOTS, POINTS
from analytics.grouping import WORKLOAD, group
from analytics.places import place
from analytics.significance import Floats, false_discovery_rates
from analytics.source import OBJECT
from analytics.spread import Integers, occurrences_before
from analytics.window import Window

SHARED = ("host", "image", "namespace", "zone", "controller")
LEAST_WORKLOADS = 3  # one or two that fail are problems of their own, which need no common cause
MAX_FALSE_DISCOVERIES = 0.05
PLACE = ["cluster", "shared", "name"]


def hotspots(
    points: pd.DataFrame,
    window: Window,
    *,
    by: Sequence[str] = SHARED,
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Find the places that failures share.

    Parameters
    ----------
    points
        POINTS contract, every meaning: counted points that *catalogue* calls failures and that
        have occurrences inside *window* are what failed; all counted points, also those outside
        of it, tell which workloads there are and where, so points of a few weeks find more hot
        spots of a day than those of the day alone. Where *points* has the columns, images are
        found in ``message``, zones and controllers in ``labels`` (a JSON object as text), unless
        it has columns of these very names. See `places.place`.
    window
        Half-open. [UTC]
    by
        What may be shared: ``host``, ``image``, ``namespace``, ``zone``, ``controller`` or any
        other column of *points*. Clusters are never mixed.
    catalogue
        ``None`` takes the one that comes with the package.

    Returns
    -------
    pd.DataFrame
        HOTSPOTS contract, the hot places first, then by how many more workloads fail than
        expected, ties by failures and name; places without a failure are absent, and empty input
        gives an empty frame with the same columns. ``failures`` are the occurrences in the place,
        ``share`` their part of the cluster's. [0..1] A failure lies in several places, so these
        do not add up. ``objects`` counts the distinct objects that failed there, 0 where the
        store no longer knows them. ``workloads`` were seen there, ``failing_workloads`` are those
        of them that failed there, ``expected_workloads`` are as many as would if the cluster's
        failing workloads were spread evenly, and ``ratio`` is the quotient of the two, NaN where
        none is expected, as of failures that no workload is known of.
        ``p_value`` and ``q_value`` are NaN where nothing was tested. [0..1] ``verdict`` is

        - *hot*: ``q_value`` of at most 0.05, and at least 3 workloads failing
        - *even*: tested, and not hot
        - *insufficient*: fewer than 3 workloads there, or fewer than 3 failing in the cluster, or
          so few that no outcome could have been hot, as for the only node of a cluster

    Raises
    ------
    FrameError
        A column is missing or has another dtype, or *by* names none.

    Notes
    -----
    Counted are workloads in places, not failures: one crash loop is many failures, and a
    deployment with fifty bad replicas is one workload on each of their nodes. Given that H of the
    N pairs of workload and place in a cluster failed, and that n of the pairs lie in this place,
    the failing ones among these are hypergeometric if the place makes no difference; ``p_value``
    is the probability of so many or more, and ``expected_workloads`` is ``n * H / N``
    (`enrichment.enrichment_p_value`). A workload that fails in all of its places makes the counts
    more even than that, so the test errs on the side of silence.

    What is tested depends on n, H and N, never on the outcome (Tarone 1990): where even
    ``min(n, H)`` failing workloads would have a p-value above 0.05 there is no test. ``q_value``
    is that of Benjamini and Hochberg (1995) over all tests, those of places without a failure
    included.

    Workloads without an event among *points* are not known. Where they are many and not spread
    evenly, a quiet place looks hotter than it is.

    Examples
    --------
    Four of the four workloads on a node fail, and one of the eight on another:

    >>> noon = pd.Timestamp("2026-11-21T12:00Z")
    >>> event = dict.fromkeys([column.name for column in POINTS.columns], "") | {
    ...     "cluster": "prod", "birth": noon, "time": noon, "previous_time": noon,
    ...     "occurrences": 1, "counted": True, "suspect": False, "skewed": False,
    ...     "workload_kind": "Deployment", "reason": "FailedMount"}
    >>> events = [event | {"workload": f"web-{number}", "host": "a" if number < 4 else "b",
    ...     "type": "Warning" if number < 5 else "Normal"} for number in range(12)]
    >>> events[5:] = [one | {"reason": "Pulled"} for one in events[5:]]
    >>> points = pd.DataFrame(events).astype({c.name: c.dtype for c in POINTS.columns})
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> hotspots(points, day, by=["host"])[["name", "failing_workloads", "p_value", "verdict"]]
      name  failing_workloads   p_value       verdict
    0    a                  4  0.010101           hot
    1    b                  1       NaN  insufficient
    """
    known = POINTS.check(points)[points["counted"]]
    return hot_places(known, _failures(known, window, catalogue or Catalogue.load()), by=by)


def hot_places(rows: pd.DataFrame, failures: Integers, *, by: Sequence[str]) -> pd.DataFrame:
    """Do what `hotspots` does, from rows whose failures are counted already.

    Parameters
    ----------
    rows
        One row a place, workload and object that meet, or several: the columns of PLACES but
        ``occurrences``.
    failures
        Of each row.
    by
        Columns that may be shared.

    Returns
    -------
    pd.DataFrame
        HOTSPOTS contract.
    """
    facts = _facts(rows, failures)
    parts = [_places(facts, place(rows, shared)).assign(shared=shared) for shared in by]
    found = pd.concat([HOTSPOTS.empty()[PLACE], *parts], ignore_index=True)
    found = found.astype({"cluster": "str", "name": "str", "shared": "str"})
    counts = ["failures", "objects", "workloads", "failing_workloads"]
    found = _tested(found.reindex(columns=[*PLACE, *counts]).astype(dict.fromkeys(counts, "int64")))
    total = facts.groupby("cluster")["failures"].sum()
    found = found[found["failures"] > 0]
    found["share"] = found["failures"] / found["cluster"].map(total).astype("float64")
    return HOTSPOTS.check(_hottest_first(found)[[column.name for column in HOTSPOTS.columns]])


def _failures(points: pd.DataFrame, window: Window, catalogue: Catalogue) -> Integers:
    """Count the failures of each point inside *window*."""
    inside = occurrences_before(points, window.end) - occurrences_before(points, window.start)
    return np.where(catalogue.classify(points) == "failure", inside, 0)


def _facts(points: pd.DataFrame, failures: Integers) -> pd.DataFrame:
    """Return cluster, numbers of workload and object (-1 for none) and failures of each point."""
    columns = {"workload": (WORKLOAD, WORKLOAD[2:]), "object": (OBJECT, ("kind", "object"))}
    numbers = {}
    for name, (key, naming) in columns.items():
        named = (points[list(naming)] != "").any(axis=1)
        numbers[name] = np.where(named, group(points, key).number, -1)
    cluster = points["cluster"].astype("str").to_numpy()
    return pd.DataFrame({"cluster": cluster, **numbers, "failures": failures})


def _places(facts: pd.DataFrame, name: pd.Categorical) -> pd.DataFrame:
    """Return failures, objects, workloads and failing workloads of each place."""
    placed = facts.assign(name=name)[~name.isna()]
    keys = ["cluster", "name"]
    failed = placed[placed["failures"] > 0]
    return (
        pd.DataFrame(
            {
                "failures": placed.groupby(keys, observed=True)["failures"].sum(),
                "objects": _distinct(failed, "object", keys),
                "workloads": _distinct(placed, "workload", keys),
                "failing_workloads": _distinct(failed, "workload", keys),
            }
        )
        .fillna(0)
        .reset_index()
    )


def _distinct(placed: pd.DataFrame, column: str, keys: list[str]) -> pd.Series:
    named = placed[placed[column] >= 0]
    return named.drop_duplicates([*keys, column]).groupby(keys, observed=True).size()


def _tested(found: pd.DataFrame) -> pd.DataFrame:
    every = found.groupby(["cluster", "shared"])[["workloads", "failing_workloads"]]
    population, all_hits = every.transform("sum").to_numpy().T
    size, hits = (found[name].to_numpy() for name in ("workloads", "failing_workloads"))
    at_most = np.minimum(size, all_hits)
    tested = at_most >= LEAST_WORKLOADS
    tested &= _p_values(at_most, size, all_hits, population, tested) <= MAX_FALSE_DISCOVERIES
    p_value = _p_values(hits, size, all_hits, population, tested)
    q_value = np.full(len(found), np.nan)
    q_value[tested] = false_discovery_rates(p_value[tested])
    expected = size * all_hits / np.maximum(population, 1)
    hot = (q_value <= MAX_FALSE_DISCOVERIES) & (hits >= LEAST_WORKLOADS)
    return found.assign(
        expected_workloads=expected,
        ratio=hits / np.where(expected > 0, expected, np.nan),
        p_value=p_value,
        q_value=q_value,
        verdict=pd.array(np.where(hot, "hot", np.where(tested, "even", "insufficient")), "str"),
    )


def _p_values(
    hits: Integers, size: Integers, all_hits: Integers, population: Integers, tested: np.ndarray
) -> Floats:
    p_value = np.full(len(hits), np.nan)
    counts = (values[tested] for values in (hits, size, all_hits, population))
    p_value[tested] = enrichment_p_value(*counts)
    return p_value


def _hottest_first(found: pd.DataFrame) -> pd.DataFrame:
    cool = found["verdict"] != "hot"
    excess = found["failing_workloads"] - found["expected_workloads"]
    order = ["cool", "excess", "failures", *PLACE]
    ascending = [True, False, False, True, True, True]
    ordered = found.assign(cool=cool, excess=excess).sort_values(order, ascending=ascending)
    return ordered.reset_index(drop=True)

"""Spans -> what a digest says of the coverage of its clusters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import cast

import pandas as pd

from analytics.coverage import (
    LONGEST_IDLE,
    SCOPE,
    began,
    cluster_coverage,
    coverage,
    narrowed,
)
from analytics.digest import Coverage, CoverageState, GapResidual, Scope, Unwatched
from analytics.exposure import is_whole
from analytics.window import Window

MOST_GAPS = 10


def covered(
    spans: pd.DataFrame, earlier: Mapping[str, int], window: Window
) -> tuple[Coverage, ...]:
    """Return the coverage of each cluster whose watch began before the window's end, by name.

    Parameters
    ----------
    spans
        SPANS contract.
    earlier
        Occurrences of each cluster in the window, every meaning, from before its watch began.
    window
        Half-open; times are in its zone.
    """
    known = spans[spans["cluster"].isin(list(began(spans)))]
    stretches = cluster_coverage(coverage(known, window), window)
    return tuple(
        _covered(cluster, known, earlier, window) for _, cluster in stretches.groupby("cluster")
    )


def gaps(
    spans: pd.DataFrame, window: Window, *, most: int = MOST_GAPS
) -> tuple[tuple[Unwatched, ...], GapResidual]:
    """Return the longest gaps of the window, ties by cluster and start, and what is left of them.

    Parameters
    ----------
    spans
        SPANS contract.
    window
        Half-open; times are in its zone.
    most
        How many to return.
    """
    found = coverage(spans, window)
    stretches = cluster_coverage(found, window)
    ordered = stretches[stretches["state"] == "gap"].sort_values(
        ["hours", "cluster", "start"], ascending=[False, True, True]
    )
    shown = tuple(_gap(gap, found, window) for _, gap in ordered.head(most).iterrows())
    rest = ordered.iloc[most:]
    return shown, GapResidual(gaps=len(rest), hours=float(rest["hours"].sum()))


def coverage_state(found: Collection[Coverage], clusters: Collection[str]) -> CoverageState:
    """Return what is known of all clusters together; of one that is not *found* nothing is."""
    if not any(cluster.watched + cluster.recovered for cluster in found):
        return "unknown"
    whole = {cluster.cluster for cluster in found if cluster.whole}
    names = {cluster.cluster for cluster in found} | set(clusters)
    return "whole" if names == whole else "partial"


def _covered(
    stretches: pd.DataFrame, spans: pd.DataFrame, earlier: Mapping[str, int], window: Window
) -> Coverage:
    name = str(stretches["cluster"].iloc[0])
    watches = spans[spans["cluster"] == name]
    since = began(watches)[name]
    shares = stretches.groupby("state")["share"].sum()
    return Coverage(
        cluster=name,
        scopes=_scopes(narrowed(coverage(watches, window))),
        watched=float(shares.get("watched", 0.0)),
        recovered=float(shares.get("recovered", 0.0)),
        gap=float(shares.get("gap", 0.0)),
        unknown=float(shares.get("unknown", 0.0)),
        whole=is_whole(stretches),
        began=since.astimezone(window.zone),
        proved=_last_proof(stretches.iloc[-1], watches, window),
        earlier=earlier.get(name, 0),
    )


def _scopes(watches: pd.DataFrame) -> tuple[Scope, ...]:
    found = watches[["namespace", "field_selector"]].itertuples(index=False, name=None)
    named = [Scope(namespace=str(name), field_selector=str(text)) for name, text in found]
    return tuple(scope for scope in named if scope.namespace or scope.field_selector)


def _only(values: pd.Series) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in values} - {""}))


def _last_proof(tail: pd.Series, watches: pd.DataFrame, window: Window) -> datetime | None:
    """Return where an unproven end of the window begins, which may be before the window."""
    if not tail["unproven"] or tail["end"] - tail["start"] <= LONGEST_IDLE:
        return None
    proofs = watches.loc[watches["state"] != "gap", "end"]
    before = proofs[proofs <= window.start].max()
    last = tail["start"] if tail["start"] > window.start or pd.isna(before) else before
    return cast("pd.Timestamp", last).to_pydatetime().astimezone(window.zone)


def _gap(gap: pd.Series, found: pd.DataFrame, window: Window) -> Unwatched:
    of_cluster = found["cluster"] == gap["cluster"]
    meets = (found["start"] < gap["end"]) & (found["end"] > gap["start"])
    missing = found[of_cluster & meets & (found["state"] == "gap")]
    scopes = list(SCOPE)
    some = len(missing[scopes].drop_duplicates()) < len(found[of_cluster][scopes].drop_duplicates())
    return Unwatched(
        cluster=str(gap["cluster"]),
        namespaces=_only(missing["namespace"]) if some else (),
        start=gap["start"].to_pydatetime().astimezone(window.zone),
        end=gap["end"].to_pydatetime().astimezone(window.zone),
    )

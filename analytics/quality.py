"""What the figures of a digest rest on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.covered import coverage_state, covered, gaps
from analytics.digest import Gap, Quality
from analytics.key_counts import Counted
from analytics.silence import silences_between
from analytics.spread import timestamps
from analytics.window import Window

ROUNDED = ("approximate", "settled")  # ways of counting that know times only roughly


def data_quality(
    counted: Counted,
    seen: pd.DataFrame,
    *,
    clusters: Collection[str],
    estimated: int,
    rejected: int,
    version: str,
    spans: pd.DataFrame,
    earlier: Mapping[str, int],
) -> Quality:
    """Count what was seen, what was left out, and what is missing.

    Parameters
    ----------
    counted
        Every key with an occurrence in the window, with its meaning.
    seen
        What the source has seen in each five minutes of the window, from `Source.seen`.
    clusters
        Those of which the window holds an occurrence; if not one was watched, the coverage is
        unknown.
    estimated
        Occurrences at the edges of the window that are known by the hour only: their points were
        pruned.
    rejected
        Records refused since the window began.
    version
        Of kubedigest.
    spans
        SPANS contract.
    earlier
        Occurrences of each cluster in the window from before its watch began.

    Returns
    -------
    Quality
        All zero and None where there is nothing.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    window, cells, keys = counted.window, counted.cells, counted.keys
    meaning = cells["occurrences"].groupby(keys["meaning"].astype("str")).sum()
    counting = cells["occurrences"].groupby(keys["counting"].astype("str")).sum()
    known = covered(spans, earlier, window)
    unwatched, gap_residual = gaps(spans, window)
    watched = [one.cluster for one in known]
    return Quality(
        events=int(seen["events"].sum()),
        occurrences=counted.occurrences,
        notices=int(meaning.get("notice", 0)),
        noise=int(meaning.get("noise", 0)),
        recoveries=int(meaning.get("recovery", 0)),
        suspect_rows=int(seen["suspect_points"].sum()),
        suspect_occurrences=int(seen["suspect_occurrences"].sum()),
        set_aside_rows=int(seen["set_aside_points"].sum()),
        requests=int(counting.get("requests", 0)),
        approximate=estimated + sum(int(counting.get(name, 0)) for name in ROUNDED),
        skewed=int(seen["skewed_points"].sum()),
        rejected=rejected,
        first_event=_time(cells["first"].min(), window),
        last_event=_time(cells["last"].max(), window),
        coverage=coverage_state(known, sorted(clusters)),
        covered=known,
        gaps=unwatched,
        gap_residual=gap_residual,
        # where somebody watched, the coverage says better what a silence is
        silences=_gaps(seen[~seen["cluster"].isin(watched)], window),
        version=version,
    )


def _time(moment: Any, window: Window) -> datetime | None:
    """Return microseconds since 1970 in the report's zone, None for NaN."""
    if pd.isna(moment):
        return None
    [time] = timestamps(pd.array([moment], dtype="int64").to_numpy())
    return time.to_pydatetime().astimezone(window.zone)


def _gaps(seen: pd.DataFrame, window: Window) -> tuple[Gap, ...]:
    found = silences_between(seen)
    return tuple(
        Gap(
            cluster=str(cluster),
            start=start.to_pydatetime().astimezone(window.zone),
            end=end.to_pydatetime().astimezone(window.zone),
        )
        for cluster, start, end in zip(found["cluster"], found["start"], found["end"], strict=True)
    )

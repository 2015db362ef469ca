"""What the figures of a digest rest on."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.covered import coverage_state, covered, gaps
from analytics.digest import Gap, Quality
from analytics.frames import POINTS, SPANS
from analytics.silence import silences
from analytics.spread import first_in, last_in, occurrences_before
from analytics.window import Window

EVENT = ["cluster", "namespace", "name", "birth"]


def data_quality(
    points: pd.DataFrame,
    window: Window,
    *,
    catalogue: Catalogue,
    rejected: int,
    version: str,
    spans: pd.DataFrame | None = None,
) -> Quality:
    """Count what was seen, what was left out, and what is missing.

    Parameters
    ----------
    points
        POINTS contract, every meaning.
    window
        Half-open. Counted points are taken by their occurrences inside it; rows that are not
        counted, and the flag ``skewed``, by the time of the point.
    catalogue
        Tells recoveries, notices and noise apart.
    rejected
        Records refused since the window began.
    version
        Of kubedigest.
    spans
        SPANS contract; ``None`` for clusters that nobody watched.

    Returns
    -------
    Quality
        All zero and None for an empty frame. Hours that the retention has settled count as
        approximate, and as no event, since their identities are gone.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Examples
    --------
    >>> window = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> data_quality(POINTS.empty(), window, catalogue=Catalogue.load(), rejected=3,
    ...     version="0.1.0").rejected
    3
    """
    POINTS.check(points)
    inside = occurrences_inside(points, window)
    meaning = _by(catalogue.classify(points), inside)
    counting = _by(points["counting"], inside)
    at = ((points["time"] >= window.start) & (points["time"] < window.end)).to_numpy()
    suspect = at & points["suspect"].to_numpy()
    set_aside = at & ~points["counted"].to_numpy() & ~suspect
    spans = SPANS.empty() if spans is None else spans
    known = covered(spans, points, window)
    unwatched, gap_residual = gaps(spans, window)
    named = points[(inside > 0) & (points["name"] != "").to_numpy()]
    return Quality(
        events=len(named[EVENT].drop_duplicates()),
        occurrences=int(inside.sum()),
        notices=meaning["notice"],
        noise=meaning["noise"],
        recoveries=meaning["recovery"],
        suspect_rows=int(suspect.sum()),
        suspect_occurrences=int(points["occurrences"].to_numpy()[suspect].sum()),
        set_aside_rows=int(set_aside.sum()),
        requests=counting["requests"],
        approximate=counting["approximate"] + counting["settled"],
        skewed=int((at & points["skewed"].to_numpy()).sum()),
        rejected=rejected,
        first_event=local(first_in(points, window).min(), window),
        last_event=local(last_in(points, window).max(), window),
        coverage=coverage_state(known, points["cluster"].astype("str")[inside > 0].unique()),
        covered=known,
        gaps=unwatched,
        gap_residual=gap_residual,
        # where somebody watched, the coverage says better what a silence is
        silences=_gaps(points[~points["cluster"].isin([one.cluster for one in known])], window),
        version=version,
    )


def occurrences_inside(points: pd.DataFrame, window: Window) -> npt.NDArray[np.int64]:
    """Return the occurrences of each point inside *window*, 0 for points that are not counted."""
    return occurrences_before(points, window.end) - occurrences_before(points, window.start)


def local(moment: Any, window: Window) -> datetime | None:
    """Return a time of a frame as a datetime in the report's zone, None for NaT."""
    return None if pd.isna(moment) else moment.to_pydatetime().astimezone(window.zone)


def _by(kind: pd.Series, inside: npt.NDArray[np.int64]) -> Counter[str]:
    values = pd.Series(inside).groupby(kind.astype("str").to_numpy()).sum()
    return Counter({str(name): int(total) for name, total in values.items()})


def _gaps(points: pd.DataFrame, window: Window) -> tuple[Gap, ...]:
    found = silences(points, window)
    return tuple(
        Gap(
            cluster=str(cluster),
            start=start.to_pydatetime().astimezone(window.zone),
            end=end.to_pydatetime().astimezone(window.zone),
        )
        for cluster, start, end in zip(found["cluster"], found["start"], found["end"], strict=True)
    )

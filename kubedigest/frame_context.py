"""What a frame in a notebook knows of itself, in ``DataFrame.attrs``.

Texts, numbers and lists only: pandas copies attrs with every step, compares them when frames are
put together, and writes them into Parquet as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.catalogue import Catalogue
from analytics.coverage import COVERED, began, cluster_coverage, coverage
from analytics.exposure import Exposure, exposures
from analytics.frames import SPANS
from analytics.window import Window
from kubedigest.errors import UsageError

WINDOW, ROWS, REASONS, COVERAGE, SHARE, COMPARABLE, WEEKS = (
    "window",  # start and end in UTC, timezone, report, so_far
    "rows",  # "failures", or "points" of every meaning
    "reasons",  # overrides of the reason catalogue
    "coverage",  # cluster -> when its watch began, and the stretches that are known
    "watched_share",  # cluster -> 0..1 of the window, None where no watch tells
    "comparable",  # clusters whose previous period can be compared with
    "comparable_weeks",  # the same of each of the four weeks
)
_WEEKS = ("week_1", "week_2", "week_3", "week_4")  # the latest first
RESULT = (WINDOW, REASONS, SHARE)  # what an answer keeps of the frame it was made from


def note_window(window: Window) -> dict[str, Any]:
    """Return the window as attrs hold it."""
    return {
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "timezone": window.timezone,
        "report": window.report,
        "so_far": window.so_far,
    }


def window_of(frame: pd.DataFrame) -> Window:
    """Return the window that a frame was loaded for.

    Parameters
    ----------
    frame
        From one of the ``load_`` functions, or made from such a frame by pandas.

    Raises
    ------
    UsageError
        The frame does not know, as one that was read from a file or put together from frames of
        different windows.
    """
    kept = frame.attrs.get(WINDOW)
    if not isinstance(kept, Mapping):
        raise UsageError(
            "this frame does not know its window (pandas drops it where frames of different "
            "windows are put together): pass window=kd.Window.between(start, end, timezone)"
        )
    return Window(
        datetime.fromisoformat(kept["start"]),
        datetime.fromisoformat(kept["end"]),
        kept["timezone"],
        kept["report"],
        kept["so_far"],
    )


def chosen_window(frame: pd.DataFrame, window: Window | None) -> Window:
    """Return *window*, else the frame's own; refuse one that the frame was not loaded for."""
    if window is None:
        return window_of(frame)
    if WINDOW in frame.attrs:
        loaded = window_of(frame)
        if window.start < loaded.start or window.end > loaded.end:
            raise UsageError(
                f"the window {window.period} reaches beyond {loaded.period}, for which this frame "
                "was loaded; load it for the longer one"
            )
    return window


def catalogue_of(frame: pd.DataFrame) -> Catalogue | None:
    """Return the catalogue the frame was loaded with; None for the one that is shipped."""
    overrides = frame.attrs.get(REASONS)
    return Catalogue.load().with_overrides(overrides) if overrides else None


def note_coverage(spans: pd.DataFrame, window: Window) -> dict[str, Any]:
    """Return what is known of each watched cluster in the window and the periods before."""
    known = spans[spans["cluster"].isin(list(began(spans)))]
    since = began(known)
    noted: dict[str, Any] = {name: {"began": since[name].isoformat()} for name in since}
    weeks = zip(_WEEKS, window.baseline(), strict=True)
    for key, period in (("window", window), ("previous", window.previous()), *weeks):
        found = cluster_coverage(coverage(known, period), period)
        for cluster, stretches in found.groupby("cluster"):
            noted[str(cluster)][key] = _stretches(stretches)
    return noted


def exposed_of(frame: pd.DataFrame, window: Window) -> dict[str, Exposure] | None:
    """Return how long each cluster was watched in *window*, None where the frame cannot tell."""
    noted = frame.attrs.get(COVERAGE)
    return exposures(_spans(noted), window, weeks=window.baseline()) if noted else None


def note_shares(
    coverage_of: Mapping[str, Any], window: Window, clusters: list[str]
) -> dict[str, float | None]:
    """Return the watched share of the window for each cluster, None where no watch tells."""
    exposed = exposures(_spans(coverage_of), window) if coverage_of else {}
    names = sorted({*clusters, *exposed})
    return {name: round(exposed[name].share, 6) if name in exposed else None for name in names}


def _stretches(found: pd.DataFrame) -> list[list[str]]:
    """Return [state, start, end] of what is known, recovered taken for watched, joined."""
    rows: list[list[str]] = []
    for state, start, end in found[["state", "start", "end"]].itertuples(index=False, name=None):
        word = "watched" if state in COVERED else str(state)
        if rows and rows[-1][0] == word and rows[-1][2] == start.isoformat():
            rows[-1][2] = end.isoformat()
        elif word != "unknown":
            rows.append([word, start.isoformat(), end.isoformat()])
    return rows


def _spans(noted: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for cluster, known in noted.items():
        start = known["began"]
        rows.append((cluster, "watched", start, start))
        for period in ("previous", "window", *_WEEKS):
            rows += [(cluster, *stretch) for stretch in known.get(period, ())]
    frame = pd.DataFrame(rows, columns=["cluster", "state", "start", "end"])
    times = {
        name: pd.to_datetime(frame[name], utc=True, format="ISO8601") for name in ("start", "end")
    }
    filled = frame.assign(namespace="", field_selector="", **times)
    dtypes = {column.name: column.dtype for column in SPANS.columns}
    return SPANS.check(filled[list(dtypes)].astype(dtypes))

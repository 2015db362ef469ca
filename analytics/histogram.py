"""When it fails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.frames import HISTOGRAM
from analytics.grid import count_in_cells
from analytics.source import Source
from analytics.window import Window


def time_histogram(
    points: pd.DataFrame | Source,
    window: Window,
    *,
    width_minutes: int = 60,
    by: Sequence[str] = (),
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Count failures per bucket of time.

    Parameters
    ----------
    points
        POINTS contract, or a source; only counted points that *catalogue* calls failures are used.
    window
        Half-open; its buckets are those of `Window.edges`.
    width_minutes
        Width of a bucket; above 60 on the local clock, so days of 23 or 25 hours are right. [min]
    by
        Columns of POINTS, of a source those of KEYS; the result then has every bucket for every
        group.
    catalogue
        ``None`` takes the one that comes with the package.

    Returns
    -------
    pd.DataFrame
        HISTOGRAM contract after the columns *by*, sorted by these and ``start``. Bucket
        ``start <= time < end`` [UTC]. Buckets without a failure are kept with 0, also for empty
        input without *by*; groups without a failure in the window are absent.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    WindowError
        The width does not fit the window.

    Examples
    --------
    >>> from analytics.frames import POINTS
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> time_histogram(POINTS.empty(), day, width_minutes=360)["failures"].tolist()
    [0, 0, 0, 0]
    """
    edges = window.edges(width_minutes)
    bucket = np.arange(len(edges) - 1)
    found = count_in_cells(points, edges, bucket, len(bucket), by=by, catalogue=catalogue)
    cell = found.pop("cell").to_numpy()
    failures = found.pop("failures")
    return HISTOGRAM.check(found.assign(start=edges[cell], end=edges[cell + 1], failures=failures))

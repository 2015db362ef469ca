"""At which hours of the clock it fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.frames import HOUR_OF_DAY
from analytics.grouping import failing, group
from analytics.spread import occurrences_in
from analytics.window import Window

HOURS = 24


def hour_of_day(
    points: pd.DataFrame,
    window: Window,
    *,
    by: Sequence[str] = (),
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Count failures per hour of the local clock.

    Parameters
    ----------
    points
        POINTS contract; only counted points that *catalogue* calls failures are used.
    window
        Half-open; its zone is the clock.
    by
        Columns of POINTS; the result then has every hour for every group.
    catalogue
        ``None`` takes the one that comes with the package.

    Returns
    -------
    pd.DataFrame
        HOUR_OF_DAY contract after the columns *by*, sorted by these and ``hour`` (0..23). Hours
        without a failure are kept with 0; groups without a failure in the window are absent.
        ``hours`` is how long the window's clock showed that hour: 2 on a day that has it
        twice, 0 where clocks went over it, whether or not any event is known of it. [h]
        ``rate_per_hour`` is per such hour, NaN where there is none. [1/h]

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    WindowError
        The window has more than 100,000 hours.

    Examples
    --------
    >>> from analytics.frames import POINTS
    >>> day = Window.daily(pd.Timestamp("2026-10-26T08:00Z").to_pydatetime(), "Europe/Berlin")
    >>> hour_of_day(POINTS.empty(), day)["hours"].tolist()[:4]  # summer time ended at 3
    [1.0, 1.0, 2.0, 1.0]
    """
    edges = _clock_hour_edges(window)
    hour = edges[:-1].tz_convert(window.zone).hour.to_numpy()
    lengths = (edges[1:] - edges[:-1]) / timedelta(hours=1)
    covered = np.bincount(hour, weights=lengths, minlength=HOURS)
    failures = failing(points, catalogue)
    groups = group(failures, by)
    cells = occurrences_in(failures, edges)
    counts = np.zeros((len(groups.keys), HOURS), dtype=np.int64)
    np.add.at(counts, (groups.number[cells["row"]], hour[cells["bucket"]]), cells["occurrences"])
    kept = counts.any(axis=1) if by else np.ones(len(counts), dtype=bool)
    keys, counts = groups.keys[kept], counts[kept]
    frame = (
        keys.loc[keys.index.repeat(HOURS)]
        .reset_index(drop=True)
        .assign(
            hour=np.tile(np.arange(HOURS, dtype=np.int64), len(counts)),
            failures=counts.ravel(),
            hours=np.tile(covered, len(counts)),
        )
    )
    rate = frame["failures"] / frame["hours"].where(frame["hours"] > 0)
    return HOUR_OF_DAY.check(frame.assign(rate_per_hour=rate))


def _clock_hour_edges(window: Window) -> pd.DatetimeIndex:
    buckets = len(window.edges(60)) + HOURS  # refuses a window that is too long; a day may be gone
    clock = window.local_start.replace(tzinfo=None, minute=0, second=0, microsecond=0)
    hours = [clock + number * timedelta(hours=1) for number in range(buckets)]
    # an hour that the clock shows twice begins twice: fold 0 and 1
    starts = {
        hour.replace(tzinfo=window.zone, fold=fold).astimezone(UTC)
        for hour in hours
        for fold in (0, 1)
    }
    inside = sorted(start for start in starts if window.start < start < window.end)
    return pd.DatetimeIndex([window.start, *inside, window.end]).as_unit("us")

"""At which hours of the week it fails."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analytics.catalogue import Catalogue
from analytics.clock_hours import clock_hours
from analytics.frames import HEAT_MAP
from analytics.grid import count_in_cells
from analytics.source import Source
from analytics.window import Window

HOURS = 24
WEEKDAYS = 7


def heat_map(
    points: pd.DataFrame | Source,
    window: Window,
    *,
    by: Sequence[str] = (),
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Count failures per weekday and hour of the local clock.

    Parameters
    ----------
    points
        POINTS contract, or a source; only counted points that *catalogue* calls failures are used.
    window
        Half-open; its zone is the clock and the calendar.
    by
        Columns of POINTS, of a source those of KEYS; the result then has all 168 cells for every
        group.
    catalogue
        ``None`` takes the one that comes with the package.

    Returns
    -------
    pd.DataFrame
        HEAT_MAP contract after the columns *by*, sorted by these, ``weekday`` (0..6, 0 is Monday)
        and ``hour`` (0..23). Cells without a failure are kept with 0, also for empty input without
        *by*; groups without a failure in the window are absent. ``hours`` is how long the
        window's clock showed that hour of that weekday: 0 where the window does not reach or
        clocks went over it, more than usual where it came twice, whether or not any event is
        known of it. [h] ``rate_per_hour`` is ``failures / hours``, NaN where that is 0: cells of
        a window that is not whole weeks compare by it, not by ``failures``. [1/h]

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    WindowError
        The window has more than 100,000 hours.

    Examples
    --------
    >>> from analytics.frames import POINTS
    >>> week = Window.weekly(pd.Timestamp("2026-10-26T08:00Z").to_pydatetime(), "Europe/Berlin")
    >>> cells = heat_map(POINTS.empty(), week).pivot(index="weekday", columns="hour")
    >>> cells["hours"].shape, cells["hours"].loc[6, 2]  # summer time ended on Sunday at 3
    ((7, 24), np.float64(2.0))
    """
    clock = clock_hours(window)
    cell, cells = clock.weekday * HOURS + clock.hour, WEEKDAYS * HOURS
    hours = clock.hours_in(cell, cells)
    found = count_in_cells(points, clock.edges, cell, cells, by=by, catalogue=catalogue)
    number = found.pop("cell").to_numpy()
    failures = found.pop("failures")
    found = found.assign(
        weekday=number // HOURS, hour=number % HOURS, failures=failures, hours=hours[number]
    )
    rate = found["failures"] / found["hours"]
    return HEAT_MAP.check(found.assign(rate_per_hour=rate))

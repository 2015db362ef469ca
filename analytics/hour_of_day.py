"""At which hours of the clock it fails."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analytics.catalogue import Catalogue
from analytics.clock_hours import clock_hours
from analytics.frames import HOUR_OF_DAY
from analytics.grid import count_in_cells
from analytics.source import Source
from analytics.window import Window

HOURS = 24


def hour_of_day(
    points: pd.DataFrame | Source,
    window: Window,
    *,
    by: Sequence[str] = (),
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Count failures per hour of the local clock.

    Parameters
    ----------
    points
        POINTS contract, or a source; only counted points that *catalogue* calls failures are used.
    window
        Half-open; its zone is the clock.
    by
        Columns of POINTS, of a source those of KEYS; the result then has every hour for every
        group.
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
    clock = clock_hours(window)
    hours = clock.hours_in(clock.hour, HOURS)
    found = count_in_cells(points, clock.edges, clock.hour, HOURS, by=by, catalogue=catalogue)
    found = found.rename(columns={"cell": "hour"})
    found["hours"] = hours[found["hour"]]
    rate = found["failures"] / found["hours"]
    return HOUR_OF_DAY.check(found.assign(rate_per_hour=rate))

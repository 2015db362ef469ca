"""How often what fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.exposure import Exposure, Watched
from analytics.frames import FREQUENCY
from analytics.grouping import PROBLEM, group
from analytics.key_counts import Counted, Starts, clocks_now, count_keys, watched_starts
from analytics.significance import Floats
from analytics.source import Source, as_source
from analytics.spread import Integers, timestamps
from analytics.window import Window


def failure_frequency(
    points: pd.DataFrame | Source,
    window: Window,
    *,
    by: Sequence[str] = PROBLEM,
    catalogue: Catalogue | None = None,
    exposed: Mapping[str, Exposure] | None = None,
) -> pd.DataFrame:
    """Count failures per group.

    Parameters
    ----------
    points
        POINTS contract, or a source; only counted points that *catalogue* calls failures are used,
        each by its occurrences inside *window*.
    window
        Half-open. [UTC]
    by
        Columns of POINTS, such as ``("cluster", "namespace")``, ``("host",)`` or none; of a source
        those of KEYS.
    catalogue
        ``None`` takes the one that comes with the package.
    exposed
        How long each cluster was watched, from `exposure.exposures`; other clusters count as
        watched all the time.

    Returns
    -------
    pd.DataFrame
        FREQUENCY contract after the columns *by*, most failures first, ties by the columns *by*.
        Groups without a failure in the window are absent; empty input gives an empty frame with
        the same columns. ``failures`` adds up to the occurrences of all failures in the window.
        ``episodes`` are those of `episodes.episodes`, and add up over any grouping by columns of
        KEYS. ``objects`` counts distinct involved objects, 0 where the store no longer knows them.
        ``first`` and ``last`` are times of occurrences inside the window. [UTC]
        ``rate_per_hour`` divides by the hours of the window, not by the span of the data; of a
        cluster among *exposed* it takes the watched hours and the failures in them. Groups that
        mix clusters have the sum of the clusters' rates. NaN where a cluster of the group was
        not watched at all. [1/h] ``mean_time_between_failures`` is the mean time between the
        starts of consecutive episodes, NaN where there are fewer than two; with ``cluster`` among
        *by* the clock of a cluster among *exposed* stands still while nobody watched, and
        episodes that began then are left out. [s] ``share`` is of all failures. [0..1]

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Notes
    -----
    With the episode starts s1 <= ... <= sm the mean time between failures is
    ``(sm - s1) / (m - 1)``, the mean of the differences. A rate per watched hour is the estimate
    of a Poisson rate from an incomplete record, ``failures seen / exposure`` (Cox and Lewis 1966,
    The Statistical Analysis of Series of Events, 2.1).

    Examples
    --------
    >>> from analytics.frames import POINTS
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> len(failure_frequency(POINTS.empty(), day))
    0
    """
    catalogue = catalogue or Catalogue.load()
    source = as_source(points, catalogue, by)
    [counted] = count_keys(source, [window], catalogue)
    return frequency(source, counted, by=by, exposed=exposed)


def frequency(
    source: Source,
    counted: Counted,
    *,
    by: Sequence[str] = PROBLEM,
    exposed: Mapping[str, Exposure] | None = None,
) -> pd.DataFrame:
    """Do what `failure_frequency` does, for the failing ones of some keys of a source.

    Parameters
    ----------
    source
        Points or the roll-up.
    counted
        Its keys in one window, from `key_counts.count_keys`.
    by, exposed
        As for `failure_frequency`; *by* are columns of ``counted.keys``.

    Returns
    -------
    pd.DataFrame
        FREQUENCY contract after the columns *by*.
    """
    failing_keys = counted.failing
    cells, exposed = failing_keys.cells, exposed or {}
    groups = group(failing_keys.keys, by)
    number, every = groups.number, len(groups.keys) if len(cells) else 0
    starts = watched_starts(source, failing_keys, clocks_now(exposed))
    failures = _summed(number, cells["occurrences"].to_numpy(), every)
    plain = starts if "cluster" in by else watched_starts(source, failing_keys, {})
    found = groups.keys.iloc[:every].assign(
        failures=failures,
        episodes=_summed(number, (cells["begun"] + cells["continued"]).to_numpy(), every),
        objects=_objects(source, failing_keys, number, every),
        first=timestamps(_least(number, cells["first"].to_numpy(), every)),
        last=timestamps(_most(number, cells["last"].to_numpy(), every)),
        rate_per_hour=_rates(failing_keys, starts, number, every, exposed),
        mean_time_between_failures=_between(failing_keys, plain, number, every, by, exposed),
        share=failures / max(1, int(failures.sum())),
    )
    # the keys are sorted already, so a stable sort breaks ties by them
    found = found.sort_values("failures", ascending=False, kind="stable")
    return FREQUENCY.check(found.reset_index(drop=True)).astype({"share": "float64"})


def _objects(source: Source, counted: Counted, number: Integers, every: int) -> Integers:
    if not every:
        return np.zeros(0, dtype=np.int64)
    return source.objects(counted.window, counted.cells["key"].to_numpy(), number)


def _rates(
    counted: Counted, starts: Starts, number: Integers, every: int, exposed: Mapping[str, Exposure]
) -> Floats:
    """Return the sum of the rates of the clusters of each group."""
    cluster = counted.keys["cluster"].astype("str").to_numpy()
    rate = np.zeros(every)
    for name in np.unique(cluster):
        rows = cluster == name
        hours = _clock(name, counted.window, exposed).hours
        seen = np.bincount(number[rows], weights=starts.failures[rows], minlength=every)
        if hours:
            rate += seen / hours
        else:
            rate[np.unique(number[rows])] = np.nan
    return rate


def _between(
    counted: Counted,
    starts: Starts,
    number: Integers,
    every: int,
    by: Sequence[str],
    exposed: Mapping[str, Exposure],
) -> Floats:
    """Return the mean time between the starts of the episodes of each group [s]."""
    first, last = starts.first.copy(), starts.last.copy()
    if "cluster" in by:
        cluster = counted.keys["cluster"].astype("str").to_numpy()
        for name, exposure in exposed.items():
            rows = (cluster == name) & (starts.episodes > 0)
            first[rows], last[rows] = (_ran(exposure.now, at[rows]) for at in (first, last))
    some = starts.episodes > 0
    episodes = _summed(number, starts.episodes, every)
    spans = _most(number[some], last[some], every) - _least(number[some], first[some], every)
    several = episodes > 1
    between: Floats = np.full(every, np.nan)
    between[several] = spans[several] / (episodes[several] - 1) / 1e6
    return between


def _ran(clock: Watched, times: Integers) -> Integers:
    """Return how long it was watched before each of some watched times [us]."""
    lengths = np.diff(clock.edges)
    lengths[1::2] = 0
    passed = np.concatenate([[0], np.cumsum(lengths)])
    part = np.searchsorted(clock.edges, times, side="right") - 1
    return passed[part] + times - clock.edges[part]


def _clock(name: str, window: Window, exposed: Mapping[str, Exposure]) -> Watched:
    return exposed[name].now if name in exposed else Watched.all_of(window)


def _summed(number: Integers, values: Integers, every: int) -> Integers:
    total = np.zeros(every, dtype=np.int64)
    np.add.at(total, number, values)
    return total


def _least(number: Integers, values: Integers, every: int) -> Integers:
    least = np.full(every, np.iinfo(np.int64).max)
    np.minimum.at(least, number, values)
    return least


def _most(number: Integers, values: Integers, every: int) -> Integers:
    most = np.full(every, np.iinfo(np.int64).min)
    np.maximum.at(most, number, values)
    return most

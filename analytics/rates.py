"""Failures per hour and the time between them, by the hours that were watched."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.exposure import Exposure, Watched
from analytics.significance import Floats
from analytics.spread import Integers, occurrences_in, timestamps
from analytics.window import Window


def rates_per_hour(
    failures: pd.DataFrame,
    number: Integers,
    groups: int,
    window: Window,
    exposed: Mapping[str, Exposure],
) -> Floats:
    """Return the failures per hour of each group.

    Parameters
    ----------
    failures
        POINTS contract, only what means a failure and has an occurrence inside *window*.
    number
        Group of each row.
    groups
        How many there are.
    window
        Half-open; all of its hours count for a cluster that is not *exposed*.
    exposed
        From `exposure.exposures`: of these clusters only watched hours count, and the failures
        in them.

    Returns
    -------
    array of float
        For each group the sum of its clusters' rates, NaN where one of these has failures but no
        watched hour. [1/h]
    """
    cluster = failures["cluster"].astype("str").to_numpy()
    clocks = {name: exposure.now for name, exposure in exposed.items()}
    rate = np.zeros(groups)
    for name in np.unique(cluster):
        rows = cluster == name
        clock = clocks.get(name) or Watched.all_of(window)
        rate[np.unique(number[rows])] += 0 if clock.hours else np.nan
        if clock.hours:
            rate += _seen(failures[rows], number[rows], groups, clock) / clock.hours
    return rate


def _seen(failures: pd.DataFrame, number: Integers, groups: int, clock: Watched) -> Floats:
    """Count the failures of each group while its cluster was watched."""
    cells = occurrences_in(failures, timestamps(_joined(clock.edges)))
    seen = cells[cells["bucket"] % 2 == 0]
    weights = seen["occurrences"].to_numpy(dtype=np.float64)
    counted: Floats = np.bincount(number[seen["row"]], weights=weights, minlength=groups).astype(
        np.float64
    )
    return counted


def _joined(edges: Integers) -> Integers:
    """Leave out the edges where one watched part follows another without a break."""
    inner = edges[1:-1].reshape(-1, 2)
    apart = inner[inner[:, 0] < inner[:, 1]].reshape(-1)
    return np.concatenate([edges[:1], apart, edges[-1:]])


def mean_times_between(
    starts: pd.DataFrame, cluster: pd.Series | None, exposed: Mapping[str, Exposure]
) -> pd.Series:
    """Return the mean time between the starts of consecutive episodes of each group.

    Parameters
    ----------
    starts
        One row an episode: ``group`` and ``start`` [us since 1970].
    cluster
        Of each row; ``None`` where groups mix clusters, whose clocks differ.
    exposed
        From `exposure.exposures`: the clock of these clusters stands still while nobody watched,
        and episodes from then are left out.

    Returns
    -------
    pd.Series
        By group, NaN where fewer than two episodes are left. [s]
    """
    clock = starts["start"].to_numpy(copy=True)
    seen = np.ones(len(starts), dtype=bool)
    names = np.array([]) if cluster is None else cluster.to_numpy()
    for name, exposure in exposed.items() if cluster is not None else ():
        rows = names == name
        clock[rows], seen[rows] = _watched_time(exposure.now, clock[rows])
    by_group = pd.Series(clock[seen]).groupby(starts["group"].to_numpy()[seen])
    between = (by_group.size() - 1).where(lambda number: number > 0)
    found = (by_group.max() - by_group.min()) / between / 1e6
    return found.reindex(starts["group"].unique())


def _watched_time(clock: Watched, times: Integers) -> tuple[Integers, npt.NDArray[np.bool_]]:
    if not len(clock.edges):
        return times, np.zeros(len(times), dtype=bool)
    lengths = np.diff(clock.edges)
    lengths[1::2] = 0
    passed = np.concatenate([[0], np.cumsum(lengths)])
    position = np.searchsorted(clock.edges, times, side="right")
    inside = position % 2 == 1
    part = np.where(inside, position - 1, 0)
    return passed[part] + np.where(inside, times - clock.edges[part], 0), inside

"""How often what fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.episodes import GAP, intervals, join
from analytics.exposure import Exposure
from analytics.frames import FREQUENCY
from analytics.grouping import PROBLEM, failing, group
from analytics.rates import mean_times_between, rates_per_hour
from analytics.spread import Integers, runs, timestamps
from analytics.window import Window

OBJECT = ["cluster", "kind", "object_namespace", "object"]


def failure_frequency(
    points: pd.DataFrame,
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
        POINTS contract; only counted points that *catalogue* calls failures are used, each by its
        occurrences inside *window*.
    window
        Half-open. [UTC]
    by
        Columns of POINTS, such as ``("cluster", "namespace")``, ``("host",)`` or none.
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
        ``objects`` counts distinct involved objects, 0 where the store no longer knows them.
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
    failures = failing(points, catalogue)
    groups = group(failures, by)
    spans = intervals(runs(failures), window, GAP)
    found = join(spans, groups.number, GAP)
    rows = spans["row"].unique()
    inside, number = failures.iloc[rows], groups.number[rows]
    every = len(groups.keys)
    total = _totals(found)
    keys = groups.keys.iloc[total.index]
    cluster = keys["cluster"][found["group"]] if "cluster" in by else None
    rate = total["failures"] / window.hours
    if exposed:
        rate[:] = rates_per_hour(inside, number, every, window, exposed)[total.index]
    frequency = keys.assign(
        failures=total["failures"],
        episodes=total["episodes"],
        objects=_objects(inside, number, every)[total.index],
        first=timestamps(total["first"].to_numpy()),
        last=timestamps(total["last"].to_numpy()),
        rate_per_hour=rate,
        mean_time_between_failures=mean_times_between(found, cluster, exposed or {}),
        share=total["failures"] / total["failures"].sum(),
    )
    # the keys are sorted already, so a stable sort breaks ties by them
    frequency = frequency.sort_values("failures", ascending=False, kind="stable")
    return FREQUENCY.check(frequency.reset_index(drop=True))


def _totals(found: pd.DataFrame) -> pd.DataFrame:
    return found.groupby("group").agg(
        failures=("occurrences", "sum"),
        episodes=("occurrences", "size"),
        first=("start", "min"),
        last=("end", "max"),
    )


def _objects(failures: pd.DataFrame, number: Integers, groups: int) -> Integers:
    known = ((failures["kind"] != "") | (failures["object"] != "")).to_numpy()
    objects = group(failures[known], OBJECT).number
    pairs = pd.DataFrame({"group": number[known], "object": objects})
    per_group = pairs.drop_duplicates()["group"].to_numpy()
    return np.bincount(per_group, minlength=groups).astype(np.int64)

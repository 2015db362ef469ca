"""How often what fails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.episodes import GAP, intervals, join
from analytics.frames import FREQUENCY
from analytics.grouping import PROBLEM, Groups, failing, group
from analytics.spread import Integers, runs, timestamps
from analytics.window import Window

OBJECT = ["cluster", "kind", "object_namespace", "object"]


def failure_frequency(
    points: pd.DataFrame,
    window: Window,
    *,
    by: Sequence[str] = PROBLEM,
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Count failures per group.

    Parameters
    ----------
    points
        POINTS contract; only counted points that *catalogue* calls failures are used, each by its
        occurrences inside *window*.
    window
        Half-open; the rates refer to its whole length. [UTC]
    by
        Columns of POINTS, such as ``("cluster", "namespace")``, ``("host",)`` or none.
    catalogue
        ``None`` takes the one that comes with the package.

    Returns
    -------
    pd.DataFrame
        FREQUENCY contract after the columns *by*, most failures first, ties by the columns *by*.
        Groups without a failure in the window are absent; empty input gives an empty frame with
        the same columns. ``failures`` adds up to the occurrences of all failures in the window.
        ``objects`` counts distinct involved objects, 0 where the store no longer knows them.
        ``first`` and ``last`` are times of occurrences inside the window. [UTC]
        ``rate_per_hour`` divides by the window, not by the span of the data. [1/h]
        ``mean_time_between_failures`` is the mean time between the starts of consecutive
        episodes, NaN where there are fewer than two. [s] ``share`` is of all failures. [0..1]

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Notes
    -----
    With the episode starts s1 <= ... <= sm the mean time between failures is
    ``(sm - s1) / (m - 1)``, the mean of the differences.

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
    total = _totals(join(spans, groups.number, GAP))
    objects = _objects(failures.iloc[spans["row"].unique()], spans["row"].unique(), groups)
    keys = groups.keys.iloc[total.index]
    frequency = keys.assign(
        failures=total["failures"],
        episodes=total["episodes"],
        objects=objects[total.index],
        first=timestamps(total["first"].to_numpy()),
        last=timestamps(total["last"].to_numpy()),
        rate_per_hour=total["failures"] / window.hours,
        mean_time_between_failures=_mean_time_between(total),
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
        last_start=("start", "max"),
    )


def _mean_time_between(total: pd.DataFrame) -> pd.Series:
    between = (total["episodes"] - 1).where(total["episodes"] > 1)
    return (total["last_start"] - total["first"]) / between / 1e6


def _objects(failures: pd.DataFrame, rows: Integers, groups: Groups) -> Integers:
    known = ((failures["kind"] != "") | (failures["object"] != "")).to_numpy()
    number = group(failures[known], OBJECT).number
    pairs = pd.DataFrame({"group": groups.number[rows[known]], "object": number})
    per_group = pairs.drop_duplicates()["group"].to_numpy()
    return np.bincount(per_group, minlength=len(groups.keys)).astype(np.int64)

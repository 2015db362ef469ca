"""What to look at first among everything that fails."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.cells import GAP
from analytics.errors import FrameError
from analytics.frames import FREQUENCY, RANKING
from analytics.significance import Floats
from analytics.spread import Integers, microseconds

Flags = npt.NDArray[np.bool_]

PARTS = ("cause", "spread", "novelty", "rate", "recency")

YES, UNKNOWN, NO = 1.0, 0.5, 0.0
CAUSE = {"cause": YES, "node": YES, "unclear": UNKNOWN, "symptom": NO}
WORSE = {"new": YES, "regressed": YES, "rising": YES, "insufficient": UNKNOWN}
WORSE |= {"steady": NO, "falling": NO, "gone": NO}


def ranking(
    frequency: pd.DataFrame,
    *,
    verdicts: pd.Series | None = None,
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Order the groups so that the broken thing comes first.

    Parameters
    ----------
    frequency
        FREQUENCY contract after its grouping columns, normally `grouping.PROBLEM`. Without
        ``reason`` among them every cause is unknown, without ``workload_kind`` nodes are groups
        like any other, without ``cluster`` all rows are one cluster's.
    verdicts
        The verdict of `trends` for each row, on the index of *frequency*; rows that are missing or
        NaN have none, and ``None`` knows none at all.
    catalogue
        Tells the role of a reason. ``None`` takes the one that comes with the package.

    Returns
    -------
    pd.DataFrame
        RANKING contract: every column of *frequency*, then ``score``, the mean of the five parts
        behind it, each 0 to 1 and more where the row has more of it. Most first; ties by the last
        failure, the latest first, then most failures, then the grouping columns. Empty input
        gives an empty frame.

        - ``cause``: the role of the reason, 1 for a cause, 1/2 where it is unclear, 0 for a
          symptom; that of a node is a cause where the workload is a Node, a symptom elsewhere
        - ``spread``: x / (1 + x) of the objects beyond the first; 1 for the cause that a node
          does not work, since that reaches all that runs there
        - ``novelty``: 1 for new, regressed and rising, 0 for steady and falling, 1/2 without an
          answer
        - ``rate``: x / (1 + x) of the failures per hour
        - ``recency``: 1 / (1 + x) of the gaps (10 minutes, as between episodes) from the row's
          last failure to the cluster's last in the frame

        What is not known (no objects, no rate) is 1/2.

    Raises
    ------
    FrameError
        A column is missing or has another dtype, or a verdict is none that there is.

    Notes
    -----
    An unweighted mean of parts on one scale: with unit weights a linear rule predicts about as
    well as with fitted ones, and nothing can be fitted to the cases at hand (Dawes 1979, The
    robust beauty of improper linear models). x / (1 + x) is 1/2 at one more object and at one
    failure an hour, and never full: ten times as much still counts as more.

    Examples
    --------
    A pod cannot be scheduled; the probes of another fail all the time:

    >>> from datetime import UTC, datetime
    >>> last = pd.Series([datetime(2026, 11, 22, 8, tzinfo=UTC)] * 2, dtype="datetime64[us, UTC]")
    >>> rows = {"workload": ["web", "api"], "reason": ["Unhealthy", "FailedScheduling"]}
    >>> found = pd.DataFrame(rows | {"failures": [96, 24], "episodes": 1, "objects": 1,
    ...     "first": last, "last": last, "rate_per_hour": [4.0, 1.0],
    ...     "mean_time_between_failures": np.nan, "share": [0.8, 0.2]})
    >>> ranked = ranking(found.astype(dict.fromkeys(rows, "str")))
    >>> dict(zip(ranked["workload"], ranked["score"].round(2)))
    {'api': 0.6, 'web': 0.46}
    """
    FREQUENCY.check(frequency)
    cause, is_node = _cause(frequency, catalogue or Catalogue.load())
    parts = {
        "cause": cause,
        "spread": np.where(is_node & (cause == YES), YES, _spread(frequency["objects"])),
        "novelty": _novelty(frequency, verdicts),
        "rate": _saturated(frequency["rate_per_hour"].to_numpy()),
        "recency": _recency(frequency),
    }
    score = sum(parts[name] for name in PARTS) / len(PARTS)
    ranked = frequency.assign(score=score, **parts)
    return RANKING.check(ranked.iloc[_order(ranked)].reset_index(drop=True))


def _cause(frequency: pd.DataFrame, catalogue: Catalogue) -> tuple[Floats, Flags]:
    """Return the part of each row, and whether its reason is one of nodes."""
    if "reason" not in frequency.columns:
        return np.full(len(frequency), UNKNOWN), np.zeros(len(frequency), dtype=bool)
    number, reasons = pd.factorize(frequency["reason"])
    roles = [catalogue.role(str(reason)) for reason in reasons]
    cause = np.array([CAUSE[role] for role in roles], dtype=np.float64)[number]
    is_node = np.array([role == "node" for role in roles], dtype=bool)[number]
    if "workload_kind" not in frequency.columns:
        return cause, np.zeros_like(is_node)
    elsewhere = is_node & (frequency["workload_kind"] != "Node").to_numpy()
    return np.where(elsewhere, NO, cause), is_node


def _spread(objects: pd.Series) -> Floats:
    further = objects.to_numpy(dtype=np.float64) - 1
    return _saturated(np.where(further >= 0, further, np.nan))


def _novelty(frequency: pd.DataFrame, verdicts: pd.Series | None) -> Floats:
    if verdicts is None:
        return np.full(len(frequency), UNKNOWN)
    given = verdicts.reindex(frequency.index)
    novelty = given.map(WORSE)
    strange = given[novelty.isna() & given.notna()]
    if len(strange):
        raise FrameError(f"the verdict {str(strange.iloc[0])[:64]!r} is not one of trends")
    return np.asarray(novelty.astype("float64").fillna(UNKNOWN), dtype=np.float64)


def _recency(frequency: pd.DataFrame) -> Floats:
    last = microseconds(frequency["last"])
    number = np.zeros(len(last), dtype=np.int64)
    if "cluster" in frequency.columns:
        number = pd.factorize(frequency["cluster"])[0]
    latest = np.full(len(last), np.iinfo(np.int64).min)
    np.maximum.at(latest, number, last)
    gaps = (latest[number] - last) / (GAP // timedelta(microseconds=1))
    return np.asarray(1 / (1 + gaps), dtype=np.float64)


def _saturated(values: Floats) -> Floats:
    """Return x / (1 + x), and what stands for unknown where x is NaN."""
    return np.where(np.isnan(values), UNKNOWN, values / (1 + values))


def _order(ranked: pd.DataFrame) -> Integers:
    figures = np.array(
        [ranked["failures"], microseconds(ranked["last"]), ranked["score"]], dtype=np.float64
    )
    order = np.lexsort(-figures)
    # text sorts slowly, so only rows with the same figures are sorted by it
    ordered = figures[:, order]
    differs = np.any(ordered[:, 1:] != ordered[:, :-1], axis=0)
    run = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(differs)])[: len(order)]
    tied = np.flatnonzero(np.bincount(run)[run] > 1)
    keys = ranked.columns[: ranked.columns.get_loc("failures")].tolist()
    if len(tied) and keys:
        rows = ranked[keys].iloc[order[tied]].reset_index(drop=True)
        by_key = rows.sort_values(keys).index.to_numpy()
        order[tied] = order[tied][by_key[np.argsort(run[tied][by_key], kind="stable")]]
    return order

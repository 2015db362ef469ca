"""What failed and then said that it works again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analytics.digest import Recovery
from analytics.grouping import WORKLOAD
from analytics.key_counts import Counted
from analytics.spread import Integers, timestamps
from analytics.window import Window


def recoveries(now: Counted, previous: Counted) -> tuple[Recovery, ...]:
    """Find the workloads whose last word is a recovery.

    Parameters
    ----------
    now
        Every key with an occurrence in the window, with its meaning.
    previous
        The same of the period before.

    Returns
    -------
    tuple
        One recovery a workload: the latest one, of those that came in the window at or after the
        workload's last failure. Workloads that failed in neither period are left out, since what
        says "recovered" there only says that it is well. Most failures in the window first, then
        by name.
    """
    healed = now.where((now.keys["meaning"] == "recovery").to_numpy())
    failed = _last_failures(now.failing, previous.failing)
    found = _named(healed).merge(failed, on=list(WORKLOAD))
    found = found[found["last"] >= found["last_failure"]]
    order = ["failures", *WORKLOAD, "last", "reason"]
    ascending = [False, *(True for _ in WORKLOAD), False, True]
    found = found.sort_values(order, ascending=ascending).drop_duplicates(list(WORKLOAD))
    return tuple(_recovery(row, now.window) for row in found.to_dict("records"))


def _named(counted: Counted) -> pd.DataFrame:
    """Return the occurrences and the last one [us since 1970] by workload and reason."""
    names = [*WORKLOAD, "reason"]
    keys = counted.keys[names].astype("str")
    cells = counted.cells[["occurrences", "last"]]
    grouped = pd.concat([keys, cells], axis=1).groupby(names)
    return grouped.agg({"occurrences": "sum", "last": "max"}).reset_index()


def _last_failures(now: Counted, previous: Counted) -> pd.DataFrame:
    """Return ``failures`` in the window and ``last_failure`` [us since 1970] by workload."""
    names = list(WORKLOAD)
    inside, before = (_named(one).assign(period=place) for place, one in enumerate((now, previous)))
    both = pd.concat([inside, before], ignore_index=True)
    counts = both["occurrences"].where(both["period"] == 0, 0)
    # in the window wherever it failed there at all, since that is later
    grouped = both.assign(failures=counts).groupby(names)
    return grouped.agg(failures=("failures", "sum"), last_failure=("last", "max")).reset_index()


def _recovery(row: Mapping[Any, Any], window: Window) -> Recovery:
    times: Integers = np.array([row["last"], row["last_failure"]], dtype=np.int64)
    last, failed = (time.to_pydatetime().astimezone(window.zone) for time in timestamps(times))
    return Recovery(
        cluster=str(row["cluster"]),
        namespace=str(row["namespace"]),
        kind=str(row["workload_kind"]),
        name=str(row["workload"]),
        reason=str(row["reason"]),
        occurrences=int(row["occurrences"]),
        last=last,
        failures=int(row["failures"]),
        last_failure=failed,
    )

"""What the mutes of a selection keep out of a digest, and in whose name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.digest import ActiveMute, Muted
from analytics.grouping import PROBLEM
from analytics.history import History
from analytics.key_counts import Counted
from analytics.mutes import NOT_MUTED, Mute, muted_by


def count_muted(found: History, mutes: Sequence[Mute]) -> Muted:
    """Count what is muted in a window, and in the period before it.

    Parameters
    ----------
    found
        The history of a selection with all that is muted in it.
    mutes
        Those that hold, in the order in which they were made: what several of them mean is
        counted for the first.

    Returns
    -------
    Muted
        Mutes that keep out nothing of either period are left out: of these, a reader of a part of
        all clusters need not know. The figures of the mutes add up to those of the whole.
    """
    now, previous = (_by_mute(one.failing, mutes) for one in (found.now, found.previous))
    told = tuple(
        ActiveMute(
            id=mute.id,
            cluster=mute.cluster,
            namespace=mute.namespace,
            kind=mute.kind,
            name=mute.name,
            reason=mute.reason,
            because=mute.because,
            by=mute.by,
            expires=mute.expires.astimezone(found.window.zone),
            rows=rows,
            failures=failures,
            previous_failures=before,
        )
        for mute, (rows, failures), (_, before) in zip(mutes, now, previous, strict=True)
        if failures or before
    )
    return Muted(
        rows=sum(mute.rows for mute in told),
        failures=sum(mute.failures for mute in told),
        previous_failures=sum(mute.previous_failures for mute in told),
        mutes=told,
    )


def _by_mute(failing: Counted, mutes: Sequence[Mute]) -> list[tuple[int, int]]:
    """Return rows and failures of each mute."""
    place = muted_by(failing.keys, mutes)
    meant = failing.where(place != NOT_MUTED)
    place = place[place != NOT_MUTED]
    rows = meant.keys[list(PROBLEM)].astype("str").assign(place=place).drop_duplicates()
    counts = np.bincount(rows["place"].to_numpy(), minlength=len(mutes))
    failures = np.zeros(len(mutes), dtype=np.int64)
    np.add.at(failures, place, meant.cells["occurrences"].to_numpy())
    return list(zip(counts.tolist(), failures.tolist(), strict=True))

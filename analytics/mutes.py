"""What people have muted for a while: not shown in rows, and still counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from analytics.globs import Flags, matching
from analytics.spread import Integers

FIELDS = {  # of a mute -> the column of KEYS that it is about
    "cluster": "cluster",
    "namespace": "namespace",
    "kind": "workload_kind",
    "name": "workload",
    "reason": "reason",
}
NOT_MUTED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """One mute; an empty pattern matches everything."""

    id: int
    cluster: str = ""
    namespace: str = ""
    kind: str = ""  # of the workload
    name: str = ""
    reason: str = ""
    because: str  # why, in the words of who muted
    by: str
    created: datetime  # aware
    expires: datetime  # from then on it mutes nothing
    lifted: datetime | None = None  # when somebody ended it before
    lifted_by: str = ""

    @property
    def patterns(self) -> dict[str, str]:
        """Return what it asks for, by field."""
        found = {name: str(getattr(self, name)) for name in FIELDS}
        return {name: pattern for name, pattern in found.items() if pattern}

    @property
    def ends(self) -> datetime:
        """Return when it ends or ended."""
        return self.expires if self.lifted is None else min(self.expires, self.lifted)

    def holds_at(self, now: datetime) -> bool:
        """Tell whether it mutes at that time: from its creation up to its end."""
        return self.created <= now < self.ends

    def matches(self, keys: pd.DataFrame) -> Flags:
        """Tell of each row of KEYS whether it is meant."""
        found = np.ones(len(keys), dtype=np.bool_)
        for name, pattern in self.patterns.items():
            found &= matching(keys, FIELDS[name], [pattern])
        return found


def holding(mutes: Iterable[Mute], now: datetime) -> tuple[Mute, ...]:
    """Return the mutes that hold at a time, the oldest first."""
    found = (mute for mute in mutes if mute.holds_at(now))
    return tuple(sorted(found, key=lambda mute: (mute.created, mute.id)))


def muted_by(keys: pd.DataFrame, mutes: Sequence[Mute]) -> Integers:
    """Return the place of the first mute that means each row of KEYS, `NOT_MUTED` where none does.

    The meaning of the rows is not looked at: callers ask for those that are failures.
    """
    found = np.full(len(keys), NOT_MUTED, dtype=np.int64)
    for place, mute in reversed(list(enumerate(mutes))):
        found[mute.matches(keys)] = place
    return found

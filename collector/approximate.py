"""Rows without identity, matched to what earlier rows told of the same event.

`kubectl get events` prints neither the event's name nor its times, only ages: rounded down, to one
unit of the last one printed. So the same event has another first time in every text. Two rows are
of one event where they agree in cluster, namespace, kind, object, reason and message, and their
spans of time overlap within the rounding. The first row stored gives the event its identity; later
ones adopt it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class by nature

from collector.database import statement
from collector.observation import Observation

CLOCK_TOLERANCE = timedelta(seconds=3)  # a text is saved a moment after its ages were worked out

_PREFIX = "text:"
_SECOND = timedelta(seconds=1)


class _Key(NamedTuple):
    cluster: str
    namespace: str
    prefix: str  # of the name, up to the precision


@dataclass(slots=True)
class _Event:
    """What is known of one event; its true birth lies less than `precision` before `birth`."""

    birth: datetime
    name: str
    last: datetime
    times: dict[int, datetime] = field(default_factory=dict)  # by cumulative count
    tolerance: timedelta = CLOCK_TOLERANCE  # none between rows of one text

    def overlaps(self, row: Observation) -> bool:
        """Tell whether the row may be a sighting of this event."""
        begin = self.birth - precision_of(self.name) - self.tolerance
        row_begin = row.birth - precision_of(row.name) - self.tolerance
        return begin < row.time and row_begin < self.last

    def add(self, row: Observation) -> None:
        """Take in a sighting."""
        self.last = max(self.last, row.time)
        self.times[row.cumulative] = min(row.time, self.times.get(row.cumulative, row.time))


def approximate_name(
    namespace: str,
    kind: str,
    object_name: str,
    reason: str,
    message: str,
    *,
    precision: timedelta = _SECOND,
) -> str:
    """Return the name that stands in for the one the row does not tell.

    It ends in how far the row's birth may lie after the true one.
    """
    joined = "\0".join((namespace, kind.lower(), object_name, reason, message)).encode()
    digest = hashlib.blake2b(joined, digest_size=16).hexdigest()
    return f"{_PREFIX}{digest}:{precision // _SECOND}s"


def precision_of(name: str) -> timedelta:
    """Return how far the birth of the event of that name may lie after the true one."""
    seconds = name.rpartition(":")[2].removesuffix("s")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else _SECOND


def adopt_identities(cursor: Cursor, observations: Sequence[Observation]) -> Sequence[Observation]:
    """Give every approximate row the identity of the stored event that it is a sighting of.

    Other importers of the same cluster wait until the transaction ends.
    """
    rows = [one for one in observations if one.counting == "approximate"]
    if not rows:
        return observations
    for cluster in sorted({row.cluster for row in rows}):
        cursor.execute(statement("lock_approximate"), {"cluster": cluster})
    keys = sorted({_key(row.cluster, row.namespace, row.name) for row in rows})
    clusters, namespaces, prefixes = zip(*keys, strict=True)
    cursor.execute(
        statement("select_approximate_births"),
        {
            "clusters": list(clusters),
            "namespaces": list(namespaces),
            "prefixes": list(prefixes),
            "since": min(row.birth - precision_of(row.name) for row in rows) - CLOCK_TOLERANCE,
        },
    )
    known: dict[_Key, list[_Event]] = defaultdict(list)
    for cluster, namespace, name, birth, counts, times in cursor.fetchall():
        seen = dict(zip(counts, times, strict=True))
        event = _Event(birth, name, max(times), seen)
        known[_key(cluster, namespace, name)].append(event)
    return match_identities(observations, known)


def match_identities(
    observations: Iterable[Observation], known: dict[_Key, list[_Event]]
) -> list[Observation]:
    """Give approximate rows the identity of the event of *known*, or of each other, they show.

    The most precise rows come first, so that they are who gives an event its birth.
    """
    matched = list(observations)
    places = [n for n, one in enumerate(matched) if one.counting == "approximate"]
    places.sort(key=lambda n: _order(matched[n]))
    for place in places:
        row = matched[place]
        events = known.setdefault(_key(row.cluster, row.namespace, row.name), [])
        event = _find(events, row)
        if event is None:
            event = _Event(row.birth, row.name, row.time, tolerance=timedelta())
            events.append(event)
        event.add(row)
        if (event.birth, event.name) != (row.birth, row.name):
            matched[place] = replace(row, birth=event.birth, name=event.name)
    return matched


def _find(events: list[_Event], row: Observation) -> _Event | None:
    """Return the event the row is a sighting of: its own, else one that has this count, else any.

    That order is what makes reading a text again find what it found at first.
    """
    found: _Event | None = None
    best: tuple[bool, bool, bool, datetime, str] | None = None
    for event in events:
        if not event.overlaps(row):
            continue
        is_other = (event.birth, event.name) != (row.birth, row.name)
        time = event.times.get(row.cumulative)
        rank = (is_other, time is None, time != row.time, event.birth, event.name)
        if best is None or rank < best:
            found, best = event, rank
    return found


def _order(row: Observation) -> tuple[timedelta, datetime, datetime, int]:
    return precision_of(row.name), row.birth, row.time, row.cumulative


def _key(cluster: str, namespace: str, name: str) -> _Key:
    return _Key(cluster, namespace, name.rpartition(":")[0] + ":")

"""New points -> what waits to be told: one transaction a reading, each occurrence once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from analytics.mutes import Mute
from collector.database import statement
from reports.live.event_json import event_to_json
from reports.live.live_store import LiveStore
from reports.live.muting import is_muted
from reports.live.route import Route
from reports.live.rule import Threshold, reaches
from reports.sinks.live_event import LiveEvent

_BATCH = 2_000  # points and groups that are handled at once

LeftOut = tuple[str, ...]
LEFT_OUT: LeftOut = ("too_old", "imported", "suspect")


@dataclass(slots=True)
class Reading:
    """What one reading found: occurrences, by what became of them."""

    noted: int = 0
    unmatched: int = 0
    muted: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    was_foreign: bool = False  # the database is another server's copy, so it began anew
    newest_received: datetime | None = None

    @property
    def total(self) -> int:
        """All occurrences that were read."""
        return self.noted + self.unmatched + self.muted + sum(self.left_out.values())


@dataclass(slots=True)
class _Group:
    """New occurrences of one group."""

    latest: LiveEvent
    last_time: datetime
    first_time: datetime
    occurrences: int = 0
    critical: bool = False
    times: list[tuple[datetime, int]] = field(default_factory=list)


class Follower:
    """Reads what is committed since it last read, and adds it up by route and group.

    Parameters
    ----------
    store
        Of the notifier.
    routes
        What is told to whom.
    max_age
        Occurrences that are older when they are read are counted and never told.
    """

    def __init__(self, store: LiveStore, routes: Sequence[Route], *, max_age: timedelta) -> None:
        self._store, self._routes, self._max_age = store, routes, max_age
        self._by_name = {route.name: route for route in routes}

    def read(self, now: datetime, mutes: Sequence[Mute] = ()) -> Reading | None:
        """Read once.

        Parameters
        ----------
        now
            Decides what is too old.
        mutes
            That hold now.

        Returns
        -------
        Reading or None
            What was found; ``None`` where another process is reading.

        Raises
        ------
        StoreError
            The database refuses or is away; nothing is noted of what was read.
        """
        reading = Reading()
        with self._store.transaction() as connection:
            row = self._store.run(connection, "lock_notifier").one_or_none()
            if row is None:
                return None
            if row.foreign_server:
                reading.was_foreign = True
                self._store.run(connection, "restart_notifier", now=now)
                return reading
            seen = self._read(connection, row, now, mutes, reading)
            self._store.run(
                connection,
                "update_notifier",
                now=now,
                seen=seen,
                noted=reading.noted,
                unmatched=reading.unmatched,
                muted=reading.muted,
                **{name: reading.left_out[name] for name in LEFT_OUT},
            )
        return reading

    def _read(
        self,
        connection: Connection,
        since: Row[Any],
        now: datetime,
        mutes: Sequence[Mute],
        reading: Reading,
    ) -> str:
        seen = str(since.seen)
        groups: dict[tuple[str, str], _Group] = {}
        for rows in self._pages(connection, since, now):
            seen = rows[0].seen
            highest: dict[tuple[datetime, str], int] = {}
            for row in rows:
                if row.left_out is None:  # only the snapshot
                    continue
                if row.left_out:
                    reading.left_out[row.left_out] += row.occurrences
                    continue
                key = (row.birth, str(row.event_id))
                highest[key] = max(row.cumulative, highest.get(key, 0))
                self._note(_event(row), row, mutes, groups, reading)
            self._remember(connection, highest, now)
        self._add(connection, groups, now)
        return seen

    def _pages(
        self, connection: Connection, since: Row[Any], now: datetime
    ) -> Iterator[Sequence[Row[Any]]]:
        query = text(statement("select_new_points"))
        result = connection.execute(
            query.execution_options(stream_results=True, max_row_buffer=_BATCH),
            {
                "notifier": self._store.notifier,
                "seen": since.seen,
                "least_commit_id": since.least_commit_id,
                "oldest": now - self._max_age,
            },
        )
        yield from result.partitions(_BATCH)

    def _note(
        self,
        event: LiveEvent,
        row: Row[Any],
        mutes: Sequence[Mute],
        groups: dict[tuple[str, str], _Group],
        reading: Reading,
    ) -> None:
        """Add one point to the groups of the routes that are about it."""
        is_quieted = is_muted(event, mutes)
        judged = [
            (route, found) for route in self._routes if (found := route.judge(event)) is not None
        ]
        told = [one for one in judged if not (is_quieted and one[0].observes_mutes)]
        if not told:
            reading.muted += row.occurrences if judged else 0
            reading.unmatched += row.occurrences if not judged else 0
            return
        reading.noted += row.occurrences
        if reading.newest_received is None or row.received > reading.newest_received:
            reading.newest_received = row.received
        for route, found in told:
            key = (route.name, found.group_hash)
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group(event, row.time, row.time)
            if row.time >= group.last_time:
                group.latest, group.last_time = event, row.time
            group.first_time = min(group.first_time, row.time)
            group.occurrences += row.occurrences
            group.critical |= found.is_critical
            if route.threshold is not None:
                group.times.append((row.time, row.occurrences))

    def _remember(
        self, connection: Connection, highest: Mapping[tuple[datetime, str], int], now: datetime
    ) -> None:
        if not highest:
            return
        order = sorted(highest)
        self._store.run(
            connection,
            "upsert_live_events",
            now=now,
            births=[birth for birth, _ in order],
            event_ids=[event_id for _, event_id in order],
            cumulatives=[highest[key] for key in order],
        )

    def _add(
        self, connection: Connection, groups: Mapping[tuple[str, str], _Group], now: datetime
    ) -> None:
        order = sorted(groups)  # the same in every process: no two wait for each other
        for start in range(0, len(order), _BATCH):
            keys = order[start : start + _BATCH]
            known = self._store.known_groups(connection, [key for key in keys if self._asks(key)])
            rows = [self._row(connection, key, groups[key], known.get(key)) for key in keys]
            self._store.add(connection, rows, now)

    def _asks(self, key: tuple[str, str]) -> bool:
        """Tell whether what is known of a group decides when it is told."""
        route = self._by_name[key[0]]
        return route.threshold is not None or route.new_after is not None

    def _row(
        self, connection: Connection, key: tuple[str, str], group: _Group, known: Row[Any] | None
    ) -> dict[str, object]:
        route = self._by_name[key[0]]
        recent, is_ready = _recent(route.threshold, group, known)
        if known is not None:
            held = known.held
        else:
            held = "not new" if self._is_old(connection, route, group) else ""
        return {
            "route": key[0],
            "group_hash": key[1],
            "latest": event_to_json(group.latest),
            "critical": group.critical,
            "first_time": group.first_time.isoformat(),
            "last_time": group.last_time.isoformat(),
            "occurrences": group.occurrences,
            "held": held,
            "ready": is_ready,
            "recent": [[at.isoformat(), number] for at, number in recent],
            "recovery": route.recovered_after is not None,
            "cool_down_seconds": route.cool_down.total_seconds(),
        }

    def _is_old(self, connection: Connection, route: Route, group: _Group) -> bool:
        if route.new_after is None:
            return False
        event = group.latest
        found: bool = self._store.run(
            connection,
            "has_failed_since",
            cluster=event.cluster,
            namespace=event.namespace,
            workload_kind=event.workload_kind,
            workload=event.workload,
            reason=event.reason,
            since=group.first_time - route.new_after,
            until=group.first_time,
        ).scalar_one()
        return found


def _recent(
    threshold: Threshold | None, group: _Group, known: Row[Any] | None
) -> tuple[list[tuple[datetime, int]], bool]:
    """Return the occurrences that count for a threshold, and whether it is reached."""
    if threshold is None:
        return [], True
    before = known.recent if known is not None else []
    times = [(datetime.fromisoformat(at), int(number)) for at, number in before] + group.times
    times.sort()
    since = times[-1][0] - threshold.within
    recent = [one for one in times if one[0] > since][-threshold.occurrences :]
    return recent, reaches(threshold, recent)


def _event(row: Row[Any]) -> LiveEvent:
    return LiveEvent(
        received=row.received,
        cluster=row.cluster,
        workload_kind=row.workload_kind,
        workload=row.workload,
        type=row.type,
        reason=row.reason,
        message=row.message,
        kind=row.kind,
        object_namespace=row.object_namespace,
        object=row.object,
        namespace=row.namespace,
        name=row.name,
        count=row.cumulative,
        first_timestamp=row.birth,
        last_timestamp=row.time,
        component=row.component,
        host=row.host,
        controller=row.component,
        labels=_labels(row.labels),
    )


def _labels(found: str | None) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in json.loads(found).items()} if found else {}

"""New points -> what waits to be told: one transaction a reading, each occurrence once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from analytics.catalogue import Catalogue
from analytics.mutes import Mute
from collector.database import statement
from reports.live.event_json import event_to_json
from reports.live.live_store import LiveStore
from reports.live.muting import is_muted
from reports.live.route import Route
from reports.live.rule import Stretch, Threshold, reaches
from reports.sinks.live_event import LiveEvent

_WORKLOAD = ("cluster", "namespace", "workload_kind", "workload")
_BATCH = 2_000  # points and groups that are handled at once

LEFT_OUT = ("too_old", "imported", "suspect")


@dataclass(slots=True)
class Reading:
    """What one reading found: occurrences, by what became of them."""

    noted: int = 0
    unmatched: int = 0
    muted: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    was_foreign: bool = False  # the database is another server's copy, so it began anew


@dataclass(slots=True)
class _Group:
    """New occurrences of one group."""

    latest: LiveEvent
    last_time: datetime
    first_time: datetime
    occurrences: int = 0
    critical: bool = False
    times: list[Stretch] = field(default_factory=list)  # for a threshold


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
    catalogue
        Says which events are recoveries.
    """

    def __init__(
        self,
        store: LiveStore,
        routes: Sequence[Route],
        *,
        max_age: timedelta,
        catalogue: Catalogue,
    ) -> None:
        self._store, self._routes, self._max_age = store, routes, max_age
        self._by_name = {route.name: route for route in routes}
        self._catalogue = catalogue
        self._tells_ends = any(route.recovered_after is not None for route in routes)

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
        recovered: dict[tuple[str, ...], dict[str, object]] = {}
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
                self._note(row, now - self._max_age, mutes, groups, reading)
                if self._says_recovered(row):
                    recovered[tuple(getattr(row, name) for name in _WORKLOAD)] = {
                        **{name: getattr(row, name) for name in (*_WORKLOAD, "reason")},
                        "time": row.time.isoformat(),
                    }
            self._remember(connection, highest, now)
        self._add(connection, groups, now, seen_before=str(since.seen))
        if recovered:
            self._store.mark_recovered(connection, list(recovered.values()))
        return seen

    def _says_recovered(self, row: Row[Any]) -> bool:
        """Tell whether a point is of a recovery, where somebody wants to be told of ends."""
        return self._tells_ends and (
            self._catalogue.meaning(row.reason, row.component, row.type) == "recovery"
        )

    def _pages(
        self, connection: Connection, since: Row[Any], now: datetime
    ) -> Iterator[Sequence[Row[Any]]]:
        result = connection.execute(
            text(statement("select_new_points")),
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
        row: Row[Any],
        oldest: datetime,
        mutes: Sequence[Mute],
        groups: dict[tuple[str, str], _Group],
        reading: Reading,
    ) -> None:
        """Add one point to the groups of the routes that are about it."""
        event = _event(row)
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
                start = max(row.previous_time or row.birth, oldest)
                group.times.append((min(start, row.time), row.time, row.occurrences))

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
        self,
        connection: Connection,
        groups: Mapping[tuple[str, str], _Group],
        now: datetime,
        *,
        seen_before: str,
    ) -> None:
        order = sorted(groups)  # the same in every process: no two wait for each other
        for start in range(0, len(order), _BATCH):
            keys = order[start : start + _BATCH]
            known = self._store.known_groups(connection, [key for key in keys if self._asks(key)])
            rows = [
                self._row(connection, key, groups[key], known.get(key), seen_before) for key in keys
            ]
            self._store.add(connection, rows, now)

    def _asks(self, key: tuple[str, str]) -> bool:
        """Tell whether what is known of a group decides when it is told."""
        route = self._by_name[key[0]]
        return route.threshold is not None or route.new_after is not None

    def _row(
        self,
        connection: Connection,
        key: tuple[str, str],
        group: _Group,
        known: Row[Any] | None,
        seen_before: str,
    ) -> dict[str, object]:
        route = self._by_name[key[0]]
        recent, is_ready = _recent(route.threshold, group, known)
        held = known.held if known is not None else ""
        after = route.new_after
        if after is not None and (known is None or group.first_time - known.last_time > after):
            held = "not new" if self._is_old(connection, after, group, seen_before) else ""
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
            "recent": [
                [start.isoformat(), end.isoformat(), number] for start, end, number in recent
            ],
            "recovery": route.recovered_after is not None,
            "cool_down_seconds": route.cool_down.total_seconds(),
        }

    def _is_old(
        self, connection: Connection, after: timedelta, group: _Group, seen_before: str
    ) -> bool:
        event = group.latest
        found: bool = self._store.run(
            connection,
            "has_failed_since",
            cluster=event.cluster,
            namespace=event.namespace,
            workload_kind=event.workload_kind,
            workload=event.workload,
            reason=event.reason,
            since=group.first_time - after,
            seen=seen_before,
        ).scalar_one()
        return found


def _recent(
    threshold: Threshold | None, group: _Group, known: Row[Any] | None
) -> tuple[list[Stretch], bool]:
    """Return what may count for a threshold later, and whether it is reached."""
    if threshold is None:
        return [], True
    before = known.recent if known is not None else []
    parsed = datetime.fromisoformat
    found = [(parsed(start), parsed(end), int(number)) for start, end, number in before]
    found = sorted(found + group.times, key=lambda one: one[1])
    since = found[-1][1] - threshold.within
    recent = [one for one in found if one[1] > since][-threshold.occurrences :]
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

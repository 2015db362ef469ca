"""The rows of live notifications: how far it is read, what waits, and what became of messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from psycopg2 import Error as DriverError
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import DBAPIError

from collector.database import statement
from collector.store_errors import store_error
from reports.channels.conclusion import State
from reports.ledger import Policy
from reports.live.event_json import event_from_json
from reports.live.rule import GROWN
from reports.sinks.live_event import LiveEvent

# dropped: refused for so long that nobody tries any more
LetterState = State | Literal["dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueGroup:
    """What is to be told of one group."""

    group_hash: str
    latest: LiveEvent
    critical: bool
    opened: datetime  # its first occurrence
    last_time: datetime
    total: int  # occurrences since then
    waiting: int  # of them, those that are to be told
    waiting_since: datetime  # the first of these
    told: int  # the others, in earlier messages
    told_time: datetime | None
    refused_since: datetime | None = None
    recovered_by: str = ""  # reason of the event that says it works again


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A message that is about to be sent."""

    id: str
    groups: tuple[DueGroup, ...]
    content: str = field(repr=False)

    @property
    def occurrences(self) -> int:
        """How many it tells of."""
        return sum(group.waiting for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldLetter:
    """A message that may not have arrived, and of which a copy is sent."""

    id: str
    content: str = field(repr=False)
    occurrences: int
    created: datetime
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterEnd:
    """What became of a message."""

    id: str
    state: LetterState
    reason: str = ""
    code: str = ""
    hint: str = ""
    due: datetime | None = None


class LiveStore:
    """What the processes of one notifier share.

    Every method is a transaction of its own but those that take a connection.

    Parameters
    ----------
    engine
        On the store.
    notifier
        Name of the set of rules.

    Raises
    ------
    StoreError
        The database refuses, or is away (UnreachableError).
    """

    def __init__(self, engine: Engine, notifier: str) -> None:
        self._engine = engine
        self.notifier = notifier

    def begin(self, now: datetime) -> None:
        """Begin with what is committed from now on, where the notifier begins at all."""
        with self.transaction() as connection:
            self.run(connection, "insert_notifier", now=now)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that is committed at the end."""
        try:
            with self._engine.begin() as connection:
                # whoever is gone without a word lets its locks go
                connection.execute(text(statement("limit_batch_idleness")))
                yield connection
        except DBAPIError as error:
            raise store_error(cast("DriverError", error.orig)) from error

    def run(self, connection: Connection, name: str, **values: object) -> Any:
        """Execute a statement of the notifier."""
        return connection.execute(text(statement(name)), {"notifier": self.notifier, **values})

    def known_groups(
        self, connection: Connection, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], Row[Any]]:
        """Return what is known of groups, by route and hash."""
        asked = json.dumps([{"route": route, "group_hash": group} for route, group in keys])
        rows = self.run(connection, "select_live_groups", groups=asked)
        return {(row.route, row.group_hash): row for row in rows}

    def add(
        self, connection: Connection, groups: Sequence[Mapping[str, object]], now: datetime
    ) -> None:
        """Add occurrences to what waits."""
        self.run(
            connection,
            "upsert_live_groups",
            now=now,
            groups=json.dumps(groups),
            grown_times=GROWN.times - 1,
            grown_pause_seconds=GROWN.least_pause.total_seconds(),
        )

    def mark_recovered(
        self, connection: Connection, events: Sequence[Mapping[str, object]]
    ) -> None:
        """Note that workloads have said that they work again."""
        self.run(connection, "mark_recovered_groups", events=json.dumps(events))

    def next_due(self, route: str, *, only_critical: bool) -> datetime | None:
        """Return when a route has something to tell, ``None`` for nothing."""
        with self.transaction() as connection:
            found: datetime | None = self.run(
                connection, "select_next_due", route=route, only_critical=only_critical
            ).scalar()
        return found

    def lock_due(
        self, connection: Connection, route: str, now: datetime, *, only_critical: bool, most: int
    ) -> list[DueGroup]:
        """Return what a route has to tell now, for this transaction alone."""
        rows = self.run(
            connection,
            "lock_due_groups",
            route=route,
            now=now,
            only_critical=only_critical,
            most=most,
        )
        return [_due_group(row) for row in rows]

    def leave_out(self, connection: Connection, route: str, groups: Sequence[DueGroup]) -> None:
        """Take what was muted meanwhile out of what waits."""
        self.run(connection, "leave_out_groups", route=route, group_hashes=_hashes(groups))

    def put_on_the_way(
        self,
        connection: Connection,
        route: str,
        letters: Sequence[NewLetter],
        *,
        policy: Policy,
        claim: str,
        lease_seconds: float,
        now: datetime,
        are_ends: bool = False,
    ) -> None:
        """Note messages that are about to be sent, and take what they tell out of what waits.

        One that tells of an end tells of no occurrence, and its groups are closed.
        """
        rows = [
            {
                "letter_id": letter.id,
                "occurrences": letter.occurrences,
                "groups": [[group.group_hash, group.waiting] for group in letter.groups],
                "content": letter.content,
            }
            for letter in letters
        ]
        self.run(
            connection,
            "insert_live_letters",
            route=route,
            policy=policy,
            claim=claim,
            lease_seconds=lease_seconds,
            now=now,
            letters=json.dumps(rows),
        )
        hashes = [group.group_hash for letter in letters for group in letter.groups]
        if are_ends:
            self.run(connection, "close_live_groups", route=route, group_hashes=hashes)
        else:
            self.run(connection, "take_live_groups", route=route, now=now, group_hashes=hashes)

    def watched_quiet(self, route: str, before: datetime, after: timedelta) -> list[str]:
        """Return the hashes of groups that have been quiet, and watched, for so long.

        Those that have said that they work again are among them at once.
        """
        with self.transaction() as connection:
            quiet = self.run(connection, "select_quiet_groups", route=route, before=before).all()
            return [
                row.group_hash
                for row in quiet
                if row.recovered_by or self._was_watched(connection, row, after)
            ]

    def lock_quiet(
        self, connection: Connection, route: str, before: datetime, hashes: Sequence[str]
    ) -> list[DueGroup]:
        """Return those of the groups that are quiet still, for this transaction alone."""
        rows = self.run(
            connection, "lock_quiet_groups", route=route, before=before, group_hashes=list(hashes)
        )
        return [_due_group(row) for row in rows]

    def _was_watched(self, connection: Connection, group: Row[Any], after: timedelta) -> bool:
        """Tell whether the group's cluster was watched for so long after its last occurrence."""
        until = group.last_time + after
        rows = self.run(
            connection,
            "select_watched_spans",
            cluster=group.cluster,
            namespace=group.namespace,
            since=group.last_time,
            until=until,
        )
        reached = group.last_time
        for row in rows:
            if row.start_time > reached:
                return False
            reached = max(reached, row.end_time)
        return bool(reached >= until)

    def claim_unclear(
        self, route: str, now: datetime, *, claim: str, lease_seconds: float
    ) -> OldLetter | None:
        """Return a message of which a copy is to be sent, and make it this caller's own."""
        with self.transaction() as connection:
            row = self.run(
                connection,
                "claim_unclear_letter",
                route=route,
                now=now,
                claim=claim,
                lease_seconds=lease_seconds,
            ).one_or_none()
        if row is None:
            return None
        found = row._mapping
        return OldLetter(
            id=found["letter_id"],
            content=found["content"],
            occurrences=found["occurrences"],
            created=found["created"],
            tries=found["tries"],
        )

    def conclude(
        self, ends: Sequence[LetterEnd], *, claim: str, now: datetime, are_copies: bool = False
    ) -> None:
        """Note what became of messages; what surely did not arrive waits again until it is due.

        Of a copy nobody knows that: the first one may have arrived.
        """
        rows = [
            {
                "letter_id": end.id,
                "state": end.state,
                "reason": end.reason,
                "code": end.code,
                "hint": end.hint,
                "due": end.due.isoformat() if end.due is not None else None,
            }
            for end in ends
        ]
        with self.transaction() as connection:
            found = self.run(
                connection, "conclude_live_letters", claim=claim, now=now, letters=json.dumps(rows)
            )
            ours = {row.letter_id for row in found}
            back = [end.id for end in ends if end.id in ours and end.state in _PUT_BACK]
            if back and not are_copies:
                self.run(connection, "return_live_groups", letter_ids=back, now=now)

    def clear_refused(self, letter_ids: Sequence[str]) -> None:
        """Note that messages about the groups of these are taken again."""
        with self.transaction() as connection:
            self.run(connection, "clear_refused_groups", letter_ids=list(letter_ids))

    def settle_abandoned(self, now: datetime) -> None:
        """Say of messages whose process has died that they may have arrived."""
        with self.transaction() as connection:
            self.run(connection, "settle_abandoned_letters", now=now)

    def forget(self, now: datetime, routes: Sequence[str], *, max_age: timedelta) -> None:
        """Delete what is not needed any more, and what waits on routes that there are not."""
        with self.transaction() as connection:
            self.run(
                connection,
                "delete_old_live_rows",
                events_before=now - max_age - _EVENTS_KEPT,
                groups_before=now - _GROUPS_KEPT,
                letters_before=now - _LETTERS_KEPT,
                routes=list(routes),
            )

    def last_reading(self) -> datetime | None:
        """Return when a process of the notifier has last read."""
        state = self.state()
        return None if state is None else state["updated"]

    def state(self) -> Mapping[str, Any] | None:
        """Return the row of the notifier and how many occurrences wait, ``None`` before `begin`."""
        with self.transaction() as connection:
            row = self.run(connection, "select_notifier").one_or_none()
        return None if row is None else row._mapping


_PUT_BACK = ("not sent", "refused", "dropped")
_EVENTS_KEPT = timedelta(hours=1)
_GROUPS_KEPT = timedelta(days=1)
_LETTERS_KEPT = timedelta(days=30)


def _hashes(groups: Sequence[DueGroup]) -> list[str]:
    return [group.group_hash for group in groups]


def _due_group(row: Row[Any]) -> DueGroup:
    found = dict(row._mapping)
    return DueGroup(latest=event_from_json(found.pop("latest")), **found)

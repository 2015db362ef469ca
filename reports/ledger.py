"""The delivery ledger: what was sent to whom, written down before and after it is."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, cast

from psycopg2 import Error as DriverError
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import DBAPIError

from analytics.window import Report, Window
from collector.database import statement
from collector.store_errors import store_error
from reports.channels.conclusion import Conclusion, State

Policy = Literal["at-least-once", "at-most-once"]
EntryState = Literal["claimed", "sending", "sent", "unclear", "not sent", "refused"]

EVER = datetime(1, 1, 1, tzinfo=UTC)
_ID_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Which digest, and which channel it goes to."""

    channel: str
    window: Window  # of a whole day, week, or any other stretch
    stands_in_for: str = ""  # the channel that did not take it

    def __str__(self) -> str:
        parts = (self.window.report, self.window.period, self.channel, self.stands_in_for)
        return "/".join(part for part in parts if part)

    @property
    def key(self) -> Mapping[str, Any]:
        """The row's primary key, as the statements take it."""
        return {
            "channel": self.channel,
            "stands_in_for": self.stands_in_for,
            "report": self.window.report,
            "start_time": self.window.start,
            "end_time": self.window.end,
            "timezone": self.window.timezone,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A digest and channel that nobody else sends meanwhile."""

    address: Address
    token: str
    letter_id: str
    copies: int  # most that may have arrived of earlier tries
    parts: int  # messages of the copy in hand; 0 where nothing of it was ever sent
    parts_sent: int
    digest: str | None  # of the last try, as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of one digest and channel."""

    address: Address
    letter_id: str
    state: EntryState
    policy: Policy
    copies: int  # most that may have arrived
    tries: int
    parts: int
    parts_sent: int
    reason: str
    code: str
    hint: str
    next_try: datetime | None
    created: datetime
    updated: datetime
    sent_time: datetime | None
    lease_until: datetime | None

    @property
    def may_be_claimed(self) -> bool:
        """Tell whether another run may send it, by its own policy."""
        if self.state == "unclear":
            return self.policy == "at-least-once"
        return self.state in ("not sent", "refused")


class Ledger:
    """The rows of ``kubedigest.delivery``.

    Every method is a transaction of its own, committed when it returns.

    Raises
    ------
    StoreError
        The database refuses, or is away (UnreachableError).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def _store(self) -> str:
        with self._transaction() as connection:
            found: str = connection.execute(text(statement("select_store_identity"))).scalar_one()
        return found

    def letter_id(self, address: Address) -> str:
        """Return what tells copies of a letter from all other letters, of other stores too."""
        parts = (self._store, *(str(part) for part in address.key.values()))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_ID_DIGITS]

    def claim(
        self, address: Address, *, policy: Policy, lease_seconds: float, by_hand: bool = False
    ) -> Claim | None:
        """Make a digest and channel this caller's own; ``None`` where that must not be.

        It must not where somebody else holds it, where it is sent, and where it may have arrived
        and the policy is at-most-once. *by_hand* is a person's wish for another copy.
        """
        token = str(uuid.uuid4())
        row = self._one(
            "claim_delivery",
            **address.key,
            period=address.window.period,
            letter_id=self.letter_id(address),
            policy=policy,
            claim=token,
            lease_seconds=lease_seconds,
            by_hand=by_hand,
        )
        return None if row is None else Claim(address=address, token=token, **row._mapping)

    def begin(self, claim: Claim, *, digest: str, parts: int, lease_seconds: float) -> bool:
        """Note that a message is about to be sent; False where the claim is lost."""
        row = self._one(
            "begin_delivery",
            **claim.address.key,
            claim=claim.token,
            digest=digest,
            parts=parts,
            lease_seconds=lease_seconds,
        )
        return row is not None

    def conclude(
        self,
        claim: Claim,
        conclusion: Conclusion,
        *,
        state: State | Literal["claimed"],
        parts_sent: int,
        lease_seconds: float = 0.0,
        next_try: datetime | None = None,
    ) -> bool:
        """Note what became of a message; False where somebody else has claimed the digest.

        *state* is ``claimed`` where this caller goes on with it.
        """
        row = self._one(
            "conclude_delivery",
            **claim.address.key,
            claim=claim.token,
            state=state,
            copies=int(state in ("sent", "unclear")),
            parts_sent=parts_sent,
            reason=conclusion.reason,
            code=conclusion.code,
            hint=conclusion.hint,
            next_try=next_try,
            lease_seconds=lease_seconds,
        )
        return row is not None

    def settle_abandoned(self) -> None:
        """Say of digests whose run has died what may have become of them."""
        with self._transaction() as connection:
            connection.execute(text(statement("settle_abandoned_deliveries")))

    def mark_sent(self, address: Address) -> bool:
        """Note that a person has found it in its chat; False where that cannot be noted."""
        return self._one("mark_delivery_sent", **address.key) is not None

    def find(self, address: Address) -> Entry | None:
        """Return what became of one digest and channel."""
        window = address.window
        rows = self.entries(channel=address.channel, report=window.report, period=window.period)
        return next((entry for entry in rows if entry.address == address), None)

    def entries(
        self,
        *,
        since: datetime = EVER,
        channel: str | None = None,
        report: str | None = None,
        period: str | None = None,
    ) -> list[Entry]:
        """Return what became of digests, the oldest period first.

        *since* is when something was last noted of them.
        """
        values = {"since": since, "channel": channel, "report": report, "period": period}
        with self._transaction() as connection:
            rows = connection.execute(text(statement("select_deliveries")), values).all()
        return [_entry(row) for row in rows]

    def digest(self, address: Address) -> str | None:
        """Return the JSON of what was sent, ``None`` where nothing was."""
        row = self._one("select_delivered_digest", **address.key)
        return None if row is None else row.digest

    def _one(self, name: str, **values: object) -> Row[Any] | None:
        with self._transaction() as connection:
            return connection.execute(text(statement(name)), values).one_or_none()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise store_error(cast("DriverError", error.orig)) from error


def _entry(row: Row[Any]) -> Entry:
    values = dict(row._mapping)
    start, end, timezone = (values.pop(name) for name in ("start_time", "end_time", "timezone"))
    report: Report = values.pop("report")
    del values["period"]
    address = Address(
        channel=values.pop("channel"),
        stands_in_for=values.pop("stands_in_for"),
        window=Window(start, end, timezone, report),
    )
    return Entry(address=address, **values)

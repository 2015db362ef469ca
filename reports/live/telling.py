"""What waits on one route -> messages, noted before they are sent and after."""

from __future__ import annotations

import logging
import math
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from analytics.mutes import Mute
from collector.backoff import Backoff
from collector.errors import StoreError
from reports.channels.conclusion import Conclusion
from reports.errand import Clock, described
from reports.live.live_metrics import LiveMetrics
from reports.live.live_store import (
    DueGroup,
    LetterEnd,
    LetterState,
    LiveStore,
    NewLetter,
    OldLetter,
)
from reports.live.muting import is_muted
from reports.live.route import Route
from reports.pace import Pace

LOG = logging.getLogger(__name__)

_AT_ONCE = 16  # requests to a service without a limit
_SPARE_SECONDS = 30.0  # of a lease, beyond what sending may take
_TURN_SECONDS = 2.0  # so far ahead a moment to send at is reserved
_REFUSED_SECONDS = 60.0  # before a service is asked again that has refused
_GIVEN_UP_AFTER = timedelta(hours=1)  # that a service refuses what is told of a group
_LONGEST_COPYING = timedelta(days=1)  # after it nobody is asked again
_LONGEST_COPY_SECONDS = 1800.0  # between two copies; at first they are twice as far apart each time
_RETRY_SECONDS = 1.0  # where the database does not take down what became of messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one go has done."""

    letters: int = 0  # that were sent, or tried
    next_look: datetime | None = None  # when there may be more to do; None: with something new
    awaits_turn: bool = False  # something is due, and the channel takes no more for the moment


class Teller:
    """Tells what waits on one route.

    Parameters
    ----------
    engine, store
        Of the notifier.
    route
        What goes where.
    mutes
        Returns those that hold now.
    metrics
        Counts what became of messages.
    clock
        Times, and waiting.
    """

    def __init__(
        self,
        engine: Engine,
        store: LiveStore,
        route: Route,
        *,
        mutes: Callable[[], Sequence[Mute]],
        metrics: LiveMetrics,
        clock: Clock | None = None,
    ) -> None:
        self._store, self._route, self._mutes, self._metrics = store, route, mutes, metrics
        self._clock = clock or Clock()
        outlet = route.outlet
        self._pace = (
            Pace(engine, outlet.pace_name, outlet.per_minute)
            if outlet.per_minute is not None
            else None
        )
        self._backoff = Backoff(first_seconds=1.0, longest_seconds=300.0, rng=self._clock.rng)
        self._not_before: datetime | None = None  # the service is away, or wants to be left alone

    def tell(self) -> Told:
        """Send what is due, one round; waits for the channel's turn.

        Raises
        ------
        StoreError
            The database refuses or is away. What was on its way is unclear then, and the ledger
            says so once its lease is over.
        """
        now = self._clock.now()
        is_quiet = self._route.waits(now)
        if is_quiet and self._route.quiet is not None and self._route.quiet.critical_waits:
            return Told()
        due = self._store.next_due(self._route.name, only_critical=is_quiet)
        if due is None or due > now:
            return Told(next_look=due)
        if (later := self._may_not_send(now)) is not None:
            return later
        now = self._clock.now()
        claim = str(uuid.uuid4())
        copy = self._store.claim_unclear(
            self._route.name, now, claim=claim, lease_seconds=self._lease_seconds(1)
        )
        if copy is not None:
            self._send_copy(copy, claim)
            return Told(letters=1, next_look=now)
        letters = self._claim(claim, now, only_critical=is_quiet)
        self._send_all(letters, claim)
        return Told(letters=len(letters), next_look=now)

    def tell_ends(self) -> None:
        """Send that groups are over which were told of, and have been quiet for long enough.

        Raises
        ------
        StoreError
            As `tell` does.
        """
        after, now = self._route.recovered_after, self._clock.now()
        if after is None or self._route.waits(now):
            return
        name, outlet = self._route.name, self._route.outlet
        quiet = self._store.watched_quiet(name, now - after, after)
        if not quiet or self._may_not_send(now) is not None:
            return
        claim = str(uuid.uuid4())
        with self._store.transaction() as connection:
            over = self._store.lock_quiet(connection, name, now - after, quiet)
            over = [group for group in over if not self._is_muted(group)]
            content = outlet.write_end(over, now) if over else None
            if content is None:
                return
            letter = NewLetter(id=_letter_id(), groups=tuple(over), content=content)
            self._store.put_on_the_way(
                connection,
                name,
                [letter],
                policy=outlet.policy,
                claim=claim,
                lease_seconds=self._lease_seconds(1),
                now=now,
                are_ends=True,
            )
        self._send_all([letter], claim)

    def _may_not_send(self, now: datetime) -> Told | None:
        """Wait for a turn; return when to look again where that is not near."""
        if self._not_before is not None and now < self._not_before:
            return Told(next_look=self._not_before)
        if self._pace is None:
            return None
        wait = self._pace.reserve(_TURN_SECONDS)
        if wait is None:
            return Told(next_look=now + timedelta(seconds=_TURN_SECONDS), awaits_turn=True)
        if wait > 0:
            self._clock.sleep(wait)
        return None

    def _lease_seconds(self, letters: int) -> float:
        """Return how long so many messages may be on their way."""
        rounds = math.ceil(letters / _AT_ONCE)
        return self._route.outlet.timeout_seconds * (rounds + 2) + _SPARE_SECONDS

    def _is_muted(self, group: DueGroup) -> bool:
        """Tell whether all of a group is muted: its latest event speaks for what groups it."""
        if not self._route.observes_mutes:
            return False
        mutes = [mute for mute in self._mutes() if self._route.is_wholly_meant(mute)]
        return is_muted(group.latest, mutes)

    def _claim(self, claim: str, now: datetime, *, only_critical: bool) -> list[NewLetter]:
        """Take what is due out of what waits, in messages that are noted before they are sent."""
        outlet, name = self._route.outlet, self._route.name
        with self._store.transaction() as connection:
            groups = self._store.lock_due(
                connection, name, now, only_critical=only_critical, most=outlet.most_groups
            )
            muted = [group for group in groups if self._is_muted(group)]
            if muted:
                self._store.leave_out(connection, name, muted)
                hashes = {group.group_hash for group in muted}
                groups = [group for group in groups if group.group_hash not in hashes]
            if not groups:
                return []
            letters = [
                NewLetter(id=_letter_id(), groups=portion, content=outlet.write(portion, now))
                for portion in outlet.portions(groups)
            ]
            self._store.put_on_the_way(
                connection,
                name,
                letters,
                policy=outlet.policy,
                claim=claim,
                lease_seconds=self._lease_seconds(len(letters)),
                now=now,
            )
        return letters

    def _send_all(self, letters: Sequence[NewLetter], claim: str) -> None:
        if not letters:
            return
        away = threading.Event()

        def send(letter: NewLetter) -> Conclusion:
            if away.is_set():
                return _NO_BETTER
            found = self._send(letter.content, letter.id, is_resend=False)
            if found.state in ("not sent", "unclear"):
                away.set()
            return found

        with ThreadPoolExecutor(min(len(letters), _AT_ONCE)) as pool:
            found = list(pool.map(send, letters))
        self._pause(found)
        ends = [self._end(letter, one) for letter, one in zip(letters, found, strict=True)]
        now = self._clock.now()
        for letter, end in zip(letters, ends, strict=True):
            self._metrics.sent(self._route.name, end.state, letter.occurrences)
            if end.state == "sent":
                self._metrics.told(self._route.name, letter.groups, now)
        self._conclude(ends, claim, len(letters))
        taken = [
            letter.id
            for letter, end in zip(letters, ends, strict=True)
            if end.state == "sent"
            and any(group.refused_since is not None for group in letter.groups)
        ]
        if taken:
            self._store.clear_refused(taken)

    def _send_copy(self, copy: OldLetter, claim: str) -> None:
        """Send a copy; whatever becomes of it, the first one may have arrived."""
        found = self._send(copy.content, copy.id, is_resend=True)
        self._pause([found])
        now = self._clock.now()
        wait = min(2.0**copy.tries, _LONGEST_COPY_SECONDS)
        state: LetterState = found.state
        due = None
        if state != "sent":
            is_over = now - copy.created > _LONGEST_COPYING
            state = "dropped" if is_over else "unclear"
            due = None if is_over else now + timedelta(seconds=max(wait, self._asked(found)))
        end = _noted(copy.id, found, state, due)
        self._metrics.sent(self._route.name, end.state, copy.occurrences)
        self._conclude([end], claim, 1, are_copies=True)
        if state == "sent":
            self._store.clear_refused([copy.id])

    def _send(self, content: str, letter_id: str, *, is_resend: bool) -> Conclusion:
        try:
            found = self._route.outlet.send(
                content, letter_id, self._clock.now(), is_resend=is_resend
            )
        except Exception as error:  # it may have been on its way already
            found = Conclusion(state="unclear", reason=f"sending it failed: {described(error)}")
        if found.state != "sent":
            code = f" ({found.code})" if found.code else ""
            hint = f"; {found.hint}" if found.hint else ""
            LOG.warning("%s: %s: %s%s%s", self._route.name, found.state, found.reason, code, hint)
        return found

    def _end(self, letter: NewLetter, found: Conclusion) -> LetterEnd:
        """Return what is to be noted of a message, and when it or its groups are tried again."""
        now = self._clock.now()
        state: LetterState = found.state
        due = None
        if state == "refused":
            since = [group.refused_since for group in letter.groups]
            if all(one is not None and now - one > _GIVEN_UP_AFTER for one in since):
                state = "dropped"
            due = now + timedelta(seconds=max(self._asked(found), _REFUSED_SECONDS))
        elif state == "not sent" or (
            state == "unclear" and self._route.outlet.policy == "at-least-once"
        ):
            due = self._not_before or now
        return _noted(letter.id, found, state, due)

    def _pause(self, found: Sequence[Conclusion]) -> None:
        """Leave a service alone for a while that is away, the longer the oftener it was."""
        if any(one.state == "sent" for one in found):
            self._backoff.reset()
            self._not_before = None
        if not any(one.state in ("not sent", "unclear") for one in found):
            return
        asked = max(map(self._asked, found))
        if asked and self._pace is not None:
            self._pace.block(asked)  # for everybody who sends there
        wait = asked or self._backoff.next_seconds()
        self._not_before = self._clock.now() + timedelta(seconds=wait)

    @staticmethod
    def _asked(found: Conclusion) -> float:
        return found.retry_after_seconds or 0.0

    def _conclude(
        self, ends: Sequence[LetterEnd], claim: str, letters: int, *, are_copies: bool = False
    ) -> None:
        """Note what became of messages, also where the database is away for a while."""
        until = self._clock.monotonic() + self._lease_seconds(letters) / 2
        while True:
            try:
                self._store.conclude(
                    ends, claim=claim, now=self._clock.now(), are_copies=are_copies
                )
            except StoreError:
                if self._clock.monotonic() > until:
                    raise
                self._clock.sleep(_RETRY_SECONDS)
            else:
                return


_NO_BETTER = Conclusion(state="not sent", reason="the message before it was not taken")


def _letter_id() -> str:
    return uuid.uuid4().hex[:12]


def _noted(
    letter_id: str, found: Conclusion, state: LetterState, due: datetime | None
) -> LetterEnd:
    return LetterEnd(
        id=letter_id,
        state=state,
        reason=found.reason,
        code=found.code,
        hint=found.hint,
        due=due,
    )

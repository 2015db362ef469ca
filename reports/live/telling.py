"""What waits on one route -> messages, noted before they are sent and after."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from analytics.mutes import Mute
from collector.backoff import Backoff
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
_MOST_GROUPS = 500  # that are looked at together
_REFUSED_SECONDS = 60.0  # before a service is asked again that has refused
_SPARE_SECONDS = 30.0  # of a lease, beyond what sending may take
_TURN_SECONDS = 2.0  # so far ahead a moment to send at is reserved
_LONGEST_COPYING = timedelta(hours=1)  # after it nobody is asked again
_GIVEN_UP_AFTER = timedelta(hours=1)  # that a service refuses what is told of a group


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one go has done."""

    letters: int = 0  # that were sent, or tried
    next_look: datetime | None = (
        None  # when there may be more to do; None for when something new is
    )
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
        self._lease_seconds = outlet.timeout_seconds * 3 + _SPARE_SECONDS
        self._not_before: datetime | None = None  # the service is away, or wants to be left alone
        self.trouble = ""  # why the last message was not taken

    def tell(self) -> Told:
        """Send what is due, one round; waits for the channel's turn.

        Raises
        ------
        StoreError
            The database refuses or is away. What was on its way is unclear then, and the ledger
            says so once its lease is over.
        """
        now = self._clock.now()
        waits = self._route.waits(now)
        due = self._store.next_due(self._route.name, only_critical=waits)
        if due is None or due > now:
            return Told(next_look=due)
        if self._not_before is not None and now < self._not_before:
            return Told(next_look=self._not_before)
        if (wait := self._turn()) is not None:
            return Told(next_look=wait, awaits_turn=True)
        now = self._clock.now()
        claim = str(uuid.uuid4())
        copy = self._store.claim_unclear(
            self._route.name, now, claim=claim, lease_seconds=self._lease_seconds
        )
        if copy is not None:
            self._send_copy(copy, claim)
            return Told(letters=1, next_look=now)
        letters = self._claim(claim, now, only_critical=waits)
        self._send_all(letters, claim)
        return Told(letters=len(letters), next_look=now)

    def tell_ends(self) -> int:
        """Send that groups are over which were told of, and have been quiet for long enough."""
        after = self._route.recovered_after
        if after is None or self._route.waits(self._clock.now()):
            return 0
        now = self._clock.now()
        claim = str(uuid.uuid4())
        with self._store.transaction() as connection:
            quiet = self._store.lock_quiet(connection, self._route.name, now - after)
            over = [group for group in quiet if self._store.was_watched(connection, group, after)]
            content = self._route.outlet.write_end(over, now) if over else None
            if content is None:
                return 0
            letter = NewLetter(id=_letter_id(), groups=tuple(over), content=content)
            self._store.put_end_on_the_way(
                connection,
                self._route.name,
                letter,
                policy=self._route.outlet.policy,
                claim=claim,
                lease_seconds=self._lease_seconds,
                now=now,
            )
        self._send_all([letter], claim)
        return 1

    def _turn(self) -> datetime | None:
        """Wait for a turn; return when to look again where that is far off."""
        if self._pace is None:
            return None
        wait = self._pace.reserve(_TURN_SECONDS)
        if wait is None:
            return self._pace.next_slot() or self._clock.now()
        if wait > 0:
            self._clock.sleep(wait)
        return None

    def _claim(self, claim: str, now: datetime, *, only_critical: bool) -> list[NewLetter]:
        """Take what is due out of what waits, in messages that are noted before they are sent."""
        outlet, name = self._route.outlet, self._route.name
        mutes = self._mutes() if self._route.observes_mutes else ()
        with self._store.transaction() as connection:
            groups = self._store.lock_due(
                connection, name, now, only_critical=only_critical, most=_MOST_GROUPS
            )
            muted = [group for group in groups if is_muted(group.latest, mutes)]
            if muted:
                self._store.drop_muted(connection, name, muted)
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
                lease_seconds=self._lease_seconds + outlet.timeout_seconds * len(letters),
                now=now,
            )
        return letters

    def _send_all(self, letters: Sequence[NewLetter], claim: str) -> None:
        if not letters:
            return
        away = threading.Event()

        def send(letter: NewLetter) -> LetterEnd:
            if away.is_set():  # it would fare no better
                return LetterEnd(id=letter.id, state="not sent", due=self._not_before)
            found = self._send(letter.content, letter.id, is_resend=False)
            if found.state == "not sent":
                away.set()
            return self._end(letter.id, found, letter.groups)

        with ThreadPoolExecutor(min(len(letters), _AT_ONCE)) as pool:
            ends = list(pool.map(send, letters))
        now = self._clock.now()
        for letter, end in zip(letters, ends, strict=True):
            self._metrics.sent(self._route.name, end.state, letter.occurrences)
            if end.state == "sent":
                self._metrics.told(self._route.name, letter.groups, now)
        self._store.conclude(ends, claim=claim, now=now)
        sent = {end.id for end in ends if end.state == "sent"}
        groups = [group for letter in letters if letter.id in sent for group in letter.groups]
        if any(group.failing_since is not None for group in groups):
            self._store.clear_failing(self._route.name, groups)

    def _send_copy(self, copy: OldLetter, claim: str) -> None:
        found = self._send(copy.content, copy.id, is_resend=True)
        if found.state in ("not sent", "refused"):  # the first copy may have arrived all the same
            found = replace(found, state="unclear")
        end = self._end(copy.id, found, ())
        if self._clock.now() - copy.created > _LONGEST_COPYING:
            end = replace(end, due=None)
        self._metrics.sent(self._route.name, end.state, copy.occurrences)
        self._store.conclude([end], claim=claim, now=self._clock.now())

    def _send(self, content: str, letter_id: str, *, is_resend: bool) -> Conclusion:
        try:
            found = self._route.outlet.send(
                content, letter_id, self._clock.now(), is_resend=is_resend
            )
        except Exception as error:  # it may have been on its way already
            found = Conclusion(state="unclear", reason=f"sending it failed: {described(error)}")
        if found.state == "sent":
            self.trouble = ""
        else:
            code = f" ({found.code})" if found.code else ""
            self.trouble = f"{self._route.name}: {found.state}: {found.reason}{code}"
            LOG.warning("%s%s", self.trouble, f"; {found.hint}" if found.hint else "")
        return found

    def _end(self, letter_id: str, found: Conclusion, groups: Sequence[DueGroup]) -> LetterEnd:
        """Return what is to be noted of a message, and when it or its groups are tried again."""
        state: LetterState = found.state
        due = None
        if found.state == "sent":
            self._backoff.reset()
        elif found.state == "refused" and any(map(self._is_given_up, groups)):
            state = "dropped"
        elif found.state != "unclear" or self._route.outlet.policy == "at-least-once":
            due = self._clock.now() + timedelta(seconds=self._pause(found))
        if found.state == "not sent":
            self._not_before = due
        return LetterEnd(
            id=letter_id,
            state=state,
            reason=found.reason,
            code=found.code,
            hint=found.hint,
            due=due,
        )

    def _pause(self, found: Conclusion) -> float:
        """Return how long to wait before another try."""
        asked = found.retry_after_seconds
        if asked is not None and self._pace is not None:
            self._pace.block(asked)  # for everybody who sends there
        wait = self._backoff.next_seconds() if asked is None else asked
        return max(wait, _REFUSED_SECONDS) if found.state == "refused" else wait

    def _is_given_up(self, group: DueGroup) -> bool:
        since = group.failing_since
        return since is not None and self._clock.now() - since > _GIVEN_UP_AFTER


def _letter_id() -> str:
    return uuid.uuid4().hex[:12]

"""One digest on its way to one channel: claimed, sent, tried again, and written down."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Engine

from analytics.digest import Digest
from analytics.inert import printable
from analytics.language import language, speaking
from collector.backoff import Backoff
from collector.errors import StoreError, UnreachableError
from reports.channels.channel import Channel, Letter, Message
from reports.channels.conclusion import Conclusion
from reports.ledger import Address, Claim, Entry, Ledger
from reports.pace import Pace
from reports.stored_digest import StoredDigestError, from_json, to_json

# what became of it; busy: another run is at it, and it is not known yet
Outcome = Literal["sent", "already sent", "not sent", "refused", "unclear", "busy"]

_LONGEST_REASON = 256
_USUAL_TIMEOUT_SECONDS = 60.0  # of a channel that has no such setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one run goes on with one digest and channel."""

    seconds: float = 180.0  # waiting for turns, between tries and for other runs, all together
    tries: int = 4  # of each message
    copies: int = 2  # of the letter, where the policy is at-least-once and the first is unclear
    lease_seconds: float = 120.0  # building a digest; a run that is silent for longer is dead
    spare_seconds: float = 30.0  # of a lease, beyond what it is known to need
    first_pause_seconds: float = 1.0  # after a try that failed; then twice as long each time
    longest_pause_seconds: float = 30.0
    poll_seconds: float = 1.0  # between looks at what another run is doing


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of one digest and channel in this run."""

    address: Address
    outcome: Outcome
    reason: str = ""
    code: str = ""
    hint: str = ""
    next_try: datetime | None = None
    copies: int = 0  # most that may be in the chat

    @property
    def has_failed(self) -> bool:
        """Tell whether somebody has to look at it."""
        return self.outcome not in ("sent", "already sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The times that delivering goes by."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # of signatures
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.Random)  # spreads tries, guards nothing


class Errand:
    """One digest on its way to one channel."""

    def __init__(
        self,
        engine: Engine,
        channel: Channel,
        address: Address,
        build: Callable[[], Digest],
        *,
        is_late: bool,
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._ledger, self._clock, self._patience = Ledger(engine), clock, patience
        self._channel, self._address, self._build = channel, address, build
        self._is_late = is_late
        self._pace = Pace(engine, address.channel, channel.per_minute)
        self._due = self._clock.monotonic() + self._patience.seconds
        self._backoff = Backoff(
            first_seconds=self._patience.first_pause_seconds,
            longest_seconds=self._patience.longest_pause_seconds,
            rng=self._clock.rng,
        )
        self._next_try: datetime | None = None
        self._may_have_arrived = False  # any part of any copy

    @property
    def _left_seconds(self) -> float:
        return self._due - self._clock.monotonic()

    @property
    def _sending_seconds(self) -> float:
        """How long the lease of a message on its way is: a mail is several questions."""
        timeout = getattr(self._channel.settings, "timeout_seconds", _USUAL_TIMEOUT_SECONDS)
        return float(timeout) * 3 + self._patience.spare_seconds

    def run(self, *, by_hand: bool = False) -> Delivered:
        """Send it, and again where that is wanted."""
        policy = self._channel.settings.policy
        copies_tried = 0
        while True:
            claim = self._claim(by_hand=by_hand)
            if not isinstance(claim, Claim):
                return claim
            copies_tried += 1
            try:
                found = self._send_copy(claim)
            except StoreError as error:
                if not self._may_have_arrived:
                    raise
                reason = f"some of it was sent, and the ledger could not be told: {error}"
                return Delivered(address=self._address, outcome="unclear", reason=reason)
            if found.outcome != "unclear" or policy == "at-most-once" or by_hand:
                return found
            if copies_tried >= self._patience.copies or not self._pause():
                return found

    def _claim(self, *, by_hand: bool) -> Claim | Delivered:
        """Return a claim, or what is known where there is none to be had."""
        while True:
            try:
                found = self._claim_or_look(by_hand=by_hand)
            except UnreachableError:  # nothing is on its way, so that it may come back first
                if self._left_seconds <= 0:
                    raise
                found = None
            if found is not None:
                return found
            if self._left_seconds <= 0:
                return Delivered(
                    address=self._address,
                    outcome="busy",
                    reason="another run is sending it",
                    hint="look at report --status",
                )
            self._clock.sleep(self._patience.poll_seconds)

    def _claim_or_look(self, *, by_hand: bool) -> Claim | Delivered | None:
        """Return a claim, or what has become of it, ``None`` where another run is at it."""
        self._ledger.settle_abandoned()
        claim = self._ledger.claim(
            self._address,
            policy=self._channel.settings.policy,
            lease_seconds=self._patience.lease_seconds,
            by_hand=by_hand,
        )
        if claim is not None:
            return claim
        entry = self._ledger.find(self._address)
        is_settled = entry is not None and entry.state in ("sent", "unclear")
        return _as_it_is(entry) if entry is not None and is_settled else None

    def _send_copy(self, claim: Claim) -> Delivered:
        ready = self._prepare(claim)
        if isinstance(ready, Conclusion):
            return self._end(claim, ready, claim.parts_sent)
        letter, messages, first = ready
        stored, last = to_json(letter.digest), Conclusion(state="sent", reason="")
        for number in range(first, len(messages)):
            if number > first:
                self._note(claim, last, number)
            found = self._send_message(claim, messages, number, letter, stored)
            if found is None:
                return self._lost()
            if found.state != "sent":
                return self._end(claim, found, number)
            last = found
        return self._end(claim, last, len(messages))

    def _prepare(self, claim: Claim) -> tuple[Letter, tuple[Message, ...], int] | Conclusion:
        """Return the letter, its messages, and the first of them that is to be sent."""
        try:
            digest = self._kept(claim) or self._build()
        except Exception as error:
            return _broken("not sent", "the digest could not be built", error)
        try:
            letter, messages = self._compose(claim, digest, is_resend=claim.copies > 0)
            if claim.parts_sent and len(messages) != claim.parts:  # settings have changed since
                return *self._compose(claim, digest, is_resend=True), 0
        except Exception as error:
            return _broken("refused", "the message could not be made", error)
        return letter, messages, claim.parts_sent

    def _kept(self, claim: Claim) -> Digest | None:
        """Return what a copy is of, or the rest; what never left says what is known now."""
        if claim.digest is None or not (claim.copies or claim.parts_sent):
            return None
        with suppress(StoredDigestError):  # of another version: a new digest is better than none
            return from_json(claim.digest)
        return None

    def _compose(
        self, claim: Claim, digest: Digest, *, is_resend: bool
    ) -> tuple[Letter, tuple[Message, ...]]:
        letter = Letter(
            digest=digest,
            id=claim.letter_id,
            is_resend=is_resend,
            is_late=self._is_late,
            stands_in_for=self._address.stands_in_for,
        )
        with speaking(language(self._channel.settings.language)):
            return letter, self._channel.compose(letter)

    def _send_message(
        self,
        claim: Claim,
        messages: tuple[Message, ...],
        number: int,
        letter: Letter,
        stored: str,
    ) -> Conclusion | None:
        """Send one message until that is done or hopeless; ``None`` where the claim is lost."""
        for tried in range(1, self._patience.tries + 1):
            if (late := self._wait_for_turn()) is not None:
                return late
            is_ours = self._ledger.begin(
                claim, digest=stored, parts=len(messages), lease_seconds=self._sending_seconds
            )
            if not is_ours:
                return None
            found = self._send(messages[number], letter)
            self._may_have_arrived |= found.state in ("sent", "unclear")
            if found.state != "not sent":
                return found
            self._note(claim, found, number)
            if found.retry_after_seconds is not None:
                self._pace.block(found.retry_after_seconds)
            if tried == self._patience.tries or not self._has_patience_for(found):
                return found
            if found.retry_after_seconds is None and not self._pause():
                return found
        return None

    def _send(self, message: Message, letter: Letter) -> Conclusion:
        try:
            with speaking(language(self._channel.settings.language)):
                return self._channel.send(message, letter, self._clock.now())
        except Exception as error:  # it may have been on its way already
            return _broken("unclear", "sending it failed", error)

    def _wait_for_turn(self) -> Conclusion | None:
        """Wait until the channel may be sent to; return why that is not in this run."""
        wait = self._pace.reserve(self._left_seconds)
        if wait is None:
            self._next_try = self._pace.next_slot()
            return Conclusion(
                state="not sent", reason="the channel takes no more messages for the time being"
            )
        if wait > 0:
            self._clock.sleep(wait)
        return None

    def _has_patience_for(self, found: Conclusion) -> bool:
        wait = found.retry_after_seconds
        if wait is None or wait <= self._left_seconds:
            return True
        self._next_try = self._clock.now() + timedelta(seconds=wait)
        return False

    def _pause(self) -> bool:
        """Wait before another try; False where there is no time for one."""
        wait = self._backoff.next_seconds()
        if wait > self._left_seconds:
            return False
        self._clock.sleep(wait)
        return True

    def _note(self, claim: Claim, found: Conclusion, parts_sent: int) -> None:
        """Note what became of a message, and that this run goes on with the digest."""
        asked = found.retry_after_seconds
        wait = self._patience.longest_pause_seconds if asked is None else asked
        self._ledger.conclude(
            claim,
            found,
            state="claimed",
            parts_sent=parts_sent,
            lease_seconds=min(wait, max(self._left_seconds, 0.0)) + self._patience.spare_seconds,
        )

    def _end(self, claim: Claim, found: Conclusion, parts_sent: int) -> Delivered:
        """Note what became of the digest; say so where that cannot be noted."""
        trouble = self._write_down(claim, found, parts_sent)
        outcome: Outcome = "unclear" if trouble and found.state == "sent" else found.state
        reason = found.reason or ("it was sent" if trouble else "")
        return Delivered(
            address=self._address,
            outcome=outcome,
            reason="; ".join(part for part in (reason, trouble) if part),
            code=found.code,
            hint=found.hint,
            next_try=self._next_try,
            copies=claim.copies + int(found.state in ("sent", "unclear")),
        )

    def _write_down(self, claim: Claim, found: Conclusion, parts_sent: int) -> str:
        """Return why the ledger does not say what became of it, "" where it does."""
        for pause in (self._patience.first_pause_seconds, self._patience.first_pause_seconds, None):
            try:
                is_ours = self._ledger.conclude(
                    claim, found, state=found.state, parts_sent=parts_sent, next_try=self._next_try
                )
            except StoreError as error:
                if pause is None:
                    return f"the ledger could not be told: {error}"
                self._clock.sleep(pause)
            else:
                return "" if is_ours else "another run took this one for dead and has claimed it"
        return ""

    def _lost(self) -> Delivered:
        return Delivered(
            address=self._address,
            outcome="busy",
            reason="another run took this one for dead and is sending it",
            hint="look at report --status",
        )


def _as_it_is(entry: Entry) -> Delivered:
    return Delivered(
        address=entry.address,
        outcome="already sent" if entry.state == "sent" else "unclear",
        reason=entry.reason,
        code=entry.code,
        hint=entry.hint,
        copies=entry.copies,
    )


def _broken(
    state: Literal["not sent", "refused", "unclear"], what: str, error: Exception
) -> Conclusion:
    """Return what an error means that is ours, not the network's: the other channels go on."""
    return Conclusion(state=state, reason=f"{what}: {described(error)}")


def described(error: Exception) -> str:
    """Return what an error says, on one line that cannot act."""
    return printable(str(error))[:_LONGEST_REASON] or type(error).__name__

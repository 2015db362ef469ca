"""Delivers a digest to a channel, and to its fallback where that does not take it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sqlalchemy import Engine

from analytics.digest import Digest
from reports.channels.channel import Channel
from reports.errand import Clock, Delivered, Errand, Patience, described
from reports.ledger import Address


class Courier:
    """Brings digests to channels, by the rules of the ledger.

    Parameters
    ----------
    engine
        On the store.
    patience, clock
        How long it tries, and by which clock.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        patience: Patience | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._engine = engine
        self._patience = patience or Patience()
        self._clock = clock or Clock()

    def deliver(
        self,
        channel: Channel,
        address: Address,
        build: Callable[[], Digest],
        *,
        is_late: bool = False,
        by_hand: bool = False,
    ) -> Delivered:
        """Send the digest of one period to one channel, unless it is there already.

        Parameters
        ----------
        channel
            What *address* names.
        address
            Which digest goes where.
        build
            Makes the digest, once it is known that it is needed.
        is_late
            The message says so.
        by_hand
            A person wants another copy, whatever the policy is.

        Returns
        -------
        Delivered
            Whatever went wrong between here and the chat.

        Raises
        ------
        StoreError
            The ledger cannot be read or claimed from; nothing was sent that it does not know of.
        """
        errand = Errand(
            self._engine,
            channel,
            address,
            build,
            is_late=is_late,
            patience=self._patience,
            clock=self._clock,
        )
        return errand.run(by_hand=by_hand)

    def deliver_or_stand_in(
        self,
        channels: Callable[[str], Channel],
        address: Address,
        build: Callable[[], Digest],
        *,
        fallback: str | None = None,
        is_late: bool = False,
    ) -> tuple[Delivered, ...]:
        """Send it, and to another channel where this one does not take it.

        Parameters
        ----------
        channels
            Opens a channel by its name; whatever it raises is a refusal.
        fallback
            The other channel. It has a row of its own in the ledger, and its message says for whom
            it stands in.

        Returns
        -------
        tuple of Delivered
            What became of it in the channel, and in its fallback where that was needed.
        """
        once = cache(build)
        first = self._deliver_to(channels, address, once, is_late=is_late)
        if fallback is None or first.outcome not in ("refused", "not sent"):
            return (first,)
        other = Address(channel=fallback, window=address.window, stands_in_for=address.channel)
        return (first, self._deliver_to(channels, other, once, is_late=is_late))

    def _deliver_to(
        self,
        channels: Callable[[str], Channel],
        address: Address,
        build: Callable[[], Digest],
        *,
        is_late: bool,
    ) -> Delivered:
        try:
            channel = channels(address.channel)
        except Exception as error:  # of one channel's settings: the others go on
            reason = f"the channel cannot be used: {described(error)}"
            return Delivered(address=address, outcome="refused", reason=reason)
        return self.deliver(channel, address, build, is_late=is_late)

"""What a channel is: it composes messages, sends one, and tells what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from analytics.digest import Digest
from reports.channels.conclusion import Conclusion
from reports.channels.settings import ChannelSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A digest on its way to one channel."""

    digest: Digest  # in the channel's zone, narrowed to its selection
    id: str  # the same at every try; shown in the message, so that two copies can be told
    is_resend: bool = False  # an earlier try may have arrived, and the message says so
    is_test: bool = False  # made up, and the message says so
    is_late: bool = False  # of an earlier period than the last one, and the message says so
    stands_in_for: str = ""  # name of the channel that did not take it, and the message says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent in one go, before it is signed: the same bytes at every try."""

    content_type: str
    body: bytes


class Channel(Protocol):
    """One configured destination."""

    @property
    def settings(self) -> ChannelSettings:
        """What is configured."""

    @property
    def per_minute(self) -> int:
        """How many messages the service takes in a minute."""

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return the messages of a letter, in order: the same bytes for the same letter.

        Each is within the service's limits; what does not fit is left out by whole rows, and the
        residual line says so.
        """

    def send(self, message: Message, letter: Letter, now: datetime) -> Conclusion:
        """Try once, signed at *now*; never raises for what the network or the service does."""

    def preview(self, message: Message, letter: Letter, now: datetime) -> str:
        """Return what `send` would put on the wire, to be read, with every secret masked."""

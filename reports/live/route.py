"""A route: which events are told, through which channel or sink, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from reports.channels.conclusion import Conclusion
from reports.ledger import Policy
from reports.live.judge import Judged
from reports.live.live_store import DueGroup
from reports.live.rule import QuietHours, Threshold
from reports.sinks.live_event import LiveEvent


class Outlet(Protocol):
    """Where messages go."""

    @property
    def pace_name(self) -> str:
        """Under which it shares its budget with everybody who sends to the same service."""

    @property
    def per_minute(self) -> int | None:
        """How many messages it takes in a minute, ``None`` where nobody says a number."""

    @property
    def policy(self) -> Policy:
        """What happens after a try of which nobody knows whether it arrived."""

    @property
    def timeout_seconds(self) -> float:
        """How long one try may take."""

    def portions(self, groups: Sequence[DueGroup]) -> list[tuple[DueGroup, ...]]:
        """Return which groups are told together, in one message each."""

    def write(self, groups: Sequence[DueGroup], now: datetime) -> str:
        """Return what a message is to say, to be kept; the same for every copy.

        Raises
        ------
        ReportError
            It cannot be said.
        """

    def write_end(self, groups: Sequence[DueGroup], now: datetime) -> str | None:
        """Return what a message says of groups that are over, ``None`` where it is not told."""

    def send(self, content: str, letter_id: str, now: datetime, *, is_resend: bool) -> Conclusion:
        """Try once; never raises for what the network or the service does."""

    def preview(self, content: str, letter_id: str, now: datetime) -> str:
        """Return what `send` would put on the wire, to be read, with every secret masked."""


class Selector(Protocol):
    """Decides which events are told."""

    def judge(self, event: LiveEvent) -> Judged | None:
        """Return the group of an event, ``None`` where it is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Events of one rule or sink, on their way to one outlet."""

    name: str
    selector: Selector
    outlet: Outlet
    cool_down: timedelta
    threshold: Threshold | None = None
    new_after: timedelta | None = None
    quiet: QuietHours | None = None
    recovered_after: timedelta | None = None
    observes_mutes: bool = True

    def judge(self, event: LiveEvent) -> Judged | None:
        """Return the group of an event, ``None`` where it is not told."""
        return self.selector.judge(event)

    def waits(self, now: datetime) -> bool:
        """Tell whether what is not critical waits for the end of quiet hours."""
        return self.quiet is not None and self.quiet.hold(now)

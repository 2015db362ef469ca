"""Live messages through a channel of the configuration: all that is due in one message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from analytics.language import language, speaking
from reports.channels.channel import Channel, Letter
from reports.channels.conclusion import Conclusion
from reports.ledger import Policy
from reports.live.live_digest import live_digest, over_digest
from reports.live.live_store import DueGroup
from reports.shortening import shortened
from reports.stored_digest import StoredDigestError, from_json, to_json

_USUAL_TIMEOUT_SECONDS = 60.0
_MOST_ROWS = 100


class ChannelOutlet:
    """One configured channel.

    Parameters
    ----------
    name
        Of the channel; it shares its budget with the digests that go there.
    channel
        Opened.
    timezone
        Of the times in its messages.
    version
        Of kubedigest.
    quiet_after
        After which a group is told to be over.
    """

    def __init__(
        self,
        name: str,
        channel: Channel,
        *,
        timezone: str,
        version: str,
        quiet_after: timedelta | None = None,
    ) -> None:
        self._channel, self._timezone, self._version = channel, timezone, version
        self._quiet_after = quiet_after
        self.pace_name = name

    @property
    def per_minute(self) -> int | None:
        """How many messages the service takes in a minute."""
        return self._channel.per_minute

    @property
    def policy(self) -> Policy:
        """What happens after a try of which nobody knows whether it arrived."""
        return self._channel.settings.policy

    @property
    def timeout_seconds(self) -> float:
        """How long one try may take."""
        return float(getattr(self._channel.settings, "timeout_seconds", _USUAL_TIMEOUT_SECONDS))

    def portions(self, groups: Sequence[DueGroup]) -> list[tuple[DueGroup, ...]]:
        """Return all groups together: however many fail at once, one message tells of them."""
        return [tuple(groups)]

    def write(self, groups: Sequence[DueGroup], now: datetime) -> str:
        """Return the digest that the message shows, as JSON."""
        with speaking(language(self._channel.settings.language)):
            digest = live_digest(groups, now, self._timezone, top=_MOST_ROWS, version=self._version)
        return to_json(shortened(digest, self._channel.settings.top))

    def write_end(self, groups: Sequence[DueGroup], now: datetime) -> str | None:
        """Return the digest that says that groups are over, as JSON."""
        if self._quiet_after is None:
            return None
        with speaking(language(self._channel.settings.language)):
            return to_json(
                over_digest(groups, now, self._timezone, self._quiet_after, version=self._version)
            )

    def send(self, content: str, letter_id: str, now: datetime, *, is_resend: bool) -> Conclusion:
        """Try once."""
        try:
            letter = Letter(digest=from_json(content), id=letter_id, is_resend=is_resend)
        except StoredDigestError as error:
            return Conclusion(state="refused", reason=str(error))
        with speaking(language(self._channel.settings.language)):
            try:
                messages = self._channel.compose(letter)
            except Exception as error:
                return Conclusion(state="refused", reason=f"the message could not be made: {error}")
            found = Conclusion(state="refused", reason="the channel makes no message")
            for number, message in enumerate(messages):
                found = self._channel.send(message, letter, now)
                if found.state != "sent":
                    return _of_part(found, number)
        return found

    def preview(self, content: str, letter_id: str, now: datetime) -> str:
        """Return what `send` would put on the wire."""
        letter = Letter(digest=from_json(content), id=letter_id)
        with speaking(language(self._channel.settings.language)):
            return "\n".join(
                self._channel.preview(message, letter, now)
                for message in self._channel.compose(letter)
            )


def _of_part(found: Conclusion, number: int) -> Conclusion:
    """Return what a part that failed means for the whole, of which others have arrived."""
    if not number:
        return found
    return Conclusion(
        state="unclear", reason=f"a part arrived, and the next did not: {found.reason}",
        code=found.code, hint=found.hint, retry_after_seconds=found.retry_after_seconds,
    )  # fmt: skip

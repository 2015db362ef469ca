"""BearyChat incoming robots, a legacy format: the service is gone, servers that speak it are not.

Nothing but the payload and the code of the answer is known of those servers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.http_channel import HttpChannel, json_message
from reports.channels.plain import plain_text
from reports.channels.reading import reading
from reports.channels.settings import BearyChatSettings
from reports.channels.statuses import answered_code, by_status, excerpt
from reports.shortening import fitting
from reports.transport import Answer

MOST_ATTACHMENT_BYTES = 8_000  # of all attachments; the documented limit is 8 KB
COLOR = "#51bcb6"

_HINT = "Does the server still take messages of BearyChat's format, and is the robot on?"


class BearyChatChannel(HttpChannel):
    """A server that takes the messages of an incoming robot of BearyChat."""

    usual_per_minute = 20  # not documented

    def __init__(self, settings: BearyChatSettings) -> None:
        super().__init__(settings)
        self._channel = settings.channel

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return one message: the verdict as its text, everything else attached."""
        payload = fitting(
            letter.digest,
            lambda digest: self._payload(replace(letter, digest=digest)),
            MOST_ATTACHMENT_BYTES,
            rows=self.settings.top,
        )
        return (json_message(payload.document),)

    def _payload(self, letter: Letter) -> _Payload:
        read = reading(letter)
        text = plain_text(read, headline=False, title=False)
        document: dict[str, object] = {
            "text": read.headline,
            "notification": read.headline,
            "markdown": False,
            "attachments": [{"title": read.title, "text": text, "color": COLOR}],
        }
        if self._channel:
            document["channel"] = self._channel
        return _Payload(document=document)

    def classify(self, answer: Answer) -> Conclusion:
        """Return what a whole answer means: a code in the body other than 0 is an error."""
        address = self.settings.url.get_secret_value()
        if (found := by_status(answer, secret=address, hints={404: _HINT})) is not None:
            return found
        code = answered_code(answer.body)
        if code not in {"", "0"}:
            said = excerpt(answer.body, address)
            reason = f"the server answered {answer.status}, but says: {said}"
            return Conclusion(state="refused", reason=reason, code=code, hint=_HINT)
        return Conclusion(state="sent", reason=f"the server answered {answer.status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """A payload that is as long as its attachments are in bytes."""

    document: dict[str, object]

    def __len__(self) -> int:
        return len(json.dumps(self.document["attachments"], ensure_ascii=False).encode())

"""What the channels have in common that are posted to over HTTP."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.settings import HttpSettings
from reports.transport import Answer, Request, masked, post

JSON = "application/json; charset=utf-8"


class HttpChannel(ABC):
    """A destination that takes a message as the body of one POST.

    Parameters
    ----------
    settings
        Its configuration.
    """

    usual_per_minute: ClassVar[int]  # what the service is known to take

    def __init__(self, settings: HttpSettings) -> None:
        self.settings = settings

    @property
    def per_minute(self) -> int:
        """How many messages the service takes in a minute."""
        return self.settings.per_minute or self.usual_per_minute

    @abstractmethod
    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return the messages of a letter, each within the service's limits."""

    @abstractmethod
    def classify(self, answer: Answer) -> Conclusion:
        """Return what a whole answer means, from its body where the service says it there."""

    def request(self, message: Message, letter: Letter, now: datetime) -> Request:
        """Return what goes over the wire, signed where the service wants it."""
        return Request(
            url=self.settings.url.get_secret_value(),
            body=message.body,
            headers={"content-type": message.content_type},
        )

    def send(self, message: Message, letter: Letter, now: datetime) -> Conclusion:
        """Try once, signed at *now*."""
        answer = post(
            self.request(message, letter, now),
            timeout_seconds=self.settings.timeout_seconds,
            allow_http=self.settings.allow_http,
            allow_private=self.settings.allow_private,
        )
        return self.classify(answer) if isinstance(answer, Answer) else answer

    def preview(self, message: Message, letter: Letter, now: datetime) -> str:
        """Return what `send` would put on the wire, with every secret masked."""
        return masked(self.request(message, letter, now))


def json_message(document: Mapping[str, object]) -> Message:
    """Return *document* as the body of a message: no escapes but JSON's own, no spare space."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Message(content_type=JSON, body=text.encode())

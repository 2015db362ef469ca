"""A channel of the tests: short messages, as many as wanted, and plain rules for answers."""

from __future__ import annotations

from typing import ClassVar

from reports.brief import marks
from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.http_channel import HttpChannel
from reports.channels.settings import WebhookSettings
from reports.transport import Answer


class PlainChannel(HttpChannel):
    """Sends the verdict, the marks and the id; the word of the service is ``ok``."""

    usual_per_minute: ClassVar[int] = 6000

    def __init__(self, url: str, *, parts: int = 1, **settings: object) -> None:
        values = {"type": "webhook", "allow_http": True, "allow_private": True, "url": url}
        super().__init__(WebhookSettings.model_validate(values | settings))
        self.parts = parts
        self.letters: list[Letter] = []

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return the messages of a letter."""
        self.letters.append(letter)
        lines = [letter.digest.verdict, *marks(letter), f"digest {letter.id}"]
        return tuple(
            Message(content_type="text/plain", body="\n".join([*lines, f"part {part}"]).encode())
            for part in range(1, self.parts + 1)
        )

    def classify(self, answer: Answer) -> Conclusion:
        """Return what an answer means."""
        if answer.status == 200 and answer.body == "ok":
            return Conclusion(state="sent", reason="taken")
        if answer.status == 429:
            wait = answer.headers.get("retry-after")
            return Conclusion(
                state="not sent",
                reason="too many messages",
                code="429",
                retry_after_seconds=float(wait) if wait else None,
            )
        if 400 <= answer.status < 500:
            return Conclusion(
                state="refused", reason="it is refused", code=str(answer.status), hint="look at it"
            )
        return Conclusion(state="unclear", reason="no clear answer", code=str(answer.status))

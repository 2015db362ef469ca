"""DingTalk group robot: markdown, signed in the query, answered by a number in the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlencode

from reports.channels.channel import Letter, Message
from reports.channels.coded_answer import Meaning, coded, concluded, uncoded
from reports.channels.conclusion import Conclusion
from reports.channels.http_channel import HttpChannel, json_message
from reports.channels.markdown_message import LISTS, fitting_message, preview_line
from reports.channels.markdown_text import plain
from reports.channels.settings import DingTalkSettings
from reports.transport import Answer, Request

SERVICE = "DingTalk"
MOST_BYTES = 18_000  # of the body; 20,000 are said to be taken, by others than DingTalk itself

_TITLE_COLUMNS = 120
_SECURITY = 310_000
_PENALTY_SECONDS = 600.0

_BUSY = Meaning(state="not sent", reason="the service is busy", retry_after_seconds=30.0)
_TOO_MANY = Meaning(
    state="not sent",
    reason="more than 20 messages in a minute, so the robot is blocked for ten minutes",
    hint="Let fewer senders share the robot.",
    retry_after_seconds=_PENALTY_SECONDS,
)
_NO_ROBOT = Meaning(
    state="refused",
    reason="there is no such robot",
    hint="Copy the robot's webhook address again; who removes a robot ends its address.",
)
_MEANINGS = {
    -1: _BUSY,
    130_101: _TOO_MANY,
    410_100: _TOO_MANY,
    300_001: _NO_ROBOT,
    400_101: _NO_ROBOT,
    400_102: Meaning(
        state="refused", reason="the robot is switched off", hint="Switch it on in the group."
    ),
    400_106: _NO_ROBOT,
    40_035: Meaning(state="refused", reason="the message is not one that DingTalk takes"),
}

# One number for every rule of a robot. The sentence about the signature names the time too, so
# the order counts; sentences came in English at first and come in Chinese now.
_RULES = (
    (
        ("keyword", "关键词"),
        Meaning(
            state="refused",
            reason="the message has none of the robot's keywords",
            hint="Set keyword to one of the robot's keywords.",
        ),
    ),
    (
        ("sign not match", "签名"),
        Meaning(
            state="refused",
            reason="the signature does not match",
            hint="Set secret to the robot's secret, which starts with SEC.",
        ),
    ),
    (
        ("timestamp", "时间戳"),
        Meaning(
            state="refused",
            reason="the time of the signature is over an hour off",
            hint="Set the clock of this machine.",
        ),
    ),
    (
        ("whitelist", "白名单"),
        Meaning(
            state="refused",
            reason="this machine's address is not on the robot's list",
            hint="Add the address that this machine is seen with to the robot's list.",
        ),
    ),
    (
        ("",),
        Meaning(
            state="refused",
            reason="the message breaks a security rule of the robot",
            hint="Compare secret and keyword with the robot's, the clock with the time, and this "
            "machine's address with the robot's list.",
        ),
    ),
)


class DingTalkChannel(HttpChannel):
    """A robot of a DingTalk group."""

    usual_per_minute = 20
    settings: DingTalkSettings

    def __init__(self, settings: DingTalkSettings) -> None:
        super().__init__(settings)

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return one message; its title is what the notification shows."""
        title = plain(preview_line(letter, _TITLE_COLUMNS))

        def encode(text: str) -> bytes:
            return self._message(title, text).body

        body = fitting_message(letter, LISTS, MOST_BYTES, encode)
        return (Message(content_type=self._message(title, "").content_type, body=body),)

    def request(self, message: Message, letter: Letter, now: datetime) -> Request:
        """Return the request, with time and signature in its query where there is a secret."""
        request = super().request(message, letter, now)
        if self.settings.secret is None:
            return request
        query = signature(self.settings.secret.get_secret_value(), now)
        joint = "&" if "?" in request.url else "?"
        return Request(
            url=f"{request.url}{joint}{query}", body=request.body, headers=request.headers
        )

    def classify(self, answer: Answer) -> Conclusion:
        """Return what an answer means: only the number 0 is success."""
        found = coded(answer, ("errcode",), ("errmsg",))
        if found is None:
            return uncoded(SERVICE, answer)
        if found.code == 0:
            return Conclusion(state="sent", reason="DingTalk has it.", code="0")
        return concluded(SERVICE, found, {**_MEANINGS, _SECURITY: _broken_rule(found.said)})

    def _message(self, title: str, text: str) -> Message:
        keyword = self.settings.keyword
        if keyword and keyword not in text:
            text = f"{text}\n\n{keyword}"
        return json_message(
            {
                "msgtype": "markdown",
                "markdown": {"title": title, "text": text},
                "at": {"isAtAll": False},
            }
        )


def signature(secret: str, now: datetime) -> str:
    """Return the query that signs a request at *now*.

    >>> from datetime import UTC
    >>> signature("SECtest", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC))
    'timestamp=1700000000000&sign=aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D'
    """
    timestamp = str(int(now.timestamp() * 1000))
    digest = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    return urlencode({"timestamp": timestamp, "sign": base64.b64encode(digest).decode()})


def _broken_rule(said: str) -> Meaning:
    lowered = said.lower()
    return next(meaning for words, meaning in _RULES if any(word in lowered for word in words))

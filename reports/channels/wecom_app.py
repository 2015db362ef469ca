"""WeCom application messages: a token first, then the message, which WeCom takes only once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

from analytics.inert import printable
from reports.channels.channel import Letter, Message
from reports.channels.coded_answer import Coded, concluded, uncoded
from reports.channels.conclusion import Conclusion
from reports.channels.http_channel import json_message
from reports.channels.markdown_message import LINES, fitting_message
from reports.channels.settings import WeComAppSettings
from reports.channels.wecom_answer import MEANINGS, SERVICE, found_code
from reports.transport import Answer, Request, masked, post
from reports.width import clip

MOST_BYTES = 2048  # of the content (developer.work.weixin.qq.com/document/path/90236)

USUAL_PER_MINUTE = 30  # that one person gets of one application; what is more is dropped unsaid

_SAME_SECONDS = (
    14_400  # the longest there is; in it WeCom drops a message that equals an earlier one
)
_EARLY = timedelta(minutes=5)  # a token is not used up to its last second
_LEAST_LIFE = timedelta(minutes=1)
_STALE = frozenset({"40014", "42001"})  # the token is not valid, or no longer
_MISSED = (
    ("invaliduser", "users"),
    ("invalidparty", "departments"),
    ("invalidtag", "tags"),
    ("unlicenseduser", "users without a licence"),
)
_NAMES_COLUMNS = 100


class Post(Protocol):
    """How a request goes out: `reports.transport.post`."""

    def __call__(
        self,
        request: Request,
        *,
        timeout_seconds: float,
        allow_http: bool = False,
        allow_private: bool = False,
    ) -> Answer | Conclusion:
        """Send once."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    until: datetime


class WeComAppChannel:
    """An application of a company in WeCom.

    Parameters
    ----------
    settings
        Its configuration.
    post
        Sends one request.
    """

    def __init__(self, settings: WeComAppSettings, post: Post = post) -> None:
        self.settings = settings
        self._post = post
        self._token: _Token | None = None

    @property
    def per_minute(self) -> int:
        """How many messages the service takes in a minute."""
        return self.settings.per_minute or USUAL_PER_MINUTE

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return one message. A second try is not marked: equal bytes are what WeCom knows it by.

        Within half an hour it shows the second one to nobody.
        """
        settings = self.settings
        # recipients are configured; data never names one
        to = {"touser": settings.to_user, "toparty": settings.to_party, "totag": settings.to_tag}
        unmarked = replace(letter, is_resend=False)
        document = {
            **{key: value for key, value in to.items() if value},
            "msgtype": "markdown",
            "agentid": settings.agent_id,
            "markdown": {"content": fitting_message(unmarked, LINES, MOST_BYTES).decode()},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _SAME_SECONDS,
        }
        return (json_message(document),)

    def send(self, message: Message, letter: Letter, now: datetime) -> Conclusion:
        """Try once: with a token at hand or a new one, and once more where WeCom forgot it."""
        return self.send_message(message, now)

    def send_message(self, message: Message, now: datetime) -> Conclusion:
        """Try once, whatever the message is about."""
        was_at_hand = self._token is not None and now < self._token.until
        conclusion = self._send(message, now)
        if was_at_hand and conclusion.code in _STALE:
            conclusion = self._send(message, now)
        return conclusion

    def preview(self, message: Message, letter: Letter, now: datetime) -> str:
        """Return what `send` would put on the wire after it has got a token, which is masked."""
        return masked(self.request(message, "token"))

    def request(self, message: Message, token: str) -> Request:
        """Return the request that carries the message."""
        return Request(
            url=self._url("message/send", access_token=token),
            body=message.body,
            headers={"content-type": message.content_type},
        )

    def token_request(self) -> Request:
        """Return the request for a token."""
        settings = self.settings
        secret = settings.corp_secret.get_secret_value()
        url = self._url("gettoken", corpid=settings.corp_id, corpsecret=secret)
        return Request(url=url, body=b"", headers={}, method="GET")

    def classify(self, answer: Answer) -> Conclusion:
        """Return what the answer to a message means, and who did not get it."""
        found = found_code(answer)
        if found is None:
            return uncoded(SERVICE, answer)
        if found.code == 0:
            missed = _missed(found)
            reason = f"WeCom has it, but not for {missed}." if missed else "WeCom has it."
            hint = "Check to_user, to_party and to_tag." if missed else ""
            return Conclusion(state="sent", reason=reason, code="0", hint=hint)
        code = str(found.code)
        if code in _STALE:
            return Conclusion(state="not sent", reason="WeCom: the token is not valid.", code=code)
        return concluded(SERVICE, found, MEANINGS)

    def _send(self, message: Message, now: datetime) -> Conclusion:
        token = self._valid_token(now)
        if isinstance(token, Conclusion):
            return token
        answer = self._ask(self.request(message, token))
        conclusion = self.classify(answer) if isinstance(answer, Answer) else answer
        if conclusion.code in _STALE:
            self._token = None
        return conclusion

    def _valid_token(self, now: datetime) -> str | Conclusion:
        if self._token is None or now >= self._token.until:
            answer = self._ask(self.token_request())
            if isinstance(answer, Conclusion):
                return _not_sent(answer)
            token = _read_token(answer, now)
            if isinstance(token, Conclusion):
                return token
            self._token = token
        return self._token.value

    def _ask(self, request: Request) -> Answer | Conclusion:
        return self._post(
            request,
            timeout_seconds=self.settings.timeout_seconds,
            allow_http=self.settings.allow_http,
            allow_private=self.settings.allow_private,
        )

    def _url(self, path: str, **query: str) -> str:
        return f"{self.settings.url.rstrip('/')}/cgi-bin/{path}?{urlencode(query)}"


def _read_token(answer: Answer, now: datetime) -> _Token | Conclusion:
    """Return the token of an answer; without one, the message surely was not sent."""
    found = found_code(answer)
    if found is None:
        conclusion = uncoded(SERVICE, answer)
        return _not_sent(conclusion)
    value, life = found.document.get("access_token"), found.document.get("expires_in")
    if found.code == 0 and isinstance(value, str) and value:
        seconds = life if type(life) is int and 0 < life <= 86_400 else 0
        return _Token(value, now + max(timedelta(seconds=seconds) - _EARLY, _LEAST_LIFE))
    if found.code == 0:
        return Conclusion(state="not sent", reason="WeCom gave no token.", code="0")
    return _not_sent(concluded(SERVICE, found, MEANINGS))


def _not_sent(conclusion: Conclusion) -> Conclusion:
    """Return what a failed request for a token means for the message, which was never sent."""
    return replace(conclusion, state="not sent") if conclusion.state == "unclear" else conclusion


def _missed(found: Coded) -> str:
    named = [(found.document.get(key), words) for key, words in _MISSED]
    return "; ".join(
        f"the {words} {clip(printable(names[:1000]), _NAMES_COLUMNS)}"
        for names, words in named
        if isinstance(names, str) and names
    )

"""Tests of WeCom application messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings

from reports.channels.conclusion import Conclusion
from reports.channels.settings import WeComAppSettings
from reports.channels.wecom_app import MOST_BYTES, WeComAppChannel
from reports.transport import Answer, Request
from tests.effort import examples
from tests.unit.reports.channels.markdown_letters import letter, random_digests, readable, sums
from tests.unit.reports.digests import EVERY_DIGEST, busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest

NOW = datetime(2026, 11, 22, 7, 3, tzinfo=UTC)

TOKEN = {"errcode": 0, "errmsg": "ok", "access_token": "first-token", "expires_in": 7200}
SENT = {"errcode": 0, "errmsg": "ok", "msgid": "x"}
EXPIRED = {"errcode": 42001, "errmsg": "access_token expired"}


class Service:
    """Answers requests with what was prepared, in order, and remembers them."""

    def __init__(self, *answers: dict[str, Any] | Answer | Conclusion) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.options: list[dict[str, object]] = []

    def __call__(self, request: Request, **options: object) -> Answer | Conclusion:
        """Take a request, and answer."""
        self.requests.append(request)
        self.options.append(options)
        answer = self.answers.pop(0)
        if isinstance(answer, dict):
            return Answer(status=200, headers={}, body=json.dumps(answer))
        return answer

    @property
    def asked(self) -> list[str]:
        """The last part of each path."""
        return [urlsplit(request.url).path.rpartition("/")[2] for request in self.requests]

    def query(self, number: int) -> dict[str, list[str]]:
        """Return the query of a request."""
        return parse_qs(urlsplit(self.requests[number].url).query)


def channel(service: Service | None = None, **changes: Any) -> WeComAppChannel:
    """Return a channel, with *changes* of its settings."""
    values = {
        "type": "wecom_app",
        "corp_id": "ww1",
        "corp_secret": "corp-secret",
        "agent_id": 1000002,
        "to_user": "zhangsan|lisi",
        **changes,
    }
    return WeComAppChannel(WeComAppSettings.model_validate(values), service or Service())


def sent(opened: WeComAppChannel, now: datetime = NOW) -> Conclusion:
    """Send the busy day."""
    [message] = opened.compose(letter(busy()))
    return opened.send(message, letter(busy()), now)


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_the_payload_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The payload of each hand-made digest is known."""
    [message] = channel().compose(letter(digest))
    compare_golden(f"channels/wecom_app-{name}.json", readable(json.loads(message.body)))


@given(random_digests())
@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_content_fits_and_adds_up(digest: Digest) -> None:
    """Whatever the texts and rows: within 2048 bytes, and shown + residual = total."""
    [message] = channel().compose(letter(digest))
    assert b"\\u" not in message.body
    text = json.loads(message.body)["markdown"]["content"]
    assert len(text.encode()) <= MOST_BYTES
    *parts, total = sums(text)
    assert total == digest.failures == sum(parts)


def test_recipients_are_configured() -> None:
    """Those that are empty are left out; the application is named by its number."""
    [message] = channel(to_user="", to_party="2|3", to_tag="ops").compose(letter(busy()))
    document = json.loads(message.body)
    assert "touser" not in document
    assert (document["toparty"], document["totag"]) == ("2|3", "ops")
    assert document["agentid"] == 1000002


def test_a_second_try_is_the_same_message() -> None:
    """WeCom drops equal messages, so the second one must be equal; a test says that it is one."""
    [first] = channel().compose(letter(busy()))
    [second] = channel().compose(letter(busy(), is_resend=True))
    assert first == second
    document = json.loads(first.body)
    assert document["enable_duplicate_check"] == 1
    assert document["duplicate_check_interval"] == 14_400
    [test] = channel().compose(letter(busy(), is_test=True))
    assert "This is a test" in json.loads(test.body)["markdown"]["content"]


def test_a_token_is_fetched_and_then_the_message_is_sent() -> None:
    """Two requests, of which only the first carries the secret."""
    service = Service(TOKEN, SENT)
    conclusion = sent(channel(service))
    assert (conclusion.state, conclusion.code) == ("sent", "0")
    assert service.asked == ["gettoken", "send"]
    assert service.query(0) == {"corpid": ["ww1"], "corpsecret": ["corp-secret"]}
    assert service.requests[0].method == "GET"
    assert service.query(1) == {"access_token": ["first-token"]}
    assert service.requests[1].method == "POST"
    assert service.requests[1].url.startswith("https://qyapi.weixin.qq.com/cgi-bin/message/send?")
    assert b"corp-secret" not in service.requests[1].body
    limits = {"timeout_seconds": 20.0, "allow_http": False, "allow_private": False}
    assert service.options == [limits, limits]


def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    """Of two hours, the last five minutes are not used."""
    service = Service(TOKEN, SENT, SENT, {**TOKEN, "access_token": "second-token"}, SENT)
    opened = channel(service)
    sent(opened)
    sent(opened, NOW + timedelta(minutes=114, seconds=59))
    sent(opened, NOW + timedelta(minutes=115))
    assert service.asked == ["gettoken", "send", "send", "gettoken", "send"]
    assert service.query(4) == {"access_token": ["second-token"]}


@pytest.mark.parametrize("life", [None, "7200", 0, -5, True, 10**12])
def test_a_token_of_unknown_life_is_kept_a_minute(life: object) -> None:
    """What is no number of seconds is no promise."""
    service = Service({**TOKEN, "expires_in": life}, SENT, SENT, TOKEN, SENT)
    opened = channel(service)
    sent(opened)
    sent(opened, NOW + timedelta(seconds=59))
    sent(opened, NOW + timedelta(seconds=60))
    assert service.asked == ["gettoken", "send", "send", "gettoken", "send"]


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_forgotten_token_is_fetched_again(code: int) -> None:
    """Once: with the new one the message goes out, which was refused for the token alone."""
    service = Service(
        TOKEN, SENT, {"errcode": code}, {**TOKEN, "access_token": "second-token"}, SENT
    )
    opened = channel(service)
    sent(opened)
    assert sent(opened).state == "sent"
    assert service.asked == ["gettoken", "send", "send", "gettoken", "send"]
    assert service.query(4) == {"access_token": ["second-token"]}


def test_a_new_token_that_is_not_valid_is_no_loop() -> None:
    """The message was not sent; the next try asks for another token."""
    service = Service(TOKEN, EXPIRED, TOKEN, SENT)
    opened = channel(service)
    conclusion = sent(opened)
    assert (conclusion.state, conclusion.code) == ("not sent", "42001")
    assert sent(opened).state == "sent"
    assert service.asked == ["gettoken", "send", "gettoken", "send"]


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ({"errcode": 40001, "errmsg": "invalid credential"}, "refused", "secret"),
        ({"errcode": 40013, "errmsg": "invalid corpid"}, "refused", "no such company"),
        ({"errcode": -1}, "not sent", "busy"),
        ({"errcode": 45009}, "not sent", "too many"),
        ({"errcode": 0}, "not sent", "no token"),
        ({"errcode": 0, "access_token": ""}, "not sent", "no token"),
        ({"errcode": 0, "access_token": 7}, "not sent", "no token"),
        (Answer(status=502, headers={}, body="Bad gateway"), "not sent", "502"),
        (Answer(status=200, headers={}, body="<html>"), "not sent", "not an answer"),
        (Answer(status=404, headers={}, body=""), "refused", "404"),
        (Conclusion(state="unclear", reason="The answer was cut off."), "not sent", "cut off"),
        (Conclusion(state="not sent", reason="No connection."), "not sent", "No connection"),
        (Conclusion(state="refused", reason="The address is private."), "refused", "private"),
    ],
)
def test_without_a_token_the_message_is_never_unclear(
    answer: dict[str, Any] | Answer | Conclusion, state: str, words: str
) -> None:
    """The message was not on its way yet, so it surely has not arrived."""
    service = Service(answer)
    conclusion = sent(channel(service))
    assert conclusion.state == state
    assert words in conclusion.reason
    assert service.asked == ["gettoken"]
    assert "corp-secret" not in repr(conclusion)


@pytest.mark.parametrize(
    ("document", "state", "words"),
    [
        ({"errcode": 81013, "errmsg": "x"}, "refused", "not one of the recipients"),
        ({"errcode": 82001}, "refused", "names no recipient"),
        ({"errcode": 60020}, "refused", "address is not"),
        ({"errcode": 40056}, "refused", "no such application"),
        ({"errcode": 45009}, "not sent", "too many messages"),
        ({"errcode": -1}, "not sent", "busy"),
        ({"errcode": 40058}, "refused", "too long"),
        ({"errcode": 99}, "refused", "code 99"),
    ],
)
def test_only_the_number_counts(document: dict[str, Any], state: str, words: str) -> None:
    """Every answer is HTTP 200."""
    conclusion = sent(channel(Service(TOKEN, document)))
    assert conclusion.state == state
    assert words in conclusion.reason


def test_who_did_not_get_it_is_named() -> None:
    """A message that reached some is sent, and says whom it did not reach; names are inert."""
    answer = {**SENT, "invaliduser": "li\x1bsi", "invalidparty": "3|4", "invalidtag": ""}
    conclusion = sent(channel(Service(TOKEN, answer)))
    assert conclusion.state == "sent"
    assert conclusion.reason == (
        "WeCom has it, but not for the users li\\x1bsi; the departments 3|4."
    )
    assert conclusion.hint


@pytest.mark.parametrize(
    "answer",
    [
        Conclusion(state="unclear", reason="The connection broke."),
        Answer(status=502, headers={}, body=""),
        Answer(status=200, headers={}, body="ok"),
    ],
)
def test_a_message_on_its_way_can_be_unclear(answer: Answer | Conclusion) -> None:
    """Once it was sent, only an answer tells."""
    assert sent(channel(Service(TOKEN, answer))).state == "unclear"


def test_the_preview_shows_the_message_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview fetches no token, and has none to show."""
    monkeypatch.setattr(
        "reports.channels.wecom_app.masked",
        lambda request: f"{request.method} {request.url}\n{request.body.decode()}",
    )
    service = Service()
    opened = channel(service)
    [message] = opened.compose(letter(busy()))
    text = opened.preview(message, letter(busy()), NOW)
    assert text.startswith("POST https://qyapi.weixin.qq.com/cgi-bin/message/send?")
    assert message.body.decode() in text
    assert "corp-secret" not in text
    assert not service.requests


def test_secrets_are_in_no_repr() -> None:
    """Neither the secret nor a token at hand is in what a log may show."""
    opened = channel(Service(TOKEN, SENT))
    sent(opened)
    assert "corp-secret" not in repr(opened.settings)
    assert "first-token" not in repr(vars(opened))


def test_the_rate_is_that_of_the_service_or_of_the_settings() -> None:
    """One person gets 30 messages a minute of one application."""
    assert channel().per_minute == 30
    assert channel(per_minute=2).per_minute == 2


def test_the_address_may_be_another() -> None:
    """A company may run WeCom itself."""
    service = Service(TOKEN, SENT)
    sent(channel(service, url="https://wecom.example/api/"))
    assert service.requests[0].url.startswith("https://wecom.example/api/cgi-bin/gettoken?")

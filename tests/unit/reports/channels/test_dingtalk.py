"""Tests of the DingTalk robot."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings

from reports.channels import open_channel
from reports.channels.dingtalk import MOST_BYTES, DingTalkChannel, signature
from reports.channels.settings import DingTalkSettings
from reports.transport import Answer
from tests.effort import examples
from tests.unit.reports.channels.markdown_letters import letter, random_digests, readable, sums
from tests.unit.reports.digests import EVERY_DIGEST, busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest
    from reports.channels.conclusion import Conclusion

URL = "https://oapi.dingtalk.com/robot/send?access_token=0c23"
NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)  # 1,700,000,000 seconds

SIGN = (
    "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中"
)


def channel(**changes: Any) -> DingTalkChannel:
    """Return a channel, with *changes* of its settings."""
    opened = open_channel(
        DingTalkSettings.model_validate({"type": "dingtalk", "url": URL, **changes})
    )
    assert isinstance(opened, DingTalkChannel)
    return opened


def payload(digest: Digest, **changes: Any) -> dict[str, Any]:
    """Return the only message of a digest."""
    [message] = channel(**changes).compose(letter(digest))
    assert message.content_type == "application/json; charset=utf-8"
    found: dict[str, Any] = json.loads(message.body)
    return found


def classified(code: int, said: str = "", status: int = 200) -> Conclusion:
    """Return what is concluded from such an answer."""
    body = json.dumps({"errcode": code, "errmsg": said})
    return channel().classify(Answer(status=status, headers={}, body=body))


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_the_payload_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The payload of each hand-made digest is known."""
    compare_golden(f"channels/dingtalk-{name}.json", readable(payload(digest)))


def test_the_title_is_the_verdict_and_so_is_the_first_line() -> None:
    """The notification shows the title, and the message does not show it."""
    document = payload(busy())
    assert document["markdown"]["title"] == busy().verdict
    assert document["markdown"]["text"].startswith(f"### {busy().verdict}\n")


def test_the_title_of_a_test_says_so() -> None:
    """A notification of made-up failures wakes nobody."""
    [message] = channel().compose(letter(busy(), is_test=True))
    title = json.loads(message.body)["markdown"]["title"]
    assert title.startswith("This is a test: the figures are made up. prod-eu: 214 failures")


def test_nobody_is_mentioned() -> None:
    """Whom a message mentions stands beside the text, and never comes from data."""
    document = payload(busy(verdict="@13800000000 @all"))
    assert document["at"] == {"isAtAll": False}
    assert set(document) == {"msgtype", "markdown", "at"}


def test_a_keyword_is_appended_only_if_it_is_missing() -> None:
    """A robot with keywords takes no message without one of them."""
    assert payload(busy(), keyword="集群日报")["markdown"]["text"].endswith("\n\n集群日报")
    assert payload(busy(), keyword="failures") == payload(busy())


def test_the_signature_is_in_the_query() -> None:
    """Time in milliseconds and signature follow the token; the body is the message's."""
    opened = channel(secret="SECtest")
    [message] = opened.compose(letter(busy()))
    request = opened.request(message, letter(busy()), NOW)
    assert request.body == message.body
    assert request.method == "POST"
    assert request.headers == {"content-type": "application/json; charset=utf-8"}
    assert request.url == (
        f"{URL}&timestamp=1700000000000&sign=aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D"
    )
    assert set(parse_qs(urlsplit(request.url).query)) == {"access_token", "timestamp", "sign"}


def test_an_address_without_a_query_gets_one() -> None:
    """Behind a gateway the token may stand in the path."""
    opened = channel(url="https://gateway.example/ding", secret="SECtest")
    [message] = opened.compose(letter(busy()))
    url = opened.request(message, letter(busy()), NOW).url
    assert url.startswith("https://gateway.example/ding?timestamp=1700000000000&sign=")


def test_without_a_secret_nothing_is_signed() -> None:
    """The address stays as it was given."""
    [message] = channel().compose(letter(busy()))
    assert channel().request(message, letter(busy()), NOW).url == URL


def test_milliseconds_are_cut() -> None:
    """A signature of a fraction of a second has a whole number of milliseconds."""
    assert signature("x", NOW.replace(microsecond=999_999)).startswith("timestamp=1700000000999&")


@pytest.mark.parametrize(
    ("code", "said", "state", "words"),
    [
        (0, "ok", "sent", "has it"),
        (310000, "keywords not in content, more: [https://ding-doc]", "refused", "keywords"),
        (310000, "description:关键词不匹配", "refused", "keywords"),
        (310000, "sign not match, more: [https://ding-doc]", "refused", "signature does not"),
        (310000, SIGN, "refused", "signature does not"),
        (310000, "invalid timestamp, more: [https://ding-doc]", "refused", "time of the"),
        (310000, "description:时间戳无效", "refused", "time of the"),
        (310000, "ip 192.0.2.1 not in whitelist", "refused", "address is not"),
        (310000, "something new", "refused", "security rule"),
        (310000, "", "refused", "security rule"),
        (130101, "send too fast, exceed 20 times per minute", "not sent", "20 messages"),
        (410100, "", "not sent", "20 messages"),
        (-1, "system busy", "not sent", "busy"),
        (300001, "token is not exist", "refused", "no such robot"),
        (400102, "", "refused", "switched off"),
        (40035, "", "refused", "not one that"),
        (999, "who knows", "refused", "who knows"),
    ],
)
def test_only_zero_is_sent(code: int, said: str, state: str, words: str) -> None:
    """Every answer is HTTP 200; the number decides, and for the rules of a robot the sentence."""
    conclusion = classified(code, said)
    assert conclusion.state == state
    assert conclusion.code == str(code)
    assert words in conclusion.reason


def test_hints_tell_the_causes_apart() -> None:
    """One number, four rules, four things to do."""
    said = ("keywords not in content", "sign not match", "invalid timestamp", "not in whitelist")
    hints = {classified(310000, one).hint for one in said}
    assert len(hints) == 4
    assert all(hints)


def test_a_blocked_robot_rests_ten_minutes() -> None:
    """Who sends on is blocked on."""
    assert classified(130101).retry_after_seconds == 600


def test_an_answer_of_somebody_else_is_unclear() -> None:
    """The page of a proxy proves nothing."""
    found = channel().classify(Answer(status=200, headers={}, body="<html>"))
    assert found.state == "unclear"


def test_the_rate_is_that_of_the_service_or_of_the_settings() -> None:
    """A robot takes 20 messages a minute."""
    assert channel().per_minute == 20
    assert channel(per_minute=5).per_minute == 5


@given(random_digests())
@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_body_fits_and_adds_up(digest: Digest) -> None:
    """Whatever the texts and rows: within the bytes of a request, and shown + residual = total."""
    [message] = channel(keyword="集群日报").compose(letter(digest))
    assert len(message.body) <= MOST_BYTES
    *parts, total = sums(json.loads(message.body)["markdown"]["text"])
    assert total == digest.failures == sum(parts)


def test_a_letter_has_the_same_bytes_every_time() -> None:
    """What is sent again is what was sent."""
    assert channel().compose(letter(busy())) == channel().compose(letter(busy()))

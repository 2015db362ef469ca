"""Tests of the WeCom group robot."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from reports.channels import open_channel
from reports.channels.settings import WeComSettings
from reports.channels.wecom import MOST_BYTES, WeComChannel, content
from reports.picture import PictureError, histogram_png
from reports.transport import Answer
from tests.effort import examples
from tests.unit.reports.channels.markdown_letters import (
    letter,
    many_rows,
    random_digests,
    readable,
    sums,
)
from tests.unit.reports.digests import EVERY_DIGEST, busy, no_data, quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest
    from reports.channels.channel import Message

URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6"
NOW = datetime(2026, 11, 22, 7, 3, tzinfo=UTC)
MOST_PICTURE_BYTES = 2 * 1024 * 1024  # before it is base64


def channel(**changes: Any) -> WeComChannel:
    """Return a channel, with *changes* of its settings."""
    opened = open_channel(WeComSettings.model_validate({"type": "wecom", "url": URL, **changes}))
    assert isinstance(opened, WeComChannel)
    return opened


def document(message: Message) -> dict[str, Any]:
    """Return what a message holds."""
    assert message.content_type == "application/json; charset=utf-8"
    found: dict[str, Any] = json.loads(message.body)
    return found


def shown(text: str) -> list[int]:
    """Return the numbers of rows, residual and total, whether in a table or in lines."""
    rows = re.findall(r"^\|([\d,]+)\|", text, re.MULTILINE)
    if not rows:
        return sums(text)
    after = text.rpartition("|\n\n")[2].partition("\n\n")[0]
    return [*(int(number.replace(",", "")) for number in rows), *sums(after)]


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_the_payload_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The payload of each hand-made digest is known."""
    [message] = channel().compose(letter(digest))
    compare_golden(f"channels/wecom-{name}.json", readable(document(message)))


def test_rows_stand_in_a_table() -> None:
    """Failures, what, change and when; a row without failures names the group below it."""
    lines = content(letter(busy())).splitlines()
    at = lines.index("|Failures|What|Change|When|")
    assert lines[at + 1] == "|--:|:--|:--|:--|"
    assert lines[at + 2] == "| |**New**| | |"
    assert lines[at + 5] == (
        "|120|BackOff · shop/Deployment checkout|▲ rising, was 35 · ● still firing|02:10–23:55|"
    )
    assert shown("\n".join(lines)) == [41, 120, 17, 2, 1, 33, 214]


def test_fewer_rows_fit_with_samples() -> None:
    """Where all rows fit without messages, they go without them rather than as lines."""
    assert "**BackOff** Back-off restarting" in content(letter(many_rows(10)))
    most = max(
        count for count in range(10, 60) if "|Failures|" in content(letter(many_rows(count)))
    )
    text = content(letter(many_rows(most)))
    assert "Back-off restarting" not in text
    assert shown(text) == [1] * most + [most]
    assert most >= 30


def test_too_many_rows_become_lines() -> None:
    """Whole rows are left out, and the residual says how many failures they had."""
    text = content(letter(many_rows(100)))
    assert "|Failures|" not in text
    *rows, residual, total = shown(text)
    assert len(rows) + residual == total == 100
    assert len(text.encode()) <= MOST_BYTES


@given(random_digests())
@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_content_fits_and_adds_up(digest: Digest) -> None:
    """Whatever the texts and rows: within 4096 bytes, and shown + residual = total."""
    text = content(letter(digest))
    assert len(text.encode()) <= MOST_BYTES
    *parts, total = shown(text)
    assert total == digest.failures == sum(parts)


def test_the_body_has_no_escapes_of_letters() -> None:
    """WeCom refuses a body with such escapes (40033); and nobody is mentioned beside the text."""
    [message] = channel().compose(letter(busy(verdict="订单 @all")))
    assert b"\\u" not in message.body
    assert set(document(message)) == {"msgtype", "markdown_v2"}
    assert set(document(message)["markdown_v2"]) == {"content"}


def test_a_picture_follows_the_text() -> None:
    """It is a message of its own, with the checksum of its bytes, and small."""
    text, picture = channel(image=True).compose(letter(busy()))
    assert (text,) == channel().compose(letter(busy()))
    found = document(picture)
    assert found["msgtype"] == "image"
    assert set(found["image"]) == {"base64", "md5"}
    png = base64.b64decode(found["image"]["base64"], validate=True)
    assert png == histogram_png(busy())
    assert found["image"]["md5"] == hashlib.md5(png, usedforsecurity=False).hexdigest()
    assert len(png) <= MOST_PICTURE_BYTES


@pytest.mark.parametrize("digest", [quiet(), no_data()])
def test_nothing_to_see_is_no_picture(digest: Digest) -> None:
    """An empty chart is noise."""
    assert len(channel(image=True).compose(letter(digest))) == 1


def test_a_picture_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, one sentence names what to install, before anything is sent."""
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setattr("reports.picture.find_spec", lambda name: None)
    with pytest.raises(PictureError, match=r"install kubedigest\[pictures\]"):
        channel(image=True)
    assert channel().compose(letter(busy()))


def test_the_address_stays_as_it_is() -> None:
    """The key in the address is all that a robot asks for."""
    [message] = channel().compose(letter(busy()))
    request = channel().request(message, letter(busy()), NOW)
    assert (request.url, request.body, request.method) == (URL, message.body, "POST")


@pytest.mark.parametrize(
    ("code", "state", "words", "seconds"),
    [
        (0, "sent", "has it", None),
        (-1, "not sent", "busy", 10),
        (45009, "not sent", "too many messages", 60),
        (45033, "not sent", "too many calls", 10),
        (40058, "refused", "too long", None),
        (93000, "refused", "key in the webhook address", None),
        (93004, "refused", "switched off", None),
        (93008, "refused", "not in the group", None),
        (301019, "refused", "checksum", None),
        (44004, "refused", "code 44004", None),
    ],
)
def test_only_the_number_counts(code: int, state: str, words: str, seconds: float | None) -> None:
    """Every answer is HTTP 200, and its sentence says something else."""
    body = json.dumps({"errcode": code, "errmsg": "ok" if code else "freq out of limit"})
    conclusion = channel().classify(Answer(status=200, headers={}, body=body))
    assert conclusion.state == state
    assert conclusion.code == str(code)
    assert words in conclusion.reason
    assert conclusion.retry_after_seconds == seconds


def test_an_answer_of_somebody_else_is_unclear() -> None:
    """The page of a proxy proves nothing."""
    assert channel().classify(Answer(status=200, headers={}, body="ok")).state == "unclear"


def test_the_rate_is_that_of_the_service() -> None:
    """A robot takes 20 messages a minute."""
    assert channel().per_minute == 20

"""Messages by templates of users: what changes, what stays the channel's, and the limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from reports.channels import CHANNELS, open_channel
from reports.channels.channel import Channel, Letter
from reports.channels.settings import CHANNEL_MODELS
from reports.channels.templated import RULES, TemplatedChannel
from reports.errors import TemplateError
from tests.unit.reports.digests import busy, row
from tests.unit.reports.hostile import HOSTILE_TEXTS

NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)  # second 1,700,000,000
NEEDED: dict[str, dict[str, object]] = {
    "email": {"host": "mail.example", "sender": "a@b.example", "to": ["c@d.example"]},
    "wecom_app": {"corp_id": "c", "corp_secret": "s", "agent_id": 7, "to_user": "me"},
    "apprise": {"url": "json://localhost"},
}
ADDRESS = {"url": "https://chat.example/hook"}
CHATS = [name for name in RULES if RULES[name].kind == "json"]
ROWS = """{
  "text": "{{ digest.verdict }}", "residual": {{ digest.residual.failures }},
  "rows": [{% for row in digest.rows %}
    {"n": {{ row.failures }}, "text": "{{ row.message }}"}{{ "," if not loop.last }}
  {% endfor %}]
}"""


def opened(folder: Path, source: str, kind: str = "slack", **more: Any) -> Channel:
    """Return a channel with a template of this source."""
    path = folder / "mine.j2"
    path.write_text(source)
    values = {"type": kind, "template": path, **NEEDED.get(kind, ADDRESS), **more}
    return open_channel(CHANNEL_MODELS[kind].model_validate(values))


def body(folder: Path, source: str, kind: str = "slack", **more: Any) -> bytes:
    """Return what such a channel sends of the busy day."""
    [message] = opened(folder, source, kind, **more).compose(Letter(digest=busy(), id="id"))
    return message.body


def test_every_type_of_channel_takes_a_template() -> None:
    """And the limits are those of the built-in payloads."""
    assert set(RULES) == set(CHANNELS) == set(CHANNEL_MODELS)
    names = {
        "slack": "MOST_CHARACTERS",
        "apprise": "MOST_CHARACTERS",
        "bearychat": "MOST_ATTACHMENT_BYTES",
        "email": "MOST_HTML_BYTES",
    }
    for kind in set(RULES) - {"webhook"}:
        module = import_module(f"reports.channels.{kind}")
        assert RULES[kind].most == getattr(module, names.get(kind, "MOST_BYTES")), kind
    assert RULES["webhook"].most == CHANNEL_MODELS["webhook"].model_fields["max_bytes"].default


@pytest.mark.parametrize("kind", CHATS)
def test_the_payload_is_what_the_template_makes(tmp_path: Path, kind: str) -> None:
    """As compact JSON; the same bytes each time."""
    channel = opened(tmp_path, '{ "a": {{ digest.failures }},\n "b": "{{ digest.id }}" }', kind)
    letter = Letter(digest=busy(), id="id")
    [message] = channel.compose(letter)
    assert message.content_type == "application/json; charset=utf-8"
    assert json.loads(message.body).items() >= {"a": 214, "b": "id"}.items()
    assert channel.compose(letter) == (message,)
    assert isinstance(channel, TemplatedChannel)


@pytest.mark.parametrize("kind", CHATS)
def test_hostile_texts_break_no_payload_and_call_nobody(tmp_path: Path, kind: str) -> None:
    """Whatever an event says, the keys and the number of texts stay."""
    texts = [text for text in HOSTILE_TEXTS if len(text) < 200]
    rows = tuple(row(message=text, failures=1) for text in texts)
    channel = opened(tmp_path, ROWS, kind, top=100)
    [message] = channel.compose(Letter(digest=busy(rows=rows, failures=33 + len(rows)), id="id"))
    payload = json.loads(message.body)
    assert {"text", "residual", "rows"} <= set(payload)
    assert len(payload["rows"]) + payload["residual"] == 33 + len(rows)
    if kind == "webhook":
        return
    for one in payload["rows"]:
        for active in ("<!", "<@", "@all", "](", "<a ", "<script", "://evil"):
            assert active not in one["text"].replace("\u200d", "…")


def test_what_does_not_fit_is_left_out_by_rows(tmp_path: Path) -> None:
    """A template that is too large with all rows is tried with fewer; the sums stay."""
    rows = tuple(row(name=f"web-{i}", failures=10, message="宽" * 100) for i in range(100))
    digest = busy(rows=rows, failures=1033)
    channel = opened(tmp_path, ROWS, "bearychat", top=100)
    [message] = channel.compose(Letter(digest=digest, id="id"))
    payload = json.loads(message.body)
    assert 7_000 < len(message.body) <= 8_000
    assert sum(one["n"] for one in payload["rows"]) + payload["residual"] == 1033


def test_at_most_top_rows_are_given(tmp_path: Path) -> None:
    """As to the built-in payload."""
    assert len(json.loads(body(tmp_path, ROWS, top=2))["rows"]) == 2


@pytest.mark.parametrize(
    ("kind", "more", "sentence"),
    [
        ("teams", {}, "27,007 bytes even without a row, and teams takes 27,000"),
        ("slack", {}, "27,007 characters even without a row, and slack takes 12,000"),
        ("wecom", {}, "26,999 bytes in one text even without a row, and wecom takes 4,096"),
        (
            "webhook",
            {"max_bytes": 9_000},
            "27,007 bytes even without a row, and webhook takes 9,000",
        ),
    ],
)
def test_what_is_too_large_without_a_row_is_refused(
    tmp_path: Path, kind: str, more: dict[str, object], sentence: str
) -> None:
    """In the unit of the service."""
    with pytest.raises(TemplateError) as raised:
        body(tmp_path, '{"a":"{{ "a" * 26999 }}"}', kind, **more)
    assert str(raised.value) == f"the template mine.j2 makes {sentence}"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (
            '{"a": 1,\n "b": nope}',
            "makes no JSON: Expecting value in line 2 of what it makes, '\"b\": nope}'",
        ),
        ("", "makes no JSON: Expecting value in line 1 of what it makes, ''"),
        ('["a"]', "must make a JSON object: {…}"),
        ('{"a": NaN}', "makes no JSON: NaN is not JSON"),
        ("[" * 100_000, "makes no JSON: maximum recursion depth exceeded while decoding"),
    ],
)
def test_a_payload_that_is_none_is_refused_with_a_sentence(
    tmp_path: Path, source: str, sentence: str
) -> None:
    """With the line of what was made."""
    with pytest.raises(TemplateError) as raised:
        body(tmp_path, source)
    assert str(raised.value).startswith(f"the template mine.j2 {sentence}")


def test_feishu_signs_a_payload_of_a_template(tmp_path: Path) -> None:
    """Time and signature are added to what the template made."""
    channel = opened(tmp_path, '{"msg_type": "text"}', "feishu", secret="test")
    letter = Letter(digest=busy(), id="id")
    [message] = channel.compose(letter)
    shown = channel.preview(message, letter, NOW)
    document = json.loads(shown.partition("\n\n")[2])
    assert document == {"msg_type": "text", "timestamp": "1700000000", "sign": "***"}


def test_a_webhook_signs_what_the_template_made(tmp_path: Path) -> None:
    """The signature is shown by its mask."""
    channel = opened(tmp_path, '{"a":1}', "webhook", secrets=["k" * 32])
    letter = Letter(digest=busy(), id="msg_1")
    [message] = channel.compose(letter)
    shown = channel.preview(message, letter, NOW)
    assert "webhook-id: msg_1" in shown
    assert '"a": 1' in shown


def test_recipients_of_a_wecom_application_are_those_of_the_configuration(tmp_path: Path) -> None:
    """A template can name neither a reader nor another application."""
    source = '{"msgtype": "text", "text": {"content": "a"}, "touser": "@all", "agentid": 1}'
    document = json.loads(body(tmp_path, source, "wecom_app"))
    assert document == {
        "msgtype": "text",
        "text": {"content": "a"},
        "touser": "me",
        "agentid": 7,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 14_400,
    }


def test_a_second_try_to_wecom_has_the_same_bytes(tmp_path: Path) -> None:
    """It knows a copy by them; others are told that it may be one."""
    source = '{"a": {{ digest.marks|tojson }}}'
    for kind, are_equal in (("wecom_app", True), ("slack", False)):
        channel = opened(tmp_path, source, kind)
        first = channel.compose(Letter(digest=busy(), id="id"))
        again = channel.compose(Letter(digest=busy(), id="id", is_resend=True))
        assert (first == again) is are_equal


def mail(content: bytes) -> EmailMessage:
    """Return a mail to look at."""
    parsed = message_from_bytes(content, policy=policy.SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_the_html_of_a_mail_is_the_template_s(tmp_path: Path) -> None:
    """Headers, text and attachment stay; all bytes are ASCII."""
    source = "<p>{{ digest.gone[1].namespace }} 订单 {{ digest.verdict }}</p>\n"
    made = body(tmp_path, source, "email", attach=True)
    built_in = open_channel(
        CHANNEL_MODELS["email"].model_validate(NEEDED["email"] | {"type": "email", "attach": True})
    )
    [message] = built_in.compose(Letter(digest=busy(), id="id"))
    ours, theirs = mail(made), mail(message.body)
    assert ours.items() == theirs.items()
    parts = [list(one.walk()) for one in (ours, theirs)]
    for mine, usual in zip(*parts, strict=True):
        assert mine.get_content_type() == usual.get_content_type()
        if usual.get_content_type() == "text/html" and not usual.get_filename():
            assert mine.get_content().startswith("<p>&lt;b&gt;team&lt;/b&gt; 订单 prod-eu: 214")
        elif not usual.is_multipart():
            assert mine.get_content() == usual.get_content()
    assert made.isascii()


def test_the_text_of_apprise_is_the_template_s(tmp_path: Path) -> None:
    """The first line is the title."""
    made = body(tmp_path, "{{ digest.verdict }}\n{{ digest.gone[1].name }}", "apprise")
    assert made.decode().splitlines()[1] == "a|b \uff20all"


def test_a_mistake_is_told_as_it_is(tmp_path: Path) -> None:
    """With file, line and name."""
    with pytest.raises(TemplateError, match=r"the template mine.j2, line 2: 'rowz' is undefined"):
        body(tmp_path, "\n{{ digest.rowz }}")

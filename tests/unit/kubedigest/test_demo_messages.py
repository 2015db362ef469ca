"""The demo's messages: a file of every channel, and a chat that takes them."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubedigest.demo_chat import ANSWERS, demo_chat
from kubedigest.demo_messages import post_messages, write_messages
from kubedigest.errors import Failure
from reports.channels import CHANNELS
from tests.unit.reports.digests import busy

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_every_channel_has_a_file(tmp_path: Path) -> None:
    """JSON to be read, a mail, a text; the same bytes each time."""
    folder = tmp_path / "deep" / "payloads"
    assert write_messages(busy(), folder) == []
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name.partition(".")[0].partition("-")[0] for name in files} == set(CHANNELS)
    for name, content in files.items():
        if name.endswith(".json"):
            assert isinstance(json.loads(content), dict)
    assert json.loads(files["slack.json"])["text"].startswith("prod-eu: 214 failures")
    write_messages(busy(), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_every_chat_says_that_it_was_sent() -> None:
    """Each answer is concluded by the channel that would talk to the real service."""
    answers = dict(post_messages(busy(), NOW))
    assert set(answers) == set(CHANNELS) - {"email", "apprise"}
    assert set(answers.values()) == {"sent"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "payloads").touch()
    with pytest.raises(Failure, match=f"^cannot write to {tmp_path}/payloads: "):
        write_messages(busy(), tmp_path / "payloads")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/slack", b"{}", 200),
        ("POST", "/deep/slack?key=1", b"{}", 200),
        ("POST", "/slack", b"{", 400),
        ("POST", "/nowhere", b"{}", 404),
        ("GET", "/cgi-bin/gettoken", b"", 200),
    ],
)
def test_the_chat_answers_as_services_do(method: str, path: str, body: bytes, status: int) -> None:
    """What is no JSON is no message, and what nobody knows is not found."""
    with demo_chat() as chat:
        connection = http.client.HTTPConnection(chat.address.removeprefix("http://"), timeout=10)
        connection.request(method, path, body)
        answer = connection.getresponse()
        assert answer.status == status
        if status == 200:
            assert answer.read().decode() == ANSWERS[path.partition("?")[0].rpartition("/")[2]][1]
        connection.close()
        assert chat.got == [(path.partition("?")[0], body)]


def test_the_chat_takes_no_more_than_it_can_hold() -> None:
    """A length that is too large or none is refused before anything is read."""
    with demo_chat() as chat:
        for length in ("5000001", "a", "-1"):
            connection = http.client.HTTPConnection(
                chat.address.removeprefix("http://"), timeout=10
            )
            connection.putrequest("POST", "/slack")
            connection.putheader("content-length", length)
            connection.endheaders()
            assert connection.getresponse().status == 411
            connection.close()
        assert chat.got == []

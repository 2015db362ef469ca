"""Tests of Slack: blocks that its own library accepts, and answers that are not ok."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.models.blocks import Block

from analytics.digest import Residual
from reports.channels.slack import mrkdwn
from reports.transport import Answer
from tests.unit.reports.channels.payloads import channel, document, letter
from tests.unit.reports.digests import EVERY_DIGEST, at, busy, row

if TYPE_CHECKING:
    from analytics.digest import Digest

_MANY = tuple(row(name=f"checkout-{n}", failures=200 - n) for n in range(100))


def _blocks(digest: Digest, **settings: object) -> list[dict[str, Any]]:
    [sent] = channel("slack", **settings).compose(letter(digest))
    blocks: list[dict[str, Any]] = document(sent)["blocks"]
    return blocks


def _answer(body: str, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=body)


@pytest.mark.parametrize(
    "digest",
    [*EVERY_DIGEST.values(), busy(rows=_MANY), busy(verdict="v" * 280)],
    ids=[*EVERY_DIGEST, "many", "long"],
)
def test_blocks_are_valid_to_slack_sdk(digest: Digest) -> None:
    """Slack's library takes every block for the one it was made as, and finds no fault in it."""
    blocks = _blocks(digest, top=100)
    assert len(blocks) <= 50
    for written in blocks:
        parsed = Block.parse(written)
        assert parsed is not None
        assert parsed.type == written["type"]
        assert parsed.to_dict()["type"] == written["type"]


def test_rows_beyond_the_first_screen_are_one_table() -> None:
    """Of twelve rows five are read in full and seven in a table of no empty cell."""
    rows = tuple(row(name=f"w{n}", failures=20 - n) for n in range(12))
    blocks = _blocks(busy(rows=rows, residual=Residual(rows=0, failures=0)), top=12)
    [table] = [block for block in blocks if block["type"] == "table"]
    assert [len(line) for line in table["rows"]] == [5] * 8
    assert {cell["type"] for line in table["rows"] for cell in line} == {"raw_text"}
    assert all(cell["text"] for line in table["rows"] for cell in line)
    assert [line[0]["text"] for line in table["rows"]] == [
        "Failures", "15", "14", "13", "12", "11", "10", "9",
    ]  # fmt: skip


def test_a_table_has_at_most_ten_thousand_characters() -> None:
    """A hundred rows of long names are cut before the table is too long for Slack."""
    rows = tuple(row(name="n" * 90, reason="r" * 60, failures=300 - n) for n in range(100))
    blocks = _blocks(busy(rows=rows), top=100)
    [table] = [block for block in blocks if block["type"] == "table"]
    length = sum(len(cell["text"]) for line in table["rows"] for cell in line)
    assert 9_000 < length <= 10_000


def test_a_long_verdict_is_whole_below_its_header() -> None:
    """A header has 150 characters; what does not fit is said again in full."""
    verdict = "prod-eu:" + " checkout" * 20
    header, section, *_ = _blocks(busy(verdict=verdict))
    assert len(header["text"]["text"]) <= 150
    assert section["text"]["text"] == verdict


def test_the_window_is_in_the_time_of_the_reader() -> None:
    """Midnight in Berlin is 23:00 UTC; a client without dates shows the fallback."""
    footer = _blocks(busy())[-1]["elements"][0]["text"]
    assert footer == (
        "In your time: <!date^1795215600^{date_short_pretty} {time}|2026-11-21 00:00> to "
        "<!date^1795302000^{date_short_pretty} {time}|2026-11-22 00:00>"
    )


def test_mrkdwn_formats_nothing() -> None:
    """No sign of formatting is left at the edge of a word; inside a name it stays."""
    assert mrkdwn("a&b <x> snake_case") == "a&amp;b &lt;x&gt; snake_case"
    shown = mrkdwn("*bold* _thin_ ~gone~ `code` a*b*c")
    assert not {"`", "~", "_"} & set(shown)
    assert shown.endswith(" a*b*c")


def test_only_ok_is_a_success() -> None:
    """200 with the word ok, and a line end at most."""
    slack = channel("slack")
    assert slack.classify(_answer("ok")).state == "sent"
    assert slack.classify(_answer("ok\n")).state == "sent"
    for body in ("", "OK", "okay", '{"ok":true}', "<html>ok</html>", "no_text"):
        found = slack.classify(_answer(body))
        assert found.state == "refused"
        assert found.hint


@pytest.mark.parametrize(
    "code",
    [
        "no_text",
        "invalid_payload",
        "invalid_blocks",
        "msg_blocks_too_long",
        "no_service",
        "invalid_token",
        "channel_not_found",
        "channel_is_archived",
        "action_prohibited",
        "posting_to_general_channel_denied",
        "no_team",
        "user_not_found",
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403, 404, 410])
def test_known_errors_are_refused_with_a_hint(code: str, status: int) -> None:
    """Whatever the status, the word is the code, and there is something to do about it."""
    found = channel("slack").classify(_answer(code, status))
    assert (found.state, found.code) == ("refused", code)
    assert found.hint
    assert channel("slack").classify(_answer(f"{code}: more", status)).code == code


def test_too_many_messages_are_not_sent() -> None:
    """429 waits as long as Slack says; a word for it in another answer as well."""
    found = channel("slack").classify(_answer("rate_limited", 429, retry_after="7"))
    assert (found.state, found.retry_after_seconds) == ("not sent", 7.0)
    assert channel("slack").classify(_answer("x", 429)).state == "not sent"
    assert channel("slack").classify(_answer("message_limit_exceeded")).state == "not sent"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_errors_of_the_server_are_unclear(status: int) -> None:
    """Slack may have posted the message before it fell over, whatever it says then."""
    for body in ("", "rollup_error", "no_service"):
        assert channel("slack").classify(_answer(body, status)).state == "unclear"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404])
def test_other_answers_are_refused(status: int) -> None:
    """A redirect leads elsewhere, and an unknown page is not Slack's."""
    assert channel("slack").classify(_answer("<html>", status)).state == "refused"


def test_an_answer_never_repeats_the_address() -> None:
    """A server that echoes the path gives nothing away."""
    found = channel("slack").classify(_answer("no /hooks/T0SECRET0/B0SECRET0 here"))
    assert "SECRET" not in f"{found!r}"
    assert "***" in found.reason


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [(200, b"ok", "sent"), (200, b"no_text", "refused"), (500, b"", "unclear")],
)
def test_a_message_is_posted_as_it_is(status: int, body: bytes, state: str) -> None:
    """Over a real connection: the bytes that were composed, once, and what the server said."""
    posted: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        slack = channel(
            "slack",
            url=f"http://127.0.0.1:{server.server_port}/services/T0",
            allow_http=True,
            allow_private=True,
        )
        [message] = slack.compose(letter(busy()))
        found = slack.send(message, letter(busy()), at(8, day=22))
        thread.join()
    assert posted == [message.body]
    assert found.state == state

"""Tests of apprise, against an HTTP server on loopback and without the package."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import TypeAdapter

from reports.channels import open_channel
from reports.channels.errors import ChannelError
from reports.channels.settings import AnyChannelSettings
from tests.unit.reports.channels.payloads import letter
from tests.unit.reports.digests import busy, row

_NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


class _Server(HTTPServer):
    status = 200
    bodies: list[bytes]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[_Server]:
    """Serve on loopback and keep what is posted."""
    with _Server(("127.0.0.1", 0), _Handler) as served:
        served.bodies = []
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def _channel(url: str, **settings: object) -> Any:
    values = {"type": "apprise", "url": url, **settings}
    return open_channel(TypeAdapter(AnyChannelSettings).validate_python(values))


def test_what_is_accepted_is_sent_and_unverified(server: _Server) -> None:
    """The verdict is the title, the rest the message, and nobody says that it arrived."""
    apprise = _channel(f"json://127.0.0.1:{server.server_port}/T0SECRET0")
    [message] = apprise.compose(letter(busy()))
    found = apprise.send(message, letter(busy()), _NOW)
    assert found.state == "sent"
    assert found.reason == "apprise accepted it; whether the service did is not verified"
    [posted] = map(json.loads, server.bodies)
    assert posted["title"] == busy().verdict
    assert "\n".join((posted["title"], posted["message"])) == message.body.decode()


@pytest.mark.parametrize("status", [400, 429, 500])
def test_what_is_not_accepted_is_unclear(
    server: _Server, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Apprise does not say why, so nobody knows; and it logs nothing of the address."""
    server.status = status
    apprise = _channel(f"json://127.0.0.1:{server.server_port}/T0SECRET0")
    [message] = apprise.compose(letter(busy()))
    with caplog.at_level(logging.DEBUG):
        found = apprise.send(message, letter(busy()), _NOW)
    assert found.state == "unclear"
    assert "SECRET" not in f"{found!r}{caplog.text}"
    assert logging.getLogger("urllib3.connectionpool").level == logging.NOTSET


def test_a_plugin_that_raises_is_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a plugin does, it is a conclusion."""
    apprise = _channel("json://127.0.0.1:9/T0SECRET0")
    [message] = apprise.compose(letter(busy()))

    def fail(**_: object) -> bool:
        raise RuntimeError("T0SECRET0")

    monkeypatch.setattr(apprise._service, "notify", fail)
    found = apprise.send(message, letter(busy()), _NOW)
    assert (found.state, found.reason) == ("unclear", "apprise failed with a RuntimeError")


def test_the_limit_of_the_service_is_kept() -> None:
    """Telegram takes 4,096 characters of HTML; a hundred rows are cut to them."""
    apprise = _channel("tgram://123456789:abcdefg_hijklmnop/12315544/", top=100)
    rows = tuple(row(name=f"w&{n}", failures=200 - n) for n in range(100))
    [message] = apprise.compose(letter(busy(rows=rows)))
    text = message.body.decode()
    escaped = text.replace("&", "&amp;").replace(" ", "&nbsp;").replace("\n", "<br/>")
    assert 3_000 < len(escaped) <= 4_096
    assert text.startswith(busy().verdict)


def test_a_preview_masks_the_address() -> None:
    """Only the kind of the address is shown."""
    apprise = _channel("json://user:T0SECRET0@127.0.0.1:9/T0SECRET0")
    [message] = apprise.compose(letter(busy()))
    shown = apprise.preview(message, letter(busy()), _NOW)
    assert shown.startswith("json://***\n\nprod-eu: 214 failures")
    assert "SECRET" not in shown


@pytest.mark.parametrize("url", ["nope://x/T0SECRET0", "T0SECRET0", "json://"])
def test_an_unknown_service_is_one_sentence(url: str) -> None:
    """It says where to look, and repeats nothing of the address."""
    with pytest.raises(ChannelError, match="apprise knows no service of that kind") as caught:
        _channel(url)
    assert "SECRET" not in str(caught.value)


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without apprise one sentence says what to install."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ChannelError, match=r"install kubedigest\[apprise\]"):
        _channel("json://127.0.0.1:9/")

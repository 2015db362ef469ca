"""``kubedigest channels`` as a user meets it, against a chat on loopback."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubedigest.demo_chat import DemoChat, demo_chat
from tests.e2e.conftest import RunCommand

CONFIGURATION = """
timezone: Europe/Berlin
channels:
  ops:
    type: slack
    url: {ops}
    allow_http: true
    allow_private: true
    include: {{namespaces: [shop, "pay-*"], kinds: [Deployment]}}
    exclude: {{reasons: [BackOff]}}
    minimum_severity: warning
    fallback: desk
  desk:
    type: dingtalk
    url: https://oapi.dingtalk.com/robot/send?access_token=canary
    timezone: Asia/Shanghai
    policy: at-most-once
  tail: {{type: apprise, url: "tgram://canary/canary"}}
  app: {{type: wecom_app, corp_id: c, corp_secret: canary, agent_id: 1}}
"""


@pytest.fixture
def chat() -> Iterator[DemoChat]:
    """Run a chat that takes everything."""
    with demo_chat() as running:
        yield running


@pytest.fixture
def configured(tmp_path: Path, chat: DemoChat) -> str:
    """Return the path of a configuration whose channel ops is the chat."""
    return written(tmp_path, f"{chat.address}/canary/slack")


def written(folder: Path, address: str, more: str = "") -> str:
    """Write the configuration with the address of its first channel."""
    path = folder / "kubedigest.yaml"
    text = CONFIGURATION.format(ops=address)
    path.write_text(text.replace("    fallback: desk\n", f"    fallback: desk\n{more}"))
    return str(path)


def test_a_test_says_that_it_was_sent(
    run_command: RunCommand, chat: DemoChat, configured: str
) -> None:
    """Exit code 0; the message is marked, and needs no store."""
    ran = run_command("--config", configured, "channels", "test", "ops")
    assert (ran.code, ran.out) == (0, "ops: sent\n  why: Slack answered ok\n")
    [(path, body)] = chat.got
    assert path == "/canary/slack"
    assert "This is a test: the figures are made up." in body.decode()
    assert "database" not in ran.err


def test_a_refusal_says_why_and_what_to_do(
    run_command: RunCommand, tmp_path: Path, chat: DemoChat
) -> None:
    """Exit code 1, with the code of the service."""
    path = written(tmp_path, f"{chat.address}/canary/nowhere")
    ran = run_command("--config", path, "channels", "test", "ops")
    assert ran.code == 1
    state, *more = ran.out.splitlines()
    assert state == "ops: refused, and it will be the next time, too"
    assert [line.partition(":")[0].strip() for line in more] == ["why", "code", "what to do"]
    assert "404" in ran.out
    assert "canary" not in ran.out + ran.err


def test_without_a_server_it_may_work_later(run_command: RunCommand, tmp_path: Path) -> None:
    """A closed port is no refusal."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        path = written(tmp_path, f"http://127.0.0.1:{unused.getsockname()[1]}/canary")
        ran = run_command("--config", path, "channels", "test", "ops")
    assert ran.code == 1
    assert ran.out.startswith("ops: not sent, and it may work later\n  why: no connection to ")
    assert "canary" not in ran.out + ran.err


def test_an_unknown_channel_is_answered_with_the_known_ones(
    run_command: RunCommand, configured: str, tmp_path: Path
) -> None:
    """Exit code 2."""
    ran = run_command("--config", configured, "channels", "test", "opps")
    assert ran.code == 2
    sentence = "there is no channel 'opps'; the configuration has: app, desk, ops, tail"
    assert ran.err == f"kubedigest: {sentence}\n"
    empty = tmp_path / "empty.yaml"
    empty.touch()
    ran = run_command("--config", str(empty), "channels", "test", "ops")
    assert ran.err == "kubedigest: there is no channel 'ops'; the configuration has no channels\n"


def test_a_mistake_in_a_template_is_told_with_its_line(
    run_command: RunCommand, tmp_path: Path, chat: DemoChat
) -> None:
    """And nothing is sent."""
    template = tmp_path / "mine.json.j2"
    template.write_text('{\n"text": "{{ digest.verdit }}"}')
    path = written(tmp_path, f"{chat.address}/slack", f"    template: {template}\n")
    ran = run_command("--config", path, "channels", "test", "ops")
    assert ran.code == 1
    said = "kubedigest: the template mine.json.j2, line 2: 'verdit' is undefined; digest has: "
    assert ran.err.startswith(said)
    assert len(ran.err.splitlines()) == 1
    assert not chat.got


def test_a_template_makes_the_test(run_command: RunCommand, tmp_path: Path, chat: DemoChat) -> None:
    """The marks are its own affair."""
    template = tmp_path / "mine.json.j2"
    template.write_text('{"text": "{{ digest.failures }} {{ digest.marks[0] }}"}')
    path = written(tmp_path, f"{chat.address}/slack", f"    template: {template}\n")
    assert run_command("--config", path, "channels", "test", "ops").code == 0
    [(_, body)] = chat.got
    assert json.loads(body) == {"text": "14 This is a test: the figures are made up."}


def test_the_list_shows_everything_but_secrets(run_command: RunCommand, configured: str) -> None:
    """Host, zone, selection, policy and fallback, in both forms."""
    ran = run_command("--config", configured, "channels", "list", "-o", "json")
    channels = {one.pop("name"): one for one in json.loads(ran.out)}
    assert channels["ops"] == {
        "type": "slack",
        "host": "127.0.0.1",
        "timezone": "Europe/Berlin",
        "language": "en",
        "selection": "namespaces shop pay-*, kinds Deployment; not reasons BackOff; "
        "warning and above",
        "policy": "at-least-once",
        "fallback": "desk",
    }
    assert [one["host"] for one in channels.values()] == [
        "127.0.0.1",
        "oapi.dingtalk.com",
        "tgram://",
        "qyapi.weixin.qq.com",
    ]
    table = run_command("--config", configured, "channels", "list").out
    assert table.splitlines()[2].split() == [
        "desk", "dingtalk", "oapi.dingtalk.com", "Asia/Shanghai", "en", "all", "at-most-once", "-",
    ]  # fmt: skip
    assert "canary" not in ran.out + table


@pytest.mark.long
def test_a_report_is_made_by_a_template_of_the_user(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """On standard output and as a file; a mistake is told in one sentence."""
    template = tmp_path / "short.j2"
    template.write_text("{{ digest.state }} {{ digest.id }}\n")
    path = tmp_path / "kubedigest.yaml"
    path.write_text(f"templates: {{text: {template}, html: {tmp_path / 'absent.j2'}}}")
    asked = ("--config", str(path), "report", "daily", "--at", "2026-11-22T08:00")
    ran = run_command(*asked, database=database_url)
    assert (ran.code, ran.out) == (0, "no data daily-2026-11-21\n")
    run_command(*asked, "--format", "text", "--output", str(tmp_path), database=database_url)
    assert (tmp_path / "daily-2026-11-21.txt").read_text() == ran.out
    ran = run_command(*asked, "--format", "html", database=database_url)
    assert ran.code == 1
    assert ran.err.endswith(f"kubedigest: there is no template {tmp_path / 'absent.j2'}\n")

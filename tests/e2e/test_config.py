"""``kubedigest config check``: what the settings are, without a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import RunCommand

CHANNELS = """
database_url: postgresql://u:canary@h/d
channels:
  ops:
    type: slack
    url: https://hooks.example.com/canary
    include: {namespaces: [team-a-*]}
    minimum_severity: warning
    fallback: mail
  chat: {type: dingtalk, url: {env: CHAT_URL}, secret: {file: SECRET_FILE}}
  hook:
    type: webhook
    url: https://hook.example.com/canary
    secrets: [{env: CHAT_URL}, canary]
    headers: {Authorization: Bearer canary}
  mail: {type: email, host: m, username: u, password: canary, sender: a@b.c, to: [d@e.f]}
"""


def test_every_secret_is_masked(
    run_command: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it comes from; all else is shown as it counts."""
    monkeypatch.setenv("CHAT_URL", "https://chat.example.com/canary")
    monkeypatch.delenv("KUBEDIGEST_DATABASE_URL", raising=False)
    secret = tmp_path / "secret"
    secret.write_text("canary\n")
    path = tmp_path / "config.yaml"
    path.write_text(CHANNELS.replace("SECRET_FILE", str(secret)))
    ran = run_command("--config", str(path), "config", "check")
    assert (ran.code, "canary" in ran.out + ran.err) == (0, False)
    shown = yaml.safe_load(ran.out)["channels"]
    assert list(shown) == ["ops", "chat", "hook", "mail"]
    assert shown["ops"]["include"]["namespaces"] == ["team-a-*"]
    assert (shown["ops"]["fallback"], shown["ops"]["url"]) == ("mail", "**********")
    assert shown["chat"]["secret"] == "**********"
    assert shown["hook"]["headers"] == {"Authorization": "**********"}
    assert shown["mail"]["password"] == "**********"


def test_a_mistake_is_one_sentence(run_command: RunCommand, tmp_path: Path) -> None:
    """And exit code 2."""
    path = tmp_path / "config.yaml"
    path.write_text("channels: {ops: {type: slack, url: {env: NOT_SET_ANYWHERE}}}")
    ran = run_command("--config", str(path), "config", "check")
    assert ran.code == 2
    assert ran.err == (
        f"kubedigest: the configuration {path}, channel 'ops', key 'url': the environment variable "
        "NOT_SET_ANYWHERE is not set\n"
    )


def test_a_catalogue_that_is_not_there_is_found_before_it_is_needed(
    run_command: RunCommand, tmp_path: Path
) -> None:
    """A report only says so of the channel that has it, and sends the others."""
    path = tmp_path / "config.yaml"
    path.write_text("channels: {ops: {type: slack, url: 'https://x.example', language: x.po}}")
    ran = run_command("--config", str(path), "config", "check")
    assert ran.code == 2
    assert "channel 'ops': the catalogue x.po cannot be read: No such file" in ran.err

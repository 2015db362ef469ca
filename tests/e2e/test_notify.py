"""``kubedigest notify`` as a user meets it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.api_server.server import FakeApiServer
from tests.chat_servers.manners import Manner, http
from tests.chat_servers.server import ChatServer
from tests.e2e.collect_process import PATIENCE_SECONDS, ROOT, environment
from tests.e2e.conftest import RunCommand
from tests.live_notifications import seen, write

GOOD = Manner(takes=True, answer=http(200, {"ok": True}))
TEXT = ("--log-format", "text")
SINK = "webhook:{url}?level=Warning&method=POST&header=Authorization=Bearer s3cret"


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    """Yield a server that takes everything."""
    with ChatServer(GOOD) as server:
        yield server


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that has to come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_runs_until_it_is_told_to_end(
    database_url: str, chat: ChatServer, tmp_path: Path
) -> None:
    """A failure is told, health and metrics are served, SIGTERM ends it with 0."""
    config = tmp_path / "config.yaml"
    settings = {"type": "webhook", "url": {"env": "HOOK"}, "allow_http": True,
                "allow_private": True}  # fmt: skip
    config.write_text(
        yaml.safe_dump({"channels": {"ops": settings}, "notify": [{"channel": "ops"}]})
    )
    sink = SINK.format(url=chat.url.split("?")[0])
    command = ["--config", str(config), "notify", "--sink", sink, "--listen", "127.0.0.1:0",
               *TEXT]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "kubedigest", *command],
        cwd=ROOT,
        env={**environment(tmp_path, database_url), "HOOK": chat.url},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if "telling: " in line:
                    break
            [address] = [line.split()[-1] for line in said if "health and metrics" in line]
            until(lambda: _is_ready(address))
            write(database_url, seen(datetime.now(UTC)))
            until(lambda: len(chat.taken) == 2)
            until(
                lambda: 'messages_total{route="ops",state="sent"} 1.0' in _page(address, "metrics")
            )
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        said += process.stderr.readlines()
        assert process.wait(PATIENCE_SECONDS) == 0
    types = sorted(json.loads(one.body).get("type", "event") for one in chat.taken)
    assert types == ["event", "kubedigest.notification"]
    [event] = [one for one in chat.taken if b"EventType" in one.body]
    assert event.headers["authorization"] == "Bearer s3cret"
    assert "s3cret" not in "".join(said)
    assert "SECRET" not in "".join(said)
    assert "Traceback" not in "".join(said)


def _page(address: str, name: str) -> str:
    with urllib.request.urlopen(f"{address}{name}", timeout=10) as answer:  # noqa: S310 - loopback
        return str(answer.read().decode())


def _is_ready(address: str) -> bool:
    try:
        return _page(address, "readyz") == "ok\n"
    except OSError:
        return False


def test_once(run_command: RunCommand, database_url: str, chat: ChatServer) -> None:
    """The first run begins, the second one tells what came since."""
    sink = SINK.format(url=chat.url.split("?")[0])
    ran = run_command("notify", "--once", "--sink", sink, database=database_url)
    nothing = "0 noted, 0 of no rule, 0 muted, 0 too old, imported or implausible\n"
    assert (ran.code, ran.out) == (0, nothing)
    now = datetime.now(UTC)
    write(
        database_url,
        seen(now),
        seen(now, name="n", type="Normal"),
        seen(now, name="f", source="file"),
    )
    ran = run_command("notify", "--once", "--sink", sink, database=database_url)
    assert ran.out == "1 noted, 1 of no rule, 0 muted, 1 too old, imported or implausible\n"
    [heard] = chat.taken
    assert json.loads(heard.body)["EventReason"] == "BackOff"


def test_config_maps_come_from_files_or_from_the_cluster(
    run_command: RunCommand, database_url: str, chat: ChatServer, tmp_path: Path
) -> None:
    """Of several files the one that is named by its namespace."""
    path = tmp_path / "maps.yaml"
    document = {"kind": "ConfigMap", "metadata": {"name": "body", "namespace": "ops"}}
    other = {"kind": "ConfigMap", "metadata": {"name": "body"}, "data": {"content": "{{ .Nope }}"}}
    found = {**document, "data": {"content": '{"r": "{{ .Reason }}"}'}}
    path.write_text(yaml.safe_dump_all([found, other]))
    sink = f"webhook:{chat.url.split('?')[0]}?method=POST&custom_body_configmap=body"
    sink += "&custom_body_configmap_namespace=ops"
    arguments = ("notify", "--once", "--sink", sink, "--configmap", str(path))
    run_command(*arguments, database=database_url)
    write(database_url, seen(datetime.now(UTC)))
    run_command(*arguments, database=database_url)
    assert [json.loads(one.body) for one in chat.taken] == [{"r": "BackOff"}]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "nobody is to be told of anything: add an entry to notify: in the configuration,"),
        (("--sink", "slack:x"), "sink 1: 'slack' is no sink; one begins with webhook:, dingtalk"),
        (("--sink", "kafka:x"), "sink 1: the sink kafka is not taken over: a channel of the type"),
        (("--sink", "webhook:https://h/p&level=Warning"), "sink 1: the sink webhook to h: its "),
        (
            ("--sink", "webhook:https://h/p?custom_body_configmap=x"),
            "the ConfigMap default/x cannot",
        ),
        (
            ("--configmap", "/nowhere.yaml"),
            "--configmap /nowhere.yaml cannot be read: No such file",
        ),
        (("--sink", "webhook:https://h/p?x=1") * 2, "two of the sinks are the same; give each"),
        (("--max-age", "2d"), "--max-age 2d is too long; write 15m or 1h, at most 1d"),
    ],
)
def test_mistakes(run_command: RunCommand, arguments: tuple[str, ...], sentence: str) -> None:
    """One sentence and exit code 2, before a database is looked for."""
    ran = run_command("notify", *TEXT, *arguments)
    assert (ran.code, ran.out) == (2, "")
    last = ran.err.splitlines()[-1]
    assert last.startswith(f"kubedigest: {sentence}")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"channel": "nobody"}, "entry 1 of notify: there is no channel 'nobody'; channels: ops"),
        ({}, ", entry 1 of notify, key 'channel': is missing"),
        (
            {"channel": "ops", "cool_down": "soon"},
            "key 'cool_down': is a duration such as 90s",
        ),
        (
            {"channel": "ops", "include": {"messages": ["re:(a"]}},
            "key 'messages': the expression '(a' cannot be used: missing ): (a",
        ),
        ({"channel": "ops", "quiet": {"start": "22:00"}}, "key 'end': is missing"),
        (
            {"channel": "ops", "groups": 1},
            ", entry 1 of notify has the unknown key 'groups'",
        ),
    ],
)
def test_mistakes_in_the_configuration(
    run_command: RunCommand, tmp_path: Path, entry: dict[str, object], sentence: str
) -> None:
    """The sentence says which entry and key."""
    path = tmp_path / "config.yaml"
    channels = {"ops": {"type": "slack", "url": "https://hooks.slack.com/s3cret"}}
    path.write_text(yaml.safe_dump({"channels": channels, "notify": [entry]}))
    ran = run_command("--config", str(path), "notify", *TEXT)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1
    assert "s3cret" not in ran.err


def test_the_right_to_read_one_config_map(
    run_command: RunCommand,
    monkeypatch: pytest.MonkeyPatch,
    api_server: FakeApiServer,
    tmp_path: Path,
) -> None:
    """What is missing is refused at start, whoever asks."""
    monkeypatch.setenv("KUBECONFIG", str(api_server.kubeconfig(tmp_path)))
    sink = "webhook:https://h/p?custom_body_configmap=x&custom_body_configmap_namespace=ops"
    ran = run_command("notify", *TEXT, "--sink", sink)
    assert ran.code == 2
    assert "there is no ConfigMap x with the key content in the namespace ops" in ran.err

"""Whole commands as logins that may do one thing each, and as an owner who may not make roles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from collector.database import connect
from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer
from tests.chat_servers.manners import Manner, http
from tests.chat_servers.server import ChatServer
from tests.e2e.collect_process import ROOT, Collect, total
from tests.e2e.conftest import RunCommand
from tests.faults.own_postgres import OwnPostgres
from tests.live_notifications import seen, write

COLLECTOR, REPORTER = "kubedigest_collector", "kubedigest_reporter"
NOTIFIER = "kubedigest_notifier"
SINK = "webhook:http://127.0.0.1:1/?level=Warning&method=POST"
NOTIFY = ("notify", "--once", "--log-format", "text", "--sink", SINK)
STATUS_TELLS = "'kubedigest db status' says what it may do"
AT = ("--at", "2026-01-06T09:00:00+00:00")
EVENT = {
    "metadata": {"name": "web.1", "namespace": "shop", "creationTimestamp": "2026-01-05T08:00:00Z"},
    "involvedObject": {"kind": "Pod", "name": "web-0", "namespace": "shop"},
    "reason": "BackOff",
    "type": "Warning",
    "count": 3,
}
Login = Callable[..., str]


def test_collecting_and_importing(
    api_server: FakeApiServer, login: Login, database_url: str, tmp_path: Path, once: Collect
) -> None:
    """From the API server and from a file; the owner sees what came."""
    api_server.apply_all([pod_event(number, 3) for number in range(4)])
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    collector = login(COLLECTOR)
    ran = once("collect", "--once", "--kubeconfig", kubeconfig, database=collector)
    assert (ran.returncode, "WARNING" in ran.stderr) == (0, False), ran.stderr
    path = tmp_path / "events.json"
    path.write_text(json.dumps(EVENT))
    ran = once("import", str(path), "--cluster", "lab", database=collector)
    assert ran.returncode == 0, ran.stderr
    assert total(database_url) == 15


@pytest.fixture
def filled(run_command: RunCommand, database_url: str) -> RunCommand:
    """Return the command line of a store with three failures on 5 January."""
    stdin = json.dumps(EVENT).encode()
    ran = run_command("import", "-", "--cluster", "prod", database=database_url, stdin=stdin)
    assert ran.code == 0
    return run_command


def test_reporting(filled: RunCommand, login: Login, tmp_path: Path) -> None:
    """The roll-up is brought up to date, digests are sent once, and mutes are made."""
    reporter = login(REPORTER)
    (row,) = json.loads(filled("top", "--since", "2d", "-o", "json", *AT, database=reporter).out)
    assert row["failures"] == 3
    config = tmp_path / "config.yaml"
    with ChatServer(Manner(takes=True, answer=http(200, {"errcode": 0, "errmsg": "ok"}))) as chat:
        ops = {"type": "dingtalk", "url": chat.url, "allow_http": True, "allow_private": True}
        config.write_text(yaml.safe_dump({"channels": {"ops": ops}}))
        report = ("--config", str(config), "report")
        for said in ("sent", "was sent already"):
            ran = filled(*report, "daily", "--send", "ops", *AT)
            assert (ran.code, ran.err) == (0, f"ops: daily 2026-01-05 {said}\n")
    assert "daily/2026-01-05/ops" in filled(*report, "--status").out
    assert filled(*report, "--mark-sent", "daily/2026-01-05/ops").code == 0
    assert "3 failures" in filled(*report, "--show", "daily/2026-01-05/ops").out
    muted = filled(
        "mute", "add", "--name", "web*", "--for", "3d", "--because", "x", "--by", "a", *AT
    )
    assert filled("mute", "remove", muted.out.strip(), "--by", "a", *AT).code == 0
    for command in (("trends",), ("histogram",), ("mute", "list"), ("db", "refresh")):
        assert filled(*command, *(AT if command[0] != "db" else ())).code == 0


def test_notifying(
    run_command: RunCommand, login: Login, database_url: str, tmp_path: Path
) -> None:
    """What comes after the first run is told by the second one, and noted."""
    notifier = login(NOTIFIER)
    config = tmp_path / "config.yaml"
    with ChatServer(Manner(takes=True, answer=http(200, {"ok": True}))) as chat:
        ops = {"type": "webhook", "url": chat.url, "allow_http": True, "allow_private": True}
        rules = {"channels": {"ops": ops}, "notify": [{"channel": "ops"}]}
        config.write_text(yaml.safe_dump(rules))
        notify = ("--config", str(config), "notify", "--once")
        assert run_command(*notify, database=notifier).code == 0
        write(database_url, seen(datetime.now(UTC)))
        ran = run_command(*notify, database=notifier)
        assert (ran.code, len(chat.taken)) == (0, 1), ran.err
    with connect(login(REPORTER)).connect() as connection:
        states = connection.scalars(text("select state from public.notification")).all()
    assert states == ["sent"]


@pytest.mark.parametrize(
    ("role", "command", "sentence"),
    [
        (COLLECTOR, ("report", "daily"), STATUS_TELLS),
        (COLLECTOR, ("mute", "list"), STATUS_TELLS),
        (COLLECTOR, ("db", "prune"), STATUS_TELLS),
        (COLLECTOR, ("db", "grants"), "only the owner of the store may give rights on it"),
        (COLLECTOR, NOTIFY, STATUS_TELLS),
        (REPORTER, NOTIFY, STATUS_TELLS),
        (REPORTER, ("import", "-"), STATUS_TELLS),
        (REPORTER, ("db", "rejected"), STATUS_TELLS),
        (REPORTER, ("db", "rebuild"), STATUS_TELLS),
        (REPORTER, ("db", "prune"), STATUS_TELLS),
        (None, ("top",), "let its owner grant it kubedigest_collector"),
        (None, ("db", "status"), "let its owner grant it kubedigest_collector"),
    ],
)
def test_what_a_login_may_not_do_is_one_sentence(
    filled: RunCommand, login: Login, role: str | None, command: tuple[str, ...], sentence: str
) -> None:
    """With exit code 1, and nothing on standard output."""
    url = login(role) if role else login()
    ran = filled(*command, database=url, stdin=json.dumps(EVENT).encode())
    assert (ran.code, ran.out) == (1, "")
    [said] = [line for line in ran.err.splitlines() if line.startswith("kubedigest: ")]
    assert sentence in said


def test_status_says_what_a_login_may_do(
    filled: RunCommand, login: Login, database_url: str
) -> None:
    """For each of the kinds of work."""
    said = filled("db", "status", database=login(COLLECTOR)).out
    assert "this login may collect and may not report, notify, upgrade and prune\n" in said
    said = filled("db", "status", database=database_url).out
    assert "this login may collect, report, notify, upgrade and prune\n" in said


def test_an_owner_who_may_not_make_roles(
    run_command: RunCommand, other_server: OwnPostgres
) -> None:
    """The store works; `db grants` says what an administrator has to run, and then gives rights."""
    other_server.execute("create role events_owner login")
    other_server.execute("create database events owner events_owner")
    owner = other_server.url("events").replace("postgres@", "events_owner@")
    upgraded = run_command("db", "upgrade", database=owner)
    assert (upgraded.code, "applied 0007_roles" in upgraded.out) == (0, True)
    stdin = json.dumps(EVENT).encode()
    assert run_command("import", "-", "--cluster", "prod", stdin=stdin).code == 0
    refused = run_command("db", "grants")
    assert refused.code == 1
    assert refused.out.splitlines()[0] == "kubedigest_collector  missing"
    [asked] = refused.err.splitlines()
    made = asked.partition("run: ")[2].partition(" and then")[0]
    for statement in made.split("; "):
        other_server.execute(statement)
    given = run_command("db", "grants")
    assert (given.code, given.out.count("has its rights")) == (0, 3)
    other_server.execute("create role eva login in role kubedigest_reporter")
    reporter = owner.replace("events_owner@", "eva@")
    answer = run_command("top", "--since", "2d", "-o", "json", *AT, database=reporter)
    assert [row["failures"] for row in json.loads(answer.out)] == [3]


def test_the_roles_of_the_documentation(run_command: RunCommand, other_server: OwnPostgres) -> None:
    """An administrator makes them, the owner upgrades, and each login may do its work alone."""
    page = (ROOT / "docs/operations.md").read_text()
    first, then = re.findall(r"```postgresql\n(.*?)```", page, flags=re.DOTALL)
    for statement in first.split(";")[:-1]:
        other_server.execute(statement)
    url = other_server.url("kubedigest")
    owner = url.replace("postgres@", "kubedigest_owner@")
    assert run_command("db", "upgrade", database=owner).code == 0
    for statement in then.split(";")[:-1]:
        other_server.execute(statement)
    for login, work in (("collector_prod", "collect"), ("digest", "report"), ("live", "notify")):
        said = run_command("db", "status", database=url.replace("postgres@", f"{login}@"))
        assert f"this login may {work} and may not " in said.out, said
    stdin = json.dumps(EVENT).encode()
    collector = url.replace("postgres@", "collector_prod@")
    assert run_command("import", "-", "--cluster", "c", database=collector, stdin=stdin).code == 0
    other_server.execute("create role stranger login")
    stranger = run_command("top", database=url.replace("postgres@", "stranger@"))
    assert (stranger.code, "permission denied for database" in stranger.err) == (1, True)

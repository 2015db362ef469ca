"""kube-eventer's own strings and templates, run against a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace as changed
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from collector.known_templates import KNOWN_TEMPLATES
from kubedigest.configuration import Configuration
from kubedigest.notifying import How, sink_routes
from reports.channels.conclusion import Conclusion
from reports.live import sink_outlet
from reports.live.route import Route
from reports.live.sink_outlet import SinkOutlet
from reports.transport import Answer, Request, post
from tests.chat_servers.manners import Manner, http
from tests.chat_servers.server import ChatServer
from tests.live_notifications import NOW, HandClock, notifier, rows, seen, write
from tests.unit.reports.hostile import HOSTILE_TEXTS

OK = Manner(takes=True, answer=http(200, {"errcode": 0, "errmsg": "ok", "code": 0}))
SLACK_OK = Manner(takes=True, answer=http(200, "ok"))
AWAY = Manner(takes=False, answer=http(429, {}))
SINKS = {
    "dingtalk-docs": "webhook:https://oapi.dingtalk.com/robot/send?access_token=t0&level=Normal&kinds=Pod"
    "&header=Content-Type=application/json&custom_body_configmap=body&method=POST",
    "wechat": "webhook:http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k1&level=Warning&kinds=Pod"
    "&header=Content-Type=application/json&custom_body_configmap=body&method=POST",
    "slack-docs": "webhook:https://hooks.slack.com/services/d/B0/hook?&level=Normal&kinds=Pod"
    "&header=Content-Type=application/json&custom_body_configmap=body&method=POST",
    "bearychat-docs": "webhook:https://hook.bearychat.com/=bw/incoming/xx?&level=Normal&kinds=Pod"
    "&header=Content-Type=application/json&custom_body_configmap=body&method=POST",
    "worktile": "webhook:https://hook.worktile.com/incoming/xx?level=Warning&kinds=Pod"
    "&custom_body_configmap=body&method=POST",
    "feishu": "webhook:https://open.feishu.cn/open-apis/bot/hook/xx?level=Warning&kinds=Pod"
    "&header=Content-Type=application/json&custom_body_configmap=body&method=POST",
    "feishu-card": "webhook:https://open.feishu.cn/open-apis/bot/v2/hook/xx?level=Warning&kinds=Pod"
    "&header=Content-Type=application/json&custom_body_configmap=body&method=POST",
}


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """Yield a server that all hosts of the outside lead to; it keeps what they were called."""
    with ChatServer(OK) as server:

        def redirected(request: Request, **options: Any) -> Answer | Conclusion:
            place = urlsplit(request.url)
            here = f"http://127.0.0.1:{server.port}/{place.scheme}/{place.netloc}{place.path}"
            url = f"{here}?{place.query}" if place.query else here
            return post(changed(request, url=url), **options)

        monkeypatch.setattr(sink_outlet, "post", redirected)
        yield server


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands still at nine."""
    return HandClock()


def routes(*sinks: str, body: str | None = None, **how: Any) -> list[Route]:
    """Return the routes of sinks whose ConfigMap has that body."""
    return sink_routes(
        Configuration(timezone="Asia/Shanghai"),
        How(sinks=sinks, **how),
        read=lambda places, _: {place: body for place in places if body is not None},
    )


@pytest.mark.parametrize("name", SINKS)
def test_the_examples_of_kube_eventer(
    database_url: str,
    chat: ChatServer,
    clock: HandClock,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The right address and headers, JSON whatever the message, and what passes the filters."""
    # the budget of the service goes by the clock of the database, which cannot be set
    monkeypatch.setattr(SinkOutlet, "per_minute", 6000)
    chat.behave = SLACK_OK if name == "slack-docs" else OK
    hostile = HOSTILE_TEXTS[:5]
    watcher = notifier(database_url, routes(SINKS[name], body=KNOWN_TEMPLATES[name]), clock)
    watcher.once()
    write(
        database_url,
        *(seen(NOW, name=f"e{n}", message=message) for n, message in enumerate(hostile)),
        seen(NOW, name="node", kind="Node", object="node-1"),
        seen(NOW, name="normal", type="Normal", reason="Pulled", message="pulled"),
    )
    watcher.once()
    bodies = [json.loads(one.body) for one in chat.taken]
    wants_normal = "level=Normal" in SINKS[name]
    assert len(bodies) == len(hostile) + wants_normal
    assert any("pulled" in json.dumps(body) for body in bodies) == wants_normal
    given = urlsplit(SINKS[name].removeprefix("webhook:"))
    for one in chat.taken:
        method, target, _ = one.line.split(" ")
        assert method == "POST"
        path, _, query = target.partition("?")
        assert path == f"/{given.scheme}/{given.netloc}{given.path}"
        kept = {key: value for key, value in parse_qs(given.query).items()
                if key in ("access_token", "key")}  # fmt: skip
        assert parse_qs(query) == kept
        assert one.headers["content-type"].startswith("application/json")


def test_to_the_letter(database_url: str, chat: ChatServer, clock: HandClock) -> None:
    """Every update a request, its own parameters in the URL, quotes deleted, Normal events too."""
    sink = "webhook:http://h/p?namespaces=shop,%20pay&header=A=b==&header=C=d"
    watcher = notifier(database_url, routes(sink, as_kube_eventer="1.2.14"), clock)
    watcher.once()
    write(database_url, seen(NOW, name="a", message='say "hi"\n\there'))
    write(database_url, seen(NOW, 2, name="a", birth=NOW, type="Normal"))
    write(database_url, seen(NOW, name="b", object_namespace="pay", namespace="pay"))
    watcher.once()
    assert [one.line for one in chat.heard] == []  # GET is answered as a question for a token
    assert rows_of(database_url) == [("sent", 1), ("sent", 1)]


def rows_of(url: str) -> list[tuple[Any, ...]]:
    """Return state and occurrences of each message."""
    from collector.database import connect

    return rows(connect(url), "select state, occurrences from public.notification")


def test_the_letter_of_a_body(database_url: str, chat: ChatServer, clock: HandClock) -> None:
    """The default body, as the binary sent it."""
    watcher = notifier(
        database_url, routes("webhook:http://h/p?method=POST", as_kube_eventer="1.2.14"), clock
    )
    watcher.once()
    write(database_url, seen(NOW, message='say "hi"\n\there\\'))
    watcher.once()
    [heard] = chat.taken
    assert heard.body.decode() == (
        '\n{\n\t"EventType": "Warning",\n\t"EventKind": "Pod",\n\t"EventReason": "BackOff",\n'
        '\t"EventTime": "2026-01-05 17:00:00 +0800 CST",\n'
        '\t"EventMessage": "say hi\n\there\\"\n}'
    )
    assert "content-type" not in heard.headers
    assert heard.line.split(" ")[1] == "/http/h/p?method=POST"


def test_dingtalk_is_signed_and_labelled(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Text in the shape of kube-eventer, with the labels before it."""
    sink = "dingtalk:https://oapi.dingtalk.com/robot/send?access_token=t0&sign=SEC1&label=prod%25"
    watcher = notifier(database_url, routes(sink), clock)
    watcher.once()
    write(database_url, seen(NOW, message="@all look"))
    watcher.once()
    [heard] = chat.taken
    document = json.loads(heard.body)
    assert document["msgtype"] == "text"
    lines = [line.rstrip() for line in document["text"]["content"].splitlines()]
    assert lines[:5] == ["prod%", "Level:Warning", "Kind:Pod", "Namespace:shop",
                         "Name:web-0.1887aca433360000"]  # fmt: skip
    assert "@all" not in document["text"]["content"]
    assert "timestamp=" in heard.line
    assert "sign=" in heard.line
    assert "SEC1" not in heard.line


def test_what_waits_for_a_service_with_a_limit_is_told_in_one(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Twelve events: one message that names some of the others, and says how many."""
    body = '{"msgtype": "text", "text": {"content": "{{ .Reason }} {{ .Message }}"}}'
    sink = "webhook:https://oapi.dingtalk.com/robot/send?access_token=t0&custom_body_configmap=b"
    watcher = notifier(database_url, routes(f"{sink}&method=POST", body=body), clock)
    watcher.once()
    write(
        database_url,
        seen(NOW, 3, name="first", object="first", birth=NOW),
        *(seen(NOW, name=f"e{n}", object=f"web-{n}", reason="Failed") for n in range(11)),
    )
    watcher.once()
    [heard] = chat.taken
    said = json.loads(heard.body)["text"]["content"]
    assert said.startswith("BackOff Back-off restarting failed container (3 times; and 11 other ")
    assert "Failed web-0" in said
    assert rows_of(database_url) == [("sent", 14)]


def test_a_growing_event_is_told_again_later(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """After ten minutes, with how many came meanwhile; a copy says that it is one."""
    watcher = notifier(database_url, routes("webhook:http://h/p?method=POST"), clock)
    watcher.once()
    for count in range(1, 6):
        write(database_url, seen(clock.moment, count, birth=NOW))
        watcher.once()
        clock.go_on(minutes=1)
    clock.go_on(minutes=6)
    watcher.once()
    messages = [json.loads(one.body)["EventMessage"] for one in chat.taken]
    plain = "Back-off restarting failed container"
    assert messages == [plain, f"{plain} (4 times)"]
    assert len({one.headers["webhook-id"] for one in chat.taken}) == 2


@pytest.mark.parametrize(
    ("sink", "options", "sentence"),
    [
        ("mysql:?root@tcp(h)/db", {}, "sink 1: the sink mysql is not taken over: "),
        ("webhook:https://h/p&level=Warning", {}, "has no ?, so that kube-eventer reads no parame"),
        ("webhook:https://h/p?reason=Back(", {}, "reason"),
        ("webhook:https://h/p?custom_body_configmap=x", {}, "there is no ConfigMap x with the key"),
        ("webhook:https://h/p?custom_body_configmap=x", {"body": "{{ .Nope }}"}, "line 1"),
        ("webhook:https://h/p?custom_body_configmap=x", {"body": "{{ toJson . }}"}, "toJson"),
    ],
)
def test_what_cannot_be_run_is_refused_at_start(
    sink: str, options: dict[str, Any], sentence: str
) -> None:
    """With one sentence; nothing is replaced in silence."""
    from kubedigest.errors import UsageError

    with pytest.raises(UsageError) as raised:
        routes(sink, **options)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)

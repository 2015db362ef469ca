"""The channel that does what a sink does is one that the configuration takes."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from analytics.catalogue import Catalogue
from kubedigest.configuration import load
from kubedigest.notify_configuration import NotifyRule
from reports.live.judge import Judge
from reports.sinks.explanation import explained
from reports.sinks.live_event import LiveEvent
from reports.sinks.our_channel import our_channel
from reports.sinks.reading import read_sink
from reports.yaml_document import yaml_text

SINKS = [
    ("webhook:https://oapi.dingtalk.com/robot/send?access_token=tok-1&level=Normal", "dingtalk"),
    ("webhook:http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k-1&method=POST", "wecom"),
    ("webhook:https://hooks.slack.com/services/d/B0/hook?&level=Normal&kinds=Pod", "slack"),
    ("webhook:https://hook.bearychat.com/=bw/incoming/xx?&level=Normal", "bearychat"),
    ("webhook:https://hook.worktile.com/incoming/xx?level=Warning", "worktile"),
    ("webhook:https://open.feishu.cn/open-apis/bot/hook/xx?level=Warning", "feishu"),
    ("webhook:https://open.feishu.cn/open-apis/bot/v2/hook/xx?level=Warning", "feishu"),
    ("webhook:https://h/p?header=Authorization=Basic eA==&header=Content-Type=a/b", "webhook"),
    ("dingtalk:https://oapi.dingtalk.com/robot/send?access_token=tok-1&sign=SEC1", "dingtalk"),
    ("wechat:?corp_id=ww1&corp_secret=sec1&agent_id=7&to_user=a,b", "wecom_app"),
]


@pytest.mark.parametrize(("text", "type_"), SINKS)
def test_the_yaml_loads(
    text: str, type_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its secrets in the environment, which are what the string had."""
    sink = read_sink(text)
    channel = our_channel(sink, 2)
    for name, value in channel.environment.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "config.yaml"
    found = explained(sink, channel)
    file.write_text(yaml_text({"channels": found.channels, "notify": found.notify}))
    loaded = load(file)
    [(name, settings)] = loaded.channels.items()
    assert [rule.channel for rule in loaded.notify] == [name]
    assert (name, settings.type) == (f"{type_.replace('_', '-')}-2", type_)
    assert channel.with_secrets()["type"] == type_


NAMES = ("a", "A", "b-c", "team-a", "a.b", "axb")
REASONS = (
    "BackOff",
    "Back",
    "Failed",
    "FailedMount",
    "NotFailed",
    "Killing",
    "a",
    "b",
    "ac",
    "Off",
)


@pytest.mark.parametrize(
    "query",
    [
        "namespaces=a,b-c&reason=Back",
        "namespaces=team-.*",
        "namespaces=a.b",
        "reason=^Failed$,^Back,Off$",
        "reason=^(Failed|Kill.*)$&level=Normal",
        "reason=^a|b$",
        "reason=Back.%2B",
        "reason=Fail{1,3}",
        "reason=[Ff]ailed",
        "kinds=pod,Node",
        "level=Normal",
    ],
)
def test_the_rule_lets_the_same_through(query: str) -> None:
    """Every combination of types, kinds, namespaces and reasons."""
    sink = read_sink(f"webhook:https://h/p?{query}")
    asked = NotifyRule.model_validate(our_channel(sink).rule)
    judge = Judge(asked.rule(timezone="UTC", minimum_severity="notice"), Catalogue.load())
    for type_, kind, namespace, reason in product(
        ("Warning", "Normal"), ("Pod", "Node"), NAMES, REASONS
    ):
        event = LiveEvent(
            received=datetime(2026, 1, 1, tzinfo=UTC),
            type=type_,
            kind=kind,
            namespace=namespace,
            object_namespace=namespace,
            reason=reason,
        )
        assert (judge.judge(event) is not None) == sink.as_documented(event), event

"""The channel that does what a sink does is one that the configuration takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedigest.configuration import load
from reports.sinks.explanation import explained
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
    file.write_text(yaml_text({"channels": explained(sink, channel).channels}))
    [(name, settings)] = load(file).channels.items()
    assert (name, settings.type) == (f"{type_.replace('_', '-')}-2", type_)
    assert channel.with_secrets()["type"] == type_


@pytest.mark.parametrize(
    ("query", "include"),
    [
        ("namespaces=a,b-c&reason=Back", {"namespaces": ["a", "b-c"], "reasons": ["*Back*"]}),
        ("namespaces=team-.*", {"namespaces": ["team-*"]}),
        ("reason=^Failed$,^Back,Off$", {"reasons": ["Failed", "Back*", "*Off"]}),
        ("reason=^(Failed|Kill.*)$", {"reasons": ["Failed", "Kill*"]}),
        ("reason=^a|b$", {"reasons": ["a*", "*b"]}),
        ("reason=Back.%2B", {"reasons": ["*Back?*"]}),
        ("reason=Fail{1,3}", None),
        ("reason=[Ff]ailed", None),
        ("reason=(a|b)c", None),
        ("level=Normal", None),
    ],
)
def test_patterns_are_said_with_asterisks_or_left_out(
    query: str, include: dict[str, list[str]] | None
) -> None:
    """And what is left out is told."""
    channel = our_channel(read_sink(f"webhook:https://h/p?{query}"))
    assert channel.settings.get("include") == include
    if include is None and "reason" in query:
        assert "reason is left out: its patterns cannot be said with * and ?" in channel.notes

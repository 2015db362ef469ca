"""Tests of Worktile: the shape that users of the hook proxy know."""

from __future__ import annotations

import pytest

from analytics.language import Language, speaking
from reports.transport import Answer
from tests.unit.reports.channels.payloads import channel, document, letter
from tests.unit.reports.digests import busy, quiet, two_clusters

_CHINESE = Language(
    tag="zh-CN",
    texts={
        "CurrentDate": "当前日期",
        "FailureTime": "失败时间",
        "ResourcesName": "资源名称",
        "FailuresNumber": "失败次数",
    },
    plurals={},
    form=lambda _: 0,
)


def test_a_daily_digest_is_followed_by_the_table() -> None:
    """Both have the four members, colours and title of the hook proxy."""
    digest, table = channel("worktile").compose(letter(busy()))
    first, second = document(digest)["attachment"], document(table)["attachment"]
    assert list(first) == list(second) == ["fallback", "color", "title", "text"]
    assert first["color"] == "#51bcb6"
    assert first["title"] == first["fallback"] == busy().verdict
    assert second["color"] == "#DC143C"
    assert second["title"] == second["fallback"] == "Kubernetes Event Daily statistical"


def test_other_digests_have_no_daily_table() -> None:
    """Neither a week nor a day without failures has one."""
    for digest in (two_clusters(), quiet()):
        assert len(channel("worktile").compose(letter(digest))) == 1


def test_the_table_is_lines() -> None:
    """No column is aligned by spaces; a resource has its name, number and one time a line."""
    _, table = channel("worktile", top=2).compose(letter(busy()))
    assert document(table)["attachment"]["text"].split("\n") == [
        "CurrentDate: 2026-11-21",
        "",
        "ResourcesName: shop/Deployment checkout · BackOff",
        "FailuresNumber: 120",
        "FailureTime:",
        *(f"{hour:02}:00" for hour in (2, 3, 4, 19, 20, 21, 22, 23)),
        "",
        "ResourcesName: data/StatefulSet kafka · Unhealthy",
        "FailuresNumber: 41",
        "FailureTime:",
        "03:00",
        "04:00",
        "",
        "… 10 more rows: 53",
        "Total: 214",
        "",
        "kubedigest 0.1.0 · digest daily-2026-11-21-1f0c",
    ]


def test_the_table_speaks_chinese() -> None:
    """In Chinese the headings are those of the hook proxy."""
    with speaking(_CHINESE):
        _, table = channel("worktile", top=1).compose(letter(busy()))
    lines = document(table)["attachment"]["text"].split("\n")
    assert lines[0] == "当前日期: 2026-11-21"
    assert lines[2:5] == [
        "资源名称: shop/Deployment checkout · BackOff",
        "失败次数: 120",
        "失败时间:",
    ]


@pytest.mark.parametrize(
    ("status", "body", "state", "code"),
    [
        (200, "", "sent", ""),
        (200, "ok", "sent", ""),
        (200, '{"code":200}', "sent", ""),
        (200, '{"code":0}', "sent", ""),
        (200, '{"code":100006,"message":"no"}', "refused", "100006"),
        (200, "[" * 60_000, "sent", ""),
        (404, "", "refused", "404"),
        (429, "", "not sent", "429"),
        (500, '{"code":200}', "unclear", "500"),
    ],
)
def test_answer(status: int, body: str, state: str, code: str) -> None:
    """A code in a 2xx that is no success is an error; what is not JSON is not looked into."""
    found = channel("worktile").classify(Answer(status=status, headers={}, body=body))
    assert (found.state, found.code) == (state, code)

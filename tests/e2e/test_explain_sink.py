"""``kubedigest explain-sink`` and its page."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import RunCommand

PAGE = Path(__file__).parents[2] / "docs/kube-eventer.md"
EXAMPLE = re.compile(r"```console\n\$ kubedigest (explain-sink [^\n]+)\n(.*?)```", re.DOTALL)
SECRET = "webhook:https://host/s3cret-path?key=s3cret-key&header=A=s3cret-head&level=Warning"


@pytest.mark.parametrize("arguments", [found for found, _ in EXAMPLE.findall(PAGE.read_text())])
def test_an_example_is_what_happens(run_command: RunCommand, arguments: str) -> None:
    """UPDATE_GOLDEN=1 writes them anew."""
    ran = run_command(*shlex.split(arguments))
    page = PAGE.read_text()
    if os.environ.get("UPDATE_GOLDEN") == "1":
        written = f"```console\n$ kubedigest {arguments}\n{ran.out}```"
        page = EXAMPLE.sub(lambda one: written if one[1] == arguments else one[0], page)
        PAGE.write_text(page)
    [shown] = [text for example, text in EXAMPLE.findall(page) if example == arguments]
    assert shown == ran.out
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(("output", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_read_the_same_and_no_secret(run_command: RunCommand, output: str, read) -> None:  # type: ignore[no-untyped-def]
    """Several strings are several entries, and their channels have names of their own."""
    ran = run_command("explain-sink", SECRET, SECRET, "-o", output)
    one, other = read(ran.out)["sinks"]
    assert one["sink"] == "webhook:host"
    assert list(one["channels"]) == ["webhook"]
    assert list(other["channels"]) == ["webhook-2"]
    assert one["environment"] == ["WEBHOOK_URL", "WEBHOOK_A"]
    assert {row["name"] for row in one["parameters"]} >= {"level", "reason", "header"}
    assert "s3cret" not in ran.out + run_command("explain-sink", SECRET).out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["slack:https://h/"], "kubedigest: 'slack' is no sink; one begins with webhook:, "),
        ([SECRET, "mongo:x"], "kubedigest: sink 2: the sink mongo is not taken over: "),
        (["dingtalk:https://h/?sign=s3cret"], "kubedigest: the sink dingtalk needs access_token"),
    ],
)
def test_what_is_no_sink(run_command: RunCommand, arguments: list[str], sentence: str) -> None:
    """Exit code 2, one sentence, no secret."""
    ran = run_command("explain-sink", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(sentence)
    assert ran.err.count("\n") == 1
    assert "s3cret" not in ran.err

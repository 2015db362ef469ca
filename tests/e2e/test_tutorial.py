"""docs/tutorial.md, from nothing to a digest: what it shows without a cluster is what happens."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
import yaml

from kubedigest.demo_chat import demo_chat
from tests.e2e.conftest import RunCommand
from tests.shown import ROOT, all_blocks, blocks, commands

PAGE = ROOT / "docs/tutorial.md"
EVENTS = ROOT / "docs/tutorial/events.json"
CONSOLE = [one for one in blocks(PAGE) if one.language == "console"]
REST = "…\n"  # stands for what is not shown


def test_the_way_without_a_cluster(
    run_command: RunCommand,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One command after the other, in one store; UPDATE_GOLDEN=1 writes the page anew."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    [example] = [one.text for one in blocks(PAGE) if one.language == "yaml"]
    settings = yaml.safe_load(example)
    # the chat of the test speaks no TLS, and is on this machine
    settings["channels"]["ops"] |= {"allow_http": True, "allow_private": True}
    Path("kubedigest.yaml").write_text(yaml.safe_dump(settings))
    page = PAGE.read_text()
    with demo_chat() as chat:
        monkeypatch.setenv("SLACK_URL", f"{chat.address}/slack")
        for block in CONSOLE:
            [one] = commands(block)
            assert one.arguments is not None
            ran = run_command(*one.arguments, database=database_url)
            prompt, _, shown = block.text.partition("\n")
            happened = ran.err + ran.out
            if os.environ.get("UPDATE_GOLDEN") == "1" and not shown.endswith(REST):
                page = page.replace(block.text, f"{prompt}\n{happened}", 1)
                continue
            end = shown.removesuffix(REST)
            assert happened.startswith(end)
            assert (happened == shown) != shown.endswith(REST)
            assert ran.code == 0
    if os.environ.get("UPDATE_GOLDEN") == "1":
        PAGE.write_text(page)
    assert [path for path, _ in chat.got] == ["/slack", "/slack"]  # the test, and one digest
    assert json.loads(Path("digests/daily-2026-11-21.json").read_text())["failures"] == 267


def test_the_figures_in_the_text_are_those_of_the_file() -> None:
    """Counted without the program."""
    items = json.loads(EVENTS.read_text())["items"]
    text = PAGE.read_text()
    assert f"The file has {len(items)} events and {sum(one['count'] for one in items)} occ" in text
    second = [one for one in items if one["firstTimestamp"] >= "2026-11-20T16"]
    by_reason = {
        reason: sum(one["count"] for one in second if one["reason"] == reason)
        for reason in {one["reason"] for one in second}
    }
    good = ("Pulled", "Started", "ScalingReplicaSet", "NodeReady")
    assert by_reason["BackOff"] == 2 * 106 == 212
    assert by_reason["Failed"] == 2 * 6 == 12
    assert sum(count for reason, count in by_reason.items() if reason not in good) == 267
    assert {one["type"] for one in second if one["reason"] == "BackOff"} == {"Normal"}


def test_what_is_named_of_the_manifests_is_there() -> None:
    """Objects, keys and folders."""
    folder = ROOT / "deploy"
    if not folder.is_dir():
        pytest.skip("there are no manifests here")
    manifests = "\n".join(path.read_text() for path in folder.rglob("*.yaml"))
    text = PAGE.read_text()
    for name in re.findall(r"(?:cronjob|deployment)/(kubedigest-\w+)", text):
        assert f"name: {name}\n" in manifests
    for name in re.findall(r"secret generic (kubedigest-\w+)", text):
        assert f"secretName: {name}" in manifests
    for key in re.findall(r"--from-literal=([\w-]+)=", text):
        assert re.search(rf"[/ ]{key}\b", manifests), key
    for path in re.findall(r"deploy/[\w/]+", text):
        assert (ROOT / path).exists()
    overlays = {path.name for path in (folder / "overlays").iterdir()}
    assert {"own-postgresql", "cloudnative-pg", "single-namespace"} <= overlays


def test_the_page_is_in_the_list_of_pages() -> None:
    """Its blocks are found by the tests of all pages, too."""
    assert {one.page for one in all_blocks("console")} >= {PAGE}

"""docs/routing.md: its examples are run one after the other, and its fields are those there are."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from kubedigest.cli import kubedigest
from kubedigest.commands.mute import COLUMNS
from tests.e2e.conftest import RunCommand
from tests.e2e.test_command_line_page import AT, story

__all__ = ["story"]

PAGE = Path(__file__).parents[2] / "docs/routing.md"
CONFIGURATION = PAGE.with_name("configuration.md")
EXAMPLE = re.compile(r"```console\n\$ kubedigest ([^\n]+)\n(.*?)```", re.DOTALL)
MISTAKE = "channels: {team-a: {type: slack, url: x, include: {namespace: [a]}}}"


def test_the_examples_are_what_happens(run_command: RunCommand, story: str) -> None:
    """In the order of the page, in one store; UPDATE_GOLDEN=1 writes them anew."""
    page = PAGE.read_text()
    found = EXAMPLE.findall(page)
    assert len(found) == 3
    for arguments, shown in found:
        ran = run_command(*shlex.split(arguments), "--at", AT, database=story)
        happened = ran.err + ran.out
        if os.environ.get("UPDATE_GOLDEN") == "1":
            page = page.replace(
                f"$ kubedigest {arguments}\n{shown}```", f"$ kubedigest {arguments}\n{happened}```"
            )
            PAGE.write_text(page)
            continue
        assert (ran.code, happened) == (0, shown)
        if arguments.startswith("mute add"):
            report = run_command("report", "daily", "--at", AT).out
            [excerpt] = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
            for part in excerpt.strip("\n").split("\n\n"):
                assert part in report


def test_every_field_and_option_is_on_the_page() -> None:
    """Of the list, and of the command that adds."""
    page = PAGE.read_text()
    for column in COLUMNS:
        assert f"`{column.name}`" in page
    shown = CliRunner().invoke(kubedigest, ["mute", "add", "--help"]).output
    for option in set(re.findall(r"(?<![\w-])(--[a-z]+)", shown)) - {"--help"}:
        assert option in page


def test_the_mistake_of_the_configuration_page(run_command: RunCommand, tmp_path: Path) -> None:
    """The sentence is what is printed."""
    path = tmp_path / "kubedigest.yaml"
    path.write_text(MISTAKE)
    ran = run_command("--config", str(path), "config", "check")
    [shown] = [text for _, text in EXAMPLE.findall(CONFIGURATION.read_text())]
    assert ran.err.replace(str(path), path.name) == shown

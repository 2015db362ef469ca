"""docs/reference.md leaves nothing out."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from kubedigest.cli import COMMANDS, kubedigest
from manual.reference import contexts, reference

PAGE = reference()
PATHS = [context.command_path for context in contexts()]


@pytest.mark.parametrize("path", PATHS)
def test_every_option_of_the_help_page_is_in_the_section(path: str) -> None:
    """With the name of its value, as the help page of the program itself prints it."""
    [section] = re.findall(rf"^## {path}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    ran = CliRunner().invoke(kubedigest, [*path.split()[1:], "--help"])
    assert ran.exit_code == 0
    listed = ran.output.partition("\nOptions:\n")[2]
    shown = re.findall(r"^  (-[^\n]*?)(?:  |\n)", f"{listed}\n", re.MULTILINE)
    options = [one for one in shown if "--help" not in one]
    assert len(options) == section.count("\n| `-")
    for option in options:
        assert f"| `{option.replace('|', chr(92) + '|')}` |" in section


def test_every_command_has_a_section() -> None:
    """Those of groups, too."""
    assert set(PATHS) >= {"kubedigest", *(f"kubedigest {name}" for name in COMMANDS)}
    assert {"kubedigest db prune", "kubedigest mute add", "kubedigest config check"} <= set(PATHS)
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == PATHS


def test_hidden_commands_stay_hidden() -> None:
    """There is none yet, and whoever makes one decides what the page says of it."""
    assert [one.command_path for one in contexts() if one.command.hidden] == []
    assert not any(
        isinstance(option, click.Option) and option.hidden
        for one in contexts()
        for option in one.command.params
    )


def test_every_option_is_explained() -> None:
    """A default and a range alone are no explanation."""
    rows = re.findall(r"^\| `(-[^`]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) >= 100
    assert [option for option, said in rows if not re.sub(r"\[[^\]]*\]", "", said).strip()] == []

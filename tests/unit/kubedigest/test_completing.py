"""Completion: by the shell itself, and through kubectl."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kubedigest.cli import COMMANDS, kubedigest
from kubedigest.completing import main

CHECKOUT = Path(__file__).parents[3]


def completed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Return the lines that kubectl is given."""
    main(list(words))
    return capsys.readouterr().out.splitlines()


def test_a_command_is_completed_with_its_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    """The shell has it cut at the tab; the last line tells it not to offer files."""
    assert completed(capsys, "hi") == ["histogram\tShow when it failed.", ":4"]
    offered = completed(capsys, "")
    assert [line.split("\t")[0] for line in offered[:-1]] == list(COMMANDS)
    assert completed(capsys) == offered


def test_options_choices_and_commands_of_groups_are_completed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever click knows of them."""
    assert "--format\tRepeat for several; default: text." in completed(capsys, "report", "--f")
    assert completed(capsys, "top", "--by", "no") == ["node", ":4"]
    assert completed(capsys, "db", "pru")[0].startswith("prune\t")
    assert [line.split("\t")[0] for line in completed(capsys, "--c")] == ["--config", ":4"]


@pytest.mark.parametrize("words", [("import", ""), ("--config", ""), ("report", "--output", "")])
def test_files_are_left_to_the_shell(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """It knows better what lies there."""
    assert completed(capsys, *words)[-1] == ":0"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_a_script(shell: str) -> None:
    """Under the name that it is started with."""
    ran = CliRunner(env={"_KUBEDIGEST_COMPLETE": f"{shell}_source"}).invoke(
        kubedigest, prog_name="kubedigest", complete_var="_KUBEDIGEST_COMPLETE"
    )
    assert ran.exit_code == 0
    assert f"_KUBEDIGEST_COMPLETE={shell}_complete" in ran.output


def test_the_script_of_bash_completes(tmp_path: Path) -> None:
    """In a real bash, which starts a real program."""
    if (bash := shutil.which("bash")) is None:
        pytest.skip("there is no bash")
    program = tmp_path / "kubedigest"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m kubedigest \"$@\"\n")
    program.chmod(0o755)
    typed = """
        eval "$(_KUBEDIGEST_COMPLETE=bash_source kubedigest)"
        COMP_WORDS=(kubedigest top --by work) COMP_CWORD=3
        _kubedigest_completion kubedigest
        echo "${COMPREPLY[@]}"
    """
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    ran = subprocess.run(
        [bash, "-c", typed],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        cwd=CHECKOUT,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "workload\n"), ran.stderr

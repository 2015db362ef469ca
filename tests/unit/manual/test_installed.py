"""What is installed, and under which licence."""

from __future__ import annotations

from pathlib import Path

import pytest

from manual.installed import packages
from manual.pages import ROOT


def install(folder: Path, name: str, *lines: str) -> None:
    """Write the metadata of a package."""
    about = folder / f"{name}-1.dist-info"
    about.mkdir()
    text = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1", *lines])
    (about / "METADATA").write_text(f"{text}\n")


def test_needs_are_followed_with_extras_and_markers(tmp_path: Path) -> None:
    """What nobody asks for, or is not there, is left out; a circle ends."""
    needs = {
        "kubedigest": ["One[more]", "absent", "tool; extra == 'dev'", "local; extra == 'local'"],
        "one": ["two; extra == 'more'", "kubedigest", "old; python_version < '3'"],
    }
    for name, others in needs.items():
        install(tmp_path, name, *(f"Requires-Dist: {other}" for other in others))
    for name in ("two", "tool", "local", "old"):
        install(tmp_path, name)
    found = packages([str(tmp_path)])
    assert [one.name for one in found] == ["kubedigest", "local", "one", "two"]
    assert found[0].needs == ("local", "one")
    assert found[2].needs == ("kubedigest", "two")


def test_a_licence_is_an_expression_or_words(tmp_path: Path) -> None:
    """The whole text of one is neither."""
    install(tmp_path, "kubedigest", *(f"Requires-Dist: {one}" for one in "abcd"))
    install(tmp_path, "a", "License-Expression: MIT", "License: no")
    install(tmp_path, "b", "License: BSD-3-Clause", "Classifier: Topic :: Database")
    install(tmp_path, "c", "License: x", "Classifier: License :: OSI Approved :: MIT License")
    install(tmp_path, "d", f"License: {'All rights. ' * 9}")
    found = packages([str(tmp_path)])
    assert [one.licence for one in found[1:]] == ["MIT", "BSD-3-Clause", "MIT License", "not said"]
    assert [one.expression for one in found[1:]] == ["MIT", "", "", ""]


@pytest.mark.skipif(not packages(), reason="kubedigest is not installed in this environment")
def test_every_licence_is_known_and_on_the_page() -> None:
    """None forbids what users may do; strong copyleft would have to be decided on."""
    page = (ROOT / "docs/licences.md").read_text(encoding="utf-8")
    for one in packages()[1:]:
        assert f"| `{one.name}` | " in page
        assert one.licence != "not said", one.name
        weak = one.licence.replace("Lesser General Public License", "")
        assert "GPL" not in weak.replace("(LGPL)", ""), one.name

"""The pages that are made from the code are the ones that lie there."""

from __future__ import annotations

import platform

import pytest

from manual.installed import packages
from manual.licences import MADE_WITH
from manual.pages import PAGES, ROOT

WITH_ONE_PYTHON = "docs/licences.md"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_is_made_from_the_code(name: str) -> None:
    """`./run manual` writes it anew."""
    if name == WITH_ONE_PYTHON and not platform.python_version().startswith(f"{MADE_WITH}."):
        pytest.skip(f"{name} is made with Python {MADE_WITH}")
    if name == WITH_ONE_PYTHON and not packages():
        pytest.skip("kubedigest is not installed in this environment, only on its path")
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "run ./run manual"


def test_no_schema_is_left_of_an_older_making() -> None:
    """What lies in docs/schema is made."""
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/schema").iterdir()}
    assert found == {name for name in PAGES if name.startswith("docs/schema/")}

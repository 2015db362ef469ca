"""Golden files: what every format looks like, to be read in a review."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture
def compare_golden() -> Callable[[str, str], None]:
    """Compare a text with the file of that name, or write it where UPDATE_GOLDEN=1 is set."""

    def compare(name: str, text: str) -> None:
        path = _GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN") == "1":
            path.write_bytes(text.encode())
        assert path.exists(), f"{name} is missing; run once with UPDATE_GOLDEN=1"
        assert text == path.read_bytes().decode(), f"{name} differs; UPDATE_GOLDEN=1 accepts it"

    return compare

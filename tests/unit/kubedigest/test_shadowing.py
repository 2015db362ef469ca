"""A user's own package of one of our names is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "content"), [("analytics.py", "x = 1\n"), ("reports/__init__.py", "")]
)
def test_the_import_says_which_file_is_in_the_way(tmp_path: Path, name: str, content: str) -> None:
    """One sentence with the path, instead of an error from somewhere inside."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    ran = subprocess.run(
        [sys.executable, "-c", "import kubedigest"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{CHECKOUT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: kubedigest needs its own package")
    assert str(path) in last

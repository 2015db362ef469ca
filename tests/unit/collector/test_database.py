"""URLs as people have them, and the folder of SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import analytics
import collector
import kubedigest
from collector.database import address, sql_folder, statement
from collector.errors import AddressError


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_usual_scheme_means_psycopg2(scheme: str) -> None:
    """SQLAlchemy 2.1 would take postgresql:// for another driver, and postgres:// for none."""
    url = address(f"{scheme}://u:p@h:5433/d?sslmode=verify-full")
    assert url.drivername == "postgresql+psycopg2"
    assert (url.host, url.port, url.database) == ("h", 5433, "d")
    assert url.query == {"sslmode": "verify-full"}


@pytest.mark.parametrize("url", ["mysql://u:canary@h/d", "nothing", "postgresql://u:canary@h:x/d"])
def test_another_url_is_refused_without_its_password(url: str) -> None:
    """The sentence shows how a URL looks."""
    with pytest.raises(AddressError, match="postgresql://USER:PASSWORD@HOST") as refused:
        address(url)
    assert "canary" not in str(refused.value)


def test_every_statement_that_is_named_is_there_and_every_one_there_is_named() -> None:
    """No dead SQL, no missing file."""
    packages = [Path(str(module.__file__)).parent for module in (collector, analytics, kubedigest)]
    text = "\n".join(path.read_text() for package in packages for path in package.rglob("*.py"))
    files = {path.stem for path in (sql_folder() / "queries").glob("*.sql")}
    assert {name for name in files if f'"{name}"' not in text} == set()
    named = set(re.findall(r'\bstatement\("(\w+)"\)', text))
    assert named - files == set()
    assert all(statement(name) for name in files)

"""URLs as people have them, and the folder of SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import analytics
import collector
import kubedigest
import reports
from collector.database import address, connect, sql_folder, statement
from collector.errors import AddressError, UnreachableError


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


@pytest.mark.parametrize("rest", ["@ARY", "@q/x?y=1", "@q?ARY", "/1@ARY", ":1/@ARY"])
def test_an_at_sign_in_the_password(rest: str) -> None:
    """What stands behind it would be taken for the host, the database or an option, and shown."""
    with pytest.raises(AddressError, match="holds an @; write it as %40") as refused:
        address(f"postgresql://me:CAN{rest}@127.0.0.1:9/x")
    assert not re.search("CAN|ARY|q", str(refused.value).removeprefix("the password"))


@pytest.mark.parametrize("mark", ["%40", ":", "/", "?", "#", "%", "\\", " ", "["])
def test_other_marks_in_the_password(mark: str) -> None:
    """They are part of it, and none of it is shown when nobody answers."""
    url = f"postgresql://me:CAN{mark}ARY@127.0.0.1:1/x"
    assert address(url).password == f"CAN{'@' if mark == '%40' else mark}ARY"
    with pytest.raises(UnreachableError, match=r"the database x at 127\.0\.0\.1: ") as away:
        connect(url)
    assert not re.search("CAN|ARY", str(away.value))


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        ("/x?nonsense=1", 'PostgreSQL lacks: invalid connection option "nonsense"'),
        (":99999/x", "is not a number from 1 to 65,535"),
        (":0/x", "is not a number from 1 to 65,535"),
        ("/x\udcff", "a character that PostgreSQL cannot take"),
        ("/x?options=%00", "a character that PostgreSQL cannot take"),
    ],
)
def test_what_no_server_would_ever_see_is_refused_at_once(rest: str, sentence: str) -> None:
    """Trying again would not help."""
    with pytest.raises(AddressError) as refused:
        address(f"postgresql://me@127.0.0.1{rest}")
    assert sentence in str(refused.value)


def test_a_password_cut_at_an_ampersand() -> None:
    """Its second half looks like an option, and is not shown."""
    with pytest.raises(AddressError, match=r"has an option that PostgreSQL lacks$"):
        address("postgresql:///x?password=CAN&ARY=1")


def test_settings_that_only_libpq_knows_are_the_users_mistake() -> None:
    """Its verdict comes before any server is asked."""
    with pytest.raises(AddressError, match='invalid sslmode value: "bogus"'):
        connect("postgresql://me@127.0.0.1:1/x?sslmode=bogus")


def test_several_hosts_are_named_as_they_stand() -> None:
    """None of them answers."""
    with pytest.raises(UnreachableError, match=r"at 127\.0\.0\.1:1, 127\.0\.0\.2:1: "):
        connect("postgresql:///x?host=127.0.0.1:1&host=127.0.0.2:1")
    with pytest.raises(AddressError, match=r"write postgresql:///DATABASE\?host=HOST:5432&host="):
        connect("postgresql:///x?host=127.0.0.1&host=127.0.0.2&port=1&port=1")


def test_every_statement_that_is_named_is_there_and_every_one_there_is_named() -> None:
    """No dead SQL, no missing file."""
    packages = [
        Path(str(module.__file__)).parent for module in (collector, analytics, reports, kubedigest)
    ]
    text = "\n".join(path.read_text() for package in packages for path in package.rglob("*.py"))
    files = {path.stem for path in (sql_folder() / "queries").glob("*.sql")}
    assert {name for name in files if f'"{name}"' not in text} == set()
    named = set(re.findall(r'\bstatement\("(\w+)"\)', text))
    assert named - files == set()
    assert all(statement(name) for name in files)

"""The demo in a private PostgreSQL of the notebooks' own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import kubedigest as kd
from kubedigest import demo_store
from kubedigest.errors import Failure
from kubedigest.local_postgres import LocalPostgres
from kubedigest.postgres_programs import LocalPostgresError

AT = "2026-11-22T08:00"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder for private servers, and shorten the story to two days."""
    folder = Path(tempfile.mkdtemp(prefix="kubedigest-demo-"))
    folder.chmod(0o755)  # run by root, the server is another user's
    monkeypatch.setenv("KUBEDIGEST_HOME", str(folder))
    monkeypatch.setattr(demo_store, "WEEKS", 0)
    yield folder
    server = LocalPostgres(folder / demo_store.HOME, durable=False)
    server.stop()
    shutil.rmtree(server.data_directory, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def is_up(home: Path) -> bool:
    """Tell whether the demo's server runs."""
    try:
        LocalPostgres(home / demo_store.HOME, durable=False).url("postgres")
    except LocalPostgresError:
        return False
    return True


def test_it_is_there_while_it_is_open_and_begins_anew(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second start holds nothing of the first; a failed one leaves no server."""
    with kd.demo(at=AT, timezone="Europe/Berlin") as connection:
        assert is_up(home)
        assert f"{connection.now:%Y-%m-%d %H:%M %Z}" == "2026-11-22 08:00 CET"
        first = kd.load_points(connection, "8h")
        assert first.attrs["watched_share"] == {"prod-eu": 1.0, "staging": 1.0}
        assert not first.empty
    assert not is_up(home)
    with pytest.raises(Failure, match="closed"):
        kd.load_points(connection, "8h")
    with kd.demo(at=AT, timezone="Europe/Berlin") as connection:
        again = kd.load_points(connection, "30d")
        assert again["occurrences"].sum() == first["occurrences"].sum()

    def fail(*_: object) -> None:
        raise Failure("no story today")

    monkeypatch.setattr(demo_store, "fill", fail)
    with pytest.raises(Failure, match="no story today"):
        kd.demo(at=AT)
    assert not is_up(home)

"""The server programs are found where users have them."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from kubedigest import postgres_programs
from kubedigest.local_postgres import default_home
from kubedigest.postgres_programs import (
    LocalPostgresError,
    find_server_binaries,
    reachable_binaries,
    server_user,
    server_version,
)


def make_programs(folder: Path, version: str = "17.6") -> Path:
    """Write programs that know their version and nothing else."""
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version} (Debian)'\n")
        program.chmod(0o755)
    return folder


def test_the_folder_asked_for_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KUBEDIGEST_PG_BIN comes before the bundled programs."""
    programs = make_programs(tmp_path / "bin")
    monkeypatch.setenv("KUBEDIGEST_PG_BIN", str(programs))
    assert find_server_binaries() == programs


def test_a_wrong_folder_is_an_error_and_not_a_wish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without the programs is named instead of passed over."""
    monkeypatch.setenv("KUBEDIGEST_PG_BIN", str(tmp_path))
    with pytest.raises(LocalPostgresError, match=r"lacks one of initdb, pg_ctl, postgres"):
        find_server_binaries()


def test_path_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a wheel and without Debian's folders, PATH is searched."""
    programs = make_programs(tmp_path / "bin")
    monkeypatch.delenv("KUBEDIGEST_PG_BIN", raising=False)
    monkeypatch.setattr(postgres_programs, "_packaged_folders", lambda: iter(()))
    monkeypatch.setenv("PATH", str(programs))
    assert find_server_binaries() == programs


def test_nothing_found_names_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the extra, the package and the setting."""
    monkeypatch.delenv("KUBEDIGEST_PG_BIN", raising=False)
    monkeypatch.setattr(postgres_programs, "_binary_folders", lambda: iter(()))
    with pytest.raises(LocalPostgresError, match=r"extra 'local'.*KUBEDIGEST_DATABASE_URL"):
        find_server_binaries()


def test_version_is_read_from_the_program(tmp_path: Path) -> None:
    """Debian's suffix does not disturb: 17.6."""
    assert server_version(make_programs(tmp_path / "bin")) == "17.6"


def test_a_program_that_cannot_run_is_named(tmp_path: Path) -> None:
    """Programs for another machine are an error with two ways out."""
    programs = make_programs(tmp_path / "bin")
    (programs / "postgres").write_bytes(b"\x7fELF of another processor")
    with pytest.raises(LocalPostgresError, match=r"cannot be run.*KUBEDIGEST_PG_BIN"):
        server_version(programs)


def test_home_follows_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """KUBEDIGEST_HOME, else XDG_DATA_HOME/kubedigest, else ~/.local/share/kubedigest."""
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_home() == Path("/home/ada/.local/share/kubedigest")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_home() == Path("/data/kubedigest")
    monkeypatch.setenv("KUBEDIGEST_HOME", "~/events")
    assert default_home() == Path("/home/ada/events")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts programs as somebody else")
def test_unreachable_programs_are_copied_with_their_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy keeps PACKAGE/pginstall18 beside PACKAGE.libs, and nobody's folder is opened."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    programs = make_programs(closed / "package/pginstall18/bin")
    (closed / "package.libs").mkdir()
    (closed / "package.libs/libpq.so").write_text("library")
    system = Path("/tmp") / f"kubedigest-tests-{os.getpid()}"  # noqa: S108 - removed below
    monkeypatch.setattr(postgres_programs, "SYSTEM_FOLDER", system)
    user = server_user()
    assert user
    try:
        copy = reachable_binaries(programs, user)
        assert copy.is_relative_to(system)
        assert server_version(copy) == "17.6"
        assert (copy.parents[2] / "package.libs/libpq.so").read_text() == "library"
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(system)

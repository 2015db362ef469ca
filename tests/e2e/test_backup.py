"""A backup that is restored on another server shows every total, and goes on counting."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from collector.database import connect
from collector.observation import Observation
from collector.store import Store
from kubedigest.local_postgres import LocalPostgres
from kubedigest.postgres_programs import server_user
from tests.e2e.collect_process import ROOT
from tests.e2e.conftest import Ran, RunCommand
from tests.factories import T0, observe
from tests.faults.own_postgres import OwnPostgres

AT = ("--at", (T0 + timedelta(days=11)).isoformat())
WINDOW = ("--since", "2026-01-04T00:00", "--until", "2026-01-16T00:00", "-o", "json")


@pytest.fixture(scope="session")
def backup_programs(postgres_server: LocalPostgres) -> Path:
    """Return the folder of pg_dump and pg_restore."""
    for name in ("pg_dump", "pg_restore"):
        if not (postgres_server.binaries / name).is_file():
            pytest.skip(f"no {name} beside the server's programs")
    return postgres_server.binaries


def run(*command: str | Path) -> str:
    """Run a program of PostgreSQL; return what it printed."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_shown(commands: str, programs: Path, folder: Path, url: str) -> None:
    """Run commands as the documentation shows them."""
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["sh", "-ec", commands],
        cwd=folder,
        env={"PATH": path, "KUBEDIGEST_DATABASE_URL": _libpq(url)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_a_backup_goes_to_another_server(
    run_command: RunCommand,
    database_url: str,
    other_server: OwnPostgres,
    backup_programs: Path,
    tmp_path: Path,
) -> None:
    """Dump, restore, grants, rebuild: the notes of docs/operations.md, step by step."""
    with Store(connect(database_url)) as store:
        for day in range(10):
            born = T0 + timedelta(days=day)
            seen = [observe(n, day * 1440 + n, birth=born, name=f"{day}.1") for n in range(1, 9)]
            store.write(seen)
    run_command("db", "prune", "--keep", "5d", *AT, database=database_url)
    expected = json.loads(run_command("top", *WINDOW).out)
    assert [row["failures"] for row in expected] == [80]
    _spend_transactions(database_url)  # the first server has seen more of them than the second
    with Store(connect(database_url)) as store:
        store.write([observe(1, 14_401, name="late.1", birth=T0 + timedelta(days=10))])
    run_command("db", "refresh")

    page = (ROOT / "docs/operations.md").read_text()
    backup, restore = re.findall(r"```sh\n(.*?)```", page.partition("## Backup")[2], re.DOTALL)
    run_shown(backup, backup_programs, tmp_path, database_url)
    for purpose in ("collector", "reporter", "notifier"):
        other_server.execute(f"create role kubedigest_{purpose} nologin")
    other_server.execute("create role new_owner login")
    other_server.execute("create database restored owner new_owner")
    restored = other_server.url("restored").replace("postgres@", "new_owner@")
    with_pg, grants, rebuild = restore.splitlines()
    run_shown(with_pg, backup_programs, tmp_path, restored)
    assert run_command(*shlex.split(grants)[1:], database=restored).code == 0

    refused = run_command("top", *WINDOW)
    assert refused.code == 1
    assert "restored from a backup of another server" in refused.err
    assert run_command(*shlex.split(rebuild)[1:]).code == 0
    (row,) = json.loads(run_command("top", *WINDOW).out)
    assert row["failures"] == 81
    with Store(connect(restored)) as store:
        store.write([observe(3, 14_403, name="late.1", birth=T0 + timedelta(days=10))])
    (row,) = json.loads(run_command("top", *WINDOW).out)
    assert row["failures"] == 83


@pytest.mark.long
def test_a_store_goes_back_to_a_moment(run_command: RunCommand, backup_programs: Path) -> None:
    """A base backup and the log up to a moment; what came after it is read again and counted."""
    folder = Path(tempfile.mkdtemp(prefix="kubedigest-moments-"))
    folder.chmod(0o755)
    server, again = OwnPostgres(folder / "one"), OwnPostgres(folder / "two")
    try:
        url = server.start()
        archive = _folder_for_the_server(folder / "archive")
        for setting in ("archive_mode = on", f"archive_command = 'cp %p {archive}/%f'"):
            server.execute(f"alter system set {setting}")
        server.stop()
        server.start()
        run_command("db", "upgrade", database=url)
        seen = [observe(n, n) for n in range(1, 4)]
        _write(url, seen[:1])
        run_command("db", "refresh")
        data = _folder_for_the_server(folder / "two" / again._data_entry.name)
        run(
            *(backup_programs / "pg_basebackup", "--checkpoint=fast"),
            *(f"--pgdata={data}", f"--dbname={_libpq(url)}"),
        )
        _write(url, seen[:2])
        run_command("db", "refresh")
        server.execute("select pg_create_restore_point('before_the_accident')")
        _write(url, seen)
        server.execute("select pg_switch_wal()")
        server.stop()

        (data / "recovery.signal").touch()
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write(
                f"archive_mode = off\nrestore_command = 'cp {archive}/%f %p'\n"
                "recovery_target_name = 'before_the_accident'\n"
                "recovery_target_action = 'promote'\n"
            )
        _give_to_the_server(data)
        url = again.start()
        window = ("top", *WINDOW)
        assert [row["failures"] for row in _rows(run_command(*window, database=url))] == [2]
        _write(url, seen)
        assert [row["failures"] for row in _rows(run_command(*window))] == [3]
    finally:
        for one in (server, again):
            one.stop()
        shutil.rmtree(folder)


def _rows(ran: Ran) -> list[dict[str, int]]:
    assert ran.code == 0, ran.err
    found: list[dict[str, int]] = json.loads(ran.out)
    return found


def _write(url: str, seen: list[Observation]) -> None:
    with Store(connect(url)) as store:
        store.write(seen)


def _folder_for_the_server(path: Path) -> Path:
    path.mkdir(parents=True)
    _give_to_the_server(path)
    return path


def _give_to_the_server(folder: Path) -> None:
    folder.chmod(0o700)
    if user := server_user():
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def _libpq(url: str) -> str:
    return url.replace("+psycopg2", "")


def _spend_transactions(url: str) -> None:
    many = (
        "do $$ begin for n in 1..5000 loop perform pg_current_xact_id(); commit; end loop; end $$"
    )
    with connect(url).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(many)

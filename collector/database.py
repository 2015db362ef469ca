"""The one door to PostgreSQL and to the statements in sql/."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from collector.deadline import Deadline
from collector.errors import AddressError, UnreachableError

DRIVER = "postgresql+psycopg2"
MINIMUM_SERVER_VERSION = 130000  # pg_current_xact_id() came with 13
CONNECT_TIMEOUT_SECONDS = 10


def address(url: str) -> URL:
    """Return *url* with the psycopg2 driver named; AddressError where it is not PostgreSQL's."""
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
    return parsed.set(drivername=DRIVER)


def connect(url: str | URL) -> Engine:
    """Return an engine whose server answers and is new enough.

    Raises
    ------
    AddressError
        The URL cannot be used.
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
    return create_engine(
        target, poolclass=NullPool, pool_reset_on_return=None, connect_args=arguments
    )


def require_server(engine: Engine) -> None:
    """Raise UnreachableError unless the server answers and is new enough."""
    target = engine.url
    try:
        with engine.connect() as connection:
            version = connection.connection.driver_connection.server_version  # type: ignore[union-attr]
    except OperationalError as error:
        raise UnreachableError(f"{_where(target)}: {_first_line(error)}") from error
    except UnicodeError as error:  # psycopg2 cannot decode some localized refusals
        raise UnreachableError(f"{_where(target)}: the server refused the connection") from error
    if version < MINIMUM_SERVER_VERSION:
        raise UnreachableError(
            f"{_where(target)}: PostgreSQL {version // 10000} is too old; kubedigest needs 13"
        )


def _where(url: URL) -> str:
    host = url.host or url.query.get("host") or "the default host"
    return f"cannot use the database {url.database or 'of the user'!s} at {host}"


def _first_line(error: OperationalError) -> str:
    lines = str(error.orig).strip().splitlines() or ["no answer"]
    return lines[0].removeprefix("connection to ")[:256]


def sql_folder() -> Path:
    """Return the folder of SQL files: inside the wheel, else beside the checkout's packages."""
    packaged = Path(str(resources.files("collector"))) / "sql"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "sql"


@cache
def statement(name: str) -> str:
    """Return the text of ``sql/queries/NAME.sql``."""
    return (sql_folder() / "queries" / f"{name}.sql").read_text(encoding="utf-8")

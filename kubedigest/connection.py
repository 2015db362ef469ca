"""A connection for notebooks: safe to print, and gone when it is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pandas.errors import DatabaseError
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from analytics.catalogue import Catalogue
from analytics.errors import AnalyticsError
from analytics.window import zone_of
from collector.errors import CollectorError
from kubedigest.configuration import Configuration, load
from kubedigest.errors import Failure, KubedigestError
from kubedigest.postgres_programs import LocalPostgresError
from kubedigest.session import catalogue, open_store

OURS = (KubedigestError, CollectorError, AnalyticsError, LocalPostgresError)
MOST_CHARACTERS = 256


class Connection:
    """A store that is there and has the schema; made by `connect` or `demo`.

    It is a context manager; without one, `close` ends it. Printing it shows the database and the
    host, never a user or a password.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Configuration,
        *,
        now: datetime | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._now = now
        self._on_close = on_close
        self._catalogue = catalogue(settings)
        self._is_closed = False

    def __repr__(self) -> str:
        url = self._engine.url
        host = url.host or url.query.get("host") or "the default host"
        place = host if isinstance(host, str) else ", ".join(host)
        state = ", closed" if self._is_closed else ""
        return f"<kubedigest: database {url.database or 'of the user'!s} at {place}{state}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; closing again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._engine.dispose()
        if self._on_close is not None:
            self._on_close()

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for ``pandas.read_sql`` over the view ``public.event``."""
        if self._is_closed:
            raise Failure("the connection is closed; connect again")
        return self._engine

    @property
    def timezone(self) -> str:
        """IANA name of the zone of days and times."""
        return self._settings.timezone

    @property
    def now(self) -> datetime:
        """What counts as now: the end of the demo, else the clock, in UTC."""
        return self._now or datetime.now(UTC)

    @property
    def catalogue(self) -> Catalogue:
        """The reason catalogue, with the overrides of the configuration."""
        return self._catalogue

    @property
    def overrides(self) -> list[dict[str, str]]:
        """The reasons that the configuration overrides."""
        return [rule.model_dump() for rule in self._settings.reasons]


def connect(
    url: str | None = None, *, timezone: str | None = None, config: str | Path | None = None
) -> Connection:
    """Open the store, as the command line does.

    Parameters
    ----------
    url
        ``postgresql://USER:PASSWORD@HOST/DATABASE``. ``None`` takes the environment
        (``KUBEDIGEST_DATABASE_URL``, ``DATABASE_URL``, ``PG*``), then the configuration, and
        without any of these a private server in the user's data folder, which is started.
    timezone
        IANA name of the zone of days and times; ``None`` takes the configuration's.
    config
        YAML file; ``None`` takes the usual one.

    Returns
    -------
    Connection
        Pending migrations are applied where this role may.

    Raises
    ------
    UsageError
        The configuration has a wrong key or value.
    AddressError
        The URL cannot be used.
    UnreachableError
        Nothing answers there, or the login is refused.
    SchemaError
        The schema does not fit and may not be changed.
    WindowError
        There is no such zone.
    """
    with one_sentence():
        settings = asked_settings(timezone, config)
        if url is not None:
            settings = settings.model_copy(update={"database_url": SecretStr(url)})
        return Connection(open_store(settings), settings)


def asked_settings(timezone: str | None, config: str | Path | None) -> Configuration:
    """Return the configuration, with the zone that was asked for."""
    settings = load(Path(config) if config is not None else None)
    if timezone is None:
        return settings
    return settings.model_copy(update={"timezone": zone_of(timezone).key})


@contextmanager
def one_sentence() -> Iterator[None]:
    """Leave no driver's traceback in a notebook: notebooks are kept, and sent to others."""
    try:
        yield
    except OURS as error:
        raise error.with_traceback(None) from None
    except (SQLAlchemyError, DatabaseError) as error:
        driver = error.__cause__ or error if isinstance(error, DatabaseError) else error
        said = str(getattr(driver, "orig", None) or driver).strip().partition("\n")[0]
        raise Failure(f"the database did not answer: {said[:MOST_CHARACTERS]}") from None

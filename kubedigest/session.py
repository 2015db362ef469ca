"""Configuration -> a database that is there and has the schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import Engine

from analytics.errors import LanguageError
from analytics.language import Language, language
from collector import migrations
from collector.database import connect, engine_on, require_server
from collector.deadline import Deadline
from kubedigest.configuration import ZONE_HINT, Configuration, is_zone, load
from kubedigest.errors import UsageError
from kubedigest.local_postgres import LocalPostgres, default_home
from kubedigest.saying import say

if TYPE_CHECKING:
    from analytics.catalogue import Catalogue


def configuration(ctx: click.Context) -> Configuration:
    """Read the configuration that the command line names."""
    path: Path | None = ctx.find_root().obj
    return load(path)


def with_timezone(settings: Configuration, timezone: str | None) -> Configuration:
    """Return the settings with the zone of the command line, which wins over all others."""
    if timezone is None:
        return settings
    if not is_zone(timezone):
        raise UsageError(f"--timezone {timezone[:60]!r} is not a time zone; {ZONE_HINT}")
    return settings.model_copy(update={"timezone": timezone})


def with_language(settings: Configuration, name: str | None) -> Configuration:
    """Return the settings with the language of the command line, which wins over all others."""
    return settings if name is None else settings.model_copy(update={"language": name})


def language_of(settings: Configuration) -> Language:
    """Return the language in which reports are written.

    Raises
    ------
    UsageError
        There is no such language, or its catalogue cannot be used.
    """
    try:
        return language(settings.language)
    except LanguageError as error:
        raise UsageError(str(error)) from error


def catalogue(settings: Configuration) -> Catalogue:
    """Return the reason catalogue with the configuration's overrides."""
    from analytics.catalogue import Catalogue  # brings pandas, which a collector does without

    return Catalogue.load().with_overrides([rule.model_dump() for rule in settings.reasons])


def open_store(settings: Configuration, *, upgrade: bool = True) -> Engine:
    """Return an engine on the store, upgraded where this role may.

    Raises
    ------
    CollectorError
        The database cannot be reached or its schema does not fit.
    LocalPostgresError
        No URL is given and no private server can be started.
    """
    if settings.database_url is not None:
        engine = connect(settings.database_url.get_secret_value())
    else:
        engine = open_private(LocalPostgres(default_home()))
    if upgrade:
        for name in migrations.upgrade(engine):
            say(f"schema: applied {name}")
    return engine


def open_later(settings: Configuration, deadline: Deadline) -> tuple[Engine, Callable[[], None]]:
    """Return an engine on a store that may be away, and what makes its schema fit once it is there.

    Nothing on the engine waits longer than *deadline* for an answer.
    """
    url = settings.database_url
    if url is not None:
        address = url.get_secret_value()
    else:
        server = LocalPostgres(default_home())  # fails where there are no programs of PostgreSQL
        address = server.start()
        say(f"database: private PostgreSQL {server.major_version} in {server.data_directory}")
    engine = engine_on(address, deadline)

    def prepare() -> None:
        require_server(engine)
        if migrations.pending(engine):
            for name in migrations.upgrade(engine_on(address)):  # takes the time that it takes
                say(f"schema: applied {name}")

    return engine, prepare


def open_private(server: LocalPostgres) -> Engine:
    """Return an engine on a private server, which is started where it does not run."""
    engine = connect(server.start())
    say(f"database: private PostgreSQL {server.major_version} in {server.data_directory}")
    return engine

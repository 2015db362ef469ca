"""Configuration -> a database that is there and has the schema."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from collector import migrations
from collector.database import connect
from kubedigest.configuration import Configuration, load
from kubedigest.errors import UsageError
from kubedigest.local_postgres import LocalPostgres, default_home


def say(sentence: str) -> None:
    """Tell the person at the terminal; standard output belongs to the result."""
    click.echo(sentence, err=True)


def configuration(ctx: click.Context) -> Configuration:
    """Read the configuration that the command line names."""
    path: Path | None = ctx.find_root().obj
    return load(path)


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


def open_private(server: LocalPostgres) -> Engine:
    """Return an engine on a private server, which is started where it does not run."""
    engine = connect(server.start())
    say(f"database: private PostgreSQL {server.major_version} in {server.data_directory}")
    return engine


def parse_instant(value: str | None, option: str) -> datetime | None:
    """Return an aware time in UTC from ISO 8601; a time without offset is taken as UTC."""
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise UsageError(
            f"{option} {value[:60]!r} is not a time; write it like 2026-11-22T09:00:00+01:00"
        ) from error
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)

"""Where a stream goes on, and whether its cluster is known by another name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from psycopg2 import Error as DriverError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from collector.database import statement
from collector.progress import Mark, Stream
from collector.store_errors import store_error


def resume_mark(engine: Engine, stream: Stream) -> Mark | None:
    """Return how far anybody has brought *stream*; None where it is new."""
    parameters = {
        "cluster": stream.cluster,
        "namespace": stream.namespace,
        "api": stream.api,
        "field_selector": stream.field_selector,
    }
    try:
        with engine.connect() as connection:
            row = connection.execute(text(statement("select_watch")), parameters).one_or_none()
    except DBAPIError as error:
        raise store_error(cast("DriverError", error.orig)) from error
    if row is None:
        return None
    return Mark(stream=stream, resource_version=row.resource_version, proved=row.proved)


def note_identity(engine: Engine, *, cluster: str, uid: str, now: datetime) -> list[str]:
    """Note that *cluster* has the kube-system *uid*; return sentences about what does not fit."""
    parameters = {"cluster": cluster, "uid": uid, "now": now}
    try:
        with engine.begin() as connection:
            connection.execute(text(statement("upsert_cluster_identity")), parameters)
            rows = connection.execute(text(statement("select_other_identities")), parameters).all()
    except DBAPIError as error:
        raise store_error(cast("DriverError", error.orig)) from error
    return [_sentence(cluster, row.cluster, row.last_seen) for row in rows]


def _sentence(cluster: str, other: str, last_seen: datetime) -> str:
    seen = f"{last_seen.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if other == cluster:
        return (
            f"the name {cluster!r} stood for another cluster until {seen}: where both live, their "
            "events are mixed up; give each a name of its own"
        )
    return (
        f"{cluster!r} is the cluster that was collected as {other!r} until {seen}: what both names "
        "hold is counted twice; use one name"
    )

"""The streams that were ever watched, for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from collector.database import statement
from collector.progress import Stream
from collector.store_errors import in_one_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A stream and its last proof that nothing was missed."""

    stream: Stream
    proved: datetime


def list_watches(engine: Engine) -> list[Watch]:
    """Return every stream that was ever watched, by cluster and namespace."""
    with in_one_sentence(), engine.connect() as connection:
        rows = connection.execute(text(statement("select_watches"))).all()
    return [
        Watch(
            stream=Stream(
                cluster=row.cluster,
                namespace=row.namespace,
                api=row.api,
                field_selector=row.field_selector,
            ),
            proved=row.proved,
        )
        for row in rows
    ]

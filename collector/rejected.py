"""What was refused: listed, and read again after a fix."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, text

from collector.bodies import KNOWN, Templates, read_body, receipt_at
from collector.database import statement
from collector.errors import InputError
from collector.files import EventReader, Observed
from collector.observation import Observation
from collector.store import Store
from collector.store_errors import in_one_sentence

MOST_BODIES = 10_000  # of webhooks that are kept though they could not be read
MOST_BODY_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """One refused record as it is kept."""

    rejected_id: UUID
    cluster: str
    source: str
    place: str
    reason: str
    raw: str
    received: datetime

    @property
    def sender(self) -> str:
        """Who sent it, for the body of a webhook; else ""."""
        receipt = receipt_at(self.place, received=self.received, cluster=self.cluster)
        return receipt.sender if receipt is not None else ""

    @property
    def short_place(self) -> str:
        """Where it stood, without the sender."""
        return self.place.removesuffix(f" from {self.sender}") if self.sender else self.place


def trim_rejected(
    engine: Engine, *, most: int = MOST_BODIES, most_bytes: int = MOST_BODY_BYTES
) -> int:
    """Remove the oldest bodies of webhooks beyond the limits; return how many went.

    Raises
    ------
    StoreError
        The database refused.
    """
    limits = {"most": most, "most_bytes": most_bytes}
    with in_one_sentence(), engine.begin() as connection:
        return connection.execute(text(statement("trim_rejected")), limits).rowcount


def list_rejected(engine: Engine, *, most: int | None = None) -> Iterator[RejectedRow]:
    """Yield refused records, the latest first, at most *most* of them.

    Raises
    ------
    StoreError
        The database refused.
    """
    with in_one_sentence(), engine.connect().execution_options(yield_per=200) as connection:
        for row in connection.execute(text(statement("select_rejected")), {"most": most}):
            yield RejectedRow(**row._mapping)


def reread(engine: Engine, templates: Templates = KNOWN) -> tuple[int, int]:
    """Try every refused record again; return how many were read now and how many stay.

    *templates* are those of the receiver, for bodies of webhooks.

    A record is stored before it leaves the list, so a stop in between repeats it, which changes
    nothing. It counts as received when it first came.
    """
    read = kept = 0
    with Store(engine) as store:
        for row in list(list_rejected(engine)):
            observations = _observations(row, templates)
            result = store.write(observations)
            if result.stored + result.repeated == 0:
                kept += 1  # still unreadable, or from before the horizon by now
                continue
            _delete(engine, row.rejected_id)
            read += 1
    return read, kept


def _observations(row: RejectedRow, templates: Templates) -> list[Observation]:
    if row.source == "webhook":
        return _of_body(row, templates)
    stream = io.BytesIO(row.raw.encode())
    reader = EventReader(row.place, stream, cluster=row.cluster, received=row.received)
    try:
        items = list(reader)
    except InputError:
        return []
    observed = [item.observation for item in items if isinstance(item, Observed)]
    # only whole records: half of one stays with its reason
    return observed if len(observed) == len(items) else []


def _of_body(row: RejectedRow, templates: Templates) -> list[Observation]:
    """Read a webhook's body with its own number: rows that it gave at first are not repeated."""
    receipt = receipt_at(row.place, received=row.received, cluster=row.cluster)
    if receipt is None:  # the body was read, and the database could not hold what it told
        return []
    found = read_body(row.raw.encode(), receipt, templates)
    observed = [one for one in found if isinstance(one, Observation)]
    return observed if len(observed) == len(found) else []


def _delete(engine: Engine, rejected_id: UUID) -> None:
    with in_one_sentence(), engine.begin() as connection:
        connection.execute(text(statement("delete_rejected")), {"rejected_id": str(rejected_id)})

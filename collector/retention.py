"""Prune: old points become settled hours; totals stay what they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from collector.database import statement
from collector.store_errors import in_one_sentence

STEP = timedelta(days=1)  # one transaction settles at most this much, so writers wait briefly


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What one step of prune did."""

    horizon: datetime  # observations before it are refused from now on
    points: int  # deleted, anchors not among them
    anchors: int  # idle anchors that went with their events


def prune(engine: Engine, *, now: datetime, keep: timedelta) -> Iterator[Pruned]:
    """Move the horizon to ``now - keep``, a day at a time, yielding what each step did.

    Occurrences before the horizon move to ``settled_hour`` in the same transaction, so every
    report shows the totals it showed before. Interrupting it loses nothing; the next run goes on.
    """
    target = now - keep
    since = datetime.min.replace(tzinfo=UTC)
    while (oldest := _oldest(engine, since, target)) is not None:
        since = min(oldest + STEP, target)
        yield _settle(engine, since, idle_before=target - keep)
    if since < target:
        yield _settle(engine, target, idle_before=target - keep)


def _oldest(engine: Engine, since: datetime, target: datetime) -> datetime | None:
    with in_one_sentence(), engine.connect() as connection:
        oldest: datetime | None = connection.scalar(
            text(statement("select_oldest_point")), {"since": since, "horizon": target}
        )
    return oldest


def _settle(engine: Engine, horizon: datetime, *, idle_before: datetime) -> Pruned:
    with in_one_sentence(), engine.begin() as connection:
        parameters = {"horizon": horizon, "idle_before": idle_before}
        rows = {
            name: _execute(connection, name, parameters)
            for name in (
                "lock_prune",
                "create_settling",
                "insert_settled_pending",
                "insert_settled_hours",
                "update_settled_events",
                "delete_settled_points",
                "update_anchors",
                "delete_idle_anchors",
                "delete_old_slots",
                "delete_old_rejected",
                "delete_old_coverage",
                "delete_old_deliveries",
                "move_horizon",
            )
        }
    return Pruned(
        horizon=horizon,
        points=rows["delete_settled_points"],
        anchors=rows["delete_idle_anchors"],
    )


def _execute(connection: Connection, name: str, parameters: dict[str, datetime]) -> int:
    return connection.execute(text(statement(name)), parameters).rowcount

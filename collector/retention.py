"""Prune: old points become settled hours; totals stay what they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from collector.database import statement
from collector.store_errors import in_one_sentence

# One transaction settles at most this much, so that writers wait for about a second.
STEP = timedelta(days=1)
STEP_POINTS = 5_000
EVER = datetime.min.replace(tzinfo=UTC)
LEAST_STEP = timedelta(seconds=1)  # however many points lie in it
SETTLE = (
    "disable_jit",
    "raise_work_memory",
    "lock_prune",
    "create_settling",
    "insert_settled_pending",
    "insert_settled_hours",
    "update_settled_events",
    "delete_settled_points",
    "update_anchors",
    "move_horizon",
)
FORGET = (
    "delete_idle_anchors",
    "delete_old_slots",
    "delete_old_rejected",
    "delete_old_coverage",
    "delete_old_deliveries",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What one step of prune did."""

    horizon: datetime  # observations before it are refused from now on
    points: int  # deleted, anchors not among them
    anchors: int  # idle anchors that went with their events


def prune(engine: Engine, *, now: datetime, keep: timedelta) -> Iterator[Pruned]:
    """Move the horizon to ``now - keep``, step by step, yielding what each step did.

    Occurrences before the horizon move to ``settled_hour`` in the same transaction, so every
    report shows the totals it showed before. Interrupting it loses nothing; the next run goes on.

    Raises
    ------
    StoreError
        The database refused or went away.
    """
    target = now - keep
    since = EVER
    while (until := _end_of_step(engine, since, target)) < target:
        yield _settle(engine, since, until)
        since = until
    # from the beginning: what a later point kept from being settled may go now
    yield _settle(engine, EVER, target, idle_before=target - keep)


def _end_of_step(engine: Engine, since: datetime, target: datetime) -> datetime:
    """Return up to where to settle next."""
    asked = {"since": since, "horizon": target, "most": STEP_POINTS}
    with in_one_sentence(), engine.connect() as connection:
        oldest = connection.execute(text(statement("select_oldest_points")), asked).one()
    if oldest.first_time is None:
        return target
    until: datetime = min(oldest.first_time + STEP, target)
    if oldest.points == STEP_POINTS:
        until = min(until, max(oldest.last_time, oldest.first_time + LEAST_STEP))
    return until


def _settle(
    engine: Engine, since: datetime, horizon: datetime, *, idle_before: datetime | None = None
) -> Pruned:
    """Settle [since, horizon); let go what is older than the horizon or has long been idle."""
    names = SETTLE if idle_before is None else (*SETTLE, *FORGET)
    parameters = {"since": since, "horizon": horizon, "idle_before": idle_before}
    with in_one_sentence(), engine.begin() as connection:
        rows = {name: _execute(connection, name, parameters) for name in names}
    return Pruned(
        horizon=horizon,
        points=rows["delete_settled_points"],
        anchors=rows.get("delete_idle_anchors", 0),
    )


def _execute(connection: Connection, name: str, parameters: dict[str, datetime | None]) -> int:
    return connection.execute(text(statement(name)), parameters).rowcount

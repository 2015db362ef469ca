"""A store, a clock that is set by hand, and notifiers that tell a chat on loopback."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from analytics.catalogue import Catalogue
from collector.database import connect
from collector.observation import Observation
from collector.store import Store
from reports.channels import open_channel
from reports.channels.settings import CHANNEL_MODELS
from reports.errand import Clock
from reports.live.channel_outlet import ChannelOutlet
from reports.live.judge import Judge
from reports.live.live_metrics import LiveMetrics
from reports.live.notifier import Notifier, NotifierSettings
from reports.live.route import Route
from reports.live.rule import Rule
from tests.factories import PLAIN

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that stands still until it is told to go on; sleeping moves it."""

    moment: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def go_on(self, **duration: float) -> None:
        """Let so much time pass."""
        self.moment += timedelta(**duration)

    def sleep(self, seconds: float) -> None:
        """Let the time pass that somebody waits."""
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        """What a notifier goes by."""
        return Clock(
            now=lambda: self.moment,
            monotonic=lambda: (self.moment - NOW).total_seconds(),
            sleep=self.sleep,
            rng=random.Random(1),
        )


def seen(at: datetime, cumulative: int = 1, **over: Any) -> Observation:
    """Return a sighting by a watch at that time, of an event that began then unless it is said."""
    import msgspec

    values = {"birth": at, "time": at, "received": at, "source": "watch", **over}
    return msgspec.structs.replace(PLAIN, cumulative=cumulative, **values)


def write(url: str, *observations: Observation) -> None:
    """Store observations in one commit."""
    with Store(connect(url)) as store:
        store.write(list(observations))


def channel_route(server_url: str, rule: Rule | None = None, **settings: Any) -> Route:
    """Return a route of all failures to a DingTalk robot on loopback."""
    rule = rule or Rule()
    name = settings.pop("name", "ops")
    values = {"type": "webhook", "url": server_url, "allow_http": True, "allow_private": True,
              "per_minute": 6000}  # fmt: skip
    found = CHANNEL_MODELS["webhook"].model_validate(values | settings)
    if settings.get("type"):
        found = CHANNEL_MODELS[settings["type"]].model_validate(values | settings)
    outlet = ChannelOutlet(
        name, open_channel(found), timezone="UTC", version="1", quiet_after=rule.recovered_after
    )
    return Route(
        name=name,
        selector=Judge(rule, Catalogue.load()),
        outlet=outlet,
        cool_down=rule.cool_down,
        threshold=rule.threshold,
        new_after=rule.new_after,
        quiet=rule.quiet,
        recovered_after=rule.recovered_after,
        observes_mutes=rule.observes_mutes,
    )


def notifier(
    url: str, routes: Sequence[Route], clock: HandClock, *, name: str = "default"
) -> Notifier:
    """Return a notifier that is run once at a time."""
    return Notifier(
        connect(url),
        routes,
        settings=NotifierSettings(name=name),
        metrics=LiveMetrics([route.name for route in routes], version="1"),
        clock=clock.clock,
    )


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]

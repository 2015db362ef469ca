"""The demo's plot: five weeks of two clusters, in the order of the calendar."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter

from kubedigest import demo_incidents as incidents
from kubedigest.demo_cast import (
    ETL_LOADER,
    FIXTURES,
    INVENTORY,
    LOG_AGENT,
    NIGHTLY_EXPORT,
    PRICE_IMPORT,
    PRODUCTION_NODES,
    PRODUCTION_NUISANCES,
    PRODUCTION_OTHERS,
    PRODUCTION_RELEASES,
    STAGING_NODES,
    STAGING_NUISANCES,
    STAGING_OTHERS,
    STAGING_RELEASES,
    Nuisance,
    Workload,
)
from kubedigest.demo_scene import Emitter, Scene, every, seconds

Outage = tuple[datetime, datetime]
Turn = tuple[datetime, Callable[[datetime], None]]  # when, and what happens then


@dataclass(frozen=True)
class Calendar:
    """Days counted back from now, in the zone of now; day 1 is yesterday."""

    now: datetime
    weeks: int

    def at(self, days_ago: float, hour: float) -> datetime:
        """Return the moment at that hour of that day, in UTC."""
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + timedelta(days=-days_ago, hours=hour)).astimezone(UTC)

    @property
    def days(self) -> range:
        """All days, oldest first, today last."""
        return range(self.weeks * 7, -1, -1)

    def load(self, days_ago: int) -> float:
        """Return how busy the day is: 1 on a weekday, less at the weekend."""
        return 1.0 if self.at(days_ago, 12).astimezone(self.now.tzinfo).weekday() < 5 else 0.3


def tell_production(
    rng: random.Random, now: datetime, weeks: int
) -> tuple[Scene, tuple[Outage, ...]]:
    """Return what happens in the production cluster, and when nothing could be seen of it."""
    scene, calendar = Scene(rng, PRODUCTION_NODES), Calendar(now, weeks)
    for workload in (*PRODUCTION_RELEASES, *PRODUCTION_OTHERS):
        scene.pods_of(workload)
    upgrade = (calendar.at(6, 1.35), calendar.at(6, 4.4))
    blackout = (calendar.at(1, 4.85), calendar.at(1, 6.55))
    turns: list[Turn] = [
        *_releases(scene, calendar, PRODUCTION_RELEASES, per_day=3),
        *_jobs(scene, calendar, PRICE_IMPORT, hours=(0.5, 6.6, 12.5, 18.5)),
        *_jobs(scene, calendar, NIGHTLY_EXPORT, hours=(2.25,), failing_days=(1, 8, 22)),
        *_dns_warnings(scene, calendar, minutes=18),
        *_nuisances(scene, calendar, PRODUCTION_NUISANCES),
        *_nightly_queue(scene, calendar),
        *_memory_leak(scene, calendar),
        *_slow_crash_loop(scene, calendar),
        *_supplier_errors(scene, calendar),
        *_incidents(scene, calendar),
        (upgrade[1] + seconds(20), partial(incidents.start_all_kubelets, scene=scene)),
    ]
    _play(turns, calendar)
    return scene, (upgrade, blackout)


def tell_staging(rng: random.Random, now: datetime, weeks: int) -> tuple[Scene, tuple[Outage, ...]]:
    """Return what happens in the staging cluster, which was watched all the time."""
    scene, calendar = Scene(rng, STAGING_NODES), Calendar(now, weeks)
    for workload in (*STAGING_RELEASES, *STAGING_OTHERS):
        scene.pods_of(workload)
    exceed_quota = partial(incidents.exceed_quota, scene=scene)
    claim = partial(incidents.claim_unknown_storage, scene=scene)
    turns: list[Turn] = [
        *_releases(scene, calendar, STAGING_RELEASES, per_day=1.6),
        *_jobs(scene, calendar, FIXTURES, hours=(3.0, 15.0)),
        *_dns_warnings(scene, calendar, minutes=30),
        *_nuisances(scene, calendar, STAGING_NUISANCES),
        *((calendar.at(day, 20.4), exceed_quota) for day in calendar.days if day % 3 == 1),
        (calendar.at(1, 13.3), claim),
    ]
    _play(turns, calendar)
    return scene, ()


def _play(turns: list[Turn], calendar: Calendar) -> None:
    start = calendar.at(calendar.days[0], 0)
    for time, action in sorted(turns, key=itemgetter(0)):
        if start <= time <= calendar.now:
            action(time)


def _incidents(scene: Scene, calendar: Calendar) -> Iterator[Turn]:
    """Yield what happens once: a lost node, a full disk, and all of yesterday's trouble."""
    until = calendar.now.astimezone(UTC)
    yield calendar.at(9, 16.37), partial(incidents.lose_node, scene=scene)
    yield calendar.at(2, 11.2), partial(incidents.fill_disk, scene=scene, node="eu-worker-03")
    yield calendar.at(1, 9.62), partial(incidents.lose_volume, scene=scene, until=until)
    yield calendar.at(1, 10.5), partial(incidents.storm_of_probes, scene=scene)
    yield calendar.at(1, 11.05), partial(incidents.lose_metrics, scene=scene)
    yield calendar.at(1, 14.1), partial(incidents.release_missing_image, scene=scene)
    yield calendar.at(1, 14.2), partial(incidents.release_crashing_version, scene=scene)
    for week in range(calendar.weeks):
        restart = partial(incidents.restart_controllers, scene=scene)
        yield calendar.at(7 * week + 2, 3.1), restart


def _releases(
    scene: Scene, calendar: Calendar, workloads: tuple[Workload, ...], per_day: float
) -> Iterator[Turn]:
    for day in calendar.days:
        for _ in range(int(per_day * calendar.load(day) + scene.rng.random())):
            time = calendar.at(day, scene.rng.uniform(8.5, 17.5))
            yield time, partial(scene.roll_out, workload=scene.rng.choice(workloads))


def _jobs(
    scene: Scene,
    calendar: Calendar,
    cron: Workload,
    *,
    hours: tuple[float, ...],
    failing_days: tuple[int, ...] = (),
) -> Iterator[Turn]:
    for day in calendar.days:
        for hour in hours:
            fails = day in failing_days
            yield calendar.at(day, hour), partial(scene.run_job, cron=cron, fails=fails)


def _dns_warnings(scene: Scene, calendar: Calendar, minutes: float) -> Iterator[Turn]:
    """Yield a kubelet's harmless remark on a long search list, day and night."""
    text = (
        "Search Line limits were exceeded, some search paths have been omitted, the applied "
        "search line is: platform.svc.cluster.local svc.cluster.local cluster.local "
        "corp.example.com eu.example.com example.com"
    )
    pod, time = scene.pods_of(LOG_AGENT)[1], calendar.at(calendar.days[0], 0)
    remark = partial(
        scene.warn,
        emitter=Emitter("kubelet", pod.node),
        subject=pod.subject,
        reason="DNSConfigForming",
        message=text,
    )
    while time < calendar.now:
        time += timedelta(minutes=minutes * scene.rng.uniform(0.8, 1.2))
        yield time, remark


def _nuisances(scene: Scene, calendar: Calendar, nuisances: tuple[Nuisance, ...]) -> Iterator[Turn]:
    for nuisance in nuisances:
        first, last = nuisance.days_ago
        for day in (day for day in calendar.days if last <= day <= first):
            expected = nuisance.per_day * calendar.load(day)
            for _ in range(int(expected + scene.rng.random())):
                time = calendar.at(day, scene.rng.uniform(*nuisance.hours))
                yield time, partial(_pester, scene=scene, nuisance=nuisance)


def _pester(time: datetime, scene: Scene, nuisance: Nuisance) -> None:
    pod = scene.rng.choice(scene.pods_of(nuisance.workload))
    times = every(time, nuisance.spacing_seconds, scene.rng.randint(*nuisance.occurrences))
    scene.warn_of_container(times, pod, nuisance.reason, nuisance.message or pod.crash)


def _nightly_queue(scene: Scene, calendar: Calendar) -> Iterator[Turn]:
    for day in calendar.days:
        pods = round(4 * calendar.load(day)) + 1
        yield calendar.at(day, 1.0), partial(incidents.wait_for_room, scene=scene, pods=pods)


def _memory_leak(scene: Scene, calendar: Calendar) -> Iterator[Turn]:
    """Yield the crashes of a database that outgrows its memory, more of them every week."""
    crashes_per_day = (72, 24, 9, 4, 2)  # the last seven days, the seven before, ...
    for day in calendar.days:
        crashes = crashes_per_day[min(max(day - 1, 0) // 7, 4)]
        for number in range(crashes):
            hour = 24 * (number + 0.5) / crashes + scene.rng.uniform(0, 0.02)
            crash = partial(incidents.run_out_of_memory, scene=scene, killed=number % 3 == 0)
            yield calendar.at(day, hour), crash


def _slow_crash_loop(scene: Scene, calendar: Calendar) -> Iterator[Turn]:
    """Yield a crash every hour or two: each comes after the API server forgot the one before."""
    time = calendar.at(12, 9.3)
    while time < calendar.now:
        yield time, partial(_crash, scene=scene)
        time += timedelta(minutes=scene.rng.uniform(66, 115))


def _crash(time: datetime, scene: Scene) -> None:
    pod = scene.pods_of(ETL_LOADER)[0]
    scene.warn_of_container([time], pod, "BackOff", pod.crash)


def _supplier_errors(scene: Scene, calendar: Calendar) -> Iterator[Turn]:
    """Yield the failures of an in-house controller that speaks Chinese."""
    text = "库存同步失败\uff1a仓库“上海三号”接口返回 HTTP 503\uff0c将在 5 分钟后重试"
    warn = partial(
        scene.warn,
        emitter=Emitter("inventory-sync"),
        subject=scene.object_of(INVENTORY),
        reason="SyncFailed",
        message=text,
    )
    for day in calendar.days:
        start = calendar.at(day, scene.rng.uniform(6.6, 9))
        if day == 1 or scene.rng.random() < 0.4:
            yield from ((time, warn) for time in every(start, 300, scene.rng.randint(3, 7)))

"""Hand-made digests: every figure below can be checked with a pencil."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.digest import (
    Bar,
    Coverage,
    Day,
    Digest,
    Gap,
    GapResidual,
    Gone,
    HeatMap,
    HotSpot,
    Link,
    MessageGroup,
    Quality,
    Recovery,
    Residual,
    Row,
    Scope,
    Unwatched,
)

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")

QUIET_QUALITY = Quality(
    events=1234,
    occurrences=5678,
    notices=5000,
    noise=600,
    recoveries=78,
    suspect_rows=0,
    suspect_occurrences=0,
    set_aside_rows=0,
    requests=0,
    approximate=0,
    skewed=0,
    rejected=0,
    first_event=datetime(2026, 11, 21, 0, 0, 4, tzinfo=BERLIN),
    last_event=datetime(2026, 11, 21, 23, 58, 12, tzinfo=BERLIN),
    coverage="unknown",
    covered=(),
    gaps=(),
    gap_residual=GapResidual(gaps=0, hours=0.0),
    silences=(),
    version="0.1.0",
)


def hourly(start: datetime, counts: tuple[int, ...], *, minutes: int = 60) -> tuple[Bar, ...]:
    """Return one bar a count, of *minutes* true minutes each, in the zone of *start*."""
    zone, first, width = start.tzinfo, start.astimezone(UTC), timedelta(minutes=minutes)
    return tuple(
        Bar(
            start=(first + i * width).astimezone(zone),
            end=(first + (i + 1) * width).astimezone(zone),
            failures=count,
        )
        for i, count in enumerate(counts)
    )


def peak(bars: tuple[Bar, ...]) -> Bar | None:
    """Return the first bar with the most failures, or None where there are none."""
    best = max(bars, key=lambda bar: bar.failures, default=None)
    return best if best and best.failures else None


def at(hour: int, minute: int = 0, *, day: int = 21, zone: ZoneInfo = BERLIN) -> datetime:
    """Return a time of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=zone)


def row(**changes: object) -> Row:
    """Return the row of a crashing checkout: 120 failures, with *changes*."""
    values: dict[str, object] = {
        "cluster": "prod-eu",
        "namespace": "shop",
        "kind": "Deployment",
        "name": "checkout",
        "reason": "BackOff",
        "failures": 120,
        "share": 120 / 214,
        "episodes": 3,
        "objects": 4,
        "first": at(2, 10),
        "last": at(23, 55),
        "rate_per_hour": 5.0,
        "still_firing": True,
        "sparkline": (0, 0, 8, 40, 12, *[0] * 14, 10, 10, 12, 14, 14),
        "message": "Back-off restarting failed container app in pod "
        "checkout-6b8f7d9c5d-x2x9z_shop(0b9f2c2e-7a5e-4c1b-9a57-3d9f0f6b1c11)",
        "kubectl": "kubectl --context prod-eu -n shop describe deployment checkout",
        "trend": "rising",
        "previous_failures": 35,
        "weekday_failures": 31.25,
        "weeks": 4,
        "links": (
            Link(title="Logs", url="https://logs.example.com/?ns=shop&name=checkout"),
            Link(
                title="Dashboard",
                url="https://grafana.example.com/d/pods?var-namespace=shop&var-name=checkout"
                "&from=1795215600000&to=1795302000000",
            ),
        ),
    }
    return Row(**(values | changes))  # type: ignore[arg-type] # the keys are Row's


def gone(**changes: object) -> Gone:
    """Return a claim that could not be bound the day before: 20 failures, with *changes*."""
    values: dict[str, object] = {
        "cluster": "prod-eu",
        "namespace": "data",
        "kind": "PersistentVolumeClaim",
        "name": "kafka-data-0",
        "reason": "ProvisioningFailed",
        "previous_failures": 20,
    }
    return Gone(**(values | changes))  # type: ignore[arg-type] # the keys are Gone's


def heat_map(**failures: int) -> HeatMap:
    """Return four weeks with one failure every third hour but on Sundays.

    ``heat_map(d5h03=217)`` has 217 on Saturdays from three o'clock. Of Sundays before noon
    nothing is known.
    """
    hours = [[4.0] * 24 for _ in range(7)]
    hours[6][:12] = [0.0] * 12
    counts = [
        [failures.get(f"d{day}h{hour:02}", int(hour % 3 == 0 and day < 6)) for hour in range(24)]
        for day in range(7)
    ]
    return HeatMap(
        start=datetime(2026, 10, 25, tzinfo=BERLIN),
        end=at(0, day=22),
        failures=tuple(
            tuple(n if length else None for n, length in zip(line, lengths, strict=True))
            for line, lengths in zip(counts, hours, strict=True)
        ),
        hours=tuple(map(tuple, hours)),
    )


def hot_spot(**changes: object) -> HotSpot:
    """Return a node with nine of the ten workloads of a cluster that fail, with *changes*."""
    values: dict[str, object] = {
        "cluster": "prod-eu",
        "shared": "host",
        "name": "ip-10-0-195-177.eu-central-1.compute.internal",
        "failures": 163,
        "failing_workloads": 9,
        "workloads": 11,
        "expected_workloads": 3.14,
        "cluster_failing_workloads": 12,
    }
    return HotSpot(**(values | changes))  # type: ignore[arg-type] # the keys are its own


def recovery(**changes: object) -> Recovery:
    """Return the node of the busy day, which came back, with *changes*."""
    values: dict[str, object] = {
        "cluster": "prod-eu",
        "namespace": "",
        "kind": "Node",
        "name": "ip-10-0-195-177.eu-central-1.compute.internal",
        "reason": "NodeReady",
        "occurrences": 2,
        "last": at(3, 46),
        "failures": 2,
        "last_failure": at(3, 44),
    }
    return Recovery(**(values | changes))  # type: ignore[arg-type] # the keys are its own


def message(**changes: object) -> MessageGroup:
    """Return the message of the row of a crashing checkout, of four pods, with *changes*."""
    values: dict[str, object] = {
        "cluster": "prod-eu",
        "namespace": "shop",
        "kind": "Deployment",
        "name": "checkout",
        "reason": "BackOff",
        "pattern": "Back-off restarting failed container app in pod *_shop(*)",
        "failures": 118,
        "values": (
            ("checkout-6b8f7d9c5d-x2x9z", 70),
            ("checkout-6b8f7d9c5d-bq7kd", 40),
            ("checkout-6b8f7d9c5d-m4t2p", 6),
        ),
        "distinct_values": 4,
    }
    return MessageGroup(**(values | changes))  # type: ignore[arg-type] # the keys are its own


def days(last: datetime, failures: tuple[int | None, ...]) -> tuple[Day, ...]:
    """Return one day a number, the last of them *last*, each from local midnight."""
    first = last - timedelta(days=len(failures) - 1)
    return tuple(Day(start=first + timedelta(days=i), failures=n) for i, n in enumerate(failures))


def sparse(**failures: int) -> tuple[int, ...]:
    """Return 24 hourly counts: ``sparse(h03=40)`` is 40 from three o'clock."""
    return tuple(failures.get(f"h{hour:02}", 0) for hour in range(24))


BUSY_ROWS = (
    row(),
    row(
        namespace="data",
        kind="StatefulSet",
        name="kafka",
        reason="Unhealthy",
        failures=41,
        share=41 / 214,
        episodes=2,
        objects=3,
        first=at(3, 2),
        last=at(3, 58),
        rate_per_hour=41 / 24,
        still_firing=False,
        sparkline=sparse(h03=21, h04=20),
        message='Readiness probe failed: Get "https://10.128.0.24:8443/readyz": net/http: request '
        "canceled (Client.Timeout exceeded while awaiting headers)",
        kubectl="kubectl --context prod-eu -n data describe statefulset kafka",
        trend="new",
        previous_failures=0,
        weekday_failures=0.0,
        links=(),
    ),
    row(
        namespace="订单",
        name="订单服务-支付网关",
        reason="FailedMount",
        failures=17,
        share=17 / 214,
        episodes=1,
        objects=1,
        first=at(8, 15),
        last=at(9, 40),
        rate_per_hour=17 / 24,
        still_firing=False,
        sparkline=sparse(h08=9, h09=8),
        message="挂载卷失败：无法同步配置映射缓存，等待条件超时（“config-volume”），请检查存储类"
        "与节点之间的网络连接，然后重新创建该容器组以恢复服务",
        kubectl="kubectl --context prod-eu -n 订单 describe deployment 订单服务-支付网关",
        trend="steady",
        previous_failures=16,
        weekday_failures=15.0,
        weeks=1,
        links=(),
    ),
    row(
        namespace="",
        kind="Node",
        name="ip-10-0-195-177.eu-central-1.compute.internal",
        reason="NodeNotReady",
        failures=2,
        share=2 / 214,
        episodes=2,
        objects=1,
        first=at(3, 1),
        last=at(3, 44),
        rate_per_hour=2 / 24,
        still_firing=False,
        sparkline=sparse(h03=2),
        message="Node ip-10-0-195-177.eu-central-1.compute.internal status is now: NodeNotReady",
        kubectl="kubectl --context prod-eu describe node "
        "ip-10-0-195-177.eu-central-1.compute.internal",
        trend="insufficient",
        previous_failures=1,
        weekday_failures=0.25,
        links=(),
    ),
    row(
        namespace="<b>team</b>",
        kind="Pod",
        name="x\x1b[2J\u202eexe.piz",
        reason="Failed",
        failures=1,
        share=1 / 214,
        episodes=1,
        objects=1,
        first=at(12, 30),
        last=at(12, 30),
        rate_per_hour=1 / 24,
        still_firing=False,
        sparkline=sparse(h12=1),
        message='<script>alert(1)</script>\nERROR \x1b]0;owned\x07 "><img src=x onerror=alert(2)>',
        kubectl="kubectl --context prod-eu -n '<b>team</b>' describe pod 'x\x1b[2J\u202eexe.piz'",
        trend="falling",
        previous_failures=60,
        weekday_failures=None,
        weeks=0,
        links=(),
    ),
)

_BUSY_BARS = hourly(
    at(0), (0, 2, 10, 63, 33, 4, 0, 1, 9, 8, 0, 0, 3, 0, 0, 0, 5, 0, 9, 10, 11, 14, 16, 16)
)


# four days without data, a quiet one, 24 like most; 155 the day before
_BUSY_DAYS = (None, None, 0, 90, 80, None, None, *(70, 60, 75, 85, 90, 40, 30) * 3, 155, 214)

_BUSY_MESSAGES = (
    message(),
    message(
        namespace="data",
        kind="StatefulSet",
        name="kafka",
        reason="Unhealthy",
        pattern='Readiness probe failed: Get "https://*:8443/readyz": net/http: request canceled '
        "(Client.Timeout exceeded while awaiting headers)",
        failures=29,
        values=(("10.128.0.24", 20), ("10.128.0.25", 9)),
        distinct_values=2,
    ),
    message(
        namespace="<b>team</b>",
        kind="Pod",
        name="x\x1b[2J\u202eexe.piz",
        reason="Failed",
        pattern="<script>alert(*)</script> | @all",
        failures=1,
        values=(("`1`|\x1b[2J", 1),),
        distinct_values=1,
    ),
)


def busy(**changes: object) -> Digest:
    """Return a day of 214 failures: 181 in five rows, 33 in seven more; 155 the day before.

    Of those 112 were in the five rows, 31 in three that are gone, 12 in the seven.
    """
    digest = Digest(
        report="daily",
        period="2026-11-21",
        title="Daily digest for Saturday 21 November 2026",
        start=at(0),
        end=at(0, day=22),
        timezone="Europe/Berlin",
        so_far=False,
        clusters=("prod-eu",),
        state="failures",
        verdict="prod-eu: 214 failures in 12 workloads, up 38 % on the day before. "
        "Look first at shop/Deployment checkout, BackOff (120).",
        failures=214,
        previous_failures=155,
        comparable=True,
        silent=(),
        workloads=12,
        episodes=31,
        rows=BUSY_ROWS,
        residual=Residual(rows=7, failures=33),
        bucket_minutes=60,
        histogram=_BUSY_BARS,
        gone=(
            gone(),
            gone(namespace="<b>team</b>", kind="Pod", name="a|b @all", previous_failures=9),
        ),
        gone_residual=Residual(rows=1, failures=2),
        daily=days(at(0), _BUSY_DAYS),
        messages=_BUSY_MESSAGES,
        peak=peak(_BUSY_BARS),
        quality=replace(
            QUIET_QUALITY,
            occurrences=5892,
            suspect_rows=2,
            suspect_occurrences=2147483646,
            set_aside_rows=12,
            requests=34,
            approximate=5,
            skewed=1,
            rejected=3,
            silences=(
                Gap(cluster="prod-eu", start=at(14, 10), end=at(16, 40)),
                Gap(cluster="prod-eu", start=at(22, 30), end=at(0, day=22)),
            ),
        ),
        heat_map=heat_map(d5h03=217, d5h04=60, d5h02=18, d0h09=40),
        hot_spots=(
            hot_spot(),
            hot_spot(
                shared="namespace",
                name="<b>team</b>",
                failures=31,
                failing_workloads=4,
                workloads=4,
                expected_workloads=1.4,
            ),
        ),
        more_hot_spots=1,
        places_tested=17,
        nodes_read=True,
        recovered=(
            recovery(),
            recovery(
                namespace="<b>team</b>",
                kind="Job",
                name="a|b @all",
                reason="Completed",
                occurrences=1,
                last=at(1, 12),
                failures=0,
                last_failure=at(23, 50, day=20),
            ),
        ),
        more_recovered=1,
    )
    return replace(digest, **changes)  # type: ignore[arg-type] # the keys are Digest's


def quiet() -> Digest:
    """Return a day with 5,678 occurrences and not one failure; two rows of before are gone."""
    return busy(
        state="quiet",
        verdict="prod-eu: no failures. 1,234 events seen.",
        failures=0,
        workloads=0,
        episodes=0,
        rows=(),
        residual=Residual(rows=0, failures=0),
        histogram=hourly(at(0), (0,) * 24),
        gone=(gone(previous_failures=150), gone(name="kafka-data-1", previous_failures=5)),
        gone_residual=Residual(rows=0, failures=0),
        daily=days(at(0), (*_BUSY_DAYS[:-1], 0)),
        messages=(),
        peak=None,
        quality=QUIET_QUALITY,
        hot_spots=(),
        more_hot_spots=0,
        places_tested=0,
        nodes_read=False,
    )


def no_data() -> Digest:
    """Return a day of which nothing is known."""
    return replace(
        quiet(),
        state="no data",
        clusters=(),
        verdict="No data: not one event between 2026-11-21 00:00 and 2026-11-22 00:00 "
        "(Europe/Berlin). This is not the same as no failures.",
        previous_failures=None,
        comparable=False,
        gone=(),
        daily=days(at(0), (None,) * 30),
        heat_map=None,
        recovered=(),
        more_recovered=0,
        quality=replace(
            QUIET_QUALITY,
            events=0,
            occurrences=0,
            notices=0,
            noise=0,
            recoveries=0,
            first_event=None,
            last_event=None,
        ),
    )


def long_day() -> Digest:
    """Return the 25 hours of 25 October 2026 in Berlin, the peak in the second hour from two.

    The store begins the day before, too late for a baseline.
    """
    start = datetime(2026, 10, 25, tzinfo=BERLIN)
    bars = hourly(start, (0, 0, 3, 9, *[0] * 20, 1))
    again = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN, fold=1)
    return busy(
        period="2026-10-25",
        title="Daily digest for Sunday 25 October 2026",
        start=start,
        end=start + timedelta(days=1),
        verdict="prod-eu: 13 failures in 1 workload, no data the day before. "
        "Look first at shop/Deployment checkout, BackOff (13).",
        failures=13,
        previous_failures=None,
        comparable=False,
        workloads=1,
        episodes=3,
        rows=(
            row(
                failures=13,
                share=1.0,
                first=again.replace(fold=0),
                last=again,
                rate_per_hour=13 / 25,
                still_firing=False,
                sparkline=tuple(bar.failures for bar in bars),
                trend="insufficient",
                previous_failures=None,
                weekday_failures=None,
                weeks=0,
            ),
        ),
        residual=Residual(rows=0, failures=0),
        histogram=bars,
        gone=(),
        gone_residual=Residual(rows=0, failures=0),
        daily=days(start, (*[None] * 29, 13)),
        messages=(),
        heat_map=None,
        hot_spots=(),
        more_hot_spots=0,
        places_tested=0,
        nodes_read=True,
        recovered=(),
        more_recovered=0,
        peak=peak(bars),
        quality=replace(
            QUIET_QUALITY,
            first_event=start,
            last_event=again,
            silences=(Gap(cluster="prod-eu", start=again, end=start + timedelta(days=1)),),
        ),
    )


def second_day() -> Digest:
    """Return the 21st, known from 09:14 to 10:10 by settled history, of alpha without beta.

    The twelve failures of the day before are those of both, so they are no base of a ratio.
    """
    counts = sparse(h09=15, h10=9)
    bars = hourly(at(0), counts)
    return busy(
        clusters=("alpha",),
        verdict="alpha: 24 failures in 1 workload (12 the day before). No data from beta. "
        "Look first at shop/Deployment checkout, BackOff (24).",
        failures=24,
        previous_failures=12,
        comparable=False,
        silent=("beta",),
        workloads=1,
        episodes=1,
        rows=(
            row(
                cluster="alpha",
                failures=24,
                share=1.0,
                episodes=1,
                objects=0,
                first=at(9, 14),
                last=at(10, 10),
                rate_per_hour=1.0,
                still_firing=False,
                sparkline=counts,
                message="",
                kubectl="kubectl --context alpha -n shop describe deployment checkout",
                trend="insufficient",
                previous_failures=12,
                weekday_failures=None,
                weeks=0,
                links=(),
            ),
        ),
        residual=Residual(rows=0, failures=0),
        histogram=bars,
        gone=(),
        gone_residual=Residual(rows=0, failures=0),
        daily=days(at(0), (*[None] * 28, 12, 24)),
        messages=(),
        heat_map=None,
        hot_spots=(),
        more_hot_spots=0,
        places_tested=0,
        nodes_read=False,
        recovered=(),
        more_recovered=0,
        peak=peak(bars),
        quality=replace(
            QUIET_QUALITY,
            events=0,
            occurrences=30,
            notices=6,
            noise=0,
            recoveries=0,
            approximate=30,
            first_event=at(9, 14),
            last_event=at(10, 10),
        ),
    )


def two_clusters() -> Digest:
    """Return a week of two clusters in Shanghai, in buckets of six hours."""
    start = datetime(2026, 11, 16, tzinfo=SHANGHAI)
    bars = hourly(start, (5, 0, 90, 12) * 6 + (0, 0, 1500, 3), minutes=360)
    spark = tuple(bar.failures for bar in bars)
    first, last = at(2, 5, day=16, zone=SHANGHAI), at(13, 9, day=22, zone=SHANGHAI)
    return busy(
        report="weekly",
        period="2026-W47",
        title="Weekly digest for week 47 of 2026",
        start=start,
        end=start + timedelta(days=7),
        timezone="Asia/Shanghai",
        clusters=("prod-eu", "生产集群"),
        verdict="2 clusters: 2,145 failures in 2 workloads, down 12 % on the week before. "
        "Look first at 生产集群, shop/Deployment checkout, BackOff (2,000).",
        failures=2145,
        previous_failures=2438,
        workloads=2,
        episodes=1044,
        rows=(
            row(
                cluster="生产集群",
                failures=2000,
                share=2000 / 2145,
                episodes=1043,
                objects=1200,
                first=first,
                last=last,
                rate_per_hour=2000 / 168,
                sparkline=spark,
                trend="falling",
                previous_failures=2438,
                weekday_failures=2210.4,
                kubectl="kubectl --context 生产集群 -n shop describe deployment checkout",
            ),
            row(
                name="a-deployment-with-quite-a-long-name-for-the-recommendation-engine-canary",
                reason="FailedCreatePodSandBox",
                failures=145,
                share=145 / 2145,
                episodes=1,
                objects=1,
                first=last,
                last=last,
                rate_per_hour=145 / 168,
                still_firing=False,
                sparkline=(0,) * 26 + (145, 0),
                trend="insufficient",
                previous_failures=None,
                weekday_failures=None,
                weeks=0,
                links=(),
                message="",
                kubectl="kubectl --context prod-eu -n shop describe deployment "
                "a-deployment-with-quite-a-long-name-for-the-recommendation-engine-canary",
            ),
        ),
        residual=Residual(rows=0, failures=0),
        bucket_minutes=360,
        histogram=bars,
        gone=(),
        gone_residual=Residual(rows=0, failures=0),
        daily=days(at(0, day=22, zone=SHANGHAI), (340,) * 22 + (398, *(107,) * 6, 1503)),
        messages=(message(cluster="生产集群", failures=1990, distinct_values=1200),),
        peak=peak(bars),
        heat_map=None,
        hot_spots=(),
        more_hot_spots=0,
        places_tested=9,
        nodes_read=False,
        recovered=(),
        more_recovered=0,
        quality=replace(
            QUIET_QUALITY,
            first_event=first,
            last_event=last,
            silences=(
                Gap(
                    cluster="生产集群",
                    start=at(22, 30, day=18, zone=SHANGHAI),
                    end=at(3, 0, day=19, zone=SHANGHAI),
                ),
            ),
        ),
    )


def coverage(**changes: object) -> Coverage:
    """Return the coverage of a cluster that was watched all the time, with *changes*."""
    values: dict[str, object] = {
        "cluster": "prod-eu",
        "scopes": (),
        "watched": 1.0,
        "recovered": 0.0,
        "gap": 0.0,
        "unknown": 0.0,
        "whole": True,
        "began": at(9, day=2),
        "proved": None,
        "earlier": 0,
    }
    return Coverage(**(values | changes))  # type: ignore[arg-type] # the keys are its own


def watched_day() -> Digest:
    """Return a quiet day of a cluster that was watched from midnight to midnight."""
    return replace(
        quiet(),
        verdict="prod-eu: no failures (155 the day before). 1,234 events seen. "
        "Watched the whole day.",
        quality=replace(QUIET_QUALITY, coverage="whole", covered=(coverage(),)),
    )


def watched_without_an_event() -> Digest:
    """Return a day that was watched from midnight to midnight, and not one event came."""
    return replace(
        quiet(),
        verdict="prod-eu: no failures (155 the day before). 0 events seen. Watched the whole day.",
        quality=replace(no_data().quality, coverage="whole", covered=(coverage(),)),
    )


def half_watched() -> Digest:
    """Return a busy day with a gap of 4 h 48 min and a silent end, beside an imported cluster.

    Of 24 hours 15 h 36 min are watched (65 %), 1 h 12 min recovered (5 %), 20 % gap, 10 % unknown.
    """
    return busy(
        clusters=("prod-eu", "test"),
        comparable=False,
        verdict="2 clusters: 214 failures in 12 workloads (155 the day before). prod-eu was not "
        "watched 03:10–07:58. Nothing has been proved of prod-eu since 21:36. Is its collector "
        "alive? Look first at prod-eu shop/Deployment checkout, BackOff (120).",
        quality=replace(
            QUIET_QUALITY,
            occurrences=5892,
            coverage="partial",
            covered=(
                coverage(
                    scopes=(
                        Scope(namespace="data", field_selector=""),
                        Scope(namespace="shop", field_selector="type=Warning"),
                    ),
                    watched=0.65,
                    recovered=0.05,
                    gap=0.2,
                    unknown=0.1,
                    whole=False,
                    began=at(0, 20),
                    proved=at(21, 36),
                    earlier=7,
                ),
            ),
            gaps=(
                Unwatched(
                    cluster="prod-eu", namespaces=("<b>shop",), start=at(3, 10), end=at(7, 58)
                ),
            ),
            gap_residual=GapResidual(gaps=2, hours=0.25),
        ),
    )


EVERY_DIGEST = {
    "busy": busy(),
    "quiet": quiet(),
    "no-data": no_data(),
    "long-day": long_day(),
    "second-day": second_day(),
    "two-clusters": two_clusters(),
    "watched-day": watched_day(),
    "watched-without-an-event": watched_without_an_event(),
    "half-watched": half_watched(),
}

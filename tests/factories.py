"""Made-up observations for tests; every field has a plain default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from collector.observation import Observation

T0 = datetime(2026, 1, 5, tzinfo=UTC)
PLAIN = Observation(
    cluster="prod",
    namespace="shop",
    name="web-0.1887aca433360000",
    birth=T0,
    cumulative=1,
    time=T0,
    received=T0 + timedelta(days=30),
    source="file",
    type="Warning",
    reason="BackOff",
    message="Back-off restarting failed container",
    kind="Pod",
    object_namespace="shop",
    object="web-0",
    workload_kind="StatefulSet",
    workload="web",
    workload_by="name",
    component="kubelet",
    host="n1",
)


def observe(cumulative: int = 1, minutes: float = 0.0, **over: object) -> Observation:
    """Return a sighting *minutes* after T0 at which the count was *cumulative*."""
    time = T0 + timedelta(minutes=minutes)
    return replace(PLAIN, cumulative=cumulative, time=time, **over)

"""A network before the API server that delays, breaks and falls silent: exact all the same."""

from __future__ import annotations

import time

import pytest

from tests.faults.lab import Lab
from tests.faults.proxy import FaultProxy
from tests.faults.running import CollectorProcess


def start_behind(
    lab: Lab, proxy: FaultProxy, *, watch_seconds: int | None = 120
) -> CollectorProcess:
    """Start a collector that reaches the API server through *proxy* alone."""
    made = lab.collector(watch_seconds=watch_seconds, api_port=proxy.port)
    made.start()
    lab.api.wait_for_watches(1, timeout_seconds=30)
    lab.wait_until_stored()
    return made


def proxy_before(lab: Lab, seed: int = 1) -> FaultProxy:
    """Return a proxy before the API server."""
    return FaultProxy(("127.0.0.1", int(lab.api.url.rpartition(":")[2])), seed=seed)


@pytest.mark.long
def test_delay_and_little_bandwidth(lab: Lab) -> None:
    """200 ms of delay and 10 KB/s make it late, and nothing else."""
    lab.feed(5, objects=5)
    with proxy_before(lab) as proxy:
        proxy.delay_seconds = 0.2
        proxy.bytes_per_second = 10_000
        start_behind(lab, proxy)
        lab.feed(15, objects=5)
        lab.check_exact()


@pytest.mark.long
def test_resets(lab: Lab) -> None:
    """A connection that breaks at every twentieth piece delivers each frame once."""
    with proxy_before(lab, seed=5) as proxy:
        start_behind(lab, proxy)
        proxy.reset_probability = 0.05
        deadline = time.monotonic() + 30
        while proxy.resets < 5:
            assert time.monotonic() < deadline
            lab.feed(20)
            time.sleep(0.02)
        lab.check_exact()


@pytest.mark.long
def test_half_open(lab: Lab) -> None:
    """A watch that falls silent for ever is left when its time is over."""
    with proxy_before(lab) as proxy:
        start_behind(lab, proxy, watch_seconds=2)
        lab.feed(50)
        lab.wait_until_stored()
        proxy.silence()
        lab.feed(50)
        lab.check_exact()


@pytest.mark.parametrize(
    "step", [pytest.param(101, id="20"), pytest.param(1, id="2000", marks=[pytest.mark.long])]
)
@pytest.mark.timeout(900)
def test_cut_anywhere(lab: Lab, step: int) -> None:
    """Whichever byte of an answer is the last to come, nothing is lost or counted twice."""
    with proxy_before(lab) as proxy:
        start_behind(lab, proxy)
        for after_bytes in range(1, 2001, step):
            proxy.cut_next(after_bytes)
            lab.feed(1, objects=3)
            proxy.reset_all()
            deadline = time.monotonic() + 20
            while not proxy.has_cut:
                assert time.monotonic() < deadline
                time.sleep(0.005)
        lab.check_exact()

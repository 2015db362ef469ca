"""The histogram counts a batch as single calls would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from collector.lag_histogram import LagHistogram

BOUNDS = (0.5, 1, 60)


def exposed(*batches: list[float]) -> str:
    """Return the exposition after some batches."""
    registry = CollectorRegistry()
    histogram = LagHistogram("lag_seconds", "A lag.", BOUNDS)
    registry.register(histogram)
    for batch in batches:
        histogram.observe(batch)
    return generate_latest(registry).decode()


def test_batches_add_up() -> None:
    """A value counts in every bucket from its own on, and a bound belongs to its bucket."""
    assert exposed([0.5, 61.0], [], [0.7, 0.1, 2.0]).splitlines() == [
        "# HELP lag_seconds A lag.",
        "# TYPE lag_seconds histogram",
        'lag_seconds_bucket{le="0.5"} 2.0',
        'lag_seconds_bucket{le="1.0"} 3.0',
        'lag_seconds_bucket{le="60.0"} 4.0',
        'lag_seconds_bucket{le="+Inf"} 5.0',
        "lag_seconds_count 5.0",
        "lag_seconds_sum 64.3",
    ]


def test_a_clock_ahead_counts_as_no_lag() -> None:
    """A negative lag is counted and lowers no sum, which may only grow."""
    assert 'lag_seconds_bucket{le="0.5"} 1.0' in exposed([-5.0])
    assert "lag_seconds_sum 0.0" in exposed([-5.0])


@given(st.lists(st.lists(st.integers(0, 100).map(float))))
def test_it_equals_the_histogram_of_the_client_library(batches: list[list[float]]) -> None:
    """Batches expose what the library's own histogram does, value by value."""
    registry = CollectorRegistry()
    single = Histogram("lag_seconds", "A lag.", buckets=BOUNDS, registry=registry)
    for batch in batches:
        for value in batch:
            single.observe(value)
    lines = generate_latest(registry).decode().splitlines()
    expected = [line for line in lines if "_created" not in line]
    assert exposed(*batches).splitlines() == expected

"""The limit on how often something is done."""

from __future__ import annotations

from collector.token_bucket import TokenBucket


def test_burst_then_rate() -> None:
    """Two pass at once, the next wait for their turn, and quiet fills the bucket to its brim."""
    now = [0.0]
    bucket = TokenBucket(4.0, 2, lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [0.0, 0.0, 0.25, 0.5]
    now[0] = 100.0
    assert [bucket.take() for _ in range(3)] == [0.0, 0.0, 0.25]

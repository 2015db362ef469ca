"""Delays that grow, with a jitter that is given."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.backoff import Backoff


class Fixed(random.Random):
    """Stretches every delay by the same factor."""

    def __init__(self, factor: float) -> None:
        super().__init__(0)
        self._factor = factor

    def uniform(self, a: float, b: float) -> float:
        """Return the factor, which lies in what is asked for."""
        assert a <= self._factor <= b
        return self._factor


def test_the_delay_doubles_up_to_the_longest() -> None:
    """0.8 s without a stretch: 0.8, 1.6, 3.2 … and then 30 s for ever."""
    backoff = Backoff(rng=Fixed(1.0))
    delays = [backoff.next_seconds() for _ in range(8)]
    assert delays == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


def test_a_stretched_delay_is_no_longer_than_the_longest() -> None:
    """Twice 16 s is 32 s, and the longest is 30 s."""
    backoff = Backoff(first_seconds=8, rng=Fixed(2.0))
    assert [backoff.next_seconds() for _ in range(3)] == [16.0, 30.0, 30.0]


def test_what_a_server_asks_for_is_kept() -> None:
    """Retry-After may be longer than the longest delay, and a shorter one shortens nothing."""
    backoff = Backoff(first_seconds=1, rng=Fixed(1.0))
    assert backoff.next_seconds(120) == 120
    assert backoff.next_seconds(0.1) == 2


def test_a_reset_begins_anew() -> None:
    """After a success the first delay comes back."""
    backoff = Backoff(first_seconds=1, rng=Fixed(1.0))
    delays = [backoff.next_seconds() for _ in range(3)]
    backoff.reset()
    assert (delays, backoff.next_seconds()) == ([1, 2, 4], 1)


@given(seed=st.integers(), first=st.floats(0.01, 5), count=st.integers(1, 20))
def test_every_delay_is_between_the_plain_one_and_its_double(
    seed: int, first: float, count: int
) -> None:
    """Whatever the dice say, with 30 s as the longest."""
    backoff = Backoff(first_seconds=first, rng=random.Random(seed))
    delays = [backoff.next_seconds() for _ in range(count)]
    for power, delay in enumerate(delays):
        plain = min(first * 2**power, 30)
        assert plain <= delay <= min(2 * plain, 30)
    assert all(later >= 0.99 * min(earlier, 30) for earlier, later in pairwise(delays))

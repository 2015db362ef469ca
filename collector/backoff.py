"""Waiting longer after each failure, with jitter, as client-go's reflector does."""

from __future__ import annotations

import random

FACTOR = 2.0


class Backoff:
    """Delays that double from `first_seconds` to `longest_seconds`.

    Each is stretched by up to its own length, so that many clients do not come back at once.
    """

    def __init__(
        self,
        *,
        first_seconds: float = 0.8,
        longest_seconds: float = 30.0,
        rng: random.Random | None = None,
    ) -> None:
        self._first = first_seconds
        self._longest = longest_seconds
        self._next = first_seconds
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing

    def next_seconds(self, at_least: float = 0.0) -> float:
        """Return how long to wait now; the next answer is twice as long."""
        delay = self._next * self._rng.uniform(1.0, 2.0)
        self._next = min(self._next * FACTOR, self._longest)
        return max(min(delay, self._longest), at_least)

    def reset(self) -> None:
        """Begin anew: what was tried has worked."""
        self._next = self._first

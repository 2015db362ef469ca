"""How many examples a property is tried with: a few each time, many where there is time."""

from __future__ import annotations

import os

TIMES = 8 if os.environ.get("KUBEDIGEST_TEST_EFFORT") == "long" else 1


def examples(number: int) -> int:
    """Return how many examples to try: *number*, and with ``./run check --long`` eight times that.

    Set ``KUBEDIGEST_TEST_EFFORT=long`` for the same in ``./run test``.
    """
    return number * TIMES

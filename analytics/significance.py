"""Exact tests of two counts, and how many of many tests may be wrong."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analytics.spread import Integers

Floats = npt.NDArray[np.float64]


def exact_p_value(
    episodes: Integers,
    previous_episodes: Integers,
    share: float | Floats,
) -> Floats:
    """Return the two-sided p-value of the exact conditional test of two Poisson rates.

    Parameters
    ----------
    episodes, previous_episodes
        Counts of the two periods.
    share
        Of the hours of both periods that lie in the first. [0..1]

    Examples
    --------
    >>> exact_p_value(np.array([14]), np.array([4]), 0.5).round(3)
    array([0.031])
    """
    # half a second to load, which commands that test nothing should not pay
    from scipy.special import bdtr, bdtrc  # type: ignore[import-untyped]

    both = episodes + previous_episodes
    lower = bdtr(episodes, both, share)
    upper = bdtrc(episodes - 1, both, share)
    both_sides: Floats = np.minimum(1.0, 2 * np.minimum(lower, upper))
    return both_sides


def false_discovery_rates(p_values: Floats) -> Floats:
    """Return the q-value of each p-value (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p_values
        Of all tests that were made, in any order, none of them missing. [0..1]

    Returns
    -------
    array of float
        For the k-th smallest of m p-values the least of ``p * m / j`` over the j-th smallest,
        j from k to m, in the order of *p_values*; empty for none. [0..1]

    Examples
    --------
    >>> false_discovery_rates(np.array([0.03, 0.01, 0.02, 0.8])).round(3).tolist()
    [0.04, 0.04, 0.04, 0.8]
    """
    largest_first = np.argsort(p_values)[::-1]
    ranks = np.arange(len(p_values), 0, -1)
    adjusted: Floats = np.empty(len(p_values))
    adjusted[largest_first] = np.minimum.accumulate(p_values[largest_first] * len(p_values) / ranks)
    return adjusted

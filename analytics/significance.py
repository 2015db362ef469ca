"""Exact tests of two counts, and how many of many tests may be wrong."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analytics.spread import Integers

Flags = npt.NDArray[np.bool_]
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
    upper, lower = exact_tails(
        episodes.astype(np.float64), previous_episodes.astype(np.float64), share
    )
    both_sides: Floats = np.minimum(1.0, 2 * np.minimum(upper, lower))
    return both_sides


def exact_tails(
    episodes: Floats, previous_episodes: Floats, share: float | Floats
) -> tuple[Floats, Floats]:
    """Return the two one-sided p-values of the exact conditional test of two Poisson rates.

    Parameters
    ----------
    episodes, previous_episodes
        Counts of the two periods; not whole where they were divided by a dispersion.
    share
        Of the hours of both periods that lie in the first, neither 0 nor 1. [0..1]

    Returns
    -------
    tuple of array of float
        The chance of at least *episodes* in the first period, and of at most so many, given those
        of both and equal rates. Between whole numbers the incomplete beta function I interpolates:
        I(share; k1, k0 + 1) and I(1 - share; k0, k1 + 1).

    Examples
    --------
    >>> upper, lower = exact_tails(np.array([14.0, 0.0]), np.array([4.0, 3.0]), 0.5)
    >>> upper.round(4).tolist(), lower.round(4).tolist()
    ([0.0154, 1.0], [0.9962, 0.125])
    """
    # half a second to load, which commands that test nothing should not pay
    from scipy.special import betainc  # type: ignore[import-untyped]

    least = np.finfo(np.float64).tiny  # at 0 the function has a limit of 1
    upper = betainc(np.maximum(episodes, least), previous_episodes + 1, share)
    lower = betainc(np.maximum(previous_episodes, least), episodes + 1, 1 - np.asarray(share))
    return np.where(episodes > 0, upper, 1.0), np.where(previous_episodes > 0, lower, 1.0)


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

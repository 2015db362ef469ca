"""Whether a part has more hits than a part of its size would have by chance."""

from __future__ import annotations

import numpy as np

from analytics.significance import Floats
from analytics.spread import Integers, expand


def enrichment_p_value(
    hits: Integers, size: Integers, all_hits: Integers, population: Integers
) -> Floats:
    """Return the p-value of the one-sided exact test for too many hits in a part.

    Parameters
    ----------
    hits
        In the part, at most *size* and *all_hits*, at least what does not fit outside of it.
    size
        Of the part.
    all_hits
        In the population, the part included.
    population
        Size of all.

    Returns
    -------
    array of float
        The probability of at least so many hits in a part of that size, drawn at random. [0..1]

    Notes
    -----
    With h hits in n of N, of which H are hits, it is the upper tail of the hypergeometric
    distribution, the sum over j from h to min(n, H) of ``C(H, j) C(N - H, n - j) / C(N, n)``
    (the exact test of Fisher 1935; for over-represented classes see Rivals et al. 2007).
    Logarithms of factorials are summed up, which is good to nine digits below a million.

    Examples
    --------
    The lady who told apart all of 8 cups of tea, and what 3 of 4 right would have been worth:

    >>> enrichment_p_value(np.array([4, 3]), np.array([4, 4]), np.array([4, 4]),
    ...     np.array([8, 8])).round(4).tolist()
    [0.0143, 0.2429]
    """
    if not len(hits):
        return np.zeros(0)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, population.max() + 1)))])

    def log_choose(of: Integers, chosen: Integers) -> Floats:
        found: Floats = log_factorial[of] - log_factorial[chosen] - log_factorial[of - chosen]
        return found

    row, place = expand(np.minimum(size, all_hits) - hits + 1)
    drawn = hits[row] + place
    terms = np.exp(
        log_choose(all_hits[row], drawn)
        + log_choose((population - all_hits)[row], size[row] - drawn)
        - log_choose(population, size)[row]
    )
    return np.minimum(1.0, np.bincount(row, weights=terms))

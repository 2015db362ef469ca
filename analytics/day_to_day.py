"""How much the days of a resource differ without a cause, learned from its earlier weeks.

Bad days come and go: the episodes of a day scatter more than a Poisson count does. A gamma variable
of squared coefficient of variation *a* that multiplies the rate of each period makes the counts
negative binomial, and then, given their sum, Dirichlet multinomial: that needs no rate. Four weeks
of one resource say little about its *a*, those of all resources together say how common each is.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analytics.significance import Flags, Floats, exact_tails

# squared coefficients of variation of a period's rate, from none to twice its mean
VARIATIONS: Floats = np.array([0.0, *(2.0**power for power in range(-6, 3))])
LEAST_PERIODS = 2  # that can differ from each other
LEAST_MEAN = 6  # episodes a period of the resources that speak for all: fewer tell of bursts only
ROUNDS = 100  # of expectation and maximisation
MOST_TERMS = 5000  # of a sum that is taken term by term


def variation_weights(episodes: Floats, lengths: Floats, covered: Flags) -> Floats:
    """Return how probable each of VARIATIONS is for each resource.

    Parameters
    ----------
    episodes
        Of each resource (row) in each earlier period (column).
    lengths
        Of the time in which they were seen, in units of the window.
    covered
        Which of the periods can be compared.

    Returns
    -------
    array of float
        One row a resource, one column a variation, each row adds up to 1. A resource with fewer
        than two covered periods has all its weight on 0: nothing is known of how its days differ.

    Notes
    -----
    The likelihood of a variation a > 0 is Dirichlet multinomial with the parameters lengths / a,
    that of 0 multinomial. Their frequencies over all resources with a mean of six episodes or more
    are estimated by expectation and maximisation (the non-parametric maximum likelihood of Laird
    1978), as if one resource more had been seen, of every variation equally. The weights are those
    after the resource's own n periods (Bayes), but for a share of 1 / (n + 2), which keeps the
    frequencies of all: the rule of succession for a day of a kind that its own did not show.

    Examples
    --------
    Twenty steady resources, and one whose weeks are 0, 0, 0 and 40: a sixth of its weight is on
    what is frequent, hardly any variation.

    >>> weeks = np.array([[10.0, 9, 11, 10]] * 20 + [[0.0, 0, 0, 40]])
    >>> weights = variation_weights(weeks, np.ones((21, 4)), np.ones((21, 4), dtype=bool))
    >>> (weights @ (VARIATIONS < 0.1))[[0, 20]].round(2).tolist()
    [0.98, 0.15]
    """
    weights: Floats = np.tile(np.eye(1, len(VARIATIONS)), (len(episodes), 1))
    periods = covered.sum(axis=1)
    known = periods >= LEAST_PERIODS
    if not known.any():
        return weights
    likelihood = _likelihoods(episodes[known], lengths[known], covered[known])
    mean = (episodes * covered).sum(axis=1)[known] / periods[known]
    frequencies = _frequencies(likelihood[mean >= LEAST_MEAN])
    own = likelihood * frequencies
    own /= own.sum(axis=1, keepdims=True)
    unlike = 1 / (periods[known, None] + 2)
    weights[known] = (1 - unlike) * own + unlike * frequencies
    return weights


def varied_tails(
    episodes: float, earlier_episodes: float, lengths: float, weights: Floats
) -> tuple[float, float]:
    """Return the two one-sided p-values of a window's episodes, given those of earlier weeks.

    Parameters
    ----------
    episodes, earlier_episodes
        Whole numbers: of the window, and of all earlier weeks together.
    lengths
        Of the earlier weeks together, in units of the window.
    weights
        Of each of VARIATIONS, from `variation_weights`.

    Returns
    -------
    tuple of float
        The chance of at least *episodes* in the window, and of at most so many. For a variation a
        they are beta binomial with the parameters 1 / a and *lengths* / a (the exact test of
        Robinson and Smyth 2008), without variation binomial.

    Examples
    --------
    Three after none in an equally long time, where any variation is 1: a quarter, not an eighth.

    >>> varied_tails(3, 0, 1.0, np.where(VARIATIONS == 1, 1.0, 0.0))[0].__round__(6)
    0.25
    """
    now, earlier = np.array([float(episodes)]), np.array([float(earlier_episodes)])
    upper, lower = (side[0] for side in exact_tails(now, earlier, 1 / (1 + lengths)))
    tails = _summed_tails if episodes + earlier_episodes <= MOST_TERMS else _limit_tails
    varied = tails(int(episodes), int(earlier_episodes), lengths)
    uppers, lowers = np.append(upper, varied[0]), np.append(lower, varied[1])
    return min(1.0, float(weights @ uppers)), min(1.0, float(weights @ lowers))


def _likelihoods(episodes: Floats, lengths: Floats, covered: Flags) -> Floats:
    """Return the likelihood of each variation, the greatest of a resource being 1."""
    from scipy.special import gammaln  # type: ignore[import-untyped]

    counts, units = np.where(covered, episodes, 0.0), np.where(covered, lengths, 0.0)
    total, length = counts.sum(axis=1), units.sum(axis=1)
    found = np.empty((len(counts), len(VARIATIONS)))
    share = units / length[:, None]
    found[:, 0] = (counts * np.log(np.where(counts > 0, share, 1.0))).sum(axis=1)
    for number, variation in enumerate(VARIATIONS[1:], start=1):
        shape, shapes = length / variation, np.where(covered, units / variation, 1.0)
        cells = np.where(covered, gammaln(counts + shapes) - gammaln(shapes), 0.0).sum(axis=1)
        found[:, number] = gammaln(shape) - gammaln(total + shape) + cells
    likelihood: Floats = np.exp(found - found.max(axis=1, keepdims=True))
    return likelihood


def _frequencies(likelihood: Floats) -> Floats:
    kinds = likelihood.shape[1]
    frequencies: Floats = np.full(kinds, 1 / kinds)
    for _ in range(ROUNDS):
        shares = likelihood * frequencies
        shares /= shares.sum(axis=1, keepdims=True)
        frequencies = (shares.sum(axis=0) + 1 / kinds) / (len(likelihood) + 1)
    return frequencies


def _summed_tails(now: int, earlier: int, lengths: float) -> tuple[Floats, Floats]:
    total = now + earlier
    size = 1 << total.bit_length()  # of few different sizes, so that most are remembered
    ours, theirs, both = (_log_gammas(multiple, size) for multiple in (1.0, lengths, 1 + lengths))
    ways = _log_factorials(size)
    logarithms = ours[:, : total + 1] + theirs[:, total::-1]
    logarithms += ways[total] - ways[: total + 1] - ways[total::-1]
    ends = ours[:, 0] + theirs[:, 0] + both[:, total] - both[:, 0]
    chances = np.exp(logarithms - ends[:, None])
    return chances[:, now:].sum(axis=1), chances[:, : now + 1].sum(axis=1)


@lru_cache(maxsize=12)
def _log_gammas(multiple: float, size: int) -> Floats:
    """Return log(gamma(multiple / a + k)) for each variation a (row) and k below *size*."""
    from scipy.special import gammaln

    found: Floats = gammaln(multiple / VARIATIONS[1:, None] + np.arange(size))
    return found


@lru_cache(maxsize=4)
def _log_factorials(size: int) -> Floats:
    from scipy.special import gammaln

    found: Floats = gammaln(np.arange(1.0, size + 1))
    return found


def _limit_tails(now: int, earlier: int, lengths: float) -> tuple[Floats, Floats]:
    """Take the beta distribution of the same mean and variance for that of very many episodes."""
    from scipy.special import betainc

    total, shape = now + earlier, (1 + lengths) / VARIATIONS[1:]
    matched = total * (shape + 1) / (total + shape) - 1
    a, b = matched / (1 + lengths), matched * lengths / (1 + lengths)
    from_now, after_now = max(0.0, (now - 0.5) / total), min(1.0, (now + 0.5) / total)
    return betainc(b, a, 1 - from_now), betainc(a, b, after_now)

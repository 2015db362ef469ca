"""How days differ, by hand and against sums of chances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom

from analytics.day_to_day import (
    VARIATIONS,
    _limit_tails,
    _summed_tails,
    variation_weights,
    varied_tails,
)

NONE = np.where(VARIATIONS == 0, 1.0, 0.0)
ONE = np.where(VARIATIONS == 1, 1.0, 0.0)


def test_any_share_is_as_likely_where_the_variation_is_one():
    """Three after none in the same time: each of 0 to 3 has a chance of 1 / 4."""
    assert varied_tails(3, 0, 1.0, ONE) == pytest.approx((1 / 4, 1))
    assert varied_tails(1, 2, 1.0, ONE) == pytest.approx((3 / 4, 2 / 4))


def test_four_weeks_are_four_draws():
    """Two after none in four weeks: B(3, 4) / B(1, 4); none after two: B(1, 6) / B(1, 4)."""
    assert varied_tails(2, 0, 4.0, ONE) == pytest.approx((1 / 15, 1))
    assert varied_tails(0, 2, 4.0, ONE) == pytest.approx((1, 2 / 3))


def test_without_variation_the_test_is_the_exact_one():
    """Two after none in four weeks: 1 / 25."""
    assert varied_tails(2, 0, 4.0, NONE) == pytest.approx((1 / 25, 1))


def test_weights_are_shares_of_the_chance():
    """Half without variation, half with 1: the mean of 1 / 25 and 1 / 15."""
    upper, _ = varied_tails(2, 0, 4.0, (NONE + ONE) / 2)
    assert upper == pytest.approx((1 / 25 + 1 / 15) / 2)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 60), st.integers(0, 200), st.sampled_from([1.0, 4.0, 2.5]))
def test_the_tails_are_those_of_scipy(now, earlier, lengths):
    """Beta binomial with 1 / a and lengths / a, for a mixture of variations."""
    weights = np.arange(1.0, len(VARIATIONS) + 1) / np.arange(1, len(VARIATIONS) + 1).sum()
    both = now + earlier
    each = [binom(both, 1 / (1 + lengths))]
    each += [betabinom(both, 1 / a, lengths / a) for a in VARIATIONS[1:]]
    upper = sum(w * one.sf(now - 1) for w, one in zip(weights, each, strict=True))
    lower = sum(w * one.cdf(now) for w, one in zip(weights, each, strict=True))
    assert varied_tails(now, earlier, lengths, weights) == pytest.approx((upper, lower), rel=1e-7)


@pytest.mark.parametrize(("now", "earlier"), [(1000, 2000), (1500, 2500), (300, 3500)])
def test_very_many_episodes_are_a_share(now, earlier):
    """The beta distribution with the same mean and variance, within a twentieth."""
    exact, limit = (tails(now, earlier, 4.0) for tails in (_summed_tails, _limit_tails))
    for side in (0, 1):
        assert limit[side] == pytest.approx(exact[side], rel=0.05, abs=1e-6)
    all_of_them = _limit_tails(6000, 0, 4.0)
    assert np.all((all_of_them[0] >= 0) & (all_of_them[0] < 0.2))
    assert all_of_them[1].tolist() == [1] * (len(VARIATIONS) - 1)


def test_weights_after_two_periods_by_hand():
    """Two and none: 1 / 4 without variation, else (a + 1) / (2 (a + 2)); a quarter stays as it is.

    Two episodes are too few to speak for all, so that every variation is equally frequent.
    """
    likelihood = np.append(1 / 4, (VARIATIONS[1:] + 1) / (2 * (VARIATIONS[1:] + 2)))
    expected = 3 / 4 * likelihood / likelihood.sum() + 1 / 4 / len(VARIATIONS)
    found = variation_weights(np.array([[2.0, 0]]), np.ones((1, 2)), np.ones((1, 2), dtype=bool))
    assert found[0].tolist() == pytest.approx(expected.tolist())


def test_one_period_tells_nothing():
    """All the weight is on no variation; what is not covered is not looked at."""
    weeks, lengths = np.array([[9.0, 900], [9, 900]]), np.ones((2, 2))
    covered = np.array([[True, False], [False, False]])
    assert variation_weights(weeks, lengths, covered).tolist() == [NONE.tolist()] * 2


def test_the_resources_learn_from_each_other():
    """One whose weeks are alike varies less among steady ones than among others that scatter."""
    alike, apart = [10.0, 11, 9, 10], [2.0, 40, 1, 9]
    shares = []
    for others in (alike, apart):
        weeks = np.array([alike, *[others] * 30])
        weights = variation_weights(weeks, np.ones((31, 4)), np.ones((31, 4), dtype=bool))
        assert weights.sum(axis=1) == pytest.approx(1)
        shares.append(weights[0] @ (VARIATIONS >= 0.5))
    assert shares[0] < 0.01
    assert shares[1] > 0.15  # the sixth that may be a day of another kind


def test_half_a_week_has_half_the_episodes():
    """5 in half a week after 10 in a whole one are no scatter; 10 and 10 are some."""
    covered = np.ones((1, 4), dtype=bool)
    lengths = np.array([[0.5, 1, 1, 1]])
    even = variation_weights(np.array([[50.0, 100, 100, 100]]), lengths, covered)
    uneven = variation_weights(np.array([[100.0, 100, 100, 100]]), lengths, covered)
    assert even[0, 0] > 2 * uneven[0, 0]

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


def test_variations():
    """None, and powers of two from a 64th to 4."""
    assert VARIATIONS.tolist() == [0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4]


def test_six_episodes_a_period_speak_for_all():
    """Thirty of none and twelve make scatter frequent; of none and eleven each is as it was."""
    few = np.array([[2.0, 2, 0]])
    covered = np.array([[True, True, False]] * 31)
    alone = variation_weights(few, np.ones((1, 3)), covered[:1])[0]
    for twelve, learned in ((12.0, True), (11.0, False)):
        weeks = np.concatenate([few, [[0, twelve, 900]] * 30])
        found = variation_weights(weeks, np.ones((31, 3)), covered)[0]
        assert np.allclose(found, alone) is not learned
        assert bool(found[-1] > 2 * alone[-1]) is learned


def test_what_is_not_covered_is_not_looked_at():
    """The same as if there had been no such week, but for the others of which it is known."""
    lengths = np.array([[1, 0.5, 1, 1], [1, 1, 1, 0.25]])
    weeks = np.array([[9.0, 7, 2, 40], [9, 2, 77, 3]])
    covered = np.array([[True, True, True, False], [True, True, False, True]])
    found = variation_weights(weeks, lengths, covered)
    kept = [np.array([one[mask] for one, mask in zip(rows, covered, strict=True)])
            for rows in (weeks, lengths)]  # fmt: skip
    expected = variation_weights(*kept, np.ones((2, 3), dtype=bool))
    assert found == pytest.approx(expected, rel=1e-12)


def test_no_chance_is_more_than_one():
    """Whatever is lost in summing."""
    for total in range(1, 120):
        for tails in (varied_tails(0, total, 4.0, ONE), varied_tails(total, 0, 4.0, ONE)):
            assert max(tails) <= 1

"""The tests of trends, against those of scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, false_discovery_control

from analytics.significance import exact_p_value, false_discovery_rates


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.5, 23 / 47, 0.25]))
def test_the_p_value_is_that_of_the_exact_test(now, before, share):
    """Twice the smaller of the two one-sided tests of scipy, at most 1."""
    both = now + before
    sides = ("less", "greater")
    expected = min(
        [1.0, *(2 * binomtest(now, both, share, alternative=s).pvalue for s in sides if both)]
    )
    found = exact_p_value(np.array([now]), np.array([before]), share)[0]
    assert found == pytest.approx(expected, rel=1e-9)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0.01, 0.99))
def test_the_tails_are_those_of_the_binomial(now, before, share):
    """The same as scipy's distribution, for any counts."""
    both = now + before
    tails = (binom.cdf(now, both, share), binom.sf(now - 1, both, share))
    found = exact_p_value(np.array([now]), np.array([before]), share)[0]
    assert found == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-6, abs=1e-300)


@given(st.lists(st.floats(0, 1), max_size=50))
def test_false_discoveries_are_controlled_as_scipy_does(p_values):
    """Benjamini and Hochberg, in the order of the p-values; none of none."""
    found = false_discovery_rates(np.array(p_values, dtype=np.float64))
    expected = false_discovery_control(p_values) if p_values else []
    assert found.tolist() == pytest.approx(list(expected))


@pytest.mark.parametrize(
    ("now", "before", "share", "expected"),
    [
        (0, 0, 0.5, 1.0),  # nothing happened
        (3, 3, 0.5, 1.0),  # twice a tail of 42 / 64 is more than certain
        (5, 0, 0.5, 2 / 32),
        (0, 5, 0.5, 2 / 32),
        (2, 0, 0.25, 2 / 16),
        (0, 2, 0.25, 1.0),
        (14, 4, 0.5, 2 * 4048 / 2**18),  # 1 + 18 + 153 + 816 + 3060
    ],
)
def test_worked_out_by_hand(now, before, share, expected):
    """Coins that fall on one side too often."""
    found = exact_p_value(np.array([now]), np.array([before]), share)
    assert found.tolist() == pytest.approx([expected])


def test_false_discoveries_by_hand():
    """0.01 of four tests is 0.04, as are 2/4 of 0.02 and 3/4 of 0.03."""
    found = false_discovery_rates(np.array([0.03, 0.01, 0.02, 0.8]))
    assert found.tolist() == pytest.approx([0.04, 0.04, 0.04, 0.8])

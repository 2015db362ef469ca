"""The exact test for too many hits."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.enrichment import enrichment_p_value


def p_value(hits, size, all_hits, population):
    """Test one part."""
    arrays = (np.array([value]) for value in (hits, size, all_hits, population))
    return float(enrichment_p_value(*arrays)[0])


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((4, 4, 4, 8), 1 / 70),  # the lady tasting tea
        ((3, 4, 4, 8), 17 / 70),
        ((0, 4, 4, 8), 1.0),
        ((5, 5, 5, 5), 1.0),  # the part is all there is
        ((1, 1, 1, 10), 0.1),
        ((3, 3, 5, 10), 1 / 12),  # C(5, 3) of C(10, 3)
        ((0, 0, 5, 10), 1.0),
        ((1, 1, 2, 4), 0.5),
        ((1, 2, 1, 4), 0.5),
    ],
)
def test_worked_out_by_hand(counts, expected):
    """The tail of a small hypergeometric distribution."""
    assert p_value(*counts) == pytest.approx(expected)


def test_parts_of_several_populations():
    """Each part is tested in its own: 1 of 1, 1 of 10 and 1 of 2."""
    one = np.ones(3, dtype=np.int64)
    found = enrichment_p_value(one, one, one, np.array([1, 10, 2]))
    assert found == pytest.approx([1.0, 0.1, 0.5])


def test_a_certainty_is_not_more_than_certain():
    """All numbers of hits together have no more than 1, however they are rounded."""
    sizes, hits = (values.ravel() for values in np.mgrid[1:40, 1:40])
    found = enrichment_p_value(np.zeros_like(sizes), sizes, hits, np.full_like(sizes, 100))
    assert found.max() <= 1.0
    assert found.min() == pytest.approx(1.0)


def test_no_part():
    """Without a part there is no p-value."""
    none = np.zeros(0, dtype=np.int64)
    assert len(enrichment_p_value(none, none, none, none)) == 0


def test_large_populations():
    """5 hits in 100 of 100,000, whose factorial has half a million digits."""
    exact = sum(
        Fraction(comb(1000, k) * comb(99_000, 100 - k), comb(100_000, 100)) for k in range(5, 101)
    )
    assert p_value(5, 100, 1000, 100_000) == pytest.approx(float(exact), rel=1e-8)


@given(st.data())
def test_equals_exact_arithmetic(data):
    """Sum the tail in fractions, and swap part and hits, which changes nothing."""
    population = data.draw(st.integers(1, 40))
    size = data.draw(st.integers(0, population))
    all_hits = data.draw(st.integers(0, population))
    least, most = max(0, size + all_hits - population), min(size, all_hits)
    hits = data.draw(st.integers(least, most))
    ways = sum(
        comb(all_hits, k) * comb(population - all_hits, size - k) for k in range(hits, most + 1)
    )
    expected = float(Fraction(ways, comb(population, size)))
    assert p_value(hits, size, all_hits, population) == pytest.approx(expected, rel=1e-9)
    assert p_value(hits, all_hits, size, population) == pytest.approx(expected, rel=1e-9)

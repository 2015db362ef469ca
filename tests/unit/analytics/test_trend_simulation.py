"""Verdicts on histories whose truth is known: a short run of the benchmark, always the same."""

import pytest

from bench.trend_simulation import SCENARIOS, simulate

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
RUNS = 3  # 3,000 workloads


@pytest.mark.parametrize(
    "name",
    [
        "no change: Poisson",
        "no change: bunches of 4",
        "no change: bad days, variation 0.25",
        "no change: bad days, variation 1",
        "no change: mixed",
        "week: a Monday",
        "week: a Saturday",
        "4 times since yesterday",
        "2nd week: no change, mixed",
    ],
)
def test_where_nothing_changed_no_change_is_claimed(name):
    """Not a single run of the three has a false discovery: one would be a rate of a third."""
    found = simulate(BY_NAME[name], RUNS)
    assert found.false_discovery_rate <= 0.05
    assert found.shares["steady"] > 0.45
    assert found.shares.get("regressed", 0) < 0.03


def test_in_the_first_week_nothing_is_called_a_change():
    """Nobody knows how days differ: sixty of a thousand rows would be called wrongly."""
    for name in ("1st week: no change, mixed", "1st week: a tenth triples"):
        found = simulate(BY_NAME[name], RUNS)
        assert found.wrong == 0
        assert not {"rising", "falling"} & set(found.shares)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("a tenth triples", 0.45),
        ("a tenth triples, nights off", 0.45),
        ("a tenth is 6 times", 0.9),
        ("a tenth each new, gone, back", 0.95),
    ],
)
def test_what_changed_is_found(name, least):
    """And what is said to have changed did, but for one in twenty."""
    found = simulate(BY_NAME[name], RUNS)
    assert found.right >= least
    assert found.false_discovery_rate <= 0.05


def test_nothing_has_no_row():
    """Nor a verdict."""
    assert simulate(BY_NAME["nothing at all"], RUNS).shares == {}


def test_the_same_seed_has_the_same_verdicts():
    """Another one has others."""
    scenario = BY_NAME["a tenth triples"]
    assert simulate(scenario, 1) == simulate(scenario, 1)
    assert simulate(scenario, 1) != simulate(scenario, 1, seed=1)

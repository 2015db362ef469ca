"""Whether the broken thing comes first, on labelled faults of real clusters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from analytics.frequency import failure_frequency
from analytics.grouping import PROBLEM, failing
from analytics.ranking import PARTS, ranking
from tests.kubectl_cases import Case, cases

WINDOW_HOURS = (1, 24, 168)

Choose = Callable[[pd.DataFrame], pd.Series]
Ranked = Callable[[float], list[tuple[Case, pd.DataFrame]]]


@pytest.fixture(scope="module")
def broken(shared_data: Path) -> list[tuple[Case, pd.DataFrame]]:
    """Return the cases whose broken object has a failure event at all, with their points."""
    files = sorted((shared_data / "kubectl_text").glob("*.jsonl"))
    read = [(case, case.points()) for file in files for case in cases(file)]
    return [
        (case, points)
        for case, points in read
        if any(case.tells_of_the_broken(row) for _, row in failing(points, None).iterrows())
    ]


@pytest.fixture(scope="module")
def ranked(broken: list[tuple[Case, pd.DataFrame]]) -> Ranked:
    """Return the ranking of each case, over so many hours before its text was taken."""

    @cache
    def of_window(hours: float) -> list[tuple[Case, pd.DataFrame]]:
        return [
            (case, ranking(failure_frequency(points, case.window(hours))))
            for case, points in broken
        ]

    return of_window


def found(rankings: list[tuple[Case, pd.DataFrame]], choose: Choose) -> int:
    """Count the cases in which the chosen row is the broken object's."""
    return sum(case.names_the_broken(choose(rows)) for case, rows in rankings)


def first(rows: pd.DataFrame) -> pd.Series:
    """Return the row on top."""
    return rows.iloc[0]


def without(part: str) -> Choose:
    """Return who chooses the row on top where a part is left out; ties as always."""
    others = [name for name in PARTS if name != part]
    order = ["score", "last", "failures", *PROBLEM]
    ascending = [False, False, False, *(True for _ in PROBLEM)]

    def choose(rows: pd.DataFrame) -> pd.Series:
        rescored = rows.assign(score=rows[others].mean(axis=1))
        return rescored.sort_values(order, ascending=ascending).iloc[0]

    return choose


@pytest.mark.shared_data
@pytest.mark.parametrize("hours", WINDOW_HOURS)
def test_the_broken_object_comes_first(ranked: Ranked, hours: float) -> None:
    """In nine of ten cases, whatever the window."""
    rankings = ranked(hours)
    assert len(rankings) >= 22
    assert found(rankings, first) >= 0.9 * len(rankings)


@pytest.mark.shared_data
def test_counting_warnings_does_worse(
    broken: list[tuple[Case, pd.DataFrame]], ranked: Ranked
) -> None:
    """The workload with most Warnings is the broken one less often."""
    hits = 0
    for case, points in broken:
        warnings = points[points["type"] == "Warning"]
        counts = warnings.groupby(["workload_kind", "workload"], observed=True)["occurrences"].sum()
        [top] = counts.nlargest(1).index
        hits += case.names_the_broken(pd.Series(top, index=["workload_kind", "workload"]))
    assert 0 < hits < found(ranked(24), first)


@pytest.mark.shared_data
@pytest.mark.parametrize("part", PARTS)
def test_no_part_makes_it_worse(ranked: Ranked, part: str) -> None:
    """Left out, none of them leaves more cases found."""
    assert found(ranked(24), without(part)) <= found(ranked(24), first)


@pytest.mark.shared_data
def test_no_weight_is_fitted(ranked: Ranked) -> None:
    """With parts that weigh half as much, or half as much again, nine of ten are still found."""
    for heavier in PARTS:
        for weight in (0.5, 1.5):
            weights = pd.Series(1.0, index=list(PARTS))
            weights[heavier] = weight
            rescored = [
                (case, rows.assign(score=rows[list(PARTS)] @ weights)) for case, rows in ranked(24)
            ]
            hits = found(rescored, lambda rows: rows.loc[rows["score"].idxmax()])
            assert hits >= 0.9 * len(rescored), (heavier, weight)

"""How often the verdicts of trends are right, on histories of which the truth is known.

About 1,000 workloads with five weeks of episodes in blocks of four hours, drawn anew for each run;
the last day is compared as a daily digest does. The table says how often a change was found and how
many rows were wrongly called rising or falling; the false discovery rate is the mean over the runs
of wrong claims by all claims, 0 in a run without any.

``./run bench trend_simulation`` prints the table, ``python -m bench.trend_simulation RUNS`` with
another number of runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.comparison import Period, candidates, compare
from analytics.exposure import Watched
from analytics.spread import microsecond
from analytics.window import Window

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]

RUNS = 60
SEED = 20261128
WORKLOADS = 1000
DAYS, BLOCKS = 36, 6  # five weeks and the day of the report
TODAY, YESTERDAY, WEEKS = 35, 34, (28, 21, 14, 7)
BY = ("cluster", "workload")
CLAIMS = ("rising", "falling")
NIGHT_OFF: Floats = np.array([0.0, 0.05, 0.4, 0.4, 0.15, 0.0])  # share of a day in each block


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Expected episodes of each workload and day, and what happens to its last day."""

    rates: Floats
    truth: Texts  # the verdict that is right, "" where nothing changed
    bunch: Floats = field(default_factory=lambda: np.ones(1))  # mean episodes of a bunch
    shares: Floats = field(default_factory=lambda: np.full(BLOCKS, 1 / BLOCKS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A kind of history, and how much of it is known."""

    name: str
    draw: Callable[[np.random.Generator], History]
    weeks: int = 4
    hours: float = 24  # of the last day that were watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What trends said in all runs of a scenario."""

    false_discovery_rate: float  # mean over the runs
    wrong: float  # rising or falling where nothing of the kind is true, rows a run
    right: float  # share of the changed rows with the right verdict, NaN without any
    shares: dict[str, float]  # of each verdict over all rows


def main(arguments: list[str]) -> None:
    """Print the table of all scenarios."""
    runs = int(arguments[0]) if arguments else RUNS
    print(f"{WORKLOADS} workloads, {runs} runs a line; wrong: rows a run called rising or falling")
    print(f"{'history':<44} {'right':>6} {'wrong':>6} {'FDR':>6}  verdicts of all rows")
    for scenario in SCENARIOS:
        found = simulate(scenario, runs)
        right = "" if np.isnan(found.right) else f"{found.right:6.0%}"
        said = ", ".join(f"{name} {share:.1%}" for name, share in found.shares.items())
        rate = f"{found.false_discovery_rate:6.1%}"
        print(f"{scenario.name:<44} {right:>6} {found.wrong:6.2f} {rate}  {said}", flush=True)


def simulate(scenario: Scenario, runs: int, seed: int = SEED) -> Outcome:
    """Draw so many histories, compare them, and hold the verdicts against the truth."""
    random = np.random.default_rng(seed)
    rates, wrong, rows, right = [], [], [], []
    for truth, said in (_run(scenario, random) for _ in range(runs)):
        claimed = np.isin(said, CLAIMS)
        false = claimed & (said != truth)
        rates.append(false.sum() / max(1, claimed.sum()))
        wrong.append(false.sum())
        rows.append(said[said != ""])
        right.append((said == truth)[truth != ""])
    every = np.concatenate(right)
    counts = pd.Series(np.concatenate(rows), dtype="str").value_counts(normalize=True)
    return Outcome(
        false_discovery_rate=float(np.mean(rates)),
        wrong=float(np.mean(wrong)),
        right=float(every.mean()) if len(every) else float("nan"),
        shares={str(name): float(share) for name, share in counts.items()},
    )


def _run(scenario: Scenario, random: np.random.Generator) -> tuple[Texts, Texts]:
    """Return the truth of each workload, and the verdict, "" without a row."""
    history = scenario.draw(random)
    episodes = _episodes(history, random)
    found = verdicts(episodes, random, weeks=scenario.weeks, hours=scenario.hours)
    said = np.full(len(episodes), "", dtype="<U12")
    said[found["workload"].astype("int64")] = found["verdict"].to_numpy(dtype="<U12")
    return history.truth, said


def _episodes(history: History, random: np.random.Generator) -> Integers:
    """Draw the episodes: workload, day, block."""
    bunch = np.broadcast_to(history.bunch, len(history.rates))[:, None, None]
    bunches = random.poisson(history.rates[:, :, None] * history.shares / bunch)
    # a bunch has a geometric number of episodes
    more = random.negative_binomial(np.maximum(bunches, 1), 1 / bunch)
    found: Integers = bunches + np.where(bunches > 0, more, 0)
    return found


def verdicts(
    episodes: Integers, random: np.random.Generator, *, weeks: int, hours: float
) -> pd.DataFrame:
    """Return TRENDS of the last day of such episodes, of which so many hours were watched."""
    window = Window.daily(datetime(2026, 11, 24, 8, tzinfo=UTC), "UTC")
    end = window.start + timedelta(hours=hours)
    clock = Watched(np.array([microsecond(window.start), microsecond(end)]))
    seen = episodes.copy()
    seen[:, TODAY, round(hours * BLOCKS / 24) :] = 0
    failures = seen.sum(axis=2) + random.negative_binomial(np.maximum(seen.sum(axis=2), 1), 0.2)
    failures = np.where(seen.sum(axis=2) > 0, failures, 0)
    days = [TODAY, YESTERDAY, *WEEKS[:weeks]]
    windows = [window, window.previous(), *window.baseline()[:weeks]]
    periods = [
        Period(
            window=one,
            counts=_counts(seen[:, day].sum(axis=1), failures[:, day]),
            covered={"prod"},
            clocks={"prod": clock} if day == TODAY else {},
        )
        for one, day in zip(windows, days, strict=True)
    ]
    now, previous, *baseline = periods
    groups = candidates(now, previous, baseline, by=BY)
    blocks = _blocks(seen, days, windows, groups)
    failed_before = (seen[:, YESTERDAY - 28 : YESTERDAY].sum(axis=(1, 2)) > 0) & (weeks > 0)
    known = _keys(np.flatnonzero(failed_before))
    return compare(now, previous, baseline, by=BY, blocks=blocks, known=known)


def _keys(workloads: Integers) -> pd.DataFrame:
    return pd.DataFrame({"cluster": "prod", "workload": workloads.astype(str)}, dtype="str")


def _counts(episodes: Integers, failures: Integers) -> pd.DataFrame:
    failed = np.flatnonzero(episodes)
    figures = {"failures": failures[failed], "episodes": episodes[failed]}
    return _keys(failed).assign(**figures, **{f"seen_{name}": v for name, v in figures.items()})


def _blocks(
    episodes: Integers, days: list[int], windows: list[Window], groups: pd.DataFrame
) -> pd.DataFrame:
    rows = groups["workload"].astype("int64").to_numpy()
    row, period, block = np.nonzero(episodes[rows][:, days])
    starts = pd.DatetimeIndex([window.start for window in windows]).as_unit("us")
    return _keys(rows[row]).assign(
        period=period,
        block=(starts[period] + pd.to_timedelta(block * 24 // BLOCKS, unit="h")).as_unit("us"),
        episodes=episodes[rows[row], np.array(days)[period], block],
    )


def _usual(random: np.random.Generator) -> tuple[Floats, Texts]:
    """Return steady rates, of a median of 12 a day and mostly between 2 and 60, and no change."""
    rates = np.exp(random.normal(np.log(12), 0.8, WORKLOADS))
    return np.repeat(rates[:, None], DAYS, axis=1), np.full(WORKLOADS, "", dtype="<U12")


def _bad_days(rates: Floats, variation: float, random: np.random.Generator) -> Floats:
    factors: Floats = random.gamma(1 / variation, variation, rates.shape)
    return rates * factors


def _mixed(rates: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Make three of ten workloads scatter from day to day, and two of ten fail in bunches."""
    kind = random.random(len(rates))
    varied = np.where((kind < 0.3)[:, None], _bad_days(rates, 0.5, random), rates)
    return varied, np.where(kind > 0.8, 4.0, 1.0)


def unchanged(
    *, variation: float = 0, bunch: float = 1, mixed: bool = False, night: bool = False
) -> Callable[[np.random.Generator], History]:
    """Change nothing: at random, in bunches, with bad days, or some of each."""

    def draw(random: np.random.Generator) -> History:
        rates, truth = _usual(random)
        bunches = np.full(1, float(bunch))
        if variation:
            rates = _bad_days(rates, variation, random)
        if mixed:
            rates, bunches = _mixed(rates, random)
        shares = NIGHT_OFF if night else np.full(BLOCKS, 1 / BLOCKS)
        return History(rates=rates, truth=truth, bunch=bunches, shares=shares)

    return draw


def stepped(
    factor: float, share: float = 0.1, *, mixed: bool = False, night: bool = False
) -> Callable[[np.random.Generator], History]:
    """Multiply the last day of some workloads."""

    def draw(random: np.random.Generator) -> History:
        rates, truth = _usual(random)
        changed = random.random(WORKLOADS) < share
        truth[changed] = "rising" if factor > 1 else "falling"
        rates[changed, TODAY] *= factor
        bunches = np.ones(1)
        if mixed:
            rates, bunches = _mixed(rates, random)
        shares = NIGHT_OFF if night else np.full(BLOCKS, 1 / BLOCKS)
        return History(rates=rates, truth=truth, bunch=bunches, shares=shares)

    return draw


def weekly(today_is: str, *, variation: float = 0) -> Callable[[np.random.Generator], History]:
    """Give Saturdays and Sundays a fifth of the other days."""

    def draw(random: np.random.Generator) -> History:
        rates, truth = _usual(random)
        first = {"Monday": 0, "Saturday": 5}[today_is] - TODAY
        rates[:, (np.arange(DAYS) + first) % 7 >= 5] /= 5
        if variation:
            rates = _bad_days(rates, variation, random)
        return History(rates=rates, truth=truth)

    return draw


def reached(days_ago: int, factor: float = 4) -> Callable[[np.random.Generator], History]:
    """Raise all workloads some days ago."""

    def draw(random: np.random.Generator) -> History:
        rates, truth = _usual(random)
        rates[:, TODAY - days_ago :] *= factor
        return History(rates=rates, truth=truth)

    return draw


def rare_bad_days(share: float) -> Callable[[np.random.Generator], History]:
    """Make one day of ten eight times as bad, in a share of the workloads."""

    def draw(random: np.random.Generator) -> History:
        rates, truth = _usual(random)
        touched = (random.random(WORKLOADS) < share)[:, None]
        rates[touched & (random.random(rates.shape) < 0.1)] *= 8
        return History(rates=rates, truth=truth)

    return draw


def come_and_gone(random: np.random.Generator) -> History:
    """Start a tenth today, stop a tenth, and bring a tenth back after a week."""
    rates, truth = _usual(random)
    kind = random.random(WORKLOADS)
    for number, name in enumerate(("new", "gone", "regressed")):
        truth[(kind >= number / 10) & (kind < (number + 1) / 10)] = name
    rates[truth == "new", :TODAY] = 0
    rates[truth == "gone", TODAY] = 0
    rates[truth == "regressed", TODAY - 7 : TODAY] = 0
    return History(rates=rates, truth=truth)


def nothing(random: np.random.Generator) -> History:
    """Let nothing fail in five weeks."""
    rates, truth = _usual(random)
    return History(rates=rates * 0, truth=truth)


def _scenarios() -> Iterator[Scenario]:
    yield Scenario(name="nothing at all", draw=nothing)
    yield Scenario(name="no change: Poisson", draw=unchanged())
    yield Scenario(name="no change: Poisson, nights off", draw=unchanged(night=True))
    yield Scenario(name="no change: bunches of 4", draw=unchanged(bunch=4))
    yield Scenario(name="no change: bad days, variation 0.25", draw=unchanged(variation=0.25))
    yield Scenario(name="no change: bad days, variation 1", draw=unchanged(variation=1))
    yield Scenario(name="no change: bad days and bunches", draw=unchanged(variation=0.25, bunch=4))
    yield Scenario(name="no change: mixed", draw=unchanged(mixed=True))
    yield Scenario(name="no change: one day of ten is 8 times", draw=rare_bad_days(1))
    yield Scenario(name="no change: the same in a tenth of all", draw=rare_bad_days(0.1))
    yield Scenario(name="no change: Poisson, half the day watched", draw=unchanged(), hours=12)
    yield Scenario(name="week: a Monday", draw=weekly("Monday"))
    yield Scenario(name="week: a Saturday", draw=weekly("Saturday"))
    yield Scenario(name="week: a Monday, bad days", draw=weekly("Monday", variation=0.25))
    yield Scenario(name="4 times since yesterday", draw=reached(1))
    yield Scenario(name="4 times since ten days ago", draw=reached(10))
    yield Scenario(name="a tenth triples", draw=stepped(3))
    yield Scenario(name="a tenth triples, nights off", draw=stepped(3, night=True))
    yield Scenario(name="a tenth triples, half the day watched", draw=stepped(3), hours=12)
    yield Scenario(name="a tenth is 6 times", draw=stepped(6))
    yield Scenario(name="a tenth falls to a sixth", draw=stepped(1 / 6))
    yield Scenario(name="a tenth is 6 times, mixed", draw=stepped(6, mixed=True))
    yield Scenario(name="one of 100 is 12 times, mixed", draw=stepped(12, 0.01, mixed=True))
    yield Scenario(name="a tenth each new, gone, back", draw=come_and_gone)
    yield Scenario(name="2nd week: no change, mixed", draw=unchanged(mixed=True), weeks=1)
    yield Scenario(name="1st week: no change, mixed", draw=unchanged(mixed=True), weeks=0)
    yield Scenario(name="1st week: no change, bunches of 4", draw=unchanged(bunch=4), weeks=0)
    yield Scenario(name="1st week: a tenth triples", draw=stepped(3), weeks=0)


SCENARIOS = tuple(_scenarios())

if __name__ == "__main__":
    main(sys.argv[1:])

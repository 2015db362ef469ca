"""How long ago each stream was proved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry

from collector.proof_ages import Labels, ProofAges

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PROD: Labels = ("prod", "", "core/v1")
SHOP: Labels = ("prod", "shop", "core/v1")
LAB: Labels = ("lab", "", "core/v1")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        """Return the time."""
        return self.time

    def after(self, seconds: float) -> datetime:
        """Set and return the time *seconds* after noon."""
        self.time = NOON + timedelta(seconds=seconds)
        return self.time


def age(ages: ProofAges, stream: Labels) -> float | None:
    """Return the age that a scrape sees."""
    registry = CollectorRegistry()
    registry.register(ages)
    cluster, namespace, api = stream
    return registry.get_sample_value(
        "age_seconds", {"cluster": cluster, "namespace": namespace, "api": api}
    )


def test_without_streams_nothing_is_claimed() -> None:
    """No stream, no age and no cluster."""
    ages = ProofAges("age_seconds", Clock())
    assert (ages.longest(), ages.clusters(), age(ages, PROD)) == ((None, ""), (), None)


def test_the_age_grows_until_the_next_proof() -> None:
    """A scrape reckons from the last proof to its own time."""
    clock = Clock()
    ages = ProofAges("age_seconds", clock)
    ages.add(PROD)
    ages.prove(PROD, clock.after(10))
    clock.after(25)
    assert age(ages, PROD) == 15.0
    ages.prove(PROD, clock.after(30))
    assert age(ages, PROD) == 0.0


def test_a_stream_never_proved_grows_old_too() -> None:
    """Until its first proof a stream's age counts from when it was added, so that it alarms."""
    clock = Clock()
    ages = ProofAges("age_seconds", clock)
    ages.add(PROD)
    clock.after(700)
    assert age(ages, PROD) == 700.0
    assert ages.longest() == (None, "prod")


def test_the_first_proof_may_be_older_than_the_start() -> None:
    """What an earlier run has proved is older than this process, and its age says so."""
    clock = Clock()
    ages = ProofAges("age_seconds", clock)
    ages.add(PROD)
    ages.prove(PROD, NOON - timedelta(seconds=60))
    assert age(ages, PROD) == 60.0
    assert ages.longest() == (60.0, "prod")


def test_an_older_proof_and_a_second_start_change_nothing() -> None:
    """Proofs may come in any order, and a stream may be added again."""
    clock = Clock()
    ages = ProofAges("age_seconds", clock)
    ages.prove(PROD, NOON)
    ages.prove(PROD, NOON - timedelta(seconds=5))
    clock.after(3)
    ages.add(PROD)
    assert age(ages, PROD) == 3.0


def test_a_proof_ahead_of_the_clock_has_no_age() -> None:
    """An age is never negative."""
    ages = ProofAges("age_seconds", Clock())
    ages.prove(PROD, NOON + timedelta(seconds=5))
    assert age(ages, PROD) == 0.0


def test_the_oldest_stream_speaks_for_all() -> None:
    """The longest age is named; a stream never proved is worse than any age."""
    clock = Clock()
    ages = ProofAges("age_seconds", clock)
    for stream in (PROD, SHOP, LAB):
        ages.add(stream)
    ages.prove(PROD, NOON)
    ages.prove(SHOP, clock.after(8))
    clock.after(10)
    assert ages.longest() == (None, "lab")
    ages.prove(LAB, NOON + timedelta(seconds=9))
    assert ages.longest() == (10.0, "prod")
    assert ages.clusters() == ("prod", "lab")

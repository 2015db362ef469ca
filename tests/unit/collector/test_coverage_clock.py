"""What is known of which time; every span is worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from collector.coverage_clock import HAND_OVER, CoverageClock, bridge
from collector.progress import Span, State

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(minutes: float) -> datetime:
    """Return a time after noon."""
    return NOON + timedelta(minutes=minutes)


def span(state: State, start: float, end: float) -> Span:
    """Return a span in minutes after noon."""
    return Span(state, at(start), at(end))


def watching(until: float = 0) -> CoverageClock:
    """Return a clock that has listed at noon, and watched since; what it said is taken."""
    clock = CoverageClock(event_ttl=HOUR)
    clock.relisted(at(0))
    clock.resumed(at(0))
    clock.prove(at(until))
    clock.take()
    return clock


def test_the_first_list_begins_the_coverage() -> None:
    """Of what was before nothing is said, although the LIST brings events of it."""
    clock = CoverageClock(event_ttl=HOUR)
    assert clock.proved is None
    clock.relisted(at(0))
    assert clock.proved == at(0)
    assert clock.take() == (span("watched", 0, 0),)


def test_a_watch_that_says_nothing_is_not_covered() -> None:
    """A half-open connection is opened, and then lost without a frame."""
    clock = watching(until=3)
    clock.resumed(at(3.1))
    clock.lost()
    assert clock.take() == ()
    assert clock.proved == at(3)


def test_a_span_grows_with_each_proof_and_keeps_its_start() -> None:
    """The same start is said again with a later end: it is one row."""
    clock = watching()
    clock.prove(at(2))
    assert clock.take() == (span("watched", 0, 2),)
    clock.prove(at(5))
    clock.prove(at(7))
    assert clock.take() == (span("watched", 0, 7),)
    assert clock.take() == ()


def test_a_hand_over_from_one_watch_to_the_next_is_no_break() -> None:
    """A watch ends cleanly, an audit LIST follows at once, and then the next watch."""
    clock = watching(until=3)
    clock.relisted(at(3.1))
    clock.resumed(at(3.15))
    clock.prove(at(6))
    assert clock.take() == (span("watched", 0, 6),)


def test_a_break_that_is_resumed_is_recovered() -> None:
    """Lost after minute 3, opened again at minute 10, a frame at minute 11."""
    clock = watching(until=3)
    clock.lost()
    clock.resumed(at(10))
    assert clock.take() == ()
    clock.prove(at(11))
    assert clock.take() == (span("recovered", 3, 10), span("watched", 10, 11))


def test_a_watch_that_is_opened_late_was_a_break() -> None:
    """A clean end proves minute 3; nobody watched until the next one was opened at minute 9."""
    clock = watching(until=3)
    clock.resumed(at(9))
    clock.prove(at(10))
    assert clock.take() == (span("recovered", 3, 9), span("watched", 9, 10))


def test_a_relist_within_the_ttl_recovers() -> None:
    """All that was written in 50 minutes is still there."""
    clock = watching(until=3)
    clock.lost()
    clock.relisted(at(53))
    clock.resumed(at(53))
    clock.prove(at(54))
    assert clock.take() == (span("recovered", 3, 53), span("watched", 53, 54))


def test_a_relist_after_the_ttl_leaves_a_gap() -> None:
    """After 157 minutes the last 60 are there, and 97 are not."""
    clock = watching(until=3)
    clock.lost()
    clock.relisted(at(160))
    assert clock.take() == (
        span("gap", 3, 100),
        span("recovered", 100, 160),
    )


def test_a_late_list_leaves_a_gap_although_no_break_was_seen() -> None:
    """The reader stood still for two hours: neither a proof nor an error."""
    clock = watching(until=3)
    clock.relisted(at(123))
    spans = clock.take()
    assert spans[:2] == (span("gap", 3, 63), span("recovered", 63, 123))


def test_two_breaks_are_two_recoveries() -> None:
    """Each begins with the last proof before it."""
    clock = watching(until=1)
    for opened in (5, 20):
        clock.lost()
        clock.resumed(at(opened))
        clock.prove(at(opened + 1))
    assert clock.take() == (
        span("recovered", 1, 5),
        span("watched", 5, 6),
        span("recovered", 6, 20),
        span("watched", 20, 21),
    )


def test_an_attempt_that_fails_does_not_shorten_the_break() -> None:
    """Opened at minute 5 and lost again, opened at minute 9 and proved at minute 10."""
    clock = watching(until=1)
    clock.lost()
    clock.resumed(at(5))
    clock.lost()
    clock.resumed(at(9))
    clock.prove(at(10))
    assert clock.take() == (span("recovered", 1, 9), span("watched", 9, 10))


def test_a_stored_proof_goes_on_after_a_restart() -> None:
    """Stored at noon, listed at minute 30: recovered; watched begins with the LIST."""
    clock = CoverageClock(proved=at(0), event_ttl=HOUR)
    clock.relisted(at(30))
    assert clock.take() == (span("recovered", 0, 30),)


def test_a_clock_that_was_far_ahead_is_not_believed() -> None:
    """What a year ahead has proved counts for nothing once the clock is right."""
    clock = watching(until=60 * 24 * 365)
    clock.take()
    clock.resumed(at(20))
    clock.prove(at(21))
    assert clock.proved == at(21)
    assert clock.take() == (span("watched", 20, 21),)


def test_bridge_tells_what_a_list_has_saved() -> None:
    """Of 157 minutes the last 60 are saved; of 30 all are."""
    assert bridge(at(3), at(160), HOUR) == [span("gap", 3, 100), span("recovered", 100, 160)]
    assert bridge(at(0), at(30), HOUR) == [span("recovered", 0, 30)]
    assert bridge(at(5), at(5), HOUR) == []


def test_a_clock_that_is_set_back_takes_nothing_back() -> None:
    """Proofs from before the last one change nothing until time has caught up."""
    clock = watching(until=10)
    clock.prove(at(4))
    clock.lost()
    clock.relisted(at(5))
    clock.resumed(at(6))
    clock.prove(at(7))
    assert clock.proved == at(10)
    clock.prove(at(12))
    assert clock.take() == (span("watched", 0, 10), span("watched", 10, 12))


def test_a_frame_from_before_the_watch_was_opened_proves_nothing_of_the_watch() -> None:
    """It tells what happened in the break, which ends when the watch was opened."""
    clock = watching(until=3)
    clock.lost()
    clock.resumed(at(20))
    clock.prove(at(12))
    assert (clock.proved, clock.take()) == (at(3), ())
    clock.prove(at(25))
    assert clock.take() == (span("recovered", 3, 20), span("watched", 20, 25))


Step = tuple[str, float]
FORWARD = st.sampled_from([0.0, 0.1, 1.0, 7.0, 50.0, 70.0, 200.0])
NAMES = st.sampled_from(["relisted", "resumed", "prove", "stale", "lost", "take"])
STEPS = st.lists(st.tuples(NAMES, FORWARD | st.just(-5.0)), max_size=30)
FORWARD_STEPS = st.lists(st.tuples(NAMES, FORWARD), max_size=30)


def _run(steps: list[Step]) -> tuple[list[Span], list[tuple[datetime, datetime]], CoverageClock]:
    """Return the last word on each span, the breaks, and the clock."""
    clock = CoverageClock(event_ttl=HOUR)
    clock.relisted(at(0))
    now, taken, breaks = 0.0, list(clock.take()), []
    broken_since: datetime | None = None
    for name, minutes in steps:
        now += minutes
        if name == "take":
            taken += clock.take()
            continue
        if name == "lost":
            clock.lost()
            broken_since = broken_since or clock.proved
            continue
        if name in ("relisted", "resumed") and broken_since is not None:
            assert clock.proved is not None
            breaks.append((broken_since, max(at(now), clock.proved)))
            broken_since = None
        if name in ("prove", "stale") and broken_since is not None:
            continue  # nothing comes from a watch that is not open
        if name == "stale":
            clock.prove(at(now - 5))
        else:
            getattr(clock, name)(at(now))
    taken += clock.take()
    last = {(one.state, one.start): one for one in taken}
    return list(last.values()), breaks, clock


@given(STEPS)
def test_spans_never_overlap_and_never_pass_the_last_proof(steps: list[Step]) -> None:
    """Whatever happens in whatever order, also with a clock that is set back."""
    spans, _, clock = _run(steps)
    assert clock.proved is not None
    ordered = sorted(spans, key=lambda one: (one.start, one.end))
    assert all(one.start <= one.end <= clock.proved for one in ordered)
    assert all(before.end <= after.start for before, after in pairwise(ordered))


@given(FORWARD_STEPS)
@example([("lost", 1.0), ("resumed", 7.0), ("stale", 1.0), ("prove", 50.0)])
def test_the_time_of_a_break_is_never_called_watched(steps: list[Step]) -> None:
    """From the last proof before it until the watch was opened, or a LIST asked for, again."""
    spans, breaks, _ = _run(steps)
    for start, end in breaks:
        assert not any(
            one.state == "watched" and max(one.start, start) < min(one.end, end) for one in spans
        )


@given(STEPS)
def test_nothing_advances_without_a_proof(steps: list[Step]) -> None:
    """Opening and losing watches says nothing of time."""
    clock = watching()
    for name, minutes in steps:
        if name in ("resumed", "lost"):
            clock.resumed(at(minutes)) if name == "resumed" else clock.lost()
    assert clock.proved == at(0)
    assert clock.take() == ()


def test_a_hand_over_takes_seconds() -> None:
    """Longer would hide breaks, and shorter would call the LIST of a large cluster one."""
    assert timedelta(seconds=1) < HAND_OVER < timedelta(minutes=1)

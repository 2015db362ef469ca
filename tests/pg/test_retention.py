"""Prune moves history into hourly totals; what reports add up to stays."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, text

from analytics.load import load_points
from analytics.spread import occurrences_before
from analytics.window import Window
from collector import retention
from collector.observation import Observation
from collector.progress import Mark, Span, Stream
from collector.retention import prune
from collector.store import Store, WriteResult
from tests.factories import T0, observe

NOW = T0 + timedelta(days=10)
KEEP = timedelta(days=4)


OLD_POINTS = f"kubedigest.point where occurrences > 0 and time < '{NOW - KEEP}'"


def write(engine: Engine, seen: list[Observation]) -> WriteResult:
    """Write one batch."""
    with Store(engine) as store:
        return store.write(seen)


def history() -> list[Observation]:
    """Events over ten days: idle ones, long-lived ones, points out of order in time."""
    choice = random.Random(7)
    seen = []
    for number in range(60):
        start = choice.uniform(0, 9 * 1440)
        birth = T0 + timedelta(minutes=start)
        count, at = 1, start
        for _ in range(choice.randint(1, 9)):
            seen.append(observe(count, at, birth=birth, name=f"e{number}.1"))
            count += choice.randint(1, 30)
            at += choice.choice([1, 7, 300, 1500])
    return [one for one in seen if one.time < NOW]


def totals_by_hour(engine: Engine) -> list[int]:
    """Return the counted occurrences of each of the 240 hours, as every report sees them."""
    window = Window.between(T0 - timedelta(days=1), NOW + timedelta(days=1), "UTC")
    points = load_points(engine, window)
    points = points[points["counted"]]
    edges = [T0 + timedelta(hours=hour) for hour in range(241)]
    before = [int(occurrences_before(points, edge).sum()) for edge in edges]
    return [int(n) for n in np.diff(before)]


def prune_all(engine: Engine, keep: timedelta = KEEP, now: datetime = NOW) -> int:
    """Prune and return how many points went."""
    return sum(step.points for step in prune(engine, now=now, keep=keep))


def test_every_hour_keeps_its_total(engine: Engine) -> None:
    """Six of ten days are settled; all 240 hours show what they showed."""
    write(engine, history())
    before = totals_by_hour(engine)
    assert sum(before) > 1000
    assert prune_all(engine) > 50
    assert totals_by_hour(engine) == before


def test_reading_the_same_again_adds_nothing(engine: Engine) -> None:
    """Old observations are refused, young ones are known; then a second prune changes nothing."""
    seen = history()
    write(engine, seen)
    before = totals_by_hour(engine)
    prune_all(engine)
    old = sum(one.time < NOW - KEEP for one in seen)
    assert write(engine, seen) == WriteResult(too_old=old, repeated=len(seen) - old)
    assert totals_by_hour(engine) == before
    prune_all(engine)
    assert totals_by_hour(engine) == before


def test_counting_goes_on_from_the_anchor(engine: Engine, counted_total: Callable[[], int]) -> None:
    """An event at 40 before the horizon that reaches 43 after it adds three, not 43."""
    write(engine, [observe(1), observe(40, 3 * 1440)])
    prune_all(engine)
    assert counted_total() == 0
    write(engine, [observe(43, 9 * 1440)])
    assert counted_total() == 3
    assert sum(totals_by_hour(engine)) == 43


def test_a_count_patched_below_the_anchor_adds_nothing(
    engine: Engine, counted_total: Callable[[], int]
) -> None:
    """What prune has settled is not counted again by a later, lower point."""
    write(engine, [observe(1), observe(40, 3 * 1440)])
    prune_all(engine)
    write(engine, [observe(7, 9 * 1440)])
    assert counted_total() == 0


def test_anchors_go_after_another_idle_period(engine: Engine) -> None:
    """Anchors stay for one retention period after the horizon has passed them, then go."""
    write(engine, [observe(5, 3 * 1440)])
    prune_all(engine)
    assert _rows(engine, "kubedigest.point") == 1
    prune_all(engine, now=NOW + KEEP)
    assert (_rows(engine, "kubedigest.point"), _rows(engine, "kubedigest.event")) == (0, 0)
    assert sum(totals_by_hour(engine)) == 5


def test_suspect_jumps_are_not_settled_into_totals(engine: Engine) -> None:
    """A count of two billion does not become history either."""
    write(engine, [observe(1), observe(2_147_483_647, 1)])
    prune_all(engine)
    assert sum(totals_by_hour(engine)) == 1


def test_a_suspect_count_does_not_swallow_what_comes_later(
    engine: Engine, counted_total: Callable[[], int]
) -> None:
    """1, then two billion; prune; then 2 and 5: five in all, as without prune."""
    write(engine, [observe(1), observe(2_147_483_647, 1)])
    prune_all(engine, keep=timedelta(days=6))
    write(engine, [observe(2, 8 * 1440), observe(5, 9 * 1440)])
    assert sum(totals_by_hour(engine)) == 5
    assert counted_total() == 4
    prune_all(engine, now=NOW + timedelta(days=30), keep=KEEP)
    assert sum(totals_by_hour(engine)) == 5
    assert _rows(engine, "kubedigest.event") == 0  # the suspect point went with its event


def test_a_claim_of_the_future_is_not_counted_again(engine: Engine) -> None:
    """Received long ago with a time still to come: reading it after prune adds nothing."""
    claim = observe(3, 400 * 1440, birth=T0, received=T0 + timedelta(hours=1))
    write(engine, [claim])
    before = sum(totals_by_hour(engine))
    prune_all(engine)
    write(engine, [replace(claim, received=NOW)])
    assert sum(totals_by_hour(engine)) == before == 3


def test_long_texts_are_settled_like_others(engine: Engine) -> None:
    """A reason of 20,000 random letters is longer than an index entry can be."""
    reason = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=20_000))
    write(engine, [observe(2, 1, reason=reason), observe(3, 2, name="b.1", reason=reason)])
    assert prune_all(engine) == 0  # both become anchors, which go: they were idle for long
    assert sum(totals_by_hour(engine)) == 5


def test_coverage_before_the_horizon_goes(engine: Engine) -> None:
    """A span that reaches past the horizon stays whole."""
    days = [T0 + timedelta(days=day) for day in range(4)]
    spans = (Span("gap", days[0], days[1]), Span("watched", days[1], days[3]))
    mark = Mark(stream=Stream(cluster="prod"), resource_version="7", proved=days[3], spans=spans)
    with Store(engine) as store:
        store.write([observe(1, 60 * 60)], [mark])
    prune_all(engine, keep=timedelta(days=1), now=days[3])
    with engine.connect() as connection:
        kept = connection.execute(text("select state, start_time from public.coverage")).all()
    assert [tuple(one) for one in kept] == [("watched", days[1])]


def test_small_steps_end_in_the_same_store(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few points a transaction, so that writers wait briefly: every total stays."""
    monkeypatch.setattr(retention, "STEP_POINTS", 5)
    write(engine, [*history(), *(observe(1, name=f"same-moment-{n}.1") for n in range(20))])
    before = totals_by_hour(engine)
    steps = list(prune(engine, now=NOW, keep=KEEP))
    assert len(steps) > 10
    assert totals_by_hour(engine) == before
    assert _rows(engine, OLD_POINTS) == 0


def test_the_horizon_only_moves_forward(engine: Engine) -> None:
    """Pruning with a longer period afterwards does not let old observations in again."""
    prune_all(engine)
    prune_all(engine, keep=timedelta(days=9))
    with engine.connect() as connection:
        horizon = connection.scalar(text("select horizon from kubedigest.retention"))
    assert horizon == datetime(2026, 1, 11, tzinfo=UTC)


def _rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text(f"select count(*) from {table}")) or 0)


@pytest.mark.long
def test_a_writer_and_prune_at_once_keep_every_total(engine: Engine) -> None:
    """Prune follows a day and a half behind a writer: nothing is counted twice or lost."""
    seen = sorted(history(), key=lambda one: one.time)
    written_to = [T0]
    settled = 0

    def write_in_order() -> None:
        for one in seen:
            write(engine, [one])
            written_to[0] = one.time

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_in_order)
        while not writing.done():
            settled += prune_all(engine, now=written_to[0], keep=timedelta(hours=36))
        writing.result()
    assert settled > 50
    assert sum(totals_by_hour(engine)) == _expected_total(seen)


def _expected_total(seen: list[Observation]) -> int:
    highest: dict[str, int] = {}
    for one in seen:
        highest[one.name] = max(highest.get(one.name, 0), one.cumulative)
    return sum(highest.values())

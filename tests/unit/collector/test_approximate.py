"""Rows without identity, matched to what is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.ages import parse_age
from collector.approximate import (
    CLOCK_TOLERANCE,
    _Event,
    _Key,
    approximate_name,
    match_identities,
    precision_of,
)
from collector.kubectl_text import EventRow, observation_of
from collector.observation import Observation
from tests.unit.collector.test_ages import printed

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


class Memory:
    """What a store would know."""

    def __init__(self) -> None:
        self.known: dict[_Key, list[_Event]] = {}

    def read(self, rows: list[Observation]) -> None:
        """Take in one text."""
        match_identities(rows, self.known)
        for event in (event for events in self.known.values() for event in events):
            event.tolerance = CLOCK_TOLERANCE

    def totals(self) -> dict[datetime, int]:
        """Return the highest count of each event, by its birth."""
        return {event.birth: max(event.times) for events in self.known.values() for event in events}

    def points(self) -> set[tuple[datetime, str, int, datetime]]:
        """Return everything that would be stored."""
        return {
            (event.birth, event.name, count, time)
            for events in self.known.values()
            for event in events
            for count, time in event.times.items()
        }


def row(
    taken: datetime, last: datetime, first: datetime | None = None, count: int = 1
) -> Observation:
    """Return the row that kubectl prints at a time, with its rounding."""
    table_row = EventRow(
        last=parse_age(printed(taken - last)),
        first=parse_age(printed(taken - first)) if first else None,
        last_text="",
        count=count,
        type="Warning",
        reason="BackOff",
        kind="Pod",
        object="web-0",
        message="Back-off",
    )
    return observation_of(table_row, cluster="c", namespace="shop", taken=taken, received=taken)


def test_names() -> None:
    """The same words have the same key whatever the case of the kind; the precision ends it."""
    name = approximate_name("a", "Pod", "o", "r", "m")
    assert approximate_name("a", "pod", "o", "r", "m") == name
    assert approximate_name("a", "Pod", "o", "r", "n") != name
    assert approximate_name("a", "Po", "do", "r", "m") != approximate_name(
        "a", "Pod", "o", "r", "m"
    )
    wide = approximate_name("a", "Pod", "o", "r", "m", precision=timedelta(hours=1))
    assert wide == name.removesuffix(":1s") + ":3600s"
    assert precision_of(wide) == timedelta(hours=1)


def test_an_hour_later_it_is_the_same_event() -> None:
    """119 s, then 61 m, then 25 h: each is rounded otherwise, all are one event."""
    memory = Memory()
    seen = NOON - timedelta(seconds=119)
    for later in (timedelta(), timedelta(minutes=59, seconds=37), timedelta(hours=25)):
        memory.read([row(NOON + later, seen)])
    assert memory.totals() == {seen: 1}


def test_events_beyond_the_rounding_are_two() -> None:
    """The same thing at 11:00 and at 11:30, seen at noon to the minute."""
    memory = Memory()
    memory.read([row(NOON, NOON - timedelta(minutes=30)), row(NOON, NOON - timedelta(hours=1))])
    assert sorted(memory.totals().values()) == [1, 1]


def test_rows_of_one_table_are_told_apart_to_the_second() -> None:
    """A text saved three seconds late is forgiven; rows of one text are of one moment."""
    memory = Memory()
    seen = [row(NOON, NOON - timedelta(seconds=age)) for age in (40, 42, 42)]
    memory.read(seen)
    assert len(memory.points()) == 2
    memory.read([row(NOON + timedelta(seconds=3), NOON - timedelta(seconds=40))])
    memory.read([row(NOON + timedelta(seconds=3), NOON - timedelta(seconds=37))])
    assert len(memory.totals()) == 2


def test_a_later_count_is_the_same_events() -> None:
    """3 over 20 minutes, an hour later 7 over 80 minutes: 7 in all, from both sides."""
    birth = NOON - timedelta(minutes=20)
    early = row(NOON, NOON - timedelta(minutes=1), birth, 3)
    later = row(NOON + timedelta(hours=1), NOON + timedelta(minutes=50), birth, 7)
    for order in ([early, later], [later, early]):
        memory = Memory()
        for one in order:
            memory.read([one])
        assert list(memory.totals().values()) == [7]


def test_exact_rows_pass() -> None:
    """What has an identity keeps it, and its place in the batch."""
    exact = row(NOON, NOON)
    named = Observation(
        **{
            field: getattr(exact, field)
            for field in exact.__struct_fields__
            if field not in ("counting", "name")
        },
        name="web.1",
        counting="exact",
    )
    assert match_identities([exact, named], {})[1] is named


@st.composite
def texts(draw: st.DrawFn) -> list[list[Observation]]:
    """Draw what kubectl prints at several times of events two days apart, which all go on."""
    moments = sorted(draw(st.lists(st.integers(0, 86_400), min_size=1, max_size=4, unique=True)))
    births = [NOON - timedelta(days=2 * n + 1) for n in range(draw(st.integers(1, 3)))]
    counts = [1 for _ in births]
    found = []
    for moment in moments:
        taken = NOON + timedelta(seconds=moment)
        rows = []
        for n, birth in enumerate(births):
            counts[n] += draw(st.integers(0, 5))
            last = birth + timedelta(minutes=counts[n] - 1)
            rows.append(row(taken, last, birth, counts[n]))
        found.append(rows)
    return found


@given(texts(), st.data())
def test_any_order_of_texts_gives_the_newest_total(
    printed_texts: list[list[Observation]], data: st.DataObject
) -> None:
    """Each event has the count of the newest text; reading all again changes nothing at all."""
    memory = Memory()
    order = data.draw(st.permutations(printed_texts))
    for text in order:
        memory.read(text)
    newest = sorted(one.cumulative for one in printed_texts[-1])
    assert sorted(memory.totals().values()) == newest
    before = memory.points()
    for text in data.draw(st.permutations(printed_texts)):
        memory.read(text)
    assert memory.points() == before


@given(
    st.lists(
        st.tuples(st.integers(0, 200_000), st.integers(0, 90_000), st.integers(1, 4)), max_size=12
    )
)
def test_reading_again_never_adds(rows: list[tuple[int, int, int]]) -> None:
    """However rows overlap, after the first reading the totals stay."""
    memory = Memory()
    seen = [
        row(NOON + timedelta(seconds=at), NOON - timedelta(seconds=age), count=count)
        for at, age, count in rows
    ]
    for one in seen:
        memory.read([one])
    before = memory.totals()
    for one in reversed(seen):
        memory.read([one])
    assert memory.totals() == before

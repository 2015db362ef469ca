"""Marks are read back as they were written, and one cluster under two names is noticed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, create_engine, text

from collector.errors import StoreError, UnreachableError
from collector.progress import Mark, Span, Stream
from collector.resume import note_identity, resume_mark
from collector.store import Store

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
STREAM = Stream(cluster="lab")
MARK = Mark(stream=STREAM, resource_version="1234", proved=NOON)


def test_a_new_stream_has_no_mark(engine: Engine) -> None:
    """Nobody has brought it anywhere."""
    assert resume_mark(engine, STREAM) is None


def test_a_mark_is_read_back(engine: Engine) -> None:
    """Without its spans: those were written, and are nothing to go on from."""
    span = Span("watched", NOON - timedelta(hours=1), NOON)
    with Store(engine) as store:
        store.write([], [replace(MARK, spans=(span,))])
    assert resume_mark(engine, STREAM) == MARK


def test_each_stream_has_its_own(engine: Engine) -> None:
    """Cluster, namespace, API group and field selector tell streams apart."""
    streams = [
        STREAM,
        replace(STREAM, cluster="prod"),
        replace(STREAM, namespace="shop"),
        replace(STREAM, api="events.k8s.io/v1"),
        replace(STREAM, field_selector="type=Warning"),
    ]
    marks = [replace(MARK, stream=one, resource_version=str(n)) for n, one in enumerate(streams)]
    with Store(engine) as store:
        store.write([], marks)
    assert [resume_mark(engine, one) for one in streams] == marks


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_collectors_the_one_that_proved_more(engine: Engine, order: tuple[int, int]) -> None:
    """Whoever comes last, the row is of the one that is further."""
    marks = [
        replace(MARK, resource_version="99"),
        replace(MARK, resource_version="1300", proved=NOON + timedelta(seconds=1)),
    ]
    with Store(engine) as store:
        for number in order:
            store.write([], [marks[number]])
    assert resume_mark(engine, STREAM) == marks[1]


def test_a_version_may_go_back(engine: Engine) -> None:
    """After a restored backup versions are smaller, and time has gone on."""
    back = replace(MARK, resource_version="7", proved=NOON + timedelta(minutes=1))
    with Store(engine) as store:
        store.write([], [MARK])
        store.write([], [back])
    assert resume_mark(engine, STREAM) == back


def test_errors_are_sentences(database_url: str, engine: Engine) -> None:
    """A server that is away and a table that is missing are told apart."""
    nowhere = create_engine(database_url.replace("test_", "nowhere_"))
    with pytest.raises(Exception, match="does not exist") as caught:
        resume_mark(nowhere, STREAM)
    assert isinstance(caught.value, StoreError)
    with engine.begin() as connection:
        connection.execute(text("drop table kubedigest.watch"))
    with pytest.raises(StoreError, match="refused"):
        resume_mark(engine, STREAM)
    gone = create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none")
    with pytest.raises(UnreachableError):
        note_identity(gone, cluster="lab", uid="u1", now=NOON)


def test_one_name_and_one_uid_say_nothing(engine: Engine) -> None:
    """However often the collector starts, and with other clusters beside it."""
    assert note_identity(engine, cluster="lab", uid="u1", now=NOON) == []
    assert note_identity(engine, cluster="prod", uid="u2", now=NOON) == []
    assert note_identity(engine, cluster="lab", uid="u1", now=NOON) == []


def test_two_names_for_one_cluster(engine: Engine) -> None:
    """The second name hears of the first, since what both hold is counted twice."""
    note_identity(engine, cluster="lab", uid="u1", now=NOON)
    later = NOON + timedelta(days=1)
    [sentence] = note_identity(engine, cluster="prod", uid="u1", now=later)
    assert sentence == (
        "'prod' is the cluster that was collected as 'lab' until 2026-01-05 12:00 UTC: what both "
        "names hold is counted twice; use one name"
    )


def test_one_name_for_two_clusters(engine: Engine) -> None:
    """A cluster that was built anew under its old name is another cluster."""
    note_identity(engine, cluster="lab", uid="u1", now=NOON)
    [sentence] = note_identity(engine, cluster="lab", uid="u2", now=NOON + timedelta(days=1))
    assert sentence == (
        "the name 'lab' stood for another cluster until 2026-01-05 12:00 UTC: where both live, "
        "their events are mixed up; give each a name of its own"
    )


def test_last_seen_never_goes_back(engine: Engine) -> None:
    """A collector with a slow clock does not make a cluster look older."""
    note_identity(engine, cluster="lab", uid="u1", now=NOON + timedelta(hours=1))
    note_identity(engine, cluster="lab", uid="u1", now=NOON)
    [sentence] = note_identity(engine, cluster="prod", uid="u1", now=NOON)
    assert "until 2026-01-05 13:00 UTC" in sentence

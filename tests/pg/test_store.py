"""Whatever the order, the repetition, the batches and the writers: one and the same store."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Engine, text

from collector import store as store_module
from collector.database import connect, statement
from collector.errors import StoreError
from collector.observation import Observation, Rejection
from collector.store import Store, WriteResult
from tests.effort import examples
from tests.factories import T0, observe
from tests.pg import counting_model

Tables = dict[str, list[tuple[object, ...]]]


def write(engine: Engine, observations: Sequence[Observation], batch: int = 1000) -> WriteResult:
    """Write in batches and return the sum."""
    result = WriteResult()
    with Store(engine) as store:
        for start in range(0, len(observations), batch):
            result += store.write(observations[start : start + batch])
    return result


def clear(engine: Engine) -> None:
    """Empty the store."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "truncate kubedigest.event, kubedigest.point, kubedigest.exact_slot,"
                " kubedigest.settled_hour, kubedigest.rejected"
            )
        )


def stored_points(engine: Engine) -> dict[object, counting_model.Counted]:
    """Return the view in the shape of the model."""
    query = text(
        "select birth, cluster, namespace, name, cumulative, time, occurrences, previous_time,"
        " message, suspect from public.event"
    )
    with engine.connect() as connection:
        return {
            ((row.birth, row.cluster, row.namespace, row.name), row.cumulative): (
                counting_model.Counted(
                    time=row.time,
                    occurrences=row.occurrences,
                    previous_time=row.previous_time,
                    message=row.message,
                    suspect=row.suspect,
                )
            )
            for row in connection.execute(query)
        }


def stored_attributes(engine: Engine) -> dict[object, tuple[object, ...]]:
    """Return the merged attributes of every event."""
    query = text(
        "select birth, cluster, namespace, name, workload_kind, workload, host, labels"
        " from kubedigest.event"
    )
    with engine.connect() as connection:
        return {
            (r.birth, r.cluster, r.namespace, r.name): (
                r.workload_kind,
                r.workload,
                r.host,
                r.labels,
            )
            for r in connection.execute(query)
        }


observations = st.lists(
    st.builds(
        observe,
        cumulative=st.sampled_from([1, 2, 3, 7, 40, 2000, 2_147_483_647]),
        minutes=st.sampled_from([-30.0, 0.0, 1.0, 5.5, 60.0, 1440.0, 700_000.0]),
        name=st.sampled_from(["a.1", "b.1"]),
        birth=st.sampled_from([T0, T0 - timedelta(days=500)]),
        received=st.sampled_from([T0 + timedelta(hours=1), T0 + timedelta(hours=2)]),
        message=st.sampled_from(["", "one", "two", "three"]),
        host=st.sampled_from(["", "n1", "n2"]),
        labels=st.sampled_from(["", '{"app": "a"}', '{"app": "b"}']),
        workload=st.sampled_from(["web", "web-0"]),
        workload_kind=st.sampled_from(["StatefulSet", "Pod"]),
        workload_by=st.sampled_from(["ownerReferences", "lookup", "nodes", "name"]),
        source=st.sampled_from(["watch", "file", "webhook"]),
    ),
    max_size=14,
)


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seen=observations, order=st.randoms(use_true_random=False), batch=st.integers(1, 6))
def test_any_order_repetition_and_batching_gives_the_same_store(
    engine: Engine,
    read_tables: Callable[[Engine], Tables],
    seen: list[Observation],
    order: random.Random,
    batch: int,
) -> None:
    """The tables are a function of the set of observations, and equal the model of the rules."""
    clear(engine)
    write(engine, seen)
    first = read_tables(engine)
    assert stored_points(engine) == counting_model.points(seen)
    assert stored_attributes(engine) == counting_model.attributes(seen)

    clear(engine)
    again = seen + order.sample(seen, k=len(seen) // 2)
    order.shuffle(again)
    write(engine, again, batch)
    assert read_tables(engine) == first


def test_each_observation_is_counted_once_as_stored_or_repeated(engine: Engine) -> None:
    """A batch of three with a twin stores two and repeats one; the same again changes none."""
    batch = [observe(1), observe(2, 5), observe(2, 5)]
    assert write(engine, batch) == WriteResult(stored=2, repeated=1)
    assert write(engine, batch) == WriteResult(stored=0, repeated=3)


def test_a_point_between_two_known_ones_splits_what_they_stand_for(
    engine: Engine, counted_total: Callable[[], int]
) -> None:
    """1 at 0, 10 at 60 min: nine occurrences; 4 at 30 min in between makes them three and six."""
    write(engine, [observe(1), observe(10, 60)])
    write(engine, [observe(4, 30)])
    found = {count: point.occurrences for (_, count), point in stored_points(engine).items()}
    assert found == {1: 1, 4: 3, 10: 6}
    assert counted_total() == 10


def test_a_tenant_cannot_inflate_a_count(engine: Engine, counted_total: Callable[[], int]) -> None:
    """Count 2147483647, patched down to 3: three are counted, the jump is suspect."""
    write(engine, [observe(1), observe(2_147_483_647, 1), observe(3, 2)])
    assert counted_total() == 3
    suspects = [count for (_, count), point in stored_points(engine).items() if point.suspect]
    assert suspects == [2_147_483_647]


@pytest.mark.parametrize(
    ("jump", "minutes", "suspect"),
    [(1000, 0, False), (1001, 1, True), (3000, 5, False), (3001, 5, True)],
)
def test_an_increment_is_suspect_beyond_ten_a_second_and_a_thousand(
    engine: Engine, jump: int, minutes: float, suspect: bool
) -> None:
    """Five minutes allow 10/s * 300 s = 3000, one minute and less the floor of 1000."""
    write(engine, [observe(1), observe(1 + jump, minutes)])
    [found] = [point for (_, count), point in stored_points(engine).items() if count > 1]
    assert found.suspect is suspect


def test_a_life_of_more_than_400_days_is_suspect(
    engine: Engine, counted_total: Callable[[], int]
) -> None:
    """A first timestamp in 1970 does not spread its count over half a century."""
    received = T0 + timedelta(days=1)
    write(engine, [observe(5, birth=T0 - timedelta(days=401), received=received)])
    assert counted_total() == 0
    write(engine, [observe(5, birth=T0 - timedelta(days=399), received=received)])
    assert counted_total() == 5


def test_a_time_far_ahead_of_receipt_is_read_as_receipt(engine: Engine) -> None:
    """Five minutes ahead are taken as they are, more is not; the claim is kept."""
    near = observe(1, 5, name="near.1", received=T0)
    far = observe(1, 6, name="far.1", received=T0)
    write(engine, [near, far])
    with engine.connect() as connection:
        rows = connection.execute(
            text("select name, time, skewed from kubedigest.point_with_event order by name")
        ).all()
        claimed = connection.scalar(text("select max(claimed) from kubedigest.point"))
    assert [tuple(row) for row in rows] == [
        ("far.1", T0, True),
        ("near.1", T0 + timedelta(minutes=5), False),
    ]
    assert claimed == T0 + timedelta(minutes=6)


def test_rows_without_identity_are_set_aside_where_exact_rows_cover(
    engine: Engine, counted_total: Callable[[], int]
) -> None:
    """A request at noon counts until the watch of its cluster is known to have seen noon."""
    request = observe(1, name="request:1", counting="requests", source="webhook")
    later = observe(1, 600, name="request:2", counting="requests", source="webhook")
    write(engine, [request, later])
    assert counted_total() == 2
    write(engine, [observe(1, 3, cluster="other")])
    assert counted_total() == 3
    write(engine, [observe(1, 3)])
    assert counted_total() == 3  # the exact row came in, the request it covers went out


def test_one_row_that_the_database_cannot_hold_fails_alone(engine: Engine) -> None:
    """A count beyond 64 bits goes to rejected with its reason; its neighbours are stored."""
    batch = [observe(1, name=f"e{i}.1") for i in range(9)] + [observe(2**70, name="bad.1")]
    assert write(engine, batch) == WriteResult(stored=9, rejected=1)
    with engine.connect() as connection:
        [reason] = connection.scalars(text("select reason from kubedigest.rejected"))
    assert reason.startswith("the database cannot hold it: ")
    assert len(stored_points(engine)) == 9


@pytest.mark.parametrize("hostile", ["lone \ud800 surrogate"])
def test_a_text_the_driver_cannot_send_fails_alone(engine: Engine, hostile: str) -> None:
    """Readers clean every text; should one be missed, its neighbours are stored all the same."""
    batch = [observe(1, name=f"e{i}.1") for i in range(4)] + [observe(1, workload=hostile)]
    assert write(engine, batch) == WriteResult(stored=4, rejected=1)


def test_a_text_too_long_for_an_index_fails_alone(engine: Engine) -> None:
    """The name of a row without identity is indexed; a random one of 20,000 letters is refused."""
    name = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=20_000))
    batch = [observe(1), observe(1, name=name, counting="approximate")]
    assert write(engine, batch) == WriteResult(stored=1, rejected=1)


def test_damage_without_text_is_kept_once_a_place(engine: Engine) -> None:
    """Two archives that are damaged before anything could be read are two records."""
    damaged = [
        Rejection(cluster="c", source="file", place=place, reason="damaged", raw="", received=T0)
        for place in ("a.gz", "b.gz", "a.gz")
    ]
    with Store(engine) as store:
        store.reject(damaged)
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from kubedigest.rejected")) == 2


def test_a_point_long_before_birth_spreads_nothing(
    engine: Engine, counted_total: Callable[[], int]
) -> None:
    """Counts 1 in 1990 and 2 today, born today: the jump over 36 years is suspect."""
    write(engine, [observe(1, -36 * 365 * 1440), observe(2, 5)])
    assert counted_total() == 1


def test_only_points_that_change_count_as_stored(engine: Engine) -> None:
    """With 1 and 3 known, reading 1, 2, 3 stores the 2; that 3 stands for less now is no change."""
    write(engine, [observe(1), observe(3, 3)])
    batch = [observe(1), observe(2, 2), observe(3, 3)]
    assert write(engine, batch) == WriteResult(stored=1, repeated=2)


def test_hostile_text_is_stored_as_it_is(engine: Engine) -> None:
    """Tabs, newlines, backslashes and COPY's own end mark survive the way into the database."""
    message = "a\tb\nc\\N\r\\.\n\\.\n'; drop table x; --  中文 %s :name"
    write(engine, [observe(1, message=message)])
    [point] = stored_points(engine).values()
    assert point.message == message


def test_reading_all_again_changes_no_row(
    engine: Engine, read_tables: Callable[[Engine], Tables]
) -> None:
    """A second writer of the same points, seen later, writes nothing: not even a commit id."""
    seen = [observe(n, n, name=f"e{n % 7}.1", message=f"try {n % 3}") for n in range(1, 60)]
    write(engine, seen, 20)
    query = text(
        "select array_agg(commit_id order by birth, event_id, cumulative) from kubedigest.point"
        " union all select array_agg(commit_id order by birth, event_id) from kubedigest.event"
    )
    with engine.connect() as connection:
        before = connection.execute(query).all()
    tables = read_tables(engine)
    later = [replace(one, received=one.received + timedelta(hours=1)) for one in seen]
    assert write(engine, later, 17) == WriteResult(repeated=59)
    with engine.connect() as connection:
        assert connection.execute(query).all() == before
    assert read_tables(engine) == tables


def test_one_event_with_many_faces_is_merged_in_one_batch(engine: Engine) -> None:
    """Hosts, labels and workloads differ in each of 50 sightings: the rules decide, once."""
    seen = [
        observe(
            n,
            n,
            host=f"n{n % 5}",
            labels=f'{{"app": "{n % 3}"}}',
            workload=f"w{n % 4}",
            workload_by=("name", "lookup")[n % 2],
            message=f"try {n % 6}",
        )
        for n in range(50, 0, -1)
    ]
    assert write(engine, seen) == WriteResult(stored=50)
    assert stored_attributes(engine) == counting_model.attributes(seen)
    assert stored_points(engine) == counting_model.points(seen)


def test_a_slot_is_stored_though_the_batch_that_named_it_first_failed(engine: Engine) -> None:
    """What a writer remembers as stored is forgotten when its transaction is."""
    with Store(engine) as store:
        bad = [observe(2**62, name="a.1"), observe(0, name="b.1")]  # a count of 0 breaks a rule
        with pytest.raises(StoreError):
            store.write(bad)
        store.write([observe(1, name="c.1")])
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from kubedigest.exact_slot")) == 1


def test_missing_points_are_counted_once_each(
    engine: Engine, read_tables: Callable[[Engine], Tables]
) -> None:
    """Of 1, 2, 2 and 3, with 1 stored, two are missing; asking writes nothing."""
    write(engine, [observe(1)])
    tables = read_tables(engine)
    with Store(engine) as store:
        assert store.missing([observe(1), observe(2, 1), observe(2, 2), observe(3, 3)]) == 2
        assert store.missing([observe(1, 30)]) == 0  # another time of a point that is there
        assert store.missing([]) == 0
        assert read_tables(engine) == tables
        store.write([observe(2, 1)])
        assert store.missing([observe(1), observe(2, 1), observe(3, 3)]) == 1


def test_what_no_store_can_hold_is_not_missing(engine: Engine) -> None:
    """Beside a count beyond 64 bits, the missing point is found all the same."""
    with Store(engine) as store:
        assert store.missing([observe(2**70), observe(1), observe(2**70, name="b.1")]) == 1


def test_what_is_older_than_the_horizon_is_not_missing(engine: Engine) -> None:
    """With a horizon an hour after the first point, only the later one is missing."""
    with engine.begin() as connection:
        connection.execute(
            text("update kubedigest.retention set horizon = :at"), {"at": T0 + timedelta(hours=1)}
        )
    with Store(engine) as store:
        assert store.missing([observe(1), observe(2, 60)]) == 1
        assert store.write([observe(1), observe(2, 60)]) == WriteResult(stored=1, too_old=1)


def test_suspects_are_counted_when_they_are_stored(engine: Engine) -> None:
    """A jump of 5,000 in a minute and a life of 401 days: two; told again, none."""
    told = [
        observe(1),
        observe(5001, 1),
        observe(2, name="old", birth=T0 - timedelta(days=401)),
        observe(2, 1, name="fine"),
    ]
    assert write(engine, told).suspect == 2
    assert write(engine, told).suspect == 0


def test_a_server_that_defaults_to_repeatable_read_is_no_obstacle(database_url: str) -> None:
    """The writer chooses: it has to see what others committed while it waited for its locks."""
    engine = connect(database_url)
    with engine.begin() as connection:
        name = connection.scalar(text("select current_database()"))
        setting = "default_transaction_isolation = 'repeatable read'"
        connection.execute(text(f"alter database {name} set {setting}"))
    with connect(database_url).connect() as connection:
        assert connection.scalar(text("show transaction_isolation")) == "read committed"


def test_the_server_answers_a_ping(engine: Engine) -> None:
    """It takes no lock and leaves no transaction behind."""
    with Store(engine) as store:
        store.ping()
        assert store.write([observe(1)]).stored == 1


def test_writers_at_once_give_the_store_of_one(
    engine: Engine, read_tables: Callable[[Engine], Tables]
) -> None:
    """Three writers, each with all observations in another order: no deadlock, the same tables."""
    seen = [
        observe(count, count * 3, name=f"pod-{pod}.1", message=f"try {count % 4}")
        for pod in range(40)
        for count in range(1, 13)
    ]
    write(engine, seen)
    expected = read_tables(engine)
    for round_number in range(4):
        clear(engine)
        orders = [random.Random(f"{round_number}{i}").sample(seen, len(seen)) for i in range(3)]
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda order: write(engine, order, 53), orders))
        assert read_tables(engine) == expected


# Leaving out the batch's own neighbours is no mutant: settle_successors mends what it misses.
MUTANTS = {
    "occurrences ignore the stored neighbour": (
        "merge_points",
        "greatest(n.batch_cumulative, stored.cumulative)",
        "n.batch_cumulative",
    ),
    "the later time wins": ("merge_points", "least(p.claimed", "greatest(p.claimed"),
    "successors stay as they were": (
        "settle_successors",
        "where\n    next",
        "where false and next",
    ),
    "the greater message wins": (
        "merge_points",
        "then least(p.message, excluded.message)",
        "then greatest(p.message, excluded.message)",
    ),
    "the worse workload of a batch wins": (
        "fold_variants",
        "min(workload_rank)",
        "max(workload_rank)",
    ),
    "a worse workload replaces the stored one": (
        "merge_events",
        "< (e.workload_rank",
        "> (e.workload_rank",
    ),
    "absent text wins": (
        "merge_events",
        "host = least(e.host, excluded.host)",
        "host = excluded.host",
    ),
    "messages do not move": ("lower_messages", "then l.old_message", "then l.new_message"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_checks_catch_a_wrong_rule(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, mutant: str
) -> None:
    """Each hand-made mutant of the counting SQL makes the store differ from the model."""
    name, right, wrong = MUTANTS[mutant]
    assert right in statement(name)

    def mutated(wanted: str) -> str:
        whole = statement(wanted)
        return whole.replace(right, wrong) if wanted == name else whole

    monkeypatch.setattr(store_module, "statement", mutated)
    caught = False
    for seed in range(40):
        clear(engine)
        seen = _mixed(random.Random(seed))
        write(engine, seen, 3)
        caught = stored_points(engine) != counting_model.points(seen) or stored_attributes(
            engine
        ) != counting_model.attributes(seen)
        if caught:
            break
    assert caught


def _mixed(choice: random.Random) -> list[Observation]:
    return [
        observe(
            choice.randint(1, 9),
            choice.choice([0, 10, 20, 30, 40]),
            message=choice.choice(["a", "b", "c"]),
            host=choice.choice(["", "n1", "n2"]),
            workload=choice.choice(["w1", "w2"]),
            workload_by=choice.choice(["name", "lookup"]),
        )
        for _ in range(12)
    ]

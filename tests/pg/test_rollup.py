"""The roll-up says what the points say: of any window, after anything that happens to a store."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from analytics.assemble import build_digest
from analytics.catalogue import Catalogue
from analytics.frames import MESSAGES
from analytics.load import load_coverage, load_points
from analytics.mutes import Mute
from analytics.rollup import is_fresh, rebuild, refresh, refresh_all
from analytics.rollup_source import RollupSource, open_rollup
from analytics.selected_source import select
from analytics.selection import Patterns, Selection
from analytics.source import KEY, PointSource, Source
from analytics.spread import Integers
from analytics.window import Window
from collector.errors import StoreError
from collector.observation import Observation
from collector.progress import Mark, Span, Stream
from collector.retention import prune
from collector.store import Store
from tests.effort import examples
from tests.factories import T0, observe

TABLES = ("hour", "day", "object", "quarter", "slot")
END = T0 + timedelta(days=6)


def write(engine: Engine, seen: Sequence[Observation], marks: Sequence[Mark] = ()) -> None:
    """Store one batch."""
    with Store(engine) as store:
        store.write(list(seen), marks)


def history(seed: int = 7, events: int = 40) -> list[Observation]:
    """Events of two clusters over six days: bursts, slow ones, jumps, and counts out of order."""
    choice = random.Random(seed)
    seen = []
    for number in range(events):
        start = choice.uniform(0, 5.5 * 1440)
        birth = T0 + timedelta(minutes=start)
        what = {
            "cluster": choice.choice(["prod", "test"]),
            "name": f"e{number}.1",
            "object": f"pod-{choice.randint(0, 6)}",
            "workload": choice.choice(["web", "api", "web"]),
            "reason": choice.choice(["BackOff", "FailedMount", "Pulled"]),
            "component": choice.choice(["kubelet", "other"]),
        }
        count, at = choice.choice([1, 1, 4]), start + choice.choice([0, 0, 3, 200])
        for _ in range(choice.randint(1, 6)):
            seen.append(observe(count, at, birth=birth, **what))
            count += choice.randint(1, 12)
            at += choice.choice([0.2, 4, 9.99, 10, 10.01, 61, 700])
    return [one for one in seen if one.time < END]


def named(source: Source, edges: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the cells with the texts of their keys instead of the numbers."""
    cells = source.cells(edges)
    keys = source.keys(cells["key"].to_numpy())[list(KEY)].astype("str").reset_index(drop=True)
    joined = keys.join(cells.drop(columns="key"))
    return joined.sort_values([*KEY, "bucket"]).reset_index(drop=True)


def totals(source: Source, edges: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the totals with the texts of their reasons instead of the numbers."""
    found = source.totals(edges).join(source.reasons(), on="reason_id").drop(columns="reason_id")
    columns = ["bucket", *source.reasons().columns]
    return found.sort_values(columns).reset_index(drop=True)[[*columns, "occurrences"]]


def objects(source: Source, window: Window) -> dict[str, int]:
    """Count the objects of each cluster and workload."""
    edges = pd.DatetimeIndex([window.start, window.end]).as_unit("us")
    keys = source.cells(edges)["key"].to_numpy()
    texts = source.keys(keys)[["cluster", "workload"]].astype("str")
    number, names = pd.factorize(texts["cluster"] + "/" + texts["workload"])
    return dict(zip(names, source.objects(window, keys, number).tolist(), strict=True))


def seen_in(source: Source, window: Window) -> pd.DataFrame:
    """Return what was seen, by slot and cluster."""
    return source.seen(window).sort_values(["slot", "cluster"]).reset_index(drop=True)


def points_of(engine: Engine) -> PointSource:
    """Return every point as a source."""
    window = Window.between(T0 - timedelta(days=500), END + timedelta(days=500), "UTC")
    return PointSource(load_points(engine, window))


def assert_same(engine: Engine, edges: Sequence[datetime]) -> None:
    """Compare everything that a source tells of the buckets between *edges*."""
    bounds = pd.DatetimeIndex(sorted(set(edges))).as_unit("us")
    window = Window.between(bounds[0].to_pydatetime(), bounds[-1].to_pydatetime(), "UTC")
    points = points_of(engine)
    with open_rollup(engine) as rolled:
        pd.testing.assert_frame_equal(named(rolled, bounds), named(points, bounds))
        pd.testing.assert_frame_equal(totals(rolled, bounds), totals(points, bounds))
        pd.testing.assert_frame_equal(seen_in(rolled, window), seen_in(points, window))
        assert objects(rolled, window) == objects(points, window)
        assert rolled.first_quarters() == points.first_quarters()
        there = rolled.keys(rolled.present(window))[list(KEY)].astype("str")
        same = points.keys(points.present(window))[list(KEY)].astype("str")
        pairs = [sorted(map(tuple, frame.to_numpy())) for frame in (there, same)]
        assert pairs[0] == pairs[1]


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return the tables of the roll-up, with texts for numbers."""
    key = (
        "select k.key_id, r.cluster, r.type, r.reason, r.component, r.counting, k.namespace,"
        " k.workload_kind, k.workload from kubedigest.rollup_key k"
        " join kubedigest.rollup_reason r using (reason_id)"
    )
    found = {}
    with engine.connect() as connection:
        keys = {row[0]: tuple(row[1:]) for row in connection.execute(text(key))}
        reasons = {
            row[0]: tuple(row[1:])
            for row in connection.execute(
                text(
                    "select reason_id, cluster, type, reason, component, counting"
                    " from kubedigest.rollup_reason"
                )
            )
        }
        for table in TABLES:
            read = connection.execute(text(f"select * from kubedigest.rollup_{table}")).mappings()
            found[table] = sorted(
                repr(
                    [
                        keys.get(v, v)
                        if name == "key_id"
                        else reasons.get(v, v)
                        if name == "reason_id"
                        else v
                        for name, v in row.items()
                    ]
                )
                for row in read
            )
    return found  # type: ignore[return-value]


@pytest.fixture(scope="module")
def stored(postgres_server, template_database) -> Iterator[Engine]:  # type: ignore[no-untyped-def]
    """Yield a store with a history, which no test changes."""
    from collector.database import connect
    from tests.conftest import _database

    made = _database(postgres_server, template_database)
    engine = connect(next(made))
    write(engine, history())
    yield engine
    engine.dispose()
    made.close()


MOMENTS = st.one_of(
    st.integers(0, 6 * 24).map(lambda hour: T0 + timedelta(hours=hour)),
    st.integers(0, 6).map(lambda day: T0 + timedelta(days=day)),
    st.integers(0, 6 * 96).map(lambda quarter: T0 + timedelta(minutes=15 * quarter)),
    st.integers(0, 6 * 86_400_000_000).map(lambda us: T0 + timedelta(microseconds=us)),
)


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(edges=st.lists(MOMENTS, min_size=2, max_size=6, unique=True))
def test_any_window_from_the_rollup_equals_it_from_the_points(
    stored: Engine, edges: list[datetime]
) -> None:
    """Whole days and hours come from the roll-up, the rest from points: the sum is the same."""
    assert_same(stored, edges)


SELECTIONS = (
    Selection.of_namespace("shop"),
    Selection(include=Patterns(clusters=("prod",), reasons=("back*",))),
    Selection(exclude=Patterns(kinds=("nothing",), reasons=("FailedMount",))),
    Selection(minimum_severity="critical"),
    Selection(
        mutes=(Mute(id=1, name="web", because="", by="", created=T0, expires=END),),
        exclude=Patterns(clusters=("t?st",)),
    ),
    Selection(include=Patterns(clusters=("nowhere",))),
)


@settings(
    max_examples=examples(2),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    edges=st.lists(MOMENTS, min_size=2, max_size=5, unique=True),
    selection=st.sampled_from(SELECTIONS),
)
def test_a_selection_of_the_rollup_equals_it_from_the_points(
    stored: Engine, edges: list[datetime], selection: Selection
) -> None:
    """Cells, totals, objects, keys, and what was seen."""
    bounds = pd.DatetimeIndex(sorted(edges)).as_unit("us")
    window = Window.between(bounds[0].to_pydatetime(), bounds[-1].to_pydatetime(), "UTC")
    catalogue = Catalogue.load()
    points = select(points_of(stored), selection, catalogue)
    with open_rollup(stored) as source:
        rolled = select(source, selection, catalogue)
        pd.testing.assert_frame_equal(named(rolled, bounds), named(points, bounds))
        pd.testing.assert_frame_equal(totals(rolled, bounds), totals(points, bounds))
        pd.testing.assert_frame_equal(seen_in(rolled, window), seen_in(points, window))
        assert objects(rolled, window) == objects(points, window)
        assert rolled.first_quarters() == points.first_quarters()


@pytest.mark.parametrize("selection", SELECTIONS[: examples(2)])
def test_a_digest_of_a_selection_is_the_same_from_both(
    stored: Engine, selection: Selection
) -> None:
    """Every field, of a day with edges inside of hours too."""
    for start in (T0 + timedelta(days=4), T0 + timedelta(days=4, minutes=37)):
        window = Window.between(start, start + timedelta(days=1), "UTC")
        arguments = {"messages": lambda _: MESSAGES.empty(), "rejected": 0, "version": "1"}
        alone = build_digest(points_of(stored), window, selection=selection, **arguments)
        with open_rollup(stored) as source:
            assert build_digest(source, window, selection=selection, **arguments) == alone


@pytest.mark.parametrize("selection", SELECTIONS[: examples(2)])
def test_a_digest_of_a_selection_reads_no_points(
    stored: Engine, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whole hours the roll-up tells all there is to tell."""
    parts: list[int] = []
    read = RollupSource._read_points

    def counted(self: RollupSource, start: Integers, end: Integers, keys: Any) -> pd.DataFrame:
        parts.append(len(start))
        return read(self, start, end, keys)

    monkeypatch.setattr(RollupSource, "_read_points", counted)
    window = Window.daily(T0 + timedelta(days=5, hours=8), "UTC")
    arguments = {"messages": lambda _: MESSAGES.empty(), "rejected": 0, "version": "1"}
    with open_rollup(stored) as source:
        build_digest(source, window, selection=selection, **arguments)
    assert sum(parts) == 0


def assert_rolled_up_anew(engine: Engine) -> None:
    """Demand that the tables are those of a roll-up that is made in one go."""
    refresh_all(engine)
    found = rows(engine)
    rebuild(engine)
    assert sum(map(len, rows(engine).values())) == 0
    refresh_all(engine)
    again = rows(engine)
    assert {name: again[name] for name in TABLES} == {name: found[name] for name in TABLES}


@pytest.mark.parametrize("seed", range(4))
def test_batches_in_any_order_end_in_the_same_tables(engine: Engine, seed: int) -> None:
    """A refresh after each of many batches, shuffled and repeated, equals one over all of them."""
    seen = history(seed)
    choice = random.Random(seed)
    shuffled = choice.sample(seen, len(seen)) + choice.choices(seen, k=20)
    for start in range(0, len(shuffled), 17):
        write(engine, shuffled[start : start + 17])
        refresh_all(engine)
    assert_rolled_up_anew(engine)


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    points=st.lists(
        st.tuples(st.integers(1, 9), st.integers(-2, 700), st.sampled_from([0, 5, 900])),
        min_size=1,
        max_size=7,
    )
)
def test_what_a_later_point_moves_is_made_anew(
    engine: Engine, points: list[tuple[int, int, int]]
) -> None:
    """Times that fall, counts between known ones, births before and after: hours never go stale."""
    name = f"e{random.random()}"
    for count, minutes, birth in points:
        write(engine, [observe(count, minutes, birth=T0 + timedelta(minutes=birth), name=name)])
        refresh_all(engine)
    assert_rolled_up_anew(engine)


def test_a_time_that_falls_out_of_order_leaves_nothing_behind(engine: Engine) -> None:
    """The first point of two claims noon, then midnight: its hour at noon is empty again."""
    write(engine, [observe(2, 720), observe(3, 5)])
    refresh_all(engine)
    write(engine, [observe(2, 1)])
    assert_rolled_up_anew(engine)
    with open_rollup(engine) as source:
        cells = source.cells(pd.DatetimeIndex([T0, T0 + timedelta(hours=1), END]).as_unit("us"))
    assert cells[["bucket", "occurrences"]].to_numpy().tolist() == [[0, 3]]


def test_an_owner_found_later_takes_the_history_along(engine: Engine) -> None:
    """An event moves from the workload guessed by name to the one that a look-up names."""
    write(engine, [observe(1), observe(4, 90)])
    refresh_all(engine)
    write(engine, [observe(5, 95, workload="shop", workload_by="ownerReferences")])
    with open_rollup(engine) as source:
        cells = source.cells(pd.DatetimeIndex([T0, END]).as_unit("us"))
        found = source.keys(cells["key"].to_numpy())["workload"].tolist()
    assert (found, cells["occurrences"].tolist()) == (["shop"], [5])
    assert_rolled_up_anew(engine)


def test_rows_that_an_exact_point_sets_aside_leave_the_rollup(engine: Engine) -> None:
    """Two requests of 11:30 count until the watch shows that it covered 11:20."""
    requests = {"counting": "requests", "name": "r.1", "source": "webhook"}
    write(engine, [observe(2, 690, birth=T0 + timedelta(minutes=600), **requests)])
    refresh_all(engine)
    edges = pd.DatetimeIndex([T0, END]).as_unit("us")
    with open_rollup(engine) as source:
        assert source.totals(edges)["occurrences"].sum() == 2
    write(engine, [observe(1, 680, birth=T0 + timedelta(minutes=680), name="w.1")])
    with open_rollup(engine) as source:
        assert source.totals(edges)["occurrences"].tolist() == [1]
        assert source.seen(Window.between(T0, END, "UTC"))["set_aside_points"].sum() == 1
    assert_rolled_up_anew(engine)


def test_only_the_hours_that_a_point_touches_are_read(engine: Engine) -> None:
    """After two days of history a point of one minute costs one hour, and one at its end two."""
    write(engine, [observe(n, 30 * n, name=f"{n}.1", birth=T0) for n in range(1, 97)])
    refresh_all(engine)
    write(engine, [observe(1, 605, birth=T0 + timedelta(minutes=605), name="late.1")])
    [once] = refresh(engine)
    assert (once.start, once.end) == (T0 + timedelta(hours=10), T0 + timedelta(hours=11))
    write(engine, [observe(1, 655, birth=T0 + timedelta(minutes=655), name="later.1")])
    [twice] = refresh(engine)
    assert (twice.start, twice.end) == (T0 + timedelta(hours=10), T0 + timedelta(hours=12))
    assert is_fresh(engine)
    assert list(refresh(engine)) == []


def test_a_refresh_that_is_stopped_goes_on(engine: Engine) -> None:
    """Hours of far apart days are made in steps; what is not done stays pending."""
    write(
        engine,
        [
            observe(1, day * 1440, birth=T0 + timedelta(days=day), name=f"{day}.1")
            for day in (0, 2, 4)
        ],
    )
    steps = refresh(engine)
    first = next(steps)
    steps.close()
    assert first.end == T0 + timedelta(hours=1)
    assert not is_fresh(engine)
    assert [step.start for step in refresh(engine)] == [
        T0 + timedelta(days=2),
        T0 + timedelta(days=4),
    ]
    assert_rolled_up_anew(engine)


def test_two_jobs_at_once_share_the_work(engine: Engine) -> None:
    """Four refreshes beside a writer: no error, no deadlock, the same tables."""
    seen = history(11, events=60)

    def feed() -> None:
        for start in range(0, len(seen), 9):
            write(engine, seen[start : start + 9])

    with ThreadPoolExecutor(5) as pool:
        feeding = pool.submit(feed)
        while not feeding.done():
            for job in [pool.submit(refresh_all, engine) for _ in range(4)]:
                job.result()
        feeding.result()
    assert_rolled_up_anew(engine)


def test_another_gap_makes_other_episodes(engine: Engine) -> None:
    """Failures 12 minutes apart are two episodes, with a gap of a quarter of an hour one."""
    write(engine, [observe(1), observe(2, 12)])
    edges = pd.DatetimeIndex([T0, END]).as_unit("us")
    with open_rollup(engine) as source:
        assert source.cells(edges)["begun"].tolist() == [2]
    rebuild(engine, gap=timedelta(minutes=15))
    with open_rollup(engine) as source:
        assert source.gap == timedelta(minutes=15)
        assert source.cells(edges)["begun"].tolist() == [1]


def test_ids_of_another_server_are_forgotten(engine: Engine) -> None:
    """A restored database brings commit ids that this server has not reached: rebuild mends it."""
    write(engine, [observe(1)])
    refresh_all(engine)
    ahead = "commit_id = commit_id + 1000000"
    with engine.begin() as connection:
        for table in ("point", "event", "exact_slot"):
            connection.execute(text(f"update kubedigest.{table} set {ahead}"))
        connection.execute(text("update kubedigest.rollup_state set cursor = cursor + 1000000"))
    for read in (is_fresh, refresh_all):
        with pytest.raises(StoreError, match=r"another server, and new .* 'kubedigest db rebuild'"):
            read(engine)
    rebuild(engine)
    refresh_all(engine)
    write(engine, [observe(2, 30)])
    refresh_all(engine)
    assert is_fresh(engine)
    with open_rollup(engine) as source:
        assert source.totals(pd.DatetimeIndex([T0, END]).as_unit("us"))["occurrences"].sum() == 2


def prune_all(engine: Engine, keep: timedelta) -> int:
    """Prune at the end of the history; return how many points went."""
    return sum(step.points for step in prune(engine, now=END, keep=keep))


def test_prune_changes_no_whole_hour(engine: Engine) -> None:
    """Counts, episodes, objects and what was seen stay, hour by hour, and after a rebuild too."""
    write(engine, history(3, events=60))
    refresh_all(engine)
    before = rows(engine)
    assert prune_all(engine, timedelta(days=3)) > 10
    refresh_all(engine)
    assert rows(engine) == before
    rebuild(engine)
    refresh_all(engine)
    after = rows(engine)
    assert after["quarter"] == before["quarter"]
    assert len(after["hour"]) == len(before["hour"])


def test_points_that_were_never_rolled_up_are_pruned_into_it(engine: Engine) -> None:
    """Prune without a refresh before: every hour keeps its total."""
    seen = history(5, events=60)
    write(engine, seen)
    hours = pd.date_range(T0, END, freq="h").as_unit("us")
    expected = points_of(engine).totals(hours).groupby("bucket")["occurrences"].sum()
    assert prune_all(engine, timedelta(days=3)) > 10
    with open_rollup(engine) as source:
        found = source.totals(hours).groupby("bucket")["occurrences"].sum()
    pd.testing.assert_series_equal(found, expected)
    write(engine, seen)
    with open_rollup(engine) as source:
        found = source.totals(hours).groupby("bucket")["occurrences"].sum()
    pd.testing.assert_series_equal(found, expected)


def test_suspect_points_are_named_and_never_counted(engine: Engine) -> None:
    """A count of two billion, a life from 1970 and a clock ahead, in the slot of their time."""
    write(
        engine,
        [
            observe(1),
            observe(2_147_483_647, 1),
            observe(1, 3, name="old.1", birth=datetime(1970, 1, 1, tzinfo=UTC)),
            observe(1, 60, name="ahead.1", birth=T0, received=T0 + timedelta(minutes=4)),
        ],
    )
    assert_same(engine, [T0, T0 + timedelta(minutes=7), T0 + timedelta(hours=2)])
    with open_rollup(engine) as source:
        seen = source.seen(Window.between(T0, T0 + timedelta(hours=2), "UTC"))
    figures = ["suspect_points", "suspect_occurrences", "skewed_points"]
    assert seen[figures].sum().tolist() == [2, 2_147_483_647, 1]


def test_long_texts_have_keys_too(engine: Engine) -> None:
    """A reason of 20,000 random letters is longer than an index entry can be."""
    reason = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=20_000))
    write(engine, [observe(2, 1, reason=reason), observe(3, 2, name="b.1", workload=reason)])
    with open_rollup(engine) as source:
        cells = source.cells(pd.DatetimeIndex([T0, END]).as_unit("us"))
        assert sorted(cells["occurrences"]) == [2, 3]


def test_hostile_texts_come_back_as_they_are(engine: Engine) -> None:
    """Quotes, commas, line breaks of every kind and marks of missing values."""
    texts = ['a"b', "c,d", "e\nf", "g\rh", "i\r\nj", "NULL", "nan", "\\N", "1", "", " x "]
    write(engine, [observe(1, n, name=f"{n}.1", workload=t) for n, t in enumerate(texts)])
    with open_rollup(engine) as source:
        cells = source.cells(pd.DatetimeIndex([T0, END]).as_unit("us"))
        found = source.keys(cells["key"].to_numpy())["workload"].astype("str").tolist()
    assert sorted(found) == sorted(texts)


ZONES = [
    "Asia/Kathmandu",
    *(
        pytest.param(zone, marks=[pytest.mark.long])
        for zone in ("UTC", "Asia/Shanghai", "Asia/Kolkata", "America/St_Johns")
    ),
]


@pytest.mark.parametrize("zone", ZONES)
def test_a_whole_digest_is_the_same(engine: Engine, zone: str) -> None:
    """Every figure of daily, weekly and odd windows, with a cluster that was watched in parts."""
    hours = [T0 + timedelta(hours=hour) for hour in (0, 30, 41.3, 77, 90, 132)]
    spans = tuple(
        Span(state, start, end)
        for state, start, end in zip(
            ("watched", "gap", "watched", "recovered", "watched"),
            hours[:-1],
            hours[1:],
            strict=True,
        )
    )
    mark = Mark(stream=Stream(cluster="prod"), resource_version="7", proved=hours[-1], spans=spans)
    write(engine, history(2, events=80), [mark])
    now = T0 + timedelta(days=5, hours=13, minutes=7)
    points = points_of(engine)
    windows = [
        Window.daily(now, zone),
        Window.day_so_far(now, zone),
        Window.weekly(now + timedelta(days=7), zone),
        Window.between(now - timedelta(minutes=90), now, zone),
        Window.between(T0 + timedelta(hours=2), now, zone),
    ]
    for window in windows:
        known = load_coverage(engine, T0 - timedelta(days=90), window.end)
        with open_rollup(engine) as rolled:
            found, expected = (
                build_digest(
                    source,
                    window,
                    messages=lambda keys: MESSAGES.empty(),
                    rejected=0,
                    version="1",
                    spans=known,
                )
                for source in (rolled, points)
            )
        assert found == expected
        assert found.failures > 0

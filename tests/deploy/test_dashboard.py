"""The dashboard for Grafana: its queries run on a store with events, gaps and deliveries in it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from collector.database import connect
from collector.store import Store
from tests.deploy.manifests import DEPLOY, ROOT
from tests.factories import T0, observe

DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "dashboards/kubedigest.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
VARIABLES = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
QUERIES = {
    **{panel["title"]: panel["targets"][0]["rawSql"] for panel in PANELS},
    **{f"${name}": one["query"] for name, one in VARIABLES.items() if one["type"] == "query"},
    **{one["name"] + " (marks)": one["rawQuery"] for one in DASHBOARD["annotations"]["list"]},
}
PAGE = (ROOT / "docs/deploying.md").read_text()
DAY = (T0, T0 + timedelta(days=1))
INTERVAL = ("1h", 3600)


def expanded(query: str, clusters: tuple[str, ...] = ("prod",)) -> str:
    """Return the query as Grafana's data source for PostgreSQL sends it."""
    start, end = (f"'{moment:%Y-%m-%dT%H:%M:%SZ}'" for moment in DAY)
    query = query.replace("$__interval", INTERVAL[0])
    query = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 BETWEEN {start} AND {end}", query)
    query = re.sub(
        rf"\$__timeGroupAlias\((\w+), {INTERVAL[0]}\)",
        rf'floor(extract(epoch from \1)/{INTERVAL[1]})*{INTERVAL[1]} AS "time"',
        query,
    )
    query = query.replace("$__timeFrom()", start).replace("$__timeTo()", end)
    query = query.replace("$cluster", ",".join(f"'{one}'" for one in clusters))
    query = query.replace("$namespace", "'shop','pay'")
    assert "$" not in query, "a macro or variable that nobody expands"
    return query


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Yield a store with a day of everything that the panels show, and the day before."""
    made = connect(database_url)
    with Store(made) as store:
        store.write(
            [
                observe(3, 10),
                observe(5, 70),
                observe(2, 130, name="api-1", reason="Unhealthy", namespace="pay", workload="api"),
                observe(9, 130, name="quiet", type="Normal", reason="Pulled"),
                observe(1, -600, birth=T0 - timedelta(days=1), name="yesterday"),
                observe(2_147_483_647, 60, name="liar"),
                observe(4, 200, cluster="other", name="elsewhere"),
            ]
        )
    with made.begin() as connection:
        connection.execute(
            text(
                "insert into kubedigest.coverage values"
                " ('prod', '', '', 'watched', :day, :day + interval '6 hours'),"
                " ('prod', '', '', 'gap', :day + interval '6 hours', :day + interval '8 hours'),"
                # a second collector missed a part of it, too, and saw all of the other gap
                " ('prod', '', '', 'gap', :day + interval '7 hours', :day + interval '8 hours'),"
                " ('prod', '', '', 'gap', :day + interval '10 hours', :day + interval '11 hours'),"
                " ('prod', '', '', 'watched', :day + interval '8 hours', :day + interval '1 day')"
            ),
            {"day": T0},
        )
        for channel, state in (("ops", "sent"), ("duty", "refused")):
            connection.execute(
                text(
                    "insert into kubedigest.delivery (channel, stands_in_for, report, start_time,"
                    " end_time, timezone, period, letter_id, state, policy, created, updated)"
                    " values (:channel, '', 'daily', :day - interval '1 day', :day, 'UTC',"
                    " '2026-01-04', :channel, :state, 'at-least-once', :day, :day + interval '8h')"
                ),
                {"channel": channel, "state": state, "day": T0},
            )
    yield made
    made.dispose()


def rows(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Return what a panel, a variable or an annotation shows of the day."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql(expanded(QUERIES[name])).mappings()
        return [dict(row) for row in found]


def test_every_query_runs_and_finds_something(engine: Engine) -> None:
    """Of panels, variables and annotations."""
    assert len(QUERIES) == len(PANELS) + 3
    for name in QUERIES:
        assert rows(engine, name), name


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("Warnings", 7),
        ("Workloads with a Warning", 2),
        ("Not watched", 7200),
        ("Digests not sent", 1),
        ("Not counted", 1),
    ],
)
def test_a_figure_is_right(engine: Engine, title: str, value: int) -> None:
    """Each occurrence once, of the chosen clusters, of the range; a filled gap is none."""
    [row] = rows(engine, title)
    assert list(row.values()) == [value]


def test_the_tables_add_up(engine: Engine) -> None:
    """To the figure of the panel above them."""
    table = rows(engine, "What warns most")
    assert [(row["workload"], row["reason"], row["warnings"]) for row in table] == [
        ("web", "BackOff", 5),
        ("api", "Unhealthy", 2),
    ]
    assert [(row["node"], row["warnings"], row["workloads"]) for row in rows(engine, "Nodes")] == [
        ("n1", 7, 2)
    ]
    for title in ("Warnings by reason", "Warnings by namespace"):
        assert sum(row["value"] for row in rows(engine, title)) == 7
    start = int(T0.timestamp())
    reasons = [(row["time"] - start, row["metric"]) for row in rows(engine, "Warnings by reason")]
    assert reasons == [(0, "BackOff"), (3600, "BackOff"), (7200, "Unhealthy")]
    assert [row["seconds"] for row in rows(engine, "What nobody watched")] == [3600, 7200]
    assert {row["channel"]: row["state"] for row in rows(engine, "Digests")} == {
        "ops": "sent",
        "duty": "refused",
    }
    assert sum(row["occurrences"] for row in rows(engine, "Latest Warnings")) == 7


def test_an_empty_store_is_no_error(database_url: str) -> None:
    """A variable without values is an empty list, for Grafana and for PostgreSQL."""
    made = connect(database_url)
    try:
        with made.connect() as connection:
            for name, query in QUERIES.items():
                sent = expanded(query, ()).replace("'shop','pay'", "")
                assert connection.exec_driver_sql(sent) is not None, name
    finally:
        made.dispose()


def test_a_login_needs_the_rights_that_the_page_gives_and_no_more(engine: Engine) -> None:
    """With them every query runs, and nothing else can be read or written."""
    [grant] = re.findall(r"^grant .* to grafana;$", PAGE, flags=re.MULTILINE)
    role = f"grafana_{uuid.uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create role {role}")
        connection.exec_driver_sql(grant.replace("grafana", role))
        connection.exec_driver_sql(f"set local role {role}")
        for query in QUERIES.values():
            connection.exec_driver_sql(expanded(query)).all()
        for forbidden in ("select * from kubedigest.event", "delete from public.delivery"):
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                connection.begin_nested(),
            ):
                connection.exec_driver_sql(forbidden)
        connection.rollback()  # and the role is gone


def test_only_the_views_for_people_are_read() -> None:
    """Tables may change with any version; and a reader needs rights on these three alone."""
    for query in QUERIES.values():
        read = set(re.findall(r"\b(?:from|join) ([a-z_.]+)", query.replace("epoch from", "")))
        own = set(re.findall(r"(?:with|,) (\w+) as \(", query))
        assert read - own <= {"public.event", "public.coverage", "public.delivery"}, query


def test_an_event_is_only_read_of_the_chosen_time() -> None:
    """By its time, which is indexed: a store has months."""
    for name, query in QUERIES.items():
        reads = query.count("from public.event")
        assert query.count("$__timeFilter(time)") == reads, name


def test_the_panels_lie_side_by_side() -> None:
    """Each has a place of its own, an id of its own, and asks the chosen data source."""
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    source = {"type": "grafana-postgresql-datasource", "uid": "${datasource}"}
    for panel in PANELS:
        assert panel["datasource"] == source
        [target] = panel["targets"]
        assert target["datasource"] == source
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        is_series = panel["type"] == "timeseries"
        assert target["format"] == ("time_series" if is_series else "table")
    for one, other in combinations((panel["gridPos"] for panel in PANELS), 2):
        assert not (
            one["x"] < other["x"] + other["w"]
            and other["x"] < one["x"] + one["w"]
            and one["y"] < other["y"] + other["h"]
            and other["y"] < one["y"] + one["h"]
        )

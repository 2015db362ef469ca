"""What a notebook reads from a filled store."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

import kubedigest as kd
from analytics.frames import POINTS
from collector.database import connect
from collector.errors import AddressError, UnreachableError
from collector.observation import Observation
from collector.progress import Mark, Span, Stream
from collector.store import Store
from kubedigest.errors import Failure, UsageError
from tests.factories import T0, observe

DAY = 24 * 60
AT = "2026-01-07T09:00:00+00:00"


def once(minutes: int, **over: object) -> Observation:
    """Return an event that happened once, *minutes* after T0."""
    return observe(1, minutes, birth=T0 + timedelta(minutes=minutes), **over)


@pytest.fixture
def filled(database_url: str) -> str:
    """On the second day web fails twice and api three times; db failed on the first.

    Four of late lie around the midnight between: at 23:30, 00:00, 00:30 and 01:00.
    """
    api = {"name": "api.1", "workload": "api", "reason": "Unhealthy", "namespace": "pay"}
    late = {"name": "late.1", "workload": "late", "cluster": "other"}
    born = T0 + timedelta(minutes=DAY)
    with Store(connect(database_url)) as store:
        store.write([observe(1, 0, name="early.1", type="Normal", reason="Pulled", workload="db")])
        for minutes in (DAY + 60, DAY + 540):
            store.write([once(minutes, name=f"web.{minutes}")])
        store.write([observe(3, DAY + 60, birth=born, **api)])
        store.write([once(120, name="db.1", workload="db")])
        store.write([observe(4, DAY + 60, birth=born - timedelta(minutes=30), **late)])
    return database_url


@pytest.fixture
def connection(filled: str) -> Iterator[kd.Connection]:
    """Yield what a notebook connects to."""
    with kd.connect(filled, timezone="UTC") as made:
        yield made


def test_failures_are_those_inside_the_window(connection: kd.Connection) -> None:
    """Two of web, three of api, three of the four of late; the sum is that of every answer."""
    found = kd.load_failures(connection, "daily", at=AT)
    POINTS.check(found)
    assert found.groupby("workload", observed=True)["failures"].sum().to_dict() == {
        "web": 2,
        "api": 3,
        "late": 3,
    }
    assert str(found["failures"].dtype) == "int64"
    assert found["time"].is_monotonic_increasing
    assert kd.failure_frequency(found, by=())["failures"].tolist() == [8]
    assert kd.window_of(found) == kd.Window.daily(pd.Timestamp(AT).to_pydatetime(), "UTC")


def test_names_that_no_row_has_are_no_categories(connection: kd.Connection) -> None:
    """They would be empty bars."""
    found = kd.load_failures(connection, "daily", at=AT, namespaces="pay")
    assert found["namespace"].cat.categories.tolist() == ["pay"]
    assert found["workload"].value_counts().to_dict() == {"api": 1}
    everything = kd.load_points(connection, since="2026-01-05", until="2026-01-06")
    assert set(everything["workload"].cat.categories) == {"db", "late"}


def test_clusters_and_namespaces(connection: kd.Connection) -> None:
    """One name or several; all without any."""
    other = kd.load_failures(connection, "daily", at=AT, clusters="other")
    assert set(other["workload"]) == {"late"}
    shop = kd.load_failures(connection, "daily", at=AT, clusters=["prod"], namespaces=["shop", "x"])
    assert set(shop["workload"]) == {"web"}


def test_points_have_every_meaning(connection: kd.Connection) -> None:
    """The pull of the first morning is no failure."""
    points = kd.load_points(connection, since="2026-01-05", until="2026-01-06")
    assert set(points["reason"]) == {"Pulled", "BackOff"}
    failures = kd.load_failures(connection, since="2026-01-05", until="2026-01-06")
    assert failures.groupby("workload", observed=True)["failures"].sum().to_dict() == {
        "db": 1,
        "late": 1,
    }


def test_what_a_frame_knows_is_json(connection: kd.Connection) -> None:
    """So Parquet can keep it; imported clusters have no known share."""
    found = kd.load_failures(connection, "daily", at=AT, timezone="Asia/Kolkata")
    assert json.loads(json.dumps(found.attrs)) == found.attrs
    assert kd.window_of(found).timezone == "Asia/Kolkata"
    assert found.attrs["watched_share"] == {"other": None, "prod": None}
    assert kd.window_of(pd.concat([found, found])) == kd.window_of(found)


def test_the_watched_share_and_the_rates(connection: kd.Connection, filled: str) -> None:
    """Watched until noon: both failures of web are in those twelve hours."""
    noon = T0 + timedelta(hours=36)
    spans = (Span("watched", T0, noon), Span("gap", noon, T0 + timedelta(hours=60)))
    with Store(connect(filled)) as store:
        mark = Mark(stream=Stream(cluster="prod"), resource_version="7", proved=noon, spans=spans)
        store.write([], [mark])
    found = kd.load_failures(connection, "daily", at=AT)
    assert found.attrs["watched_share"] == {"other": None, "prod": 0.5}
    rates = kd.failure_frequency(found, by=["workload"]).set_index("workload")["rate_per_hour"]
    assert rates.to_dict() == {"api": 3 / 12, "late": 3 / 24, "web": 2 / 12}
    coverage = kd.coverage(kd.load_coverage(connection, "daily", at=AT))
    assert coverage[["cluster", "state", "share"]].to_numpy().tolist() == [
        ["prod", "watched", 0.5],
        ["prod", "gap", 0.5],
    ]
    assert kd.load_coverage(connection, "daily", at=AT, clusters="other").empty


def test_overrides_of_the_catalogue_count(filled: str, tmp_path: Path) -> None:
    """What the configuration calls noise is no failure, in the frame and in every answer."""
    config = tmp_path / "kubedigest.yaml"
    config.write_text("reasons:\n  - {reason: BackOff, meaning: noise}\n")
    with kd.connect(filled, config=config) as connection:
        found = kd.load_failures(connection, "daily", at=AT)
        assert set(found["reason"]) == {"Unhealthy"}
        points = kd.load_points(connection, "daily", at=AT)
        assert kd.failure_frequency(points, by=["reason"])["reason"].tolist() == ["Unhealthy"]


def test_trends_agree_with_the_command_line(connection: kd.Connection) -> None:
    """What the first pull covers is comparable; the other cluster's data began too late."""
    found = kd.trends(*kd.load_periods(connection, "daily", at=AT))
    verdicts = dict(zip(found["workload"], found["verdict"], strict=True))
    assert verdicts == {"api": "new", "web": "new", "db": "gone", "late": "insufficient"}
    narrowed = kd.trends(*kd.load_periods(connection, "daily", at=AT, namespaces="pay"))
    assert narrowed[["workload", "verdict"]].to_numpy().tolist() == [["api", "new"]]


def test_messages_are_those_of_the_rows(connection: kd.Connection) -> None:
    """Rows know the window; what is grouped otherwise is refused."""
    failures = kd.load_failures(connection, "daily", at=AT)
    rows = kd.failure_frequency(failures, by=kd.PROBLEM)
    messages = kd.load_messages(connection, rows[rows["workload"] == "web"])
    assert messages["occurrences"].tolist() == [1, 1]
    groups = kd.message_groups(messages, by=["workload"])
    assert groups[["workload", "failures"]].to_numpy().tolist() == [["web", 2]]
    with pytest.raises(UsageError, match=r"no column 'namespace'; group by kd\.PROBLEM"):
        kd.load_messages(connection, kd.failure_frequency(failures, by=["cluster", "reason"]))


def test_a_window_has_its_own_zone(connection: kd.Connection) -> None:
    """A second one could only contradict."""
    window = kd.Window.daily(pd.Timestamp(AT).to_pydatetime(), "UTC")
    assert kd.load_failures(connection, window)["failures"].sum() == 8
    with pytest.raises(UsageError, match="leave at and timezone out"):
        kd.load_failures(connection, window, timezone="Asia/Kolkata")


@pytest.mark.parametrize("loader", [kd.load_points, kd.load_periods, kd.load_coverage])
def test_a_closed_connection_says_so(filled: str, loader: Any) -> None:
    """Closing twice is no mistake."""
    with kd.connect(filled) as connection:
        pass
    connection.close()
    assert repr(connection).endswith(", closed>")
    with pytest.raises(Failure, match="the connection is closed; connect again"):
        loader(connection, "daily")


def test_printing_shows_no_password(filled: str) -> None:
    """Neither one in the URL nor one among its options."""
    for url in (f"{filled}&password=hush", filled.replace("postgres@", "postgres:hush@")):
        with kd.connect(url) as connection:
            assert "hush" not in repr(connection)
            assert "postgres@" not in repr(connection)
            assert "database test_" in repr(connection)


def shown(error: BaseException) -> str:
    """Return what a notebook would keep of an error."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://user:hush@127.0.0.1:1/events", UnreachableError),
        ("postgresql://user:hush@h@st/events", AddressError),
        ("mysql://user:hush@127.0.0.1/events", AddressError),
    ],
)
def test_what_cannot_be_connected_is_one_sentence(url: str, kind: type[Exception]) -> None:
    """Without the driver's traceback, and without the password."""
    with pytest.raises(kind) as raised:
        kd.connect(url)
    told = shown(raised.value)
    assert "hush" not in told
    assert "psycopg2" not in told.replace("postgresql+psycopg2", "")
    assert told.count("Traceback") == 1


def test_a_database_that_fails_later_is_one_sentence(connection: kd.Connection) -> None:
    """Here somebody has dropped what is read."""
    with connection.engine.begin() as direct:
        direct.execute(text("drop schema kubedigest cascade"))
    with pytest.raises(Failure, match="the database did not answer: schema") as raised:
        kd.load_failures(connection, "24h")
    assert "sqlalchemy" not in shown(raised.value)


def test_the_environment_is_read_as_the_command_line_does(
    filled: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its URL and zone count where nothing is said; all four of late lie in that day of Kolkata."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBEDIGEST_DATABASE_URL", filled)
    monkeypatch.setenv("KUBEDIGEST_TIMEZONE", "Asia/Kolkata")
    with kd.connect() as connection:
        assert connection.timezone == "Asia/Kolkata"
        assert kd.load_failures(connection, "daily", at="2026-01-07T12:00")["failures"].sum() == 9
    with kd.connect(timezone="UTC") as connection:
        assert connection.timezone == "UTC"

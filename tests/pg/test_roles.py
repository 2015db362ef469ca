"""Logins with one role each: what it needs works, and everything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from analytics import rollup
from analytics.load import load_points
from analytics.mute_store import add_mute, load_mutes
from analytics.mutes import Mute
from analytics.window import Window
from collector import migrations
from collector.database import connect
from collector.errors import SchemaError, StoreError
from collector.observation import Rejection
from collector.progress import Mark, Span, Stream
from collector.rejected import list_rejected, reread, trim_rejected
from collector.resume import note_identity, resume_mark
from collector.retention import prune
from collector.roles import OWNER, grant_rights, purposes
from collector.store import Store
from reports.channels.conclusion import Conclusion
from reports.ledger import Address, Ledger
from reports.pace import Pace
from tests.factories import T0, observe

COLLECTOR, REPORTER, NOTIFIER = ROLES = (
    "kubedigest_collector",
    "kubedigest_reporter",
    "kubedigest_notifier",
)
DAY = Window.between(T0, T0 + timedelta(days=1), "UTC")
STREAM = Stream(cluster="prod")
MUTE = Mute(id=0, name="web", because="known", by="ann", created=T0, expires=T0 + timedelta(days=9))
UNREAD = Rejection(
    cluster="prod", source="file", place="a.json", reason="a shape", raw="{", received=T0
)
OPS = Address(channel="ops", window=DAY)
Login = Callable[..., str]

EVERYBODY_IS_REFUSED = (
    "drop table kubedigest.point",
    "drop schema kubedigest cascade",
    "drop view public.event",
    "truncate kubedigest.point",
    "truncate kubedigest.delivery",
    "alter table kubedigest.event add column more text",
    "create table kubedigest.more (a int)",
    "create role somebody superuser",
    "delete from kubedigest.point",
    "delete from kubedigest.event",
    "update kubedigest.retention set horizon = now()",
    "insert into kubedigest.schema_migration values (99, 'x', 'x')",
    "update kubedigest.schema_floor set number = 0",
    "select * from kubedigest.role_right",
    "update kubedigest.role_right set privileges = '{select}'",
    "insert into kubedigest.settled_hour select * from kubedigest.settled_hour",
    "delete from kubedigest.mute",
    "delete from kubedigest.delivery",
)
REFUSED = {
    COLLECTOR: (
        "select * from public.event",
        "select * from kubedigest.delivery",
        "select * from kubedigest.mute",
        "select * from kubedigest.rollup_hour",
        "select * from kubedigest.settled_hour",
        "select * from kubedigest.channel_pace",
        "insert into kubedigest.mute default values",
        "insert into kubedigest.rollup_pending values (now())",
        "update kubedigest.rejected set raw = ''",
        "delete from kubedigest.rollup_touched",
        "delete from kubedigest.coverage",
    ),
    REPORTER: (
        "insert into kubedigest.point (birth) values (now())",
        "insert into kubedigest.event (birth) values (now())",
        "update kubedigest.event set message = ''",
        "update kubedigest.point set occurrences = 0",
        "update kubedigest.watch set resource_version = '1'",
        "insert into kubedigest.coverage select * from kubedigest.coverage",
        "select raw from kubedigest.rejected",
        "select place from kubedigest.rejected",
        "delete from kubedigest.rejected",
        "select * from kubedigest.cluster_identity",
        "update kubedigest.store_identity set id = gen_random_uuid()",
    ),
    NOTIFIER: (
        "insert into kubedigest.point (birth) values (now())",
        "update kubedigest.event set message = ''",
        "insert into kubedigest.mute default values",
        "select * from kubedigest.delivery",
        "select * from kubedigest.rejected",
        "select cluster from kubedigest.rejected",
        "select * from kubedigest.rollup_hour",
        "select * from kubedigest.settled_hour",
        "update kubedigest.rollup_state set cursor = 0",
    ),
}


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_has_no_need_of_is_refused(login: Login, role: str) -> None:
    """By the server, whatever the client is."""
    with connect(login(role)).connect() as connection:
        for refused in (*EVERYBODY_IS_REFUSED, *REFUSED[role]):
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
                connection.execute(text(refused))
            connection.rollback()


def test_a_collector_collects(login: Login) -> None:
    """Appends, merges in any order, refuses, marks, resumes, and reads again after a fix."""
    engine = connect(login(COLLECTOR))
    assert migrations.upgrade(engine) == []
    marks = [Mark(stream=STREAM, resource_version="7", proved=T0, spans=(Span("gap", T0, T0),))]
    approximate = observe(name="approximate-1234", counting="approximate")
    with Store(engine) as store:
        store.write([observe(5, 10, message="later"), approximate], marks)
        between = [observe(3, 5, message="a lesser message"), observe(5, 9, message="later")]
        assert store.write([*between, approximate]).stored == 2
        assert store.missing([observe(3, 5), observe(4, 6)]) == 1
        assert store.write([observe(name="x\0")], marks).rejected == 1
        store.reject([UNREAD])
    assert resume_mark(engine, STREAM) is not None
    assert note_identity(engine, cluster="prod", uid="1", now=T0) == []
    assert len(list(list_rejected(engine))) == 2
    assert reread(engine) == (0, 2)
    assert trim_rejected(engine, most=0) == 0


def test_a_reporter_reports(login: Login, database_url: str) -> None:
    """Brings the roll-up up to date, reads, writes the ledger, waits its turn, and mutes."""
    with Store(connect(database_url)) as store:
        store.write([observe(5, 10), observe(7, 90)])
    engine = connect(login(REPORTER))
    rollup.refresh_all(engine)
    with Store(connect(database_url)) as store:
        store.write([observe(3, 5)])
    assert len(list(rollup.refresh(engine))) == 1
    assert rollup.is_fresh(engine)
    assert load_points(engine, DAY)["occurrences"].sum() == 7
    ledger = Ledger(engine)
    claim = ledger.claim(OPS, policy="at-least-once", lease_seconds=9)
    assert claim is not None
    assert ledger.begin(claim, digest="{}", parts=1, lease_seconds=9)
    assert ledger.conclude(claim, Conclusion(state="sent", reason=""), state="sent", parts_sent=1)
    ledger.settle_abandoned()
    pace = Pace(engine, "ops", 60)
    assert pace.reserve(1.0) == 0
    pace.block(9.0)
    muted = add_mute(engine, MUTE)
    assert load_mutes(engine) == (muted,)
    with engine.connect() as connection:
        counted = "select count(*) from kubedigest.rejected where received > now()"
        assert connection.scalar(text(counted)) == 0


def test_a_notifier_reads_what_is_new(login: Login, database_url: str) -> None:
    """Points, mutes and the store's name; what it writes is its own."""
    with Store(connect(database_url)) as store:
        store.write([observe(5, 10)])
    engine = connect(login(NOTIFIER))
    assert migrations.upgrade(engine) == []
    assert load_mutes(engine) == ()
    with engine.connect() as connection:
        for view in ("public.event", "public.coverage", "kubedigest.store_identity"):
            assert len(connection.execute(text(f"select * from {view}")).all()) <= 1


def test_a_right_that_is_missing_is_one_sentence(login: Login) -> None:
    """It says which one, and which command tells more."""
    reporter, collector = connect(login(REPORTER)), connect(login(COLLECTOR))
    refused = r"^the role of this login lacks a right \(permission denied for .*'kubedigest db stat"
    with Store(reporter) as store, pytest.raises(StoreError, match=refused):
        store.write([observe()])
    with Store(reporter) as store, pytest.raises(StoreError, match=refused):
        store.reject([UNREAD])
    with pytest.raises(StoreError, match=refused):
        list(prune(collector, now=T0, keep=timedelta(days=1)))
    with pytest.raises(StoreError, match=refused):
        Ledger(collector).entries()
    with pytest.raises(StoreError, match=refused):
        load_mutes(collector)
    with pytest.raises(StoreError, match=refused):
        rollup.rebuild(connect(login(NOTIFIER)))
    with pytest.raises(StoreError, match="only the owner of the store may give rights"):
        grant_rights(reporter)


def test_a_login_without_a_role_is_told_which_there_are(login: Login) -> None:
    """Neither looking nor upgrading gets anywhere."""
    engine = connect(login())
    for work in (migrations.pending, migrations.upgrade):
        with pytest.raises(
            SchemaError, match=r"may not use the store \(permission denied.*reporter"
        ):
            work(engine)


def test_purposes_tell_what_a_login_may_do(login: Login, database_url: str) -> None:
    """One role, two of them, and the owner."""
    nothing = dict.fromkeys((*ROLES, OWNER), False)
    assert purposes(connect(login(COLLECTOR))) == nothing | {COLLECTOR: True}
    both = purposes(connect(login(COLLECTOR, NOTIFIER)))
    assert both == nothing | {COLLECTOR: True, NOTIFIER: True}
    assert purposes(connect(database_url)) == dict.fromkeys(nothing, True)


def test_no_table_is_forgotten(database_url: str) -> None:
    """Somebody has a right on each, but on what only the owner needs."""
    unlisted = (
        "select c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = 'kubedigest' and c.relkind in ('r', 'v') and not exists"
        " (select from kubedigest.relation_right as r where r.relation = c.oid)"
    )
    with connect(database_url).connect() as connection:
        assert set(connection.scalars(text(unlisted))) == {"role_right"}


def test_rights_are_those_of_the_table_and_no_others(database_url: str, login: Login) -> None:
    """What somebody has given by hand goes, and what somebody has taken comes back."""
    engine = connect(database_url)
    with engine.begin() as connection:
        connection.execute(text("grant delete on kubedigest.point to kubedigest_collector"))
        connection.execute(text("revoke insert on kubedigest.point from kubedigest_collector"))
    found = connect(login(COLLECTOR))
    assert purposes(found)[COLLECTOR] is False
    assert grant_rights(engine) == []
    assert purposes(found)[COLLECTOR] is True
    with found.connect() as connection:
        allowed = "select has_table_privilege('kubedigest.point', 'delete')"
        assert connection.scalar(text(allowed)) is False

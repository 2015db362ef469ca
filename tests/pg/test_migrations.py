"""Numbered files, applied once, whoever comes first; a newer or changed schema is refused."""

from __future__ import annotations

import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from collector import migrations
from collector.database import connect, sql_folder, statement
from collector.errors import SchemaError, UnreachableError
from collector.store import Store
from tests.factories import observe


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the project's migrations, to add to."""
    return Path(shutil.copytree(sql_folder() / "migrations", tmp_path / "migrations"))


def test_four_at_once_apply_each_file_once(empty_database_url: str) -> None:
    """Each file is applied by one of four processes, the others find it done."""
    engine = connect(empty_database_url)
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrations.upgrade(engine), range(4)))
    names = [name for one in applied for name in one]
    assert sorted(names) == [one.name for one in migrations.available()]


def test_a_second_migration_that_changes_nothing_leaves_the_store_as_it_is(
    engine: Engine, folder: Path
) -> None:
    """A no-op file is applied to a filled store while a writer runs; nothing is lost or doubled."""
    (folder / "9999_no_operation.sql").write_text("-- changes nothing\nselect 1;\n")
    stop = threading.Event()
    written: list[int] = []

    def keep_writing() -> None:
        with Store(engine) as store:
            while not stop.is_set() or len(written) < 5:
                number = len(written)
                store.write([observe(count, count, name=f"e{number}.1") for count in range(1, 20)])
                written.append(19)

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(keep_writing)
        while not written:
            pass
        assert migrations.upgrade(engine, folder) == ["9999_no_operation"]
        stop.set()
        writer.result(timeout=60)
    with engine.connect() as connection:
        total = connection.scalar(
            text("select sum(occurrences) filter (where counted) from public.event")
        )
    assert total == sum(written)
    assert migrations.upgrade(engine, folder) == []


def test_an_older_version_goes_on_with_a_newer_schema(engine: Engine, folder: Path) -> None:
    """Migrations that only add leave it what it needs, and it says which it does not know."""
    (folder / "0999_later.sql").write_text("alter table kubedigest.point add column later text;\n")
    migrations.upgrade(engine, folder)
    assert migrations.upgrade(engine) == []
    assert migrations.newer(engine) == ["0999_later"]
    with Store(engine) as store:
        assert store.write([observe(5)]).stored == 1


def test_an_older_version_is_refused_where_it_would_miss_something(
    engine: Engine, folder: Path
) -> None:
    """A migration that takes something away says from which version on it can be lived with."""
    raised = "update kubedigest.schema_floor set number = 998;\n"
    (folder / "0998_raise.sql").write_text(raised)
    (folder / "0999_later.sql").write_text("select 1;\n")
    migrations.upgrade(engine, folder)
    newest = migrations.available()[-1].number
    sentence = (
        f"schema version 999, newer than this kubedigest .version {newest}.* version 998 to use"
    )
    with pytest.raises(SchemaError, match=sentence):
        migrations.upgrade(engine)
    (folder / "0999_later.sql").unlink()
    assert migrations.upgrade(engine, folder) == []


def test_writers_that_hold_a_table_are_not_waited_for(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upgrade gives up, says so, and has changed nothing."""
    (folder / "0998_add.sql").write_text("alter table kubedigest.point add column later text;\n")
    quick = {"limit_migration_waits": "set local lock_timeout = '50ms'"}
    monkeypatch.setattr(migrations, "statement", lambda name: quick.get(name) or statement(name))
    with engine.begin() as holding:
        holding.execute(text("lock table kubedigest.point in share update exclusive mode"))
        with pytest.raises(SchemaError, match=r"others held a table .* nothing was changed"):
            migrations.upgrade(engine, folder)
    assert migrations.upgrade(engine, folder) == ["0998_add"]


def test_a_changed_file_is_refused(engine: Engine, folder: Path) -> None:
    """An applied file is history; a change to it is noticed by its checksum."""
    first = folder / "0001_store.sql"
    first.write_text(first.read_text() + "\n-- changed\n")
    with pytest.raises(SchemaError, match="0001_store was changed after it had been applied"):
        migrations.upgrade(engine, folder)


def test_a_file_that_fails_leaves_nothing_behind(engine: Engine, folder: Path) -> None:
    """Each file is one transaction: half of it is none of it."""
    (folder / "0998_broken.sql").write_text("create table kubedigest.half (a int);\nselect nope;\n")
    with pytest.raises(SchemaError, match="could not be upgraded"):
        migrations.upgrade(engine, folder)
    with engine.connect() as connection:
        assert connection.scalar(text("select to_regclass('kubedigest.half')")) is None


def test_a_role_that_may_not_is_told_what_to_do(empty_database_url: str) -> None:
    """Without the right to create a schema, the sentence names the command and who runs it."""
    engine = connect(empty_database_url)
    role = "reader_" + re.sub(r"\W", "", engine.url.database or "")[-20:]
    with engine.begin() as connection:
        connection.execute(text(f"create role {role} login"))
    try:
        limited = connect(engine.url.set(username=role))
        with pytest.raises(SchemaError, match="run 'kubedigest db upgrade' as the owner"):
            migrations.upgrade(limited)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"drop role {role}"))


def test_a_role_that_may_not_even_look_is_told(engine: Engine) -> None:
    """A role without rights on an existing store gets a sentence, too."""
    role = "blind_" + re.sub(r"\W", "", engine.url.database or "")[-20:]
    with engine.begin() as connection:
        connection.execute(text(f"create role {role} login"))
    try:
        blind = connect(engine.url.set(username=role))
        with pytest.raises(SchemaError, match="permission denied"):
            migrations.upgrade(blind)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"drop role {role}"))


def test_a_server_that_goes_away_is_told_apart(engine: Engine, folder: Path) -> None:
    """A connection that ends in an upgrade is worth another attempt, which a file is not."""
    end = "select pg_terminate_backend(pg_backend_pid());\n"
    (folder / "0998_end.sql").write_text(end)
    with pytest.raises(UnreachableError, match="went away"):
        migrations.upgrade(engine, folder)


def test_files_are_numbered_without_holes_and_say_their_purpose() -> None:
    """Every query has a header with purpose, grain, parameters and index."""
    numbers = [one.number for one in migrations.available()]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in sorted((sql_folder() / "queries").glob("*.sql")):
        header = path.read_text().lower()
        for part in ("purpose:", "grain:", "parameters:", "index:"):
            assert part in header, f"{path.name} lacks {part}"

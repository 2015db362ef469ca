"""One clear sentence for each mistake, the right exit code, and nothing lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from collector.database import connect
from tests.e2e.conftest import RunCommand

EVENT = {
    "kind": "Event",
    "metadata": {"name": "web.1", "namespace": "shop", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "involvedObject": {"kind": "Pod", "name": "web-0"},
    "reason": "BackOff",
    "type": "Warning",
}


def event(number: int) -> dict[str, object]:
    """Return one of many events."""
    return EVENT | {"metadata": EVENT["metadata"] | {"name": f"web.{number}"}}  # type: ignore[operator]


def file(folder: Path, name: str, content: bytes | str) -> str:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


AUDIT = json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [{"a": 1}]})
PODS = json.dumps({"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {"name": "p"}}]})


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.json", b"", "is empty"),
        ("blank.json", b"  \n \n", "is empty"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0" * 20, "is not text"),
        ("audit.json", AUDIT, "audit"),
        ("pods.json", PODS, "Pod"),
        ("text.json", "hello, is it me you are looking for\n", "JSON"),
    ],
)
def test_a_file_that_holds_no_events_is_named_with_the_reason(
    run_command: RunCommand,
    database_url: str,
    tmp_path: Path,
    name: str,
    content: bytes | str,
    sentence: str,
) -> None:
    """Exit code 1, the file's name, and what was found instead of events."""
    path = file(tmp_path, name, content)
    ran = run_command("import", path, "--cluster", "c", database=database_url)
    assert ran.code == 1
    [said] = [line for line in ran.err.splitlines() if line.startswith("kubedigest: ")]
    assert name in said
    assert sentence in said


def test_a_path_that_is_no_file_is_a_usage_error(run_command: RunCommand, tmp_path: Path) -> None:
    """Noticed before any database is started."""
    ran = run_command("import", str(tmp_path / "missing.json"))
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1


def test_a_folder_without_a_single_event(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """One sentence names the folder; its files were looked at and are something else."""
    file(tmp_path, "notes.txt", "nothing")
    file(tmp_path, "pods.json", PODS)
    ran = run_command("import", str(tmp_path), "--cluster", "c", database=database_url)
    assert ran.code == 1
    [said] = [line for line in ran.err.splitlines() if line.startswith("kubedigest: ")]
    assert said == f"kubedigest: {tmp_path} holds no events; its 2 files are something else"


def test_half_a_document_keeps_its_whole_records(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """Three items, cut inside the fourth: three stored, one rejected with its place."""
    whole = json.dumps({"kind": "List", "items": [event(n) for n in range(4)]}, indent=2)
    path = file(tmp_path, "half.json", whole[: whole.rindex('"reason"')])
    ran = run_command("import", path, "--cluster", "c", "-o", "json", database=database_url)
    assert json.loads(ran.out) == {
        "read": 4, "stored": 3, "repeated": 0, "rejected": 1, "ignored": 0,
    }  # fmt: skip
    with connect(database_url).connect() as connection:
        [place] = connection.scalars(text("select place from kubedigest.rejected"))
    assert "half.json" in place
    assert "line" in place


def test_a_broken_record_is_kept_and_the_rest_is_imported(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """The second of three lines is broken; reading it twice keeps it once."""
    lines = [json.dumps(event(1)), '{"reason": "Back', json.dumps(event(2))]
    path = file(tmp_path, "lines.jsonl", "\n".join(lines))
    for stored in (2, 0):
        ran = run_command("import", path, "--cluster", "c", "-o", "json", database=database_url)
        counts = json.loads(ran.out)
        assert (counts["read"], counts["stored"], counts["rejected"]) == (3, stored, 1)
    with connect(database_url).connect() as connection:
        rows = connection.execute(text("select place, raw from kubedigest.rejected")).all()
    assert len(rows) == 1
    assert "line 2" in rows[0].place


def test_a_secret_never_reaches_the_store(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """Neither in an event's message nor in the raw text of a rejected record."""
    secret = "hunter2canary"
    good = event(1) | {"message": f"pull https://user:{secret}@registry.example.com/app failed"}
    bad = {"kind": "Event", "message": f"password={secret}", "reason": "Odd"}
    path = file(tmp_path, "lines.jsonl", f"{json.dumps(good)}\n{json.dumps(bad)}\n")
    run_command("import", path, "--cluster", "c", database=database_url)
    with connect(database_url).connect() as connection:
        stored = connection.execute(
            text(
                "select message from kubedigest.event"
                " union all select raw || reason from kubedigest.rejected"
            )
        ).all()
    assert len(stored) == 2
    assert secret not in str(stored)


def test_a_file_whose_every_record_is_broken_has_failed(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """The sentence names the file and the reason; the records are kept in rejected."""
    path = file(tmp_path, "cut.json", json.dumps(event(1))[:-20])
    ran = run_command("import", path, "--cluster", "c", "-o", "json", database=database_url)
    assert ran.code == 1
    assert json.loads(ran.out)["rejected"] == 1
    assert "cut.json: not one of its 1 records is stored; the input ends inside" in ran.err


def test_a_cut_gzip_keeps_what_was_readable(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """The records before the cut are stored, and the cut is said."""
    lines = "\n".join(json.dumps(event(n) | {"message": f"{n * 7919}"}) for n in range(3000))
    packed = gzip.compress(lines.encode())
    path = file(tmp_path, "cut.jsonl.gz", packed[: len(packed) * 2 // 3])
    ran = run_command("import", path, "--cluster", "c", "-o", "json", database=database_url)
    counts = json.loads(ran.out)
    assert 1000 < counts["stored"] < 3000
    assert counts["rejected"] >= 1


def test_one_bad_file_of_three_does_not_stop_the_others(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """The good ones are stored, the exit code says that something went wrong."""
    first = file(tmp_path, "a.json", json.dumps(event(1)))
    bad = file(tmp_path, "b.json", b"")
    last = file(tmp_path, "c.json", json.dumps(event(2)))
    ran = run_command(
        "import", first, bad, last, "--cluster", "c", "-o", "json", database=database_url
    )
    assert ran.code == 1
    assert json.loads(ran.out)["stored"] == 2


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("mysql://u:canarypw@h/d", 2, "only PostgreSQL"),
        ("not a url", 2, "cannot be read"),
        ("postgresql://u:canarypw@127.0.0.1:1/d", 1, "cannot use the database d at 127.0.0.1"),
        ("postgresql://u:canarypw@no-such-host.invalid/d", 1, "cannot use the database"),
        ("postgresql://u:canarypw@h:port/d", 2, "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_used_is_said_without_its_password(
    run_command: RunCommand, url: str, code: int, sentence: str
) -> None:
    """A wrong URL is a usage error, a database that does not answer a failure."""
    ran = run_command("db", "status", database=url)
    assert ran.code == code
    assert sentence in ran.err
    assert "canarypw" not in ran.err + ran.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("report", "daily", "--timezone", "Mars/Olympus"), "Mars/Olympus"),
        (("report", "daily", "--at", "yesterday"), "--at 'yesterday' is not a time"),
        (("report", "--since", "soon"), "neither a duration"),
        (("report", "--until", "2026-01-01"), "--until needs --since"),
        (("report", "daily", "--since", "24h"), "not both"),
        (("report", "daily", "--format", "html", "--format", "text"), "--output DIR"),
        (("report", "daily", "--format", "pdf"), "pdf"),
        (("report", "--since", "2026-01-02", "--until", "2026-01-01"), "before"),
        (("top", "--since", "0h"), "not a duration"),
        (("top", "--by", "colour"), "colour"),
        (("import",), "PATH"),
        (("import", "-", "--cluster", "x" * 254), "1 to 253"),
        (("import", "-", "--at", "noon"), "--at 'noon' is not a time"),
        (("import", "-", "--at", "yesterday"), "--at 'yesterday' is not a time"),
        (("import", "-", "--format", "pdf"), "pdf"),
        (("db", "prune", "--keep", "a while"), "not a duration"),
        (("frobnicate",), "frobnicate"),
        (("--config", "/nonexistent/k.yaml", "config", "check"), "/nonexistent/k.yaml"),
    ],
)
def test_a_wrong_word_is_a_usage_error(
    run_command: RunCommand, arguments: tuple[str, ...], sentence: str
) -> None:
    """Exit code 2 and a sentence with the wrong word, before any database is started."""
    ran = run_command(*arguments)
    assert ran.code == 2
    assert sentence in ran.err
    assert "database:" not in ran.err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("colour: blue\n", "unknown key 'colour'; known keys: channels, cluster, clusters, d"),
        ("timezone: Mars/Olympus\n", "'Mars/Olympus' is not a time zone"),
        ("database_url: [canarypw]\n", "key 'database_url'"),
        ("reasons:\n- {reason: BackOff, meaning: bad}\n", "entry 1 of reasons, key 'meaning'"),
        ("- a\n", "must be a mapping"),
        ("a: b: c\n", "not valid YAML at line 1"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_place(
    run_command: RunCommand, tmp_path: Path, content: str, sentence: str
) -> None:
    """The key is named, the value never is where it could be a secret."""
    path = file(tmp_path, "kubedigest.yaml", content)
    ran = run_command("--config", path, "config", "check")
    assert ran.code == 2
    assert sentence in ran.err
    assert "canarypw" not in ran.err


def test_a_newer_database_is_refused(run_command: RunCommand, database_url: str) -> None:
    """An older kubedigest does not touch a store that a newer one has made unfit for it."""
    with connect(database_url).begin() as connection:
        connection.execute(
            text("insert into kubedigest.schema_migration values (999, '0999_later', 'x')")
        )
        connection.execute(text("update kubedigest.schema_floor set number = 999"))
    ran = run_command("report", "daily", database=database_url)
    assert ran.code == 1
    assert "newer than this kubedigest" in ran.err

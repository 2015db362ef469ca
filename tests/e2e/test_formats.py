"""The same events in every format, and tables that kubectl printed, into the same store."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace
from sqlalchemy import text

from collector.approximate import approximate_name
from collector.database import connect
from collector.store import Store
from tests.e2e.conftest import RunCommand
from tests.factories import observe

ROWS = """
    select
        namespace, name, birth, time, cumulative, occurrences, counted, counting, type, reason,
        message, kind, object, workload_kind, workload, workload_by, component, host
    from public.event order by birth, name, cumulative
"""
TOTAL = "select coalesce(sum(occurrences) filter (where counted), 0) from public.event"
HEADING = "LAST SEEN              TYPE      REASON    OBJECT      MESSAGE\n"


def event(number: int, count: int) -> dict[str, object]:
    """Return one of many events, as kubectl prints it."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"etcd-node-{number}.18ea6d9320c050d{number}",
            "namespace": "shop",
            "creationTimestamp": "2026-01-05T00:00:00Z",
        },
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": f"etcd-node-{number}"},
        "reason": "BackOff",
        "message": f"Back-off “{number}”\n- items:\n  - a",
        "source": {"component": "kubelet", "host": f"node-{number}"},
        "firstTimestamp": "2026-01-05T00:00:00Z",
        "lastTimestamp": f"2026-01-05T00:{count:02}:00Z",
        "eventTime": None,
        "count": count,
        "type": "Warning",
    }


EVENTS = [event(number, count) for number in range(3) for count in (1, 4)]
LIST = {"apiVersion": "v1", "items": EVENTS, "kind": "List", "metadata": {"resourceVersion": ""}}


def lines(values: Iterable[object], prefix: str = "") -> str:
    """Write values as JSON, one a line."""
    return "".join(f"{prefix}{json.dumps(value)}\n" for value in values)


def docker(line: str) -> dict[str, str]:
    """Wrap a line of a log as Docker does."""
    return {"log": line, "stream": "stdout", "time": "2026-01-05T01:00:00Z"}


PLAIN_YAML = yaml.safe_load(json.dumps(LIST))
FORMATS = {
    "list.json": json.dumps(LIST, indent=4),
    "array.json": json.dumps(EVENTS),
    "lines.jsonl": lines(EVENTS),
    "watch.jsonl": lines({"type": "MODIFIED", "object": one} for one in EVENTS),
    "list.yaml": yaml.safe_dump(LIST),
    "stream.yaml": yaml.safe_dump_all(EVENTS, explicit_start=True),
    "sequence.yaml": yaml.safe_dump(EVENTS, allow_unicode=True),
    "kube-events.jsonl": lines({"Event": one, "cluster": "x"} for one in EVENTS),
    "eventrouter.jsonl": lines(
        {"verb": "UPDATED", "event": new, "old_event": old}
        for old, new in zip(EVENTS[::2], EVENTS[1::2], strict=True)
    ),
    "cloudevents.jsonl": lines(
        {"specversion": "1.0", "data_base64": base64.b64encode(json.dumps(one).encode()).decode()}
        for one in EVENTS
    ),
    "sumo.jsonl": lines({"object": one, "type": "ADDED", "timestamp": 1} for one in EVENTS),
    "klog.log": lines(EVENTS, "I0105 01:00:00.123456       1 glogsink.go:42] "),
    "containerd.log": lines(EVENTS, "2026-01-05T01:00:00.123456789Z stdout F "),
    "docker.log": lines(docker(json.dumps(one) + "\n") for one in EVENTS),
    "dump.txt": (
        '{"kind": "NodeList", "apiVersion": "v1", "items": []}\n'
        + json.dumps({"kind": "EventList", "apiVersion": "v1", "items": EVENTS}, indent=4)
        + '\n==== START logs for container a of pod b/c ====\n[INFO] {"x"\n'
        + "==== END logs for container a of pod b/c ====\n"
    ),
}


def rows(url: str) -> list[tuple[object, ...]]:
    """Return everything people with SQL see."""
    engine = connect(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(ROWS))]
    engine.dispose()
    return found


def total(url: str) -> int:
    """Return the sum that every report shows."""
    engine = connect(url)
    with engine.connect() as connection:
        found = int(connection.execute(text(TOTAL)).scalar_one())
    engine.dispose()
    return found


def counts_of(ran_out: str) -> tuple[int, ...]:
    """Return read, stored, repeated, rejected, ignored."""
    return tuple(json.loads(ran_out).values())


def test_every_format_tells_the_same(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """The first format fills the tables; each other one repeats it and changes nothing."""
    expected: list[tuple[object, ...]] = []
    for name, content in FORMATS.items():
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        ran = run_command(
            "import", str(path), "--cluster", "c", "-o", "json", database=database_url
        )
        assert ran.code == 0, name
        read, stored, repeated, rejected, ignored = counts_of(ran.out)
        assert (read - ignored, rejected) == (6, 0), name
        assert (stored, repeated) == ((0, 6) if expected else (6, 0)), name
        expected = expected or rows(database_url)
        assert rows(database_url) == expected, name
    assert total(database_url) == 12
    assert {row[13:16] for row in expected} == {("Node", f"node-{n}", "nodes") for n in range(3)}


def test_a_folder_and_its_archive(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """All formats of a folder in one run; its archive repeats them; other files are skipped."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name, content in FORMATS.items():
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "pods.json").write_text('{"kind": "PodList", "items": []}')
    (folder / "loop").symlink_to(folder)
    archive = tmp_path / "bundle.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, "bundle")
    for path, stored in ((folder, 6), (archive, 0)):
        ran = run_command(
            "import", str(path), "--cluster", "c", "-o", "json", database=database_url
        )
        counts = counts_of(ran.out)
        assert (ran.code, counts[1], counts[3]) == (0, stored, 0)
        assert f"{len(FORMATS)} files with events read" in ran.err
    assert total(database_url) == 12


def test_a_forced_format(run_command: RunCommand, database_url: str, tmp_path: Path) -> None:
    """A list of YAML that begins like nothing known is read when it is said to be YAML."""
    path = tmp_path / "events"
    path.write_text('? "apiVersion"\n: v1\n' + FORMATS["list.yaml"].partition("\n")[2])
    common = ("import", str(path), "--cluster", "c", "-o", "json")
    assert run_command(*common, database=database_url).code == 1
    forced = run_command(*common, "--format", "yaml", database=database_url)
    assert counts_of(forced.out) == (6, 6, 0, 0, 0)


def test_two_formats_in_one_file(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """What could be read is stored; the rest is counted, and the reason is said."""
    path = tmp_path / "both.txt"
    path.write_text(FORMATS["lines.jsonl"] + HEADING + "1s   Normal   A   pod/b   c\n")
    ran = run_command("import", str(path), "--cluster", "c", "-o", "json", database=database_url)
    assert counts_of(ran.out) == (7, 6, 0, 1, 0)
    path.write_text(HEADING + "1s   Normal   A   pod/b   c\n" + FORMATS["lines.jsonl"])
    ran = run_command("import", str(path), "--cluster", "d", database=database_url)
    assert "read 2: stored 1, repeated 0, rejected 1, ignored 0" in ran.err
    assert "this is no row of kubectl's table of events" in ran.err


def test_a_table_taken_again_does_not_double(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """3 over 20 m, then 7 over 80 m: 7 and one more, in whichever order, however often."""
    early = HEADING + (
        "1m (x3 over 20m)       Warning   BackOff   Pod/web-0   Back-off\n"
        "119s                   Normal    Pulled    Pod/web-0   Pulled\n"
    )
    late = HEADING + (
        "10m (x7 over 80m)      Warning   BackOff   Pod/web-0   Back-off\n"
        "61m                    Normal    Pulled    Pod/web-0   Pulled\n"
    )
    (tmp_path / "early.txt").write_text(early)
    (tmp_path / "late.txt").write_text(late)
    times = {"early": "2026-01-05T12:00:00Z", "late": "2026-01-05T14:00:00+01:00"}
    for cluster, order in (("a", "early late early"), ("b", "late early late")):
        before = total(database_url)
        for name in order.split():
            ran = run_command(
                "import", str(tmp_path / f"{name}.txt"), "--cluster", cluster, "-n", "shop",
                "--at", times[name], "-o", "json", database=database_url,
            )  # fmt: skip
            assert counts_of(ran.out)[3:] == (0, 0)
        assert counts_of(ran.out)[:3] == (2, 0, 2)
        assert total(database_url) - before == 8
    assert {row[0] for row in rows(database_url)} == {"shop"}
    assert {row[7] for row in rows(database_url)} == {"approximate"}


def test_the_time_of_a_table_is_said(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """Without --at it is the file's, for standard input now."""
    path = tmp_path / "table.txt"
    path.write_text(HEADING + "1s   Normal   A   pod/b   c\n")
    ran = run_command("import", str(path), "--cluster", "c", database=database_url)
    assert f"{path}: read as printed at {datetime.now(UTC):%Y-%m-%d}" in ran.err
    stdin = path.read_bytes()
    ran = run_command("import", "-", "--cluster", "c", database=database_url, stdin=stdin)
    assert "standard input: read as printed at" in ran.err


def test_rows_beside_exact_events_do_not_count(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    """A table of what a list has told already adds nothing."""
    (tmp_path / "list.json").write_text(FORMATS["list.json"])
    (tmp_path / "table.txt").write_text(HEADING + "5m   Warning   BackOff   pod/etcd-node-1   x\n")
    ran = run_command(
        "import", str(tmp_path), "--cluster", "c", "--at", "2026-01-05T00:06:00Z",
        database=database_url,
    )  # fmt: skip
    assert ran.code == 0
    assert (len(rows(database_url)), total(database_url)) == (7, 12)


def test_importers_that_race(database_url: str) -> None:
    """Four of them store the same sightings, each as a text of another time rounds them."""
    birth = datetime(2026, 1, 5, 9, 30, 15, tzinfo=UTC)

    def write(late_seconds: int) -> None:
        engine = connect(database_url)
        with Store(engine) as store:
            for number in range(20):
                name = approximate_name(
                    "shop", "Pod", f"p{number}", "r", "m", precision=timedelta(hours=1)
                )
                seen = birth + timedelta(seconds=late_seconds)
                row = replace(observe(name=name, birth=seen, counting="approximate"), time=seen)
                store.write([row])
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, (0, 600, 1200, 1800)))
    assert total(database_url) == 20


@pytest.mark.shared_data
def test_real_tables(
    run_command: RunCommand, database_url: str, tmp_path: Path, shared_data: Path
) -> None:
    """Ten real tables, and the same tables as kubectl prints them an hour later, count once."""
    path = shared_data / "kubectl_text" / "cloud-opsbench-boutique.jsonl"
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, case in enumerate(cases[:10]):
        taken = datetime.fromisoformat(f"{case['collected']}{case['utc_offset'][:6]}")
        (tmp_path / "table.txt").write_text(case["kubectl_get_events"]["boutique"])
        once = ("import", str(tmp_path / "table.txt"), "--cluster", f"c{number}", "-n", "boutique")
        ran = run_command(*once, "--at", taken.isoformat(), "-o", "json", database=database_url)
        assert counts_of(ran.out)[3:] == (0, 0)
    before = total(database_url)
    assert before > 0
    for number, case in enumerate(cases[:10]):
        taken = datetime.fromisoformat(f"{case['collected']}{case['utc_offset'][:6]}")
        later = _an_hour_later(case["kubectl_get_events"]["boutique"])
        (tmp_path / "table.txt").write_text(later)
        once = ("import", str(tmp_path / "table.txt"), "--cluster", f"c{number}", "-n", "boutique")
        run_command(*once, "--at", (taken + timedelta(hours=1)).isoformat(), database=database_url)
    assert total(database_url) == before


def _an_hour_later(table: str) -> str:
    """Print the rows as kubectl does when each is an hour older."""
    from collector.ages import parse_age

    rewritten = []
    for line in table.splitlines():
        age_text, rest = line.split(maxsplit=1)
        age = parse_age(age_text)
        minutes = (age.age // timedelta(minutes=1)) + 60 if age else 0
        rewritten.append(f"{minutes}m   {rest}" if age else line)
    return "\n".join(rewritten)

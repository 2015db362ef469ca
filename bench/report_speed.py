"""A report of 30 days over generated points, as a whole process, against other ways to the answers.

``python -m bench.report_speed FOLDER [FOLDER]`` takes folders of Parquet files as the generator of
loads writes them (see `bench.generated_store`); a second, larger one shows how time grows. It needs
duckdb, which is no dependency of the project. Each figure is the median of the rounds; every way is
a process of its own, from start to exit, and all of them answer the same questions: failures,
episodes, objects, first and last by workload and reason, and failures by day.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, text

from collector import migrations
from collector.database import connect
from kubedigest.local_postgres import LocalPostgres

ROUNDS = 3
ZONES = ("UTC", "Asia/Shanghai", "Asia/Kolkata")
SINCE, UNTIL = "2026-05-01T00:00", "2026-05-31T00:00"  # of the generated points
BIGGEST_READ_IN_ROUNDS = 2_000_000  # rows; reading more into pandas is done once

SQL = """
set jit = off;
set work_mem = '256MB';
with failing as (
    select
        e.cluster, e.namespace, e.workload_kind, e.workload, e.reason, e.component, e.type,
        e.object, p.time, p.occurrences
    from kubedigest.point as p
    inner join kubedigest.event as e using (birth, event_id)
    where e.type = 'Warning' and p.time >= '{since}' and p.time < '{until}'
),
marked as (
    select *, time - lag(time) over (
        partition by cluster, namespace, workload_kind, workload, reason, component, type
        order by time
    ) as since_last
    from failing
)
select
    cluster, namespace, workload_kind, workload, reason, sum(occurrences), count(distinct object),
    min(time), max(time),
    count(*) filter (where since_last is null or since_last > interval '10 minutes')
from marked
group by 1, 2, 3, 4, 5;
select date_trunc('day', p.time), sum(p.occurrences)
from kubedigest.point as p
inner join kubedigest.event as e using (birth, event_id)
where e.type = 'Warning'
group by 1;
"""
RAW_SQL = """
import os, psycopg2
from sqlalchemy.engine import make_url
url = make_url(os.environ["KUBEDIGEST_DATABASE_URL"]).set(drivername="postgresql")
cursor = psycopg2.connect(url.render_as_string(hide_password=False)).cursor()
for statement in {statements!r}:
    cursor.execute(statement)
print(len(cursor.fetchall()))
"""
RAW_PANDAS = """
import os
import pandas as pd
from collector.database import connect
engine = connect(os.environ["KUBEDIGEST_DATABASE_URL"])
frame = pd.read_sql(
    "select cluster, namespace, workload_kind, workload, reason, component, type, object, time,"
    " occurrences from public.event where type = 'Warning' and counted", engine)
keys = ["cluster", "namespace", "workload_kind", "workload", "reason"]
frame = frame.sort_values("time")
gap = frame.groupby([*keys, "component", "type"])["time"].diff()
frame["begins"] = gap.isna() | (gap > pd.Timedelta(minutes=10))
found = frame.groupby(keys).agg(failures=("occurrences", "sum"), objects=("object", "nunique"),
    first=("time", "min"), last=("time", "max"), episodes=("begins", "sum"))
days = frame.groupby(frame["time"].dt.floor("D"))["occurrences"].sum()
print(len(found), len(days))
"""
DUCKDB = """
import duckdb
duckdb.sql("set threads = 2; set timezone = 'UTC'")
rows = "read_parquet('{folder}/*.parquet')"
found = duckdb.sql(f'''
    with marked as (
        select *, last_seen - lag(last_seen) over (
            partition by cluster, namespace, workload_kind, workload, reason, component, type
            order by last_seen
        ) as since_last
        from {{rows}} where type = 'Warning'
    )
    select cluster, namespace, workload_kind, workload, reason, count(*), count(distinct obj_name),
        min(last_seen), max(last_seen),
        count(*) filter (where since_last is null or since_last > interval 10 minutes)
    from marked group by all''').fetchall()
days = duckdb.sql(f'''select date_trunc('day', last_seen), count(*) from {{rows}}
    where type = 'Warning' group by 1''').fetchall()
print(len(found), len(days))
"""


class Run(NamedTuple):
    """What one process took."""

    seconds: float
    megabytes: float


def main(arguments: list[str]) -> None:
    """Print one line a figure."""
    if not arguments:
        print("report_speed: name a folder of generated Parquet files (see the module); left out")
        return
    seconds = []
    for folder in map(Path, arguments):
        home = Path(tempfile.mkdtemp(prefix="kubedigest-bench-"))
        home.chmod(0o755)
        server = LocalPostgres(home)
        try:
            seconds.append(_measure(server, folder.resolve()))
        finally:
            server.stop()
            subprocess.run(["rm", "-rf", str(home), str(server.data_directory)], check=False)
    if len(seconds) == 2:
        print(f"the larger one takes {seconds[1] / seconds[0]:.1f} times as long")


def _measure(server: LocalPostgres, folder: Path) -> float:
    engine = connect(server.start())
    migrations.upgrade(engine)
    # in processes of their own: what this one ever held would count for those that it starts
    _process([sys.executable, "-m", "bench.generated_store", server.url("postgres"), str(folder)])
    points = _count(engine)
    print(f"{folder.name}: {points:,} points")
    environment = os.environ | {"KUBEDIGEST_DATABASE_URL": server.url("postgres")}
    _roll_up(engine, environment)
    ours = {zone: _report(environment, zone) for zone in ZONES}
    for zone, run in ours.items():
        print(f"report of 30 days, {zone}: {run.seconds:.2f} s, {run.megabytes:.0f} MB")
    daily = _median([_process(_command("daily"), environment) for _ in range(ROUNDS)])
    print(f"report daily with four weeks, UTC: {daily.seconds:.2f} s, {daily.megabytes:.0f} MB")
    base = ours["UTC"].seconds
    rounds = ROUNDS if points <= BIGGEST_READ_IN_ROUNDS else 1
    for name, program, times in (
        ("DuckDB over Parquet", DUCKDB.format(folder=folder), ROUNDS),
        ("SQL over raw rows, JIT off", _raw_sql(), rounds),
        ("pandas over raw rows", RAW_PANDAS, rounds),
    ):
        command = [sys.executable, "-c", program]
        run = _median([_process(command, environment) for _ in range(times)])
        ratio = run.seconds / base
        print(f"{name}: {run.seconds:.1f} s, {run.megabytes:.0f} MB, {ratio:.1f} of the report")
    _refresh_a_day(engine, environment)
    return base


def _roll_up(engine: Engine, environment: dict[str, str]) -> None:
    run = _process([sys.executable, "-P", "-m", "kubedigest", "db", "refresh"], environment)
    print(f"rolled up in {run.seconds:.0f} s, {run.megabytes:.0f} MB")
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze"))
        sizes = connection.execute(
            text(
                "select coalesce(sum(pg_total_relation_size(c.oid)) filter"
                " (where relname like 'rollup%'), 0), sum(pg_total_relation_size(c.oid))"
                " from pg_class as c where relnamespace = 'kubedigest'::regnamespace"
                " and relkind = 'r'"
            )
        ).one()
    print(f"the roll-up is {int(sizes[0]) / 1e6:,.0f} MB of {int(sizes[1]) / 1e6:,.0f} MB")


def _refresh_a_day(engine: Engine, environment: dict[str, str]) -> None:
    """Make the last whole day anew, as a day's new points would."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into kubedigest.rollup_pending select generate_series("
                "cast(:day as timestamptz), cast(:day as timestamptz) + interval '23 hours',"
                " interval '1 hour')"
            ),
            {"day": "2026-05-30T00:00Z"},
        )
    run = _process([sys.executable, "-P", "-m", "kubedigest", "db", "refresh"], environment)
    with engine.connect() as connection:
        points = connection.scalar(
            text(
                "select count(*) from kubedigest.point where time >= '2026-05-30' and"
                " time < '2026-05-31'"
            )
        )
    speed = (points or 0) / run.seconds
    print(f"a day of {points:,} points made anew: {run.seconds:.1f} s, {speed:,.0f}/s")


def _report(environment: dict[str, str], zone: str) -> Run:
    return _median([_process(_command(zone=zone), environment) for _ in range(ROUNDS)])


def _command(kind: str | None = None, zone: str = "UTC") -> list[str]:
    window = [kind] if kind else ["--since", SINCE, "--until", UNTIL]
    return [
        sys.executable,
        "-P",
        "-m",
        "kubedigest",
        "report",
        *window,
        "--at",
        "2026-05-31T01:00:00Z",
        "--timezone",
        zone,
        "--format",
        "json",
    ]


def _raw_sql() -> str:
    text_of = SQL.format(since=SINCE, until=UNTIL)
    return RAW_SQL.format(statements=[one for one in text_of.split(";") if one.strip()])


def _process(command: list[str], environment: dict[str, str] | None = None) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - it is piped
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[-1][:60]} failed")
    if "json" in command:
        json.loads(output)
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1024)


def _median(runs: list[Run]) -> Run:
    seconds = statistics.median(run.seconds for run in runs)
    return Run(seconds, max(run.megabytes for run in runs))


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("select count(*) from kubedigest.point")) or 0)


if __name__ == "__main__":
    main(sys.argv[1:])

"""What `kubedigest collect` says of what cannot be, as a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.api_server import tls
from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer
from tests.e2e.collect_process import PATIENCE_SECONDS, Collect, wait_for_total


def test_no_right_ends_with_the_rule(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, once: Collect
) -> None:
    """The rule is ready to be applied."""
    api_server.forbid("/api/v1/events")
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    ran = once("collect", "--kubeconfig", kubeconfig, database=database_url)
    assert ran.returncode == 1
    assert "403" in ran.stderr
    assert "kind: ClusterRole" in ran.stderr


@pytest.mark.parametrize("wrong", ["expired", "stranger"])
def test_a_certificate_that_is_no_good(
    authority: tls.Authority,
    database_url: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    once: Collect,
    wrong: str,
) -> None:
    """Waiting does not help: one sentence, and exit code 1."""
    is_expired = wrong == "expired"
    certificate = authority.expired() if is_expired else authority.certificate("collected")
    ca = None if is_expired else tls.Authority(tmp_path_factory.mktemp("stranger"), "stranger").ca
    with FakeApiServer(tls=certificate) as server:
        kubeconfig = server.kubeconfig(tmp_path, ca=ca)
        ran = once("collect", "--kubeconfig", str(kubeconfig), database=database_url)
    assert ran.returncode == 1
    assert ("has expired" if wrong == "expired" else "not signed by a CA") in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--kubeconfig", "/nonexistent"), "kubeconfig"),
        (("--context", "nobody"), "nobody"),
        (("--context", "lab", "--cluster", "a", "--cluster", "b"), "more --cluster than"),
        (("--listen", "nowhere"), "write ADDR:PORT"),
        (("--flush-interval", "soon"), "--flush-interval"),
        (("--flush-interval", "0"), "write 50ms or 1s, at most 1m"),
        (("--flush-interval", "2m"), "at most 1m"),
        (("--event-ttl", "0s"), "--event-ttl"),
        (("--cluster", "x" * 254), "253"),
        (("--cluster", ""), "--cluster takes"),
        (("--cluster", "\udcff"), "--cluster takes"),
        (("--context", ""), "--context takes"),
        (("--kubeconfig", ""), "--kubeconfig takes"),
        (("--spool", ""), "--spool takes"),
        (("-n", ""), "--namespace '' is no namespace"),
        (("-n", "\udcff"), "is no namespace"),
        (("-n", "Bad/Name"), "'Bad/Name' is no namespace"),
    ],
)
def test_a_mistake_in_the_options(
    api_server: FakeApiServer, tmp_path: Path, once: Collect, arguments: tuple[str, ...], words: str
) -> None:
    """One sentence that says what to do, and exit code 2; the API server hears nothing."""
    usual = ("--kubeconfig", str(api_server.kubeconfig(tmp_path)))
    ran = once("collect", *usual, *arguments)
    assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
    assert words in ran.stderr
    assert len(ran.stderr.strip().splitlines()) <= 2
    assert api_server.requests == []


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ("postgresql://me:CAN@ARY@127.0.0.1:9/x", "holds an @; write it as %40"),
        ("postgresql://me:CANARY@127.0.0.1/x?nonsense=1", "nonsense"),
        ("postgresql://me:CANARY@127.0.0.1:99999/x", "1 to 65,535"),
        ("postgresql://me:CANARY@127.0.0.1:1/x?sslmode=bogus", "bogus"),
    ],
)
def test_a_mistake_in_the_database_url(
    api_server: FakeApiServer, tmp_path: Path, once: Collect, database: str, words: str
) -> None:
    """It ends with 2 at once, instead of trying again for ever; no part of the password is said."""
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    ran = once("collect", "--kubeconfig", kubeconfig, database=database)
    assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
    assert words in ran.stderr
    assert "CAN" not in ran.stderr
    assert "ARY" not in ran.stderr


@pytest.mark.parametrize("kind", ["database", "role"])
def test_what_is_not_there_yet_may_be_created(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, collect: Collect, kind: str
) -> None:
    """The collector waits for it, and says how it is made."""
    url = make_url(database_url)
    missing = url.set(database="nobody") if kind == "database" else url.set(username="nobody")
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    named = missing.render_as_string(hide_password=False)
    with collect("--kubeconfig", kubeconfig, database=named) as running:
        said = running.wait_to_say("trying again until it works")
        assert running.end() == 0
    assert f"does not exist; create it with CREATE {kind.upper()}" in said


def test_a_spool_in_a_file(api_server: FakeApiServer, tmp_path: Path, once: Collect) -> None:
    """It is named, with what it would have to be."""
    (tmp_path / "file").write_text("")
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    ran = once("collect", "--kubeconfig", kubeconfig, "--spool", str(tmp_path / "file"))
    assert ran.returncode == 1
    assert f"the spool {tmp_path}/file is not a folder that can be written to" in ran.stderr


def test_one_of_two_entries_cannot_be_found(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, collect: Collect
) -> None:
    """The other one is watched; a warning names the entry, and every line is JSON."""
    kubeconfig = str(api_server.kubeconfig(tmp_path))
    entries = [{"kubeconfig": kubeconfig, "context": one} for one in ("nobody", "lab")]
    (tmp_path / ".config/kubedigest").mkdir(parents=True)
    (tmp_path / ".config/kubedigest/config.yaml").write_text(json.dumps({"clusters": entries}))
    with collect("--listen", "127.0.0.1:0", database=database_url) as running:
        api_server.wait_for_watches(timeout_seconds=PATIENCE_SECONDS)
        api_server.apply(pod_event(1, 4))
        wait_for_total(database_url, 4, running)
        assert running.end() == 0
    lines = [json.loads(line) for line in running.said.splitlines()]
    messages = [one["message"] for one in lines]
    assert any(one.startswith("entry 1 of clusters: the kubeconfig ") for one in messages)
    assert any(one.startswith("health and metrics: http://") for one in messages)


def test_once_tells_what_is_stored_where_one_cluster_fails(
    api_server: FakeApiServer, database_url: str, tmp_path: Path, once: Collect
) -> None:
    """The summary counts what the other one held; the exit code is 1."""
    api_server.apply_all([pod_event(number, 3) for number in range(12)])
    merged = json.loads(api_server.kubeconfig(tmp_path).read_text())
    with FakeApiServer() as closed:
        closed.forbid("/api/v1/events")
        other = json.loads(closed.kubeconfig(tmp_path, cluster="prod", context="prod").read_text())
        for part in ("clusters", "users", "contexts"):
            merged[part] += other[part]
        path = tmp_path / "both"
        path.write_text(json.dumps(merged))
        usual = ("collect", "--once", "-o", "json", "--kubeconfig", str(path), "--context", "lab")
        forbidden = once(*usual, "--context", "prod", database=database_url)
        absent = once(*usual, "--context", "nobody", database=database_url)
    assert (forbidden.returncode, absent.returncode) == (1, 1)
    assert json.loads(forbidden.stdout)["stored"] == 12
    assert json.loads(absent.stdout)["repeated"] == 12
    assert "kind: ClusterRole" in json.loads(forbidden.stderr.splitlines()[-1])["message"]
    assert "'nobody'" in json.loads(absent.stderr.splitlines()[-1])["message"]


def test_two_clusters_of_one_name(api_server: FakeApiServer, tmp_path: Path, once: Collect) -> None:
    """Their events would be mixed up."""
    kubeconfig = json.loads(api_server.kubeconfig(tmp_path).read_text())
    twin = {"name": "twin", "context": kubeconfig["contexts"][0]["context"]}
    kubeconfig["contexts"].append(twin)
    path = tmp_path / "twins"
    path.write_text(json.dumps(kubeconfig))
    contexts = ("--context", "lab", "--context", "twin")
    ran = once("collect", "--kubeconfig", str(path), *contexts)
    assert ran.returncode == 2
    assert "'lab'" in ran.stderr

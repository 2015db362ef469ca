"""From configuration and options to a receiver; what is wrong is one sentence."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from collector.bodies import Templates
from kubedigest.cli import kubedigest
from kubedigest.configuration import Configuration, load
from kubedigest.errors import KubedigestError
from kubedigest.receiving import How, StatisticalTable, receiver_settings
from tests.receivers import NOWHERE

ROOT = Path(__file__).parents[3]


def configured(tmp_path: Path, **receiver: object) -> Configuration:
    """Return the configuration with these keys of `receiver`."""
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({"cluster": "lab", "receiver": receiver}))
    return load(path, {})


@pytest.mark.parametrize(
    ("receiver", "sentence"),
    [
        (
            {"routes": [{"path": "eventer"}]},
            "entry 1 of receiver.routes, key 'path': a path begins",
        ),
        ({"routes": [{"path": "/hook/x"}]}, "below /hook/ stand tokens"),
        ({"routes": [{"tokens": ["short"]}]}, "must have at least 8 characters"),
        ({"routes": [{"tokens": ["with a space"]}]}, "cannot stand in a header and path"),
        ({"routes": [{"secrets": ["whsec_%%%"]}]}, "what follows is not base64"),
        ({"routes": [{"template": {"file": "/nonexistent"}}]}, "'/nonexistent' cannot be read"),
        ({"routes": [{"template": {"url": "x"}}]}, "a template is a text, the name of a known one"),
        ({"routes": [{"tokns": []}]}, "entry 1 of receiver.routes has the unknown key 'tokns'"),
        ({"routes": [{"path": "/a"}, {"path": "/a/"}]}, "two of the routes have the path /a"),
        ({"routes": [{"certificates": ["x"]}]}, "tls has no client_authority"),
        ({"routes": 5}, "receiver, key 'routes': must be a list, each with a path and tokens"),
        ({"routes": [5]}, "entry 1 of receiver.routes: must be a mapping such as {path: /eventer/"),
        ({"routes": [{"fields": []}]}, "key 'fields': must be a mapping such as {reason: reason"),
        ({"tls": {"certificate": "x"}}, "receiver.tls, key 'key': is missing"),
        ({"max_body_bytes": 5}, "receiver, key 'max_body_bytes': must be at least 1024"),
        ({"listen": ""}, "receiver, key 'listen': takes printable characters"),
        ({"listne": "x"}, "receiver has the unknown key 'listne'"),
    ],
)
def test_a_wrong_key_is_one_sentence(
    tmp_path: Path, receiver: dict[str, object], sentence: str
) -> None:
    """It says where, and shows no secret."""
    with pytest.raises(KubedigestError) as raised:
        configured(tmp_path, **receiver)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)
    for secret in ("short", "with a space", "whsec_%%%"):
        assert secret not in str(raised.value)


def test_routes_become_what_the_receiver_takes(tmp_path: Path) -> None:
    """Templates and layouts are named by their route."""
    routes: list[dict[str, object]] = [
        {"path": "/eventer/", "tokens": ["correct-horse"], "template": "default"},
        {
            "path": "/x",
            "cluster": "edge",
            "names_cluster": True,
            "fields": {"reason": "why", "object": "pod"},
        },
    ]
    asked = receiver_settings(
        configured(tmp_path, routes=routes), How(listen=None, spool=str(tmp_path))
    )
    first, second = asked.routes
    assert (asked.listen, asked.spool) == ("127.0.0.1:10010", tmp_path)
    assert (first.cluster, first.known.template, first.known.layout) == ("lab", "/eventer/", "")
    assert (second.cluster, second.known.layout, second.known.names_cluster) == ("edge", "/x", True)
    assert isinstance(asked.templates, Templates)
    assert "correct-horse" not in repr(asked)


def run(tmp_path: Path, *options: str, **receiver: object) -> Result:
    """Run the command, which is to end by itself."""
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({"database_url": NOWHERE, "receiver": receiver}))
    arguments = ["--config", str(path), "receive", "--log-format", "text"]
    return CliRunner().invoke(kubedigest, [*arguments, *options])


TOKEN = {"tokens": ["correct-horse"]}


@pytest.mark.parametrize(
    ("options", "receiver", "sentence"),
    [
        (["--listen", "0.0.0.0:0"], {}, "route / would be open to everybody; give it tokens"),
        (
            ["--listen", ":0"],
            {"routes": [{"path": "/a"}, {"path": "/b", **TOKEN}]},
            "route /a would",
        ),
        (["--listen", "example.com:1"], {}, "would be open to everybody"),
        (["--listen", "127.0.0.1"], {}, "it is no address; write ADDR:PORT"),
        (["--spool", "/proc/nothing"], {}, "is not a folder that can be written to"),
        (
            [],
            {"routes": [{"template": "nonsense"}]},
            "routes of receiver: the template / is neither",
        ),
        ([], {"routes": [{"template": "{{ .Labels }}"}]}, "routes of receiver: the template /"),
        ([], {"tls": {"certificate": "/nonexistent", "key": "/k"}}, "/nonexistent and its key"),
        ([], {"statistical_channel": "ops"}, "there is no channel 'ops'"),
    ],
)
def test_a_start_that_cannot_be_is_one_sentence(
    tmp_path: Path, options: list[str], receiver: dict[str, object], sentence: str
) -> None:
    """Nothing was kept and nothing runs."""
    if "--spool" not in options:
        options = [*options, "--spool", str(tmp_path / "spool")]
    if "--listen" not in options:
        options = [*options, "--listen", "127.0.0.1:0"]
    ran = run(tmp_path, *options, **receiver)
    assert ran.exception is not None
    assert not isinstance(ran.exception, SystemExit)
    assert sentence in str(ran.exception)
    assert "\n" not in str(ran.exception)


def test_the_receiver_brings_no_pandas() -> None:
    """It stays small; so does the collector that receives too."""
    program = (
        "import sys, kubedigest.receiving, kubedigest.watching, kubedigest.commands.receive\n"
        "large = {'numpy', 'pandas', 'jinja2', 'matplotlib', 'kubernetes'}\n"
        "print(sorted(large & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert ran.stdout.strip() == "[]"


def test_the_daily_table_is_sent_by_a_process_of_its_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One at a time; what went wrong is logged."""
    caplog.set_level("INFO")
    told = tmp_path / "told"
    table = StatisticalTable("ops", tmp_path / "config.yaml")
    assert table.command[1:] == [
        *("-P", "-m", "kubedigest", "--config", str(tmp_path / "config.yaml")),
        *("report", "daily", "--send", "ops"),
    ]
    script = f"import time; open({str(told)!r}, 'a').write('x'); time.sleep(1)"
    table.command = [sys.executable, "-c", script]
    for _ in range(5):
        table.send()
    _wait_for_log(caplog, "the daily table was sent to ops")
    assert told.read_text() == "x"
    table = StatisticalTable("ops", None)
    table.command = [sys.executable, "-c", "import sys; sys.exit('no such channel')"]
    table.send()
    _wait_for_log(caplog, "the daily table was not sent to ops: no such channel")


def _wait_for_log(caplog: pytest.LogCaptureFixture, words: str) -> None:
    deadline = time.monotonic() + 60
    while words not in caplog.text:
        assert time.monotonic() < deadline, caplog.text
        time.sleep(0.02)

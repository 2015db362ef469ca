"""Every block of commands in the pages that needs no cluster is run, in its order."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from analytics.blank_catalogue import blank_catalogue
from kubedigest.demo_chat import demo_chat
from tests.conftest import DEMO_AT, DEMO_ZONE
from tests.e2e.conftest import RunCommand
from tests.shown import ROOT, Block, Command, all_blocks, commands, parse

KUBECTL = ("kubectl", "get", "events", "-A", "-o", "json")
EVENTS = ROOT / "docs/tutorial/events.json"
TABLE = """\
LAST SEEN   TYPE      REASON    OBJECT      MESSAGE
5m          Warning   BackOff   pod/web-0   Back-off restarting failed container
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder with the files that pages speak of, and channels that lead to this machine."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "support-bundle").mkdir()
    (tmp_path / "support-bundle/events.json").write_bytes(EVENTS.read_bytes())
    with tarfile.open(tmp_path / "must-gather.tar.gz", "w:gz") as archive:
        archive.add(EVENTS, "must-gather/namespaces/shop/core/events.json")
    (tmp_path / "events.txt").write_text(TABLE)
    lines = (json.dumps(one) for one in json.loads(EVENTS.read_text())["items"])
    (tmp_path / "lines.log").write_text("".join(f"{line}\n" for line in lines))
    (tmp_path / "de.po").write_text(blank_catalogue())
    with demo_chat() as chat:
        one = {"type": "slack", "url": f"{chat.address}/slack"}
        one |= {"allow_http": True, "allow_private": True}
        document = {"timezone": DEMO_ZONE, "channels": dict.fromkeys(("ops", "dev"), one)}
        (tmp_path / "kubedigest.yaml").write_text(yaml.safe_dump(document))
        monkeypatch.setenv("KUBEDIGEST_CONFIG", str(tmp_path / "kubedigest.yaml"))
        yield tmp_path


def now(command: Command) -> tuple[str, ...]:
    """Return the arguments, with the moment of the demo where they leave out what is now."""
    assert command.arguments is not None, f"a marker is missing: {' '.join(command.words)}"
    context = parse(command.arguments)
    takes = {option for one in context.command.params for option in one.opts}
    reads = context.command_path == "kubedigest import"
    missing = "--at" in takes and context.params["at"] is None and not reads
    return (*command.arguments, "--at", DEMO_AT) if missing else command.arguments


@pytest.mark.parametrize(
    "block",
    [one for one in all_blocks("sh") if not one.marker and one.page.name != "README.zh.md"],
    ids=str,
)
def test_a_shown_command_works(
    run_command: RunCommand, database_url: str, folder: Path, block: Block
) -> None:
    """On the events of the tutorial; a digest that is asked about was sent before."""
    stored = run_command("import", str(EVENTS), "--cluster", "lab", database=database_url)
    assert stored.code == 0
    if "daily/2026-11-21/ops" in block.text:
        sent = run_command(
            "report", "daily", "--send", "ops", "--at", DEMO_AT, database=database_url
        )
        assert sent.code == 0
    for command in commands(block):
        assert command.piped_from in {(), KUBECTL}
        stdin = EVENTS.read_bytes() if command.piped_from else b""
        ran = run_command(*now(command), database=database_url, stdin=stdin)
        assert ran.code == 0, f"{' '.join(command.words)}\n{ran.err}"
        assert ran.out or ran.err
        if command.written_to:
            Path(command.written_to).write_text(ran.out)

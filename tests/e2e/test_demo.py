"""``kubedigest demo`` as a user meets it: everything is shown, and nothing is needed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reports.channels import CHANNELS
from reports.formats import FORMATS
from tests.e2e.conftest import RunCommand


@pytest.mark.pg
def test_the_demo_shows_every_format_and_sends_every_message(
    run_command: RunCommand, tmp_path: Path
) -> None:
    """In English and in Chinese, with the same figures, and at the end the path of the page."""
    asked = ("--at", "2026-11-22T08:00", "--timezone", "Europe/Berlin", "--output", str(tmp_path))
    ran = run_command("demo", *asked)
    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith("The same as a page: file://")
    answers = dict(re.findall(r"^  (\w+): (.*)$", ran.out, re.MULTILINE))
    assert {
        kind: answers.get(kind) for kind in set(CHANNELS) - {"email", "apprise"}
    } == dict.fromkeys(set(CHANNELS) - {"email", "apprise"}, "sent")
    english, chinese = ({path.name for path in folder.iterdir()} for folder in
                        (tmp_path, tmp_path / "zh"))  # fmt: skip
    assert english - {"zh"} == chinese
    assert len(chinese) == len(FORMATS) + 1
    for name in ("daily-2026-11-21.json", "daily-2026-11-21.csv"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "zh" / name).read_bytes()
    texts = [
        json.loads((folder / "payloads/slack.json").read_text())["text"]
        for folder in (tmp_path, tmp_path / "zh")
    ]
    assert re.findall(r"[\d,]{3,}", texts[0])[0] in texts[1]
    assert texts[0] != texts[1]

"""The same digest gives the same bytes: in every format, message and language, in any process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_PROGRAM = """
import hashlib, tempfile
from pathlib import Path
from analytics.language import SHIPPED, language, speaking
from kubedigest.demo_messages import write_messages
from reports.channels import CHANNELS
from reports.formats import FORMATS
from tests.effort import examples
from tests.unit.reports.digests import EVERY_DIGEST

for tongue in SHIPPED:
    with speaking(language(tongue)):
        for name, digest in list(EVERY_DIGEST.items())[: examples(2)]:
            for form in FORMATS:
                written = FORMATS[form].render(digest).encode()
                print(tongue, name, form, hashlib.sha256(written).hexdigest())
            with tempfile.TemporaryDirectory() as folder:
                assert not write_messages(digest, Path(folder))
                messages = sorted(Path(folder).iterdir())
                assert {path.name.split(".")[0].split("-")[0] for path in messages} == set(CHANNELS)
                for path in messages:
                    print(tongue, name, path.name, hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_bytes_are_the_same_in_every_process() -> None:
    """Two processes with different hash seeds write the same, line by line."""
    found = [
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            check=True,
            capture_output=True,
            text=True,
            cwd=_ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert found[0] == found[1]
    assert len(found[0]) > 50

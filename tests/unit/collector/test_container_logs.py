"""Logs left out of ``kubectl cluster-info dump``."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.container_logs import WithoutContainerLogs
from tests.unit.collector.test_json_stream import Drops

PARTS = [
    '{"kind": "EventList",\n "items": []}\n',
    '==== START logs for container a of pod b/c ====\n{"not": "an event"}\n[INFO] x\n'
    "==== END logs for container a of pod b/c ====\n",
    "==== START of something else\n",
    "==== START logs for container d of pod b/c ====\nnever ends\n",
]


def without_logs(text: str, size: int) -> str:
    """Read to the end."""
    stream = WithoutContainerLogs(Drops(text, size))
    return "".join(iter(lambda: stream.read(99), ""))


@given(st.lists(st.sampled_from(PARTS[:3]), max_size=6), st.booleans(), st.integers(1, 99))
def test_only_the_logs_go(parts: list[str], is_cut: bool, size: int) -> None:
    """Documents stay, each on its line; a log that never ends hides what follows."""
    text = "".join(parts) + (PARTS[3] if is_cut else "")
    kept = without_logs(text, size)
    assert kept.count("\n") == text.count("\n")
    assert [line for line in kept.split("\n") if line] == [
        line for part in parts if part != PARTS[1] for line in part.split("\n") if line
    ]


def test_long_lines_pass() -> None:
    """A document of one line is not held back."""
    text = '{"a": "' + "x" * 5000 + '"}'
    assert without_logs(text, 100) == text

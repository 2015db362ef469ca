"""Folding messages, in one run: messages a second, and how time grows with their number.

Messages that were never seen before, each of them different; and as clusters write them, the same
few thousand again and again, as a frame of a million rows with its counting.

``./run bench message_groups`` takes the demo's frames, ``python -m bench.message_groups FILE`` any
others.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from analytics import patterns, pieces
from analytics.frames import MESSAGES
from analytics.messages import NAMES, message_groups
from analytics.patterns import fold
from bench.store_speed import demo_frames

ROUNDS = 3
ROWS = 1_000_000
DIGITS = re.compile(r"\d")


def main(arguments: list[str]) -> None:
    """Print one line a figure."""
    data = Path(arguments[0]).read_bytes() if arguments else demo_frames()
    rows = [_row(json.loads(line)["object"]) for line in data.splitlines()]
    rows = [row for row in rows if row["message"]]
    named = list({str(row["message"]): _named(row) for row in rows}.values())
    texts = [text for text, _, _ in named]
    mean = sum(map(len, texts)) / len(texts)
    print(f"messages: {len(rows):,}, {len(texts):,} different, {mean:,.0f} characters each")
    fastest = _seconds(lambda: [DIGITS.sub("*", text) for text in texts])
    first = _seconds(lambda: _fold_all(named))
    print(f"never seen before: {len(texts) / first:,.0f}/s, {first / fastest:.1f} of one re.sub")
    frames = {size: _frame(rows, size) for size in (ROWS // 4, ROWS)}
    by_size = {}
    for size, frame in frames.items():
        by_size[size] = _seconds(lambda frame=frame: _groups(frame))  # type: ignore[misc]
        print(f"message_groups of {size:,} rows: {size / by_size[size]:,.0f}/s")
    print(f"4 times the rows take {by_size[ROWS] / by_size[ROWS // 4]:.1f} times as long")


def _row(event: dict[str, dict[str, str]]) -> dict[str, object]:
    involved = event["involvedObject"]
    return {
        "cluster": "bench",
        "namespace": involved.get("namespace", ""),
        "workload_kind": involved["kind"],
        "workload": involved["name"],
        "reason": event.get("reason", ""),
        "component": event.get("source", {}).get("component", ""),
        "type": event.get("type", ""),
        "object_namespace": involved.get("namespace", ""),
        "object": involved["name"],
        "message": event.get("message", ""),
        "occurrences": 1,
        "host": event.get("source", {}).get("host", ""),
        "labels": json.dumps(involved["labels"]) if "labels" in involved else "",
    }


def _named(row: dict[str, object]) -> tuple[str, str, frozenset[str]]:
    """Return what `message_groups` folds: the message, its object and its other names."""
    names = frozenset(str(row[name]) for name in NAMES)
    return str(row["message"]), str(row["object"]), names


def _frame(rows: Sequence[dict[str, object]], size: int) -> pd.DataFrame:
    """Repeat the rows until there are so many."""
    frame = pd.DataFrame(rows)[[column.name for column in MESSAGES.columns]]
    frame = frame.astype({column.name: column.dtype for column in MESSAGES.columns})
    repeated = [frame] * (size // len(frame) + 1)
    return pd.concat(repeated, ignore_index=True).head(size)


def _fold_all(named: Sequence[tuple[str, str, frozenset[str]]]) -> None:
    _forget()
    for text, name, names in named:
        fold(text, object_name=name, names=names)


def _groups(frame: pd.DataFrame) -> None:
    _forget()
    message_groups(frame)


def _forget() -> None:
    patterns._fold.cache_clear()
    pieces.value_of.cache_clear()


def _seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main(sys.argv[1:])

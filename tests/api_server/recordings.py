"""Recorded streams of a real API server, and plain watch frames, as JSON lines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api_server.event_log import EventLog
    from tests.api_server.event_shapes import Json

RECORDED = Path(__file__).parents[1] / "data/recorded"


def read(path: Path) -> list[Json]:
    """Return the lines of a recording, or of a file of watch frames as if recorded."""
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    found = [json.loads(line) for line in content.splitlines()]
    return [line if "op" in line else {"op": "frame", "raw": line} for line in found]


def recorded(name: str) -> list[Json]:
    """Return a recording of the project, such as `run1/core-v1`."""
    return read(RECORDED / f"{name}.jsonl.gz")


def frames(lines: list[Json]) -> list[Json]:
    """Return the watch frames among the lines."""
    return [line["raw"] for line in lines if line["op"] == "frame"]


def replay(log: EventLog, lines: list[Json]) -> Iterator[int]:
    """Apply what was recorded, one frame at a time; yield the version after each."""
    for line in lines:
        if line["op"] == "list" and line.get("status") == 200:
            metadata = line["body"]["metadata"]
            log.load(line["body"]["items"], int(metadata["resourceVersion"]))
        elif line["op"] == "frame" and line["raw"]["type"] in ("ADDED", "MODIFIED", "DELETED"):
            _apply(log, line["raw"])
            yield log.version


def _apply(log: EventLog, frame: dict[str, Any]) -> None:
    event = frame["object"]
    if frame["type"] != "DELETED":
        log.apply([event])
        return
    metadata = event["metadata"]
    number = int(metadata["resourceVersion"])
    log.delete(metadata["namespace"], [metadata["name"]], number=number)

"""Decoding frames of a watch against json.loads of the same lines, in one run: ratios, shares.

``./run bench decode`` takes the demo's frames, ``python -m bench.decode FILE`` any others.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from collector import frame_observations
from collector.frame_shapes import decode_frame
from collector.frames import FrameDecoder, Observed
from collector.normalize import normalize
from collector.redaction import _clean_short
from kubedigest.demo_events import make_demo

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROUNDS = 5
FRAMES = 20_000
CACHES = (
    frame_observations._about,
    frame_observations._name,
    frame_observations._nature,
    frame_observations._read_time,
    _clean_short,
)


def main(arguments: list[str]) -> None:
    """Print one line a figure."""
    lines = Path(arguments[0]).read_bytes().splitlines() if arguments else _demo_lines()
    read = FrameDecoder(cluster="bench").frame
    lines = [line for line in lines[:FRAMES] if isinstance(read(line, NOW), Observed)]
    print(f"frames: {len(lines):,}, {sum(map(len, lines)) / len(lines):,.0f} bytes each")
    works: dict[str, Callable[[bytes], object]] = {
        "json.loads": json.loads,
        "json.loads and normalize": _normalized,
        "msgspec alone": decode_frame,
        "FrameDecoder, caches empty at first": lambda line: read(line, NOW),
    }
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            best[name] = min(best[name], _microseconds(work, lines))
    for name, microseconds in best.items():
        ratio = microseconds / best["json.loads"]
        print(f"{name}: {microseconds:.2f} CPU-µs a frame, {ratio:.2f} of json.loads")
    for cache in CACHES:
        found = cache.cache_info()
        print(f"{cache.__name__}: {found.hits / (found.hits + found.misses):.1%} known")
    print(f"read the slow way: {_slow_share(lines):.2%}")


def _demo_lines() -> list[bytes]:
    demo = make_demo(NOW)
    return b"".join(frame for cluster in demo.clusters for frame in demo.frames(cluster)).split(
        b"\n"
    )[:-1]


def _normalized(line: bytes) -> object:
    return normalize(json.loads(line)["object"], cluster="bench", received=NOW, source="watch")


def _microseconds(work: Callable[[bytes], object], lines: Sequence[bytes]) -> float:
    for cache in CACHES:
        cache.cache_clear()
    start = time.process_time()
    for line in lines:
        work(line)
    return (time.process_time() - start) / len(lines) * 1e6


def _slow_share(lines: Sequence[bytes]) -> float:
    decoder = FrameDecoder(cluster="bench")
    odd_frame = decoder._odd_frame
    slow = 0

    def count(line: bytes, received: datetime) -> object:
        nonlocal slow
        slow += 1
        return odd_frame(line, received)

    decoder._odd_frame = count  # type: ignore[assignment, method-assign]
    for line in lines:
        decoder.frame(line, NOW)
    return slow / len(lines)


if __name__ == "__main__":
    main(sys.argv[1:])

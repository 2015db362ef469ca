"""Reading bodies of webhooks against json.loads of a body of that size, in one run: ratios.

``./run bench body_reading`` prints what a body of each sender costs, and the worst of the hostile
bodies of 256 KiB.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from collector.bodies import Receipt, read_body
from collector.observation import Observation
from collector.redaction import clean

RECEIPT = Receipt("1", datetime(2026, 11, 22, 9, tzinfo=UTC), "bench", "10.0.0.1")
DATA = Path(__file__).parents[1] / "tests/data/kube-eventer"
ROUNDS = 5
SIZE = 256 << 10
EVENT = {
    "metadata": {"name": "web-0.18ea6d9320c050da", "namespace": "shop"},
    "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-0"},
    "reason": "BackOff", "message": "Back-off restarting failed container", "type": "Warning",
    "firstTimestamp": "2026-01-02T03:04:05Z", "lastTimestamp": "2026-01-02T03:05:05Z", "count": 3,
}  # fmt: skip
SHORT_EVENT = {"reason": "R", "name": "o", "lastTimestamp": "2026-01-01T00:00:00Z"}
DEFAULT = (
    '{{\n\t"EventType": "{}",\n\t"EventKind": "Pod",\n\t"EventReason": "R",\n'
    '\t"EventTime": "2026-01-02 11:05:05 +0800 CST",\n\t"EventMessage": "{}"\n}}'
)


def main() -> None:
    """Print one line a figure."""
    _print_readings()
    base = _microseconds(json.loads, [json.dumps(EVENT).encode()] * 500)
    print(f"json.loads of an event: {base:.1f} CPU-µs")
    for name, bodies in _senders().items():
        microseconds = _microseconds(lambda body: read_body(body, RECEIPT), bodies)
        print(f"{name}: {microseconds:.1f} CPU-µs a body, {microseconds / base:.1f} of json.loads")
    whole = json.dumps([EVENT] * (SIZE // len(json.dumps(EVENT)))).encode()
    large = _microseconds(json.loads, [whole]) / 1000
    print(f"json.loads of 256 KiB of events: {large:.1f} CPU-ms")
    costs = [
        (_microseconds(lambda body: read_body(body, RECEIPT), [body]) / 1000, name)
        for name, body in _hostile().items()
    ]
    for milliseconds, name in sorted(costs, reverse=True)[:5]:
        ratio = milliseconds / large
        print(f"hostile, {name}: {milliseconds:.1f} CPU-ms, {ratio:.1f} of json.loads")


def _print_readings() -> None:
    """Print how many of the collected bodies are read exactly, beside what json.loads makes."""
    seen: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case in json.loads((DATA / "bodies.json").read_text()):
        one = seen[case["template"], case["kube_eventer"]]
        body = case["body"].encode() if case["body"] else base64.b64decode(case["body_b64"])
        one[_reading(body, case["expect"])] += 1
        one["json " + case["json_loads"]] += 1
    kinds = ("exact", "wrong", "exception", "json right", "json wrong", "json error")
    print("template", "kube-eventer", *kinds, sep="  ")
    for (template, version), one in sorted(seen.items()):
        print(template, version, *(one[kind] for kind in kinds), sep="  ")
    total = sum(seen.values(), Counter())
    print("all", "", *(total[kind] for kind in kinds), sep="  ")


def _reading(body: bytes, expected: dict[str, str]) -> str:
    try:
        [row] = read_body(body, RECEIPT)
    except Exception:
        return "exception"
    time = expected["time"]
    told = isinstance(row, Observation) and (
        row.type, row.kind, row.reason, row.message.rstrip(), row.object_namespace, row.object,
        row.time,
    )  # fmt: skip
    meant = (
        expected["type"], expected["kind"], expected["reason"],
        clean(expected["message"]).rstrip(), expected.get("namespace", ""),
        expected.get("name", ""), datetime.fromisoformat(time) if time else RECEIPT.received,
    )  # fmt: skip
    return "exact" if told == meant else "wrong"


def _senders() -> dict[str, list[bytes]]:
    cases = json.loads((DATA / "bodies.json").read_text())
    with gzip.open(DATA / "recommended-bodies.jsonl.gz", "rt") as lines:
        recommended = [json.loads(line)["body"].encode() for line in lines]
    return {
        "kube-eventer, all templates": [case["body"].encode() for case in cases if case["body"]],
        "kube-eventer, recommended template": recommended[-500:],
        "an event": [json.dumps(EVENT).encode()] * 500,
        "unknown template": [b'{"a": "EventType:W\\nEventReason:R\\nEventMessage:x"}'] * 500,
        "refused": [b"hello"] * 500,
    }


def _hostile() -> dict[str, bytes]:
    """Return what is dear to one of the readers."""
    found = {
        name: (piece * (SIZE // len(piece)))
        for name, piece in {
            "NUL": "\0", "[": "[", "{": "{", '{"': '{"', "{}": "{}", "[]": "[],", "1": "1",
            "backslash": "\\", "quote": '"', "objects": '{"a":1}\n', "label": "EventReason:",
            "password": "password=", "flag": "--token ", "secret": '"secret": "', "url": "://a:",
            "frames": "<13>1 - ", "sink": "Level:", "key": "-----BEGIN PRIVATE KEY-----",
        }.items()
    }  # fmt: skip
    found |= {
        "message of closers": DEFAULT.format("Warning", '"\n}' * (SIZE // 3)),
        "long type": DEFAULT.format("W" * SIZE, "x"),
        "numbers": "[" + "1," * (SIZE // 2) + "1]",
        "short events": json.dumps([SHORT_EVENT] * (SIZE // 65)),
        "events": json.dumps([EVENT] * (SIZE // 320)),
        "secrets": json.dumps({**EVENT, "reason": "password=x " * (SIZE // 11)}),
        "labels": json.dumps({**EVENT, "metadata": {"name": "a.1", "labels": dict.fromkeys(
            map(str, range(SIZE // 20)), "password=x")}}),
        "deep": '{"data":' * (SIZE // 8),
    }  # fmt: skip
    bodies = {name: text.encode() for name, text in found.items()}
    return {**bodies, "noise": random.Random(1).randbytes(SIZE)}  # noqa: S311 - no secret


def _microseconds(work: Callable[[bytes], object], bodies: Sequence[bytes]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for body in bodies:
            work(body)
        best = min(best, time.process_time() - start)
    return best / len(bodies) * 1e6


if __name__ == "__main__":
    main()

"""Whatever bytes come, they are rows or rejections, and never an exception."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.bodies import UNFORESEEN, Receipt, Route, Templates, read_body
from collector.observation import RAW_LIMIT_CHARACTERS, Observation
from tests.unit.collector.test_event_bodies import EXPORTER, LAYOUT, NESTED, ROUTER

DATA = Path(__file__).parents[2] / "data/kube-eventer"
RECEIVED = datetime(2026, 11, 28, 9, tzinfo=UTC)
GIVEN = Templates(
    {
        "plain": "{{ .Type }}|{{ .Message }}|{{ .Reason }}|{{ .LastTimestamp }}",
        "quoted": '{{ printf "%q" .Message }},{{ js .Reason }},{{ .EventTime.Unix }}',
        "whole": "{{ .Name }} {{ .Namespace }} {{ .EventTime }} {{ .FirstTimestamp }} "
        "{{ .LastTimestamp }} {{ .Count }} {{ .Series }} {{ .Labels }}: {{ .Message }}",
    },
    {"flat": LAYOUT},
)
RECEIPTS = [
    Receipt("1", RECEIVED, "prod", "peer", route)
    for route in (Route(), Route(names_cluster=True), Route(layout="flat"), Route(template="plain"))
]
WORDS = (
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b"\n", b"\\n", b":", b",", b"\x00", b"\xff"),
    *(b"\xed\xa0\x80", b"EventType", b"EventReason:", b"EventMessage", b"Level:", b"\\ud800"),
    *(b"9999-12-31 23:59:59 -2359 CST", b"0001-01-01 00:00:00 +0000 UTC", b" m=+0.1"),
    *(b"99999999999999999999", b"-1", b"1e999", b"NaN", b"null", b'"metadata":', b'"items":['),
    *(b'"data":"', b'"specversion":"1.0",', b"map[a:b]", b"<13>1 - - - - - - ", b'"count":"7",'),
    *(b"&EventSeries{Count:9,LastObservedTime:,State:,}", b"\\u0000", b'{"kubedigest":1,'),
    *(b"2026-02-30T25:61:61Z", "Ⅷ٣".encode()),
)


def collected() -> list[bytes]:
    """Return real bodies of every sender."""
    bodies = [case["body"] for case in json.loads((DATA / "bodies.json").read_text())]
    with gzip.open(DATA / "recommended-bodies.jsonl.gz", "rt") as lines:
        bodies += [json.loads(line)["body"] for line in list(lines)[:100:5]]
    others = [json.dumps(one) for one in (EXPORTER, ROUTER, NESTED, dict.fromkeys(LAYOUT, "x"))]
    return [body.encode() for body in [*bodies, *others] if body]


def mutated(body: bytes, chance: random.Random) -> bytes:
    """Return the body after a few accidents."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.choice((1, 1, 4, 30, 200)))
        match chance.randrange(5):
            case 0:
                del changed[at:end]
            case 1:
                changed[at:at] = chance.choice(WORDS)
            case 2:
                changed[at:end] = chance.choice(WORDS)
            case 3:
                changed[at:at] = changed[at:end]
            case _:
                changed[at : at + 1] = chance.randbytes(1)
    return bytes(changed)


def random_bodies(count: int, seed: int) -> Iterator[bytes]:
    """Yield noise, heaps of what bodies are made of, and bodies with accidents."""
    chance, bodies = random.Random(seed), collected()
    for _ in range(count):
        match chance.randrange(4):
            case 0:
                yield chance.randbytes(chance.randrange(120))
            case 1:
                yield b"".join(chance.choices(WORDS, k=chance.randrange(20)))
            case 2:
                yield b"".join(
                    body[: chance.randrange(200)] + chance.choice(WORDS)
                    for body in chance.choices(bodies, k=2)
                )
            case _:
                yield mutated(chance.choice(bodies), chance)


def check(body: bytes, chance: random.Random) -> None:
    """Read the body twice as one receipt; every row is one that the store can take."""
    receipt = chance.choice(RECEIPTS)
    found = read_body(body, receipt, GIVEN)
    for one in found:
        if isinstance(one, Observation):
            assert one.reason or one.message or one.object or one.name
            assert one.cumulative >= 1
            assert one.birth.utcoffset() == one.time.utcoffset() == timedelta(0)
            assert one.birth.year > 1
            assert "\x00" not in one.message + one.reason + one.name + one.namespace + one.cluster
            (one.message + one.reason + one.name + one.labels).encode()
        else:
            assert not one.reason.startswith(UNFORESEEN), (one.reason, body)
            assert len(one.raw) <= RAW_LIMIT_CHARACTERS
            one.raw.encode()
    if chance.random() < 0.05:
        assert read_body(body, receipt, GIVEN) == found


def run(random_runs: int, mutations: int, seed: int) -> None:
    """Read that many bodies."""
    chance = random.Random(seed)
    for body in random_bodies(random_runs, seed):
        check(body, chance)
    bodies = collected()
    for _ in range(mutations):
        check(mutated(chance.choice(bodies), chance), chance)


def test_any_bytes_are_rows_or_rejections() -> None:
    """The short form."""
    run(6_000, 2_000, seed=7)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_half_a_million_bodies_are_rows_or_rejections() -> None:
    """500,000 of random bytes and pieces, 20,000 real bodies after accidents."""
    run(500_000, 20_000, seed=11)

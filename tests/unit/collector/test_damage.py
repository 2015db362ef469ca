"""Every format with random damage: no trace, and nothing counted twice."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest
import yaml

from collector.errors import InputError
from collector.files import EventReader, Observed
from collector.formats import Format
from tests.unit.collector.test_files import EVENTS
from tests.unit.collector.test_kubectl_text import EVENTS as EVENTS_TABLE
from tests.unit.collector.test_kubectl_text import OLD, PLAIN, WIDE

TAKEN = datetime(2026, 1, 10, 12, tzinfo=UTC)
FRAME = {"stream": "stdout", "time": "2026-01-10T10:00:00Z"}
LINES = [json.dumps(one, ensure_ascii=False) for one in EVENTS]
CONTENTS: dict[str, list[str]] = {
    "yaml": [
        yaml.safe_dump({"apiVersion": "v1", "items": EVENTS, "kind": "List"}),
        yaml.safe_dump_all(EVENTS, explicit_start=True, allow_unicode=True),
        yaml.safe_dump(EVENTS, default_style='"', width=40),
    ],
    "text": [PLAIN, WIDE, OLD, EVENTS_TABLE, PLAIN.partition("\n")[2]],
    "log": [
        "\n".join(f"I0110 10:00:00.123456       1 sink.go:42] {line}" for line in LINES),
        "\n".join(f"2026-01-10T10:00:00.123456789Z stdout F {line}" for line in LINES),
        "\n".join(json.dumps(FRAME | {"log": line + "\n"}) for line in LINES),
    ],
    "frames": [
        "\n".join(json.dumps({"specversion": "1.0", "data": line}) for line in LINES),
        "\n".join(
            json.dumps({"verb": "UPDATED", "event": new, "old_event": old})
            for old, new in pairwise(EVENTS)
        ),
        "\n".join(json.dumps({"Event": one, "cluster": "x"}) for one in EVENTS),
        "==== START logs for container a of pod b/c ====\n{\n==== END logs for x ====\n"
        + json.dumps({"kind": "EventList", "items": EVENTS}, indent=1),
    ],
}
FORMS: list[Format | None] = [None, None, "yaml", "text", "log", "json"]


def read(content: bytes, form: Format | None) -> Counter[str]:
    """Read one damaged file; count what came out, and see that nothing came out twice."""
    reader = EventReader(
        "x", io.BytesIO(content), cluster="c", received=TAKEN, taken=TAKEN, form=form
    )
    try:
        items = list(reader)
    except InputError:
        return Counter(InputError=1)
    seen = Counter(
        (one.name, one.birth, one.cumulative, one.time, one.message)
        for one in (item.observation for item in items if isinstance(item, Observed))
    )
    assert all(times <= content.count(b"old_event") + 1 for times in seen.values())
    assert b"old_event" in content or max(seen.values(), default=0) <= 1
    return Counter(type(item).__name__ for item in items)


def damage(contents: list[str], rounds: int, seed: int) -> Counter[str]:
    """Change, cut and put in random bytes."""
    random_source = random.Random(seed)
    outcome: Counter[str] = Counter()
    for _ in range(rounds):
        content = bytearray(random_source.choice(contents).encode())
        for _ in range(random_source.randint(1, 4)):
            at = random_source.randrange(len(content))
            length = random_source.randint(0, 3)
            piece = bytes(random_source.choices(b"{}[]\",:\\\n\x00\xff0a-&*!|>#?\t' ", k=length))
            content[at : at + random_source.choice([0, 1, 1, 20])] = piece
            content = content or bytearray(b"-")
        outcome += read(bytes(content), random_source.choice(FORMS))
    return outcome


@pytest.mark.parametrize("name", CONTENTS)
def test_random_damage(name: str) -> None:
    """Whatever bytes change, events and rejections come out, or one InputError."""
    outcome = damage(CONTENTS[name], rounds=1000, seed=1)
    assert outcome["Observed"] > 300
    assert outcome["Rejected"] > 50


@pytest.mark.long
@pytest.mark.parametrize("name", CONTENTS)
def test_random_damage_at_length(name: str) -> None:
    """The same for 20,000 files of each format."""
    assert damage(CONTENTS[name], rounds=20_000, seed=2)["Observed"] > 6000

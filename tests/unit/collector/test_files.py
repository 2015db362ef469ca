"""Whole files: every container, every wrong kind, and random damage."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.errors import InputError
from collector.files import EventReader, Ignored, Item, Observed, Rejected, open_input
from collector.observation import Observation

RECEIVED = datetime(2026, 1, 10, 12, tzinfo=UTC)


def event(number: int) -> dict[str, object]:
    """Return a small event whose number shows in name and count."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"web-{number}.18ea6d9320c050da", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": f"web-{number}"},
        "reason": "BackOff",
        "message": f"Back-off {{restarting}} “{number}”",
        "firstTimestamp": "2026-01-10T10:00:00Z",
        "lastTimestamp": "2026-01-10T11:00:00Z",
        "count": number,
        "type": "Warning",
    }


EVENTS = [event(number) for number in range(1, 6)]


def items_of(content: bytes | str) -> list[Item]:
    """Read bytes, or text in UTF-8, as a file called x.json."""
    content = content.encode() if isinstance(content, str) else content
    return list(EventReader("x.json", io.BytesIO(content), cluster="prod", received=RECEIVED))


def observations(content: bytes | str) -> list[Observation]:
    """Return the observations, where nothing else may be."""
    found = items_of(content)
    assert all(isinstance(item, Observed) for item in found)
    return [item.observation for item in found if isinstance(item, Observed)]


def containers(events: list[dict[str, object]]) -> list[bytes]:
    """Write the same events in every container and encoding."""
    listed = {"apiVersion": "v1", "items": events, "kind": "EventList", "metadata": {}}
    texts = [
        json.dumps(listed, indent=4),
        json.dumps(listed, separators=(",", ":")),
        json.dumps({"kind": "List", "apiVersion": "v1", "items": events}),
        json.dumps(events),
        "\n".join(json.dumps(one, ensure_ascii=False) for one in events),
        "\n".join(json.dumps({"type": "ADDED", "object": one}) for one in events),
        "".join(json.dumps(one, indent=2) + "\n" for one in events),
    ]
    contents = [text.encode() for text in texts]
    powershell = [texts[0].encode("utf-16"), texts[4].encode("utf-8-sig")]
    return [*contents, *powershell, gzip.compress(contents[0])]


def test_containers_agree() -> None:
    """The same events are the same observations in every container."""
    expected = observations(json.dumps(EVENTS))
    assert [seen.cumulative for seen in expected] == [1, 2, 3, 4, 5]
    assert expected[0].message == "Back-off {restarting} “1”"
    for content in containers(EVENTS):
        assert observations(content) == expected


@pytest.mark.shared_data
def test_real_events_agree(shared_data: Path) -> None:
    """None of 11,151 real events is rejected, whatever container they are in."""
    for path in sorted((shared_data / "events").glob("*.jsonl")):
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        expected = observations(path.read_bytes())
        assert len(expected) == len(events)
        for content in containers(events[:600]):
            assert observations(content) == expected[:600]


@pytest.mark.shared_data
def test_both_api_groups_agree_on_recorded_events(shared_data: Path) -> None:
    """A list read through core/v1 and through events.k8s.io/v1 is the same list."""
    folder = shared_data.parent / "recorded" / "run1"
    core, new = (
        observations((folder / f"final-{group}.json").read_bytes())
        for group in ("core-v1", "events-v1")
    )
    assert len(core) == 623
    assert core == new


def test_one_item_per_record() -> None:
    """Frames without events are ignored, broken and unidentified records are rejected."""
    lines = [
        json.dumps({"type": "MODIFIED", "object": EVENTS[1]}),
        '{"type":"BOOKMARK","object":{"kind":"Event"}}',
        '{"type":"ADDED","object":{"kind":"Event","reason":"password=hunter2"}}',
        '{"type":"ADDED","object":',
        "7",
        json.dumps(EVENTS[2]),
    ]
    found = items_of("\n".join(lines))
    assert [type(item) for item in found] == [Observed, Ignored, Rejected, Rejected, Observed]
    third, fourth = (item.rejection for item in found if isinstance(item, Rejected))
    assert third.place == "x.json, record 3 (line 3)"
    assert third.reason == (
        "the record has no metadata.name, nor an object and a reason, hence no identity"
    )
    assert third.raw == lines[2].replace("hunter2", "[REDACTED]")
    assert fourth.place == "x.json, record 4 (line 4)"
    assert fourth.reason.startswith("the record is not valid JSON: ")
    assert (third.cluster, third.source, third.received) == ("prod", "file", RECEIVED)


def test_other_objects_beside_events() -> None:
    """In `kubectl get all,events` the others are ignored."""
    pod = {"kind": "Pod", "metadata": {"name": "web-0"}}
    found = items_of(json.dumps({"kind": "List", "items": [pod, EVENTS[0]]}))
    assert [type(item) for item in found] == [Ignored, Observed]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"^x\.json is empty\.$"),
        (b" \n\t", r"^x\.json is empty\.$"),
        (gzip.compress(b""), r"^x\.json is empty\.$"),
        (b"\x1f\x8b", r"^x\.json holds nothing that can be read: the gzip data is cut off here\.$"),
        (b"\x00\x01", r"^x\.json is not text; "),
        (b"what is this\n", r"^x\.json is neither JSON, YAML.*kubectl get events"),
        (
            b'{"kind":"PodList","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}',
            r"^x\.json holds no events; what was found is a Pod\.$",
        ),
        (b'{"kind":"Deployment","metadata":{"name":"a"}}', "found is a Deployment"),
        (b'{"kind":"PodList","items":[]}', "found is a PodList"),
        (
            b'{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"auditID":"x"}]}',
            r"^x\.json is an audit log",
        ),
    ],
)
def test_wrong_files(content: bytes, sentence: str) -> None:
    """A file that holds no events at all ends in one sentence that names what it is."""
    with pytest.raises(InputError, match=sentence):
        items_of(content)


def test_no_events_is_no_error() -> None:
    """An empty list is a true answer of a quiet cluster."""
    assert items_of('{"apiVersion":"v1","items":[],"kind":"List"}') == []
    assert items_of("[]") == []


def test_cut_gzip() -> None:
    """What a cut download holds is kept; then one rejection says that it was cut."""
    lines = "\n".join(json.dumps(event(number)) for number in range(1, 400))
    found = items_of(gzip.compress(lines.encode())[:-900])
    assert len(found) > 100
    assert all(isinstance(item, Observed) for item in found[:-1])
    last = found[-1]
    assert isinstance(last, Rejected)
    assert last.rejection.reason.endswith("the gzip data is cut off here")


def test_bytes_read() -> None:
    """A progress bar follows the bytes of the file, up to all of them."""
    content = gzip.compress(json.dumps(EVENTS).encode())
    reader = EventReader("x", io.BytesIO(content), cluster="", received=RECEIVED)
    assert reader.bytes_read == 0
    assert len(list(reader)) == 5
    assert reader.bytes_read == len(content)


def test_open_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders and missing files are one sentence; None is standard input."""
    with pytest.raises(InputError, match="is a directory"):
        open_input(tmp_path)
    with pytest.raises(InputError, match=r"missing\.json cannot be opened: No such file"):
        open_input(tmp_path / "missing.json")
    with pytest.raises(InputError, match="NUL"):
        open_input(Path("a\x00b"))
    (tmp_path / "x").write_bytes(b"[]")
    with open_input(tmp_path / "x") as stream:
        assert stream.read() == b"[]"
    stdin = io.TextIOWrapper(io.BytesIO(b"in"))
    monkeypatch.setattr("sys.stdin", stdin)
    assert open_input(None).read() == b"in"


def damage(rounds: int, seed: int) -> Counter[str]:
    """Read files with random bytes changed, cut, doubled or put in; count what came out."""
    random_source = random.Random(seed)
    contents = containers(EVENTS[:3])
    outcome: Counter[str] = Counter()
    for _ in range(rounds):
        content = bytearray(random_source.choice(contents))
        for _ in range(random_source.randint(1, 4)):
            at = random_source.randrange(len(content))
            piece = bytes(
                random_source.choices(b'{}[]",:\\\n\x00\xff0aE', k=random_source.randint(0, 3))
            )
            content[at : at + random_source.choice([0, 1, 1, 20])] = piece
            content = content or bytearray(b"{")
        try:
            outcome.update(type(item).__name__ for item in items_of(bytes(content)))
        except InputError:
            outcome["InputError"] += 1
    return outcome


def test_random_damage() -> None:
    """Whatever bytes change, events and rejections come out, or one InputError."""
    outcome = damage(3000, seed=1)
    assert outcome["Observed"] > 3000
    assert outcome["Rejected"] > 300


@pytest.mark.long
def test_random_damage_at_length() -> None:
    """The same for 20,000 files."""
    assert damage(20_000, seed=2)["Observed"] > 20_000

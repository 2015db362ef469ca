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
        (gzip.compress(b"", mtime=0), r"^x\.json is empty\.$"),
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


def test_a_name_that_is_no_text() -> None:
    """The place of a rejected record can be stored, whatever the file is called."""
    content = io.BytesIO(json.dumps(EVENTS[0]).encode() + b"\n{broken}\n")
    reader = EventReader("bad\udcff.json", content, cluster="prod", received=RECEIVED)
    [rejected] = [item for item in reader if isinstance(item, Rejected)]
    assert rejected.rejection.place == "bad\ufffd.json, record 2 (line 2)"


def test_an_audit_record_among_events() -> None:
    """It is ignored, and what follows it is read; alone it is refused."""
    audit = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "x"}
    text = "\n".join(map(json.dumps, [EVENTS[0], audit, EVENTS[1]]))
    first, ignored, last = items_of(text)
    assert isinstance(first, Observed)
    assert isinstance(last, Observed)
    assert ignored == Ignored("an audit record")
    with pytest.raises(InputError, match="audit log"):
        items_of(json.dumps(audit))


def test_pretty_json_behind_what_a_program_says() -> None:
    """A warning or a line of klog before the document does not hide it."""
    pretty = json.dumps({"apiVersion": "v1", "items": EVENTS, "kind": "List"}, indent=4)
    klog = 'E0110 10:00:00.123456 7 memcache.go:2] "Unhandled" err={"code":503}\n'
    warning = "Warning: v1 ComponentStatus is deprecated\n"
    for line in (klog, f"starting\n{klog}", warning):
        broken, *events = items_of(line + pretty)
        assert isinstance(broken, Rejected)
        assert len(events) == 5
        assert all(isinstance(item, Observed) for item in events)


def test_yaml_behind_a_warning() -> None:
    """What kubectl warns of looks like one more key."""
    items = "\n".join(f"- {json.dumps(event)}" for event in EVENTS)
    text = f"Warning: v1 x is deprecated\napiVersion: v1\nitems:\n{items}\nkind: List\n"
    assert len(observations(text)) == 5
    one = "".join(f"{key}: {json.dumps(value)}\n" for key, value in EVENTS[0].items())
    assert len(observations(f"Warning: use --all: it is new\n{one}")) == 1


@pytest.mark.parametrize("blanks", [1, 8])
def test_indented_lines_behind_a_broken_one(blanks: int) -> None:
    """Reading resumes at lines that are indented as the broken one was."""
    lines = [json.dumps(event) for event in EVENTS]
    lines[1] = lines[1][:-9]
    found = items_of("".join(f"{' ' * blanks}{line}\n" for line in lines))
    assert [isinstance(item, Observed) for item in found] == [True, False, True, True, True]
    assert len(items_of("".join(f" {line}\n" for line in ["hello", *lines]))) == 6


@pytest.mark.parametrize("nested", [[[EVENTS[0]], [EVENTS[1]]], {"items": [EVENTS[:2]]}])
def test_lists_in_lists(nested: object) -> None:
    """However deep the events lie."""
    assert [one.cumulative for one in observations(json.dumps(nested))] == [1, 2]


def test_pods_whose_kind_comes_late() -> None:
    """What has a spec or a status is no event, though it does not say its kind."""
    pods = {"items": [{"metadata": {"name": "p"}, "spec": {}}], "kind": "PodList"}
    with pytest.raises(InputError, match="an object with a spec or status"):
        items_of(json.dumps(pods))

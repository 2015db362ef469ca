"""Frames and lists become what `normalize` makes of their events, whatever they hold."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.errors import ApiError, Unreadable
from collector.frames import Failed, FrameDecoder, Observed, Page, Refused, Skipped
from collector.normalize import normalize
from collector.observation import RAW_LIMIT_CHARACTERS, Observation

RECEIVED = datetime(2026, 1, 10, 12, tzinfo=UTC)
TRACES = sorted((Path(__file__).parents[2] / "data/correlator-traces").glob("*.jsonl.gz"))
METADATA = {
    "name": "web-7d9f8b6c5-x2x4z.18ea6d9320c050da", "namespace": "shop", "resourceVersion": "4711",
    "creationTimestamp": "2026-01-10T10:00:01Z", "managedFields": [{"manager": "kubelet"}],
}  # fmt: skip
CORE: dict[str, object] = {
    "kind": "Event", "apiVersion": "v1", "metadata": METADATA,
    "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-7d9f8b6c5-x2x4z"},
    "reason": "BackOff", "message": 'Get "http://10.0.0.1/": volume "default-token-x9k2p" gone',
    "source": {"component": "kubelet", "host": "node-1"},
    "firstTimestamp": "2026-01-10T10:00:00Z", "lastTimestamp": "2026-01-10T11:00:00Z", "count": 7,
    "type": "Warning", "eventTime": None, "reportingComponent": "kubelet",
    "reportingInstance": "node-1",
}  # fmt: skip
NEW: dict[str, object] = {
    "kind": "Event", "apiVersion": "events.k8s.io/v1", "metadata": METADATA,
    "eventTime": "2026-01-10T10:00:00.123456Z",
    "series": {"count": 3, "lastObservedTime": "2026-01-10T10:05:00.000001Z"},
    "reportingController": "default-scheduler", "reportingInstance": "default-scheduler-vm",
    "action": "Scheduling", "reason": "FailedScheduling", "note": "0/3 nodes are available",
    "regarding": {"kind": "Pod", "namespace": "shop", "name": "web-0"}, "type": "Warning",
    "deprecatedSource": {}, "deprecatedFirstTimestamp": None, "deprecatedLastTimestamp": None,
}  # fmt: skip


def decoder() -> FrameDecoder:
    """Return one for the tests' cluster."""
    return FrameDecoder(cluster="prod")


def line(event: object, kind: str = "ADDED") -> bytes:
    """Return a frame of a watch."""
    return json.dumps({"type": kind, "object": event}).encode()


def reference(event: object) -> Observation | str:
    """Return what `normalize` says, or why it refuses."""
    assert isinstance(event, dict)
    try:
        return normalize(event, cluster="prod", received=RECEIVED, source="watch")
    except Unreadable as error:
        return f"the record {error}"


def told(result: object) -> Observation | str:
    """Return the observation, or why there is none."""
    if isinstance(result, Observed):
        return result.observation
    assert isinstance(result, Refused)
    assert result.is_whole
    return result.rejection.reason


def check(event: object) -> None:
    """Compare frame and list item with the reference."""
    assert told(decoder().frame(line(event), RECEIVED)) == reference(event)
    item = page({"kind": "EventList", "items": [event], "metadata": {}})
    found = [one.observation for one in item.observed] + [one.reason for one in item.rejections]
    assert found == [reference(event)]


def page(body: object) -> Page:
    """Read a page of a list."""
    return decoder().page(json.dumps(body).encode(), RECEIVED)


@pytest.mark.parametrize("kind", ["ADDED", "MODIFIED", "DELETED"])
@pytest.mark.parametrize("event", [CORE, NEW], ids=["core/v1", "events.k8s.io/v1"])
def test_frames_that_carry_an_event(event: dict[str, object], kind: str) -> None:
    """All three kinds of both API groups are an observation and their own resource version."""
    seen = decoder().frame(line(event, kind), RECEIVED)
    assert isinstance(seen, Observed)
    assert seen.resource_version == "4711"
    assert seen.observation == reference(event)


def test_fields_of_an_observation() -> None:
    """They stand where they belong, worked out by hand."""
    seen = decoder().frame(line(CORE), RECEIVED)
    assert isinstance(seen, Observed)
    one = seen.observation
    assert (one.cluster, one.namespace, one.name) == ("prod", "shop", METADATA["name"])
    assert (one.birth.hour, one.time.hour, one.cumulative, one.received) == (10, 11, 7, RECEIVED)
    assert (one.source, one.counting, one.type, one.reason) == (
        "watch", "exact", "Warning", "BackOff",
    )  # fmt: skip
    assert (one.kind, one.object_namespace, one.object) == ("Pod", "shop", "web-7d9f8b6c5-x2x4z")
    assert (one.workload_kind, one.workload, one.workload_by) == ("Deployment", "web", "name")
    assert (one.message, one.component, one.host) == (CORE["message"], "kubelet", "node-1")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(
        [
            "", "password=hunter2x9", "a\x00b", "\ud800", "AKIAIOSFODNN7EXAMPLE", "é😀", "kubelet",
            "0001-01-01T00:00:00Z", "2026-01-10T10:00:00.123456789Z", "2026-01-10t10:00:00+02:00",
            "2026-01-10", "9999-12-31T23:59:59-08:00", 2**31 - 1, 2**62, 2**64,
            10**30, -5, 4.0, 1e30,
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=3,
)  # fmt: skip
INNER = ["name", "namespace", "kind", "labels", "ownerReferences", "component", "host", "count"]
INNER += ["lastObservedTime", "resourceVersion", "creationTimestamp", "controller"]
OUTER = sorted({*CORE, *NEW, "count", "deprecatedCount", "name", "namespace"})
OUTER += ["kubernetes", "involved_object", "labels"]
CHANGES = st.dictionaries(
    st.sampled_from(OUTER), JUNK | st.dictionaries(st.sampled_from(INNER), JUNK), max_size=4
)
PATHS = ["metadata", "involvedObject", "regarding", "source", "deprecatedSource", "series"]
DEEP = st.dictionaries(st.tuples(st.sampled_from(PATHS), st.sampled_from(INNER)), JUNK, max_size=4)


@given(st.sampled_from([CORE, NEW]), CHANGES, st.sets(st.sampled_from(OUTER), max_size=4), DEEP)
@example(CORE, {"deprecatedSource": {"component": "x"}, "source": {"y": 1}}, set(), {})
@example(CORE, {"involved_object": None}, set(), {})
@example(CORE, {"kubernetes": {"event": 1}}, set(), {})
@example(CORE, {"series": {}, "count": 0}, set(), {})
def test_odd_events(
    event: dict[str, object],
    changes: dict[str, object],
    absent: set[str],
    deep: dict[tuple[str, str], object],
) -> None:
    """Whatever a field holds and whichever is missing, the result is that of `normalize`."""
    odd = {key: value for key, value in (deepcopy(event) | changes).items() if key not in absent}
    for (outer, inner), value in deep.items():
        member = odd.get(outer)
        if isinstance(member, dict):
            member[inner] = value
    check(odd)


VALUES = [b"null", b"7", b"-1", b"1e3", b"4.0", b"4.5", b"1E400", b"NaN", b"{}", b"[]", b"true"]
VALUES += [b'""', b'"a\\u0000b"', b'"\\ud83d\\ude00"', b'"\\ud83d"', b'"x"', b"9" * 30, b'"\\/"']


@given(
    st.lists(
        st.tuples(st.sampled_from(OUTER + INNER), st.booleans(), st.sampled_from(VALUES)),
        max_size=5,
    ),
    st.sampled_from([b'"involvedObject":{', b'"metadata":{', b'"object":{']),
    st.booleans(),
)
def test_repeated_and_escaped_members(
    members: list[tuple[str, bool, bytes]], place: bytes, is_last: bool
) -> None:
    """Of members of one name the last holds, written with escapes or not, as json.loads has it."""
    added = b",".join(
        b'"%s":%s' % (f"\\u{ord(key[0]):04x}{key[1:]}".encode() if escaped else key.encode(), value)
        for key, escaped, value in members
    )
    raw = json.dumps({"type": "ADDED", "object": CORE}, separators=(",", ":")).encode()
    if is_last:
        raw = raw[:-2] + b"," + added + b"}}" if added else raw
    else:
        raw = raw.replace(place, place + added + b"," if added else place, 1)
    event = json.loads(raw)["object"]
    if isinstance(event, dict):
        assert told(decoder().frame(raw, RECEIVED)) == reference(event)


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode), st.integers(0, 700))
@example(b"", 0)
@example(b"[" * 100_000, 0)
@example(b'{"type":"ADDED","object":' + b'{"a":' * 100_000, 0)
@example(b"9" * 5000, 0)
@example(b'"\xed\xa0\x80"', 0)
def test_any_bytes(junk: bytes, place: int) -> None:
    """Nothing is raised; where json.loads reads an event, its observation is the result."""
    whole = line(CORE)
    for raw in (junk, whole[:place] + junk, whole[:place] + junk + whole[place:]):
        result = decoder().frame(raw, RECEIVED)
        try:
            frame = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        if isinstance(frame, dict) and frame.get("type") == "ADDED":
            event = frame.get("object")
            if isinstance(event, dict):
                assert told(result) == reference(event)


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xc3" + line(CORE),
        line(CORE).replace(b'"kubelet"}', b'"\xc3"}', 1),
        line(CORE)[:-20],
        b"\xff\xfe",
        b"5",
        b"[]",
        b'{"kind":"Status"}',
        b'{"type":5}',
    ],
)
def test_what_is_no_frame(raw: bytes) -> None:
    """It is refused as not whole, so that somebody looks for what it may have been."""
    refused = decoder().frame(raw, RECEIVED)
    assert isinstance(refused, Refused)
    assert (refused.is_whole, refused.resource_version) == (False, "")
    assert refused.rejection.raw == raw.decode(errors="replace")


def test_refused_events_are_kept() -> None:
    """The record is kept with its reason, without secrets, cut, and with where it stood."""
    event = {**CORE, "metadata": {"resourceVersion": "9"}, "reason": "", "message": "password=x1y2"}
    refused = decoder().frame(line({**event, "note": "z" * 70_000}), RECEIVED)
    assert isinstance(refused, Refused)
    assert (refused.is_whole, refused.resource_version) == (True, "9")
    rejection = refused.rejection
    assert "no identity" in rejection.reason
    assert (rejection.cluster, rejection.source) == ("prod", "watch")
    assert rejection.place == "the watch, resource version 9"
    assert "x1y2" not in rejection.raw
    assert len(rejection.raw) == RAW_LIMIT_CHARACTERS
    assert told(decoder().frame(line(None), RECEIVED)) == "the record is no object"


def test_errors() -> None:
    """An ERROR frame says how the watch failed, in one short clean line."""
    status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old: 1 (2)"}
    read = decoder().frame
    assert read(line(status, "ERROR"), RECEIVED) == Failed(410, "Expired", "too old: 1 (2)")
    assert read(line(None, "ERROR"), RECEIVED) == Failed(0, "", "")
    odd = {"code": True, "reason": 5, "message": "a\n\x1b[31mpassword=x1y2 " + "z" * 999}
    failed = read(line(odd, "ERROR"), RECEIVED)
    assert isinstance(failed, Failed)
    assert (failed.code, failed.reason) == (0, "")
    assert failed.message.startswith("a  [31mpassword=[REDACTED] zz")
    assert len(failed.message) == 256


def test_frames_without_an_event() -> None:
    """A bookmark is its version; a blank line and a type unknown today are nothing."""
    bookmark = {"kind": "Event", "metadata": {"resourceVersion": "12"}}
    read = decoder().frame
    assert read(line(bookmark, "BOOKMARK"), RECEIVED) == Skipped("12")
    assert read(line({"metadata": None}, "BOOKMARK"), RECEIVED) == Skipped("")
    assert read(line(CORE, "NEWTYPE"), RECEIVED) == Skipped("")
    assert read(b" \r", RECEIVED) == Skipped("")


@pytest.mark.parametrize("version", [5, None, "1\x002", "\ud800", {}])
def test_a_resource_version_that_cannot_be_one(version: object) -> None:
    """It is none, and the event is observed all the same."""
    event = {**CORE, "metadata": {**METADATA, "resourceVersion": version}}
    seen = decoder().frame(line(event), RECEIVED)
    assert isinstance(seen, Observed)
    assert seen.resource_version == ""


def test_page() -> None:
    """A list gives each item's version and its own, and what cannot be counted apart."""
    first = {key: value for key, value in CORE.items() if key not in ("kind", "apiVersion")}
    second = {**NEW, "metadata": {**METADATA, "resourceVersion": "4712"}}
    body = {
        "kind": "EventList",
        "metadata": {"resourceVersion": "5000", "continue": "abc", "remainingItemCount": 2},
        "items": [first, {}, 5, second],
    }  # fmt: skip
    read = page(body)
    assert [one.resource_version for one in read.observed] == ["4711", "4712"]
    assert [one.observation for one in read.observed] == [reference(CORE), reference(second)]
    assert (read.resource_version, read.continue_token) == ("5000", "abc")
    assert [one.place for one in read.rejections] == ["the list", "the list"]
    assert read.rejections[1].reason == "the record is no object"
    assert read.rejections[1].raw == "5"
    odd = decoder().page(json.dumps(body).encode().replace(b'"count": 7', b'"count":NaN'), RECEIVED)
    assert [one.observation.cumulative for one in odd.observed] == [1, 3]
    assert (odd.resource_version, odd.continue_token) == ("5000", "abc")
    assert odd.rejections == read.rejections


def test_empty_pages() -> None:
    """A list without items is one, also as Go writes it, and has no more pages."""
    without: tuple[dict[str, object], ...] = ({"items": []}, {"items": None}, {})
    for items in without:
        read = page({"kind": "EventList", "metadata": {"resourceVersion": "1"}, **items})
        assert read == Page(
            observed=[], rejections=[], resource_version="1", continue_token=""
        )  # fmt: skip
    bare = page({"kind": "EventList", "metadata": None, "items": [CORE]})
    assert (bare.resource_version, bare.continue_token, len(bare.observed)) == ("", "", 1)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "what is no JSON"),
        (b"<html>", "what is no JSON"),
        (b"[" * 100_000, "what is no JSON"),
        (b"[]", "what has no kind"),
        (b'{"kind":"Status","metadata":{},"code":500}', "a Status"),
        (b'{"kind":"EventList","metadata":{},"items":5}', "a list whose items are none"),
        (b'{"kind":"EventList","metadata":{},"items":[{]}', "what is no JSON"),
        (b'{"kind":"password=x1y2\\n","metadata":{}}', r"a password=\[REDACTED\] \."),
    ],
)
def test_what_is_no_list(body: bytes, found: str) -> None:
    """One sentence says what came instead."""
    with pytest.raises(ApiError, match=f"events with {found}") as raised:
        decoder().page(body, RECEIVED)
    assert raised.value.cause == "malformed"


@pytest.mark.parametrize("trace", TRACES, ids=lambda path: path.name)
def test_frames_of_client_go(trace: Path) -> None:
    """Every frame that client-go's recorder leads to is what `normalize` makes of it."""
    with gzip.open(trace, "rb") as stream:
        lines = [raw for raw in stream if b'"object"' in raw]
    assert lines
    read = decoder().frame
    assert [told(read(raw, RECEIVED)) for raw in lines] == [
        reference(json.loads(raw)["object"]) for raw in lines
    ]


def recorded(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the frames and list bodies that an API server sent."""
    for path in sorted(folder.rglob("*.jsonl")):
        for raw in path.read_bytes().splitlines():
            record = json.loads(raw)
            if record.get("op") == "frame":
                yield "frame", json.dumps(record["raw"]).encode()
            elif record.get("op") == "list" and isinstance(record.get("body"), dict):
                yield "list", json.dumps(record["body"]).encode()


@pytest.mark.shared_data
def test_recorded_streams(shared_data: Path) -> None:
    """Every recorded frame and list of a real API server gives what `normalize` gives."""
    frames = lists = 0
    for what, raw in recorded(shared_data.parent / "recorded"):
        value = json.loads(raw)
        if what == "frame" and value.get("type") in ("ADDED", "MODIFIED", "DELETED"):
            frames += 1
            assert told(decoder().frame(raw, RECEIVED)) == reference(value["object"])
        elif what == "list" and str(value.get("kind")).endswith("List"):
            lists += 1
            read = decoder().page(raw, RECEIVED)
            assert [one.observation for one in read.observed] == [
                reference(item) for item in value["items"] or ()
            ]
    assert frames > 1000
    assert lists > 2


@pytest.mark.shared_data
def test_real_events(shared_data: Path) -> None:
    """So does every event of other people's clusters, in a frame and in a list."""
    for path in sorted((shared_data / "events").glob("*.jsonl")):
        for raw in path.read_bytes().splitlines():
            framed = decoder().frame(b'{"type":"ADDED","object":%s}' % raw, RECEIVED)
            assert told(framed) == reference(json.loads(raw))

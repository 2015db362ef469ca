"""What the test double answers is what a real API server (1.36.2) was recorded to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api_server import recordings
from tests.api_server.client import CORE, EVENTS, get, watch
from tests.api_server.event_shapes import pod_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.api_server.server import FakeApiServer

Lines = list[dict[str, Any]]
GROUPS = pytest.mark.parametrize("group", ["core-v1", "events-v1"])
PATHS = {"core-v1": CORE, "events-v1": EVENTS}


def answers(lines: Lines) -> Iterable[tuple[dict[str, Any], Any]]:
    """Pair each recorded request with its status, body or frames."""
    for place, line in enumerate(lines):
        if line["op"] == "list":
            yield line, line["body"]
        elif line["op"] == "watch":
            after = lines[place + 1 :]
            ends = [at for at, next_ in enumerate(after) if next_["op"] in ("eof", "body")]
            is_whole = after[ends[0]]["op"] == "body"
            frames = recordings.frames(after[: ends[0]])
            yield line, after[ends[0]]["body"] if is_whole else frames


def load_protocol_objects(server: FakeApiServer) -> None:
    """Bring the store to where the recordings of the protocol began, version 238."""
    pages = recordings.recorded("protocol/core-v1.list-chunked")
    items = [item for line in pages[1:] for item in line["body"]["items"]]
    old = [item for item in items if int(item["metadata"]["resourceVersion"]) <= 228]
    server.log.load(old, 228)
    frames = recordings.recorded("protocol/core-v1.watch-resume")
    for _ in recordings.replay(server.log, frames):
        pass


@GROUPS
def test_pages_of_a_list_are_one_snapshot(api_server: FakeApiServer, group: str) -> None:
    """Three pages, tokens and all, and the second once more after a write."""
    load_protocol_objects(api_server)
    lines = recordings.recorded(f"protocol/{group}.list-chunked")
    for line, body in answers(lines):
        assert get(api_server.url, PATHS[group], **line["query"]).json == body
    api_server.apply(pod_event())
    (_, _), (line, body), *_ = answers(lines)
    assert get(api_server.url, PATHS[group], **line["query"]).json == body


@GROUPS
@pytest.mark.parametrize("name", ["watch-resume", "watchlist"])
def test_watches_have_the_recorded_frames(api_server: FakeApiServer, group: str, name: str) -> None:
    """A resumed watch, and one with initial events and the bookmark at their end."""
    load_protocol_objects(api_server)
    for line, frames in answers(recordings.recorded(f"protocol/{group}.{name}")):
        query = line["query"] | {"timeoutSeconds": "0"}
        assert watch(api_server.url, PATHS[group], **query) == frames


@GROUPS
def test_a_version_from_the_future(api_server: FakeApiServer, group: str) -> None:
    """A list is refused with 504, a watch is silent."""
    load_protocol_objects(api_server)
    (lists, refusal), (_, silence) = answers(recordings.recorded(f"protocol/{group}.future-rv"))
    api_server.advance(int(refusal["message"].rpartition(" ")[2]) - api_server.version)
    answer = get(api_server.url, PATHS[group], **lists["query"])
    assert (answer.status, answer.json) == (504, refusal)
    query = {"resourceVersion": "1000228", "timeoutSeconds": "0"}
    assert watch(api_server.url, PATHS[group], **query) == silence == []


@GROUPS
def test_bad_requests_are_refused_in_the_same_words(api_server: FakeApiServer, group: str) -> None:
    """400, 401, 403, 422 and 500, each with its Status."""
    load_protocol_objects(api_server)
    api_server.token = "right"
    for line, body in answers(recordings.recorded(f"protocol/{group}.bad-requests")):
        headers = {"Authorization": "Bearer wrong" if line["status"] == 401 else "Bearer right"}
        if line["status"] == 403:
            api_server.forbid(PATHS[group])
        answer = get(api_server.url, PATHS[group], headers=headers, **line["query"])
        assert (answer.status, answer.json) == (line["status"], body)
        if line["status"] == 403:
            api_server.allow(PATHS[group])


@GROUPS
def test_a_compacted_version_is_gone(api_server: FakeApiServer, group: str) -> None:
    """410 as a frame, as an answer, and with a token to go on with; other lists go on."""
    load_protocol_objects(api_server)
    lines = recordings.recorded(f"protocol/{group}.gone-410")
    load_compacted_objects(api_server, lines[-1]["body"])
    for line, expected in answers(lines):
        query = line["query"]
        if line["op"] == "watch":
            assert watch(api_server.url, PATHS[group], **query) == expected
        else:
            answer = get(api_server.url, PATHS[group], **query)
            assert (answer.status, answer.json) == (line["status"], expected)


def load_compacted_objects(server: FakeApiServer, body: dict[str, Any]) -> None:
    """Replace what is in the store by the objects of a list, with nothing before them."""
    for key in server.log.snapshot().keys:
        server.delete(*key.split("/"))
    for item in body["items"]:
        server.apply(item)
    version = int(body["metadata"]["resourceVersion"])
    server.advance(version - server.version)
    server.compact()


def test_events_that_expire_share_a_version(api_server: FakeApiServer) -> None:
    """The recorded DELETED frames, eight of them with one version."""
    load_protocol_objects(api_server)
    (_, frames), *_ = answers(recordings.recorded("protocol/core-v1.ttl-deleted"))
    ready = frames[10]["object"]
    api_server.advance(8)
    api_server.expire("default", [ready["metadata"]["name"]])
    api_server.expire("default", ["n0"])
    api_server.expire("default", ["bare", *(f"p{number}" for number in range(7))])
    seen = watch(api_server.url, resourceVersion=228, timeoutSeconds=0)
    assert seen == frames
    assert [frame["object"]["metadata"]["resourceVersion"] for frame in seen].count("249") == 8


@GROUPS
def test_nine_minutes_of_a_cluster_in_both_shapes(api_server: FakeApiServer, group: str) -> None:
    """1,411 frames of core/v1, replayed, are the 1,411 recorded in this API group."""
    assert api_server.replay(recordings.RECORDED / "run1/core-v1.jsonl.gz") == 1_411
    frames = recordings.frames(recordings.recorded(f"run1/{group}"))
    assert watch(api_server.url, PATHS[group], resourceVersion=228, timeoutSeconds=0) == frames


def test_a_field_selected_watch_of_nine_minutes(api_server: FakeApiServer) -> None:
    """The server's choice of type=Warning is the recorded one."""
    api_server.replay(recordings.RECORDED / "run1/core-v1.jsonl.gz")
    frames = recordings.frames(recordings.recorded("run1/core-v1.warning"))
    seen = watch(
        api_server.url, fieldSelector="type=Warning", resourceVersion=228, timeoutSeconds=0
    )
    assert seen == frames


def test_a_recording_can_be_replayed_in_steps(api_server: FakeApiServer) -> None:
    """Each step yields the version it reached; the last is the recorded last."""
    path = recordings.RECORDED / "run1/core-v1.jsonl.gz"
    versions = list(api_server.replay_steps(path, 500))
    last = recordings.frames(recordings.recorded("run1/core-v1"))[-1]
    assert len(versions) == 3
    assert versions[-1] == int(last["object"]["metadata"]["resourceVersion"])

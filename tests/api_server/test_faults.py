"""Every scripted fault strikes the requests it was meant for, in order, and nothing else."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from http.client import BadStatusLine, HTTPConnection, RemoteDisconnected
from typing import TYPE_CHECKING

import pytest

from tests.api_server.client import CORE, get, opened, watch
from tests.api_server.event_shapes import pod_event

if TYPE_CHECKING:
    from tests.api_server.server import FakeApiServer

BROKEN = (ConnectionResetError, RemoteDisconnected, BadStatusLine)


def test_statuses_come_in_order(api_server: FakeApiServer) -> None:
    """A list passes by what waits for a watch; times and order are kept."""
    api_server.fail_next("status", on="watch", code=401)
    api_server.fail_next("status", on="list", code=500, times=2)
    api_server.fail_next("status", code=429, retry_after_seconds=7)
    answers = [get(api_server.url, CORE) for _ in range(4)]
    assert [answer.status for answer in answers] == [500, 500, 429, 200]
    assert answers[2].headers["Retry-After"] == "7"
    assert get(api_server.url, CORE, watch="true").status == 401
    assert len(api_server.faults) == 0


@pytest.mark.parametrize("code", [401, 403, 410, 500, 503, 504])
def test_a_status_has_a_status_as_its_body(api_server: FakeApiServer, code: int) -> None:
    """The body says the same code."""
    api_server.fail_next("status", code=code)
    answer = get(api_server.url, CORE, watch="true")
    assert (answer.status, answer.json["code"], answer.json["kind"]) == (code, code, "Status")


def test_a_status_leaves_the_connection_usable(api_server: FakeApiServer) -> None:
    """The next request on the same connection is answered."""
    api_server.fail_next("status", code=500)
    with closing(HTTPConnection(api_server.url.removeprefix("http://"), timeout=10)) as connection:
        statuses = []
        for _ in range(2):
            connection.request("GET", CORE)
            with connection.getresponse() as response:
                statuses.append(response.status)
                response.read()
    assert statuses == [500, 200]


def test_an_empty_answer(api_server: FakeApiServer) -> None:
    """200 and nothing, for a watch and for a list."""
    api_server.apply(pod_event(1))
    api_server.fail_next("empty", times=2)
    for is_watch in ("true", "false"):
        answer = get(api_server.url, CORE, watch=is_watch)
        assert (answer.status, answer.body) == (200, b"")


def test_a_half_open_watch_is_silent(api_server: FakeApiServer) -> None:
    """The headers come, a frame that happens does not; it ends with the server."""
    api_server.fail_next("half_open", on="watch")
    with opened(api_server.url, CORE, {"watch": "true", "timeoutSeconds": "0"}, {}) as response:
        api_server.apply(pod_event(1))
        assert response.status == 200
        assert response.fp is not None
        connection = socket.socket(fileno=socket.dup(response.fileno()))
        connection.settimeout(0.2)
        with connection, pytest.raises(TimeoutError):
            connection.recv(1)
        api_server.kill()
        with pytest.raises(ConnectionResetError):
            response.read()


@pytest.mark.parametrize("after_bytes", [0, 1, 700, 1_500])
def test_a_cut_leaves_as_many_bytes(api_server: FakeApiServer, after_bytes: int) -> None:
    """The body ends in the middle of a line, with a reset."""
    api_server.apply_all([pod_event(number) for number in range(5)])
    whole = b"".join(json.dumps(f).encode() for f in watch(api_server.url, timeoutSeconds=0))
    assert len(whole) > 1_500
    api_server.fail_next("cut", on="watch", after_bytes=after_bytes)
    with opened(api_server.url, CORE, {"watch": "true"}, {}) as response:
        assert len(response.read(after_bytes)) == after_bytes
        with pytest.raises(ConnectionResetError):
            response.read(1)


def test_a_clean_end_after_frames(api_server: FakeApiServer) -> None:
    """The watch resumes with what it has not sent."""
    api_server.apply_all([pod_event(number) for number in range(5)])
    api_server.fail_next("eof", after_frames=2)
    assert len(watch(api_server.url, resourceVersion=1)) == 2
    assert len(watch(api_server.url, resourceVersion=3, timeoutSeconds=0)) == 3


def test_a_line_that_is_no_json(api_server: FakeApiServer) -> None:
    """It comes between good frames, and the watch goes on."""
    api_server.apply_all([pod_event(number) for number in range(3)])
    api_server.fail_next("garbage", after_frames=1)
    answer = get(api_server.url, CORE, watch="true", resourceVersion=1, timeoutSeconds=0)
    lines = answer.body.splitlines()
    assert len(lines) == 4
    with pytest.raises(ValueError, match="utf-8"):
        json.loads(lines[1])


def test_gone_in_the_middle(api_server: FakeApiServer) -> None:
    """A frame with 410 ends the watch; a list gets a token to go on with."""
    api_server.apply_all([pod_event(number) for number in range(3)])
    api_server.fail_next("gone", on="watch", after_frames=1)
    frames = watch(api_server.url, resourceVersion=1)
    assert [frame["type"] for frame in frames] == ["ADDED", "ERROR"]
    assert frames[1]["object"]["code"] == 410
    token = get(api_server.url, CORE, limit=2).json["metadata"]["continue"]
    api_server.fail_next("gone", on="list")
    refusal = get(api_server.url, CORE, **{"continue": token})
    assert refusal.status == 410
    rest = get(api_server.url, CORE, **{"continue": refusal.json["metadata"]["continue"]})
    assert len(rest.json["items"]) == 1


@pytest.mark.parametrize("on", ["connect", "list"])
def test_a_reset(api_server: FakeApiServer, on: str) -> None:
    """No answer comes, once."""
    api_server.fail_next("reset", on=on)  # type: ignore[arg-type]
    with pytest.raises(BROKEN):
        get(api_server.url, CORE)
    assert get(api_server.url, CORE).status == 200


def test_a_slow_answer_is_whole(api_server: FakeApiServer) -> None:
    """All bytes come, however slowly."""
    api_server.apply(pod_event(1))
    whole = get(api_server.url, CORE).body
    api_server.fail_next("slow", bytes_per_second=10_000)
    assert get(api_server.url, CORE).body == whole

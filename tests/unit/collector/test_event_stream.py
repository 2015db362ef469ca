"""LIST and WATCH against an API server that does everything that API servers do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collector.progress import Stream
from tests.api_server.connection import Request
from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer
from tests.unit.collector.watched_stream import Point, WatchedStream

Start = Callable[..., WatchedStream]


@pytest.fixture
def start(api_server: FakeApiServer, tmp_path: Path) -> Start:
    """Return a maker of watchers of the API server."""

    def made(**how: Any) -> WatchedStream:
        return WatchedStream(api_server, tmp_path, **how)

    return made


def is_watch(request: Request) -> bool:
    """Tell a WATCH from a LIST."""
    return "watch" in request.query


def check_coverage(watched: WatchedStream) -> None:
    """From the first LIST to the last proof every moment is in one span, and none is a gap."""
    spans = watched.sink.spans
    assert "gap" not in watched.sink.states
    assert all(before.end == after.start for before, after in pairwise(spans))
    assert spans[-1].end == watched.sink.marks[-1].proved
    assert spans[0].state == "watched"


def test_a_list_in_pages_and_then_a_watch_from_its_version(
    api_server: FakeApiServer, start: Start
) -> None:
    """1,203 events come in three pages of one version, and what follows by the watch."""
    api_server.apply_all([pod_event(number) for number in range(1203)])
    listed = api_server.version
    with start() as watched:
        watched.wait_for(lambda: len(watched.sink.points) == 1203)
        api_server.wait_for_watches()
        new = {watched.apply(1, 2), watched.apply(5000)}
        watched.wait_for_points(new)
    first, second, third, watch = api_server.requests
    assert [one.query.get("limit") for one in (first, second, third)] == ["500"] * 3
    assert "continue" in third.query
    assert watch.query["resourceVersion"] == str(listed)
    assert watch.query["timeoutSeconds"] == "60"
    assert "allowWatchBookmarks" not in watch.query
    assert sorted(watched.sink.watched) == sorted(new)
    assert watched.sink.missed == 0


def test_an_idle_watch_is_proved_by_its_clean_end(api_server: FakeApiServer, start: Start) -> None:
    """No frame and no bookmark comes; each end proves, and a LIST keeps the version young."""
    with start(watch_seconds=(1, 1)) as watched:
        api_server.wait_for_requests(4)
        watched.wait_for_proof()
    assert [is_watch(one) for one in api_server.requests[:4]] == [False, True, False, True]
    assert watched.sink.states == ["watched"]
    assert watched.clock.waits == []
    check_coverage(watched)


FAULTS: dict[str, dict[str, Any]] = {
    "gone": {"kind": "gone"},
    "gone after a frame": {"kind": "gone", "after_frames": 1},
    "gone as a status": {"kind": "status", "code": 410},
    "empty": {"kind": "empty"},
    "ended after each frame": {"kind": "eof", "after_frames": 1},
    "cut at once": {"kind": "cut"},
    "cut in a line": {"kind": "cut", "after_bytes": 300},
    "garbage": {"kind": "garbage"},
    "no frame": {"kind": "garbage", "line": b'["ADDED"]\n'},
    "reset": {"kind": "reset"},
    "throttled": {"kind": "status", "code": 429, "retry_after_seconds": 3},
    "unauthorized": {"kind": "status", "code": 401},
    "forbidden": {"kind": "status", "code": 403},
    "server error": {"kind": "status", "code": 500},
    "unavailable": {"kind": "status", "code": 503},
    "timeout": {"kind": "status", "code": 504},
}


# after these the watch goes on from a LIST, which shows of each event the last count only
LISTED = {"gone", "gone after a frame", "gone as a status", "empty", "garbage", "no frame"}
LISTED |= {"server error"}


def latest(points: set[Point]) -> dict[str, int]:
    """Return the last count of each event: what a total is made of."""
    return dict(sorted(points))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_watch_loses_nothing(
    api_server: FakeApiServer, start: Start, name: str
) -> None:
    """Five watches fail while events occur: all come, in order, without asking too often."""
    with start() as watched:
        api_server.wait_for_watches()
        watched.wait_for_points({watched.apply(1)})
        began, asked = watched.clock.monotonic(), len(api_server.requests)
        api_server.fail_next(on="watch", times=5, **FAULTS[name])
        watched.apply(2)
        api_server.reset_connections()
        while len(api_server.faults):
            watched.apply(3 + len(watched.truth))
            watched.apply(1, 1 + len(watched.truth))
            watched.clock.wait(1)
        watched.wait_for_watching()
        requests = len(api_server.requests) - asked
        seconds = watched.clock.monotonic() - began
        watched.wait_for_points(set(latest(watched.truth).items()))
    truth = watched.truth
    assert requests <= max(seconds, 3), watched.clock.waits
    assert watched.sink.points <= truth
    assert name in LISTED or watched.sink.points == truth
    assert watched.sink.missed == 0
    counts = [count for event, count in watched.sink.watched if event.startswith("web-1.")]
    assert counts == sorted(counts)
    assert name in ("garbage", "no frame") or watched.sink.rejections == 0
    check_coverage(watched)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "gone"},
        {"kind": "empty"},
        {"kind": "garbage"},
        {"kind": "reset"},
        {"kind": "cut", "after_bytes": 40},
        {"kind": "status", "code": 429},
        {"kind": "status", "code": 500},
        {"kind": "status", "code": 504},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_fault_of_the_list_loses_nothing(
    api_server: FakeApiServer, start: Start, fault: dict[str, Any]
) -> None:
    """Five LISTs fail before the first works, at most one a second."""
    api_server.apply(pod_event(1))
    api_server.fail_next(on="list", times=5, **fault)
    with start() as watched:
        began = watched.clock.monotonic()
        api_server.wait_for_watches()
        watched.wait_for_points({("web-1.1800000000000001", 1)})
        seconds = watched.clock.monotonic() - began
    assert len(api_server.requests) <= seconds
    assert len(watched.clock.waits) == 5
    assert sum(map(is_watch, api_server.requests)) == 1


def test_retry_after_is_kept(api_server: FakeApiServer, start: Start) -> None:
    """A server that asks for 40 s gets them."""
    api_server.fail_next("status", on="list", code=429, retry_after_seconds=40)
    with start() as watched:
        api_server.wait_for_watches()
    assert watched.clock.waits == [40]


def test_a_page_whose_token_has_expired(api_server: FakeApiServer, start: Start) -> None:
    """The LIST goes on with the token of the refusal, and the watch from its first page."""
    api_server.apply_all([pod_event(number) for number in range(1200)])
    version = api_server.version
    api_server.fail_next("slow", on="list", bytes_per_second=10**9)
    api_server.fail_next("gone", on="list")
    with start() as watched:
        watched.wait_for(lambda: len(watched.sink.points) == 1200)
        api_server.wait_for_watches()
    assert [is_watch(one) for one in api_server.requests] == [False] * 4 + [True]
    assert api_server.requests[-1].query["resourceVersion"] == str(version)
    assert watched.clock.waits == []


def test_a_token_that_always_expires_is_no_busy_loop(
    api_server: FakeApiServer, start: Start
) -> None:
    """A fresh token is tried once for each page; then the LIST begins anew, after a while."""
    api_server.apply_all([pod_event(number) for number in range(700)])
    for _ in range(4):
        api_server.fail_next("slow", on="list", bytes_per_second=10**9)
        api_server.fail_next("gone", on="list", times=2)
    with start() as watched:
        began = watched.clock.monotonic()
        watched.wait_for(lambda: len(watched.sink.points) == 700)
        api_server.wait_for_watches()
        seconds = watched.clock.monotonic() - began
    assert len(watched.clock.waits) == 4
    assert len(api_server.requests) <= seconds


def test_a_page_that_is_too_large_is_asked_for_in_halves(
    api_server: FakeApiServer, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 events of 1 KB do not fit into 150 KB, 125 do."""
    monkeypatch.setattr("collector.api_server.MAX_BODY_BYTES", 150_000)
    message = "x" * 400
    api_server.apply_all([pod_event(number, message=message) for number in range(600)])
    with start() as watched:
        watched.wait_for(lambda: len(watched.sink.points) == 600)
    limits = [one.query["limit"] for one in api_server.requests if not is_watch(one)]
    assert limits[:3] == ["500", "250", "125"]
    assert watched.reconnects("too_large") == 0


def test_a_half_open_watch_ends_at_the_deadline(api_server: FakeApiServer, start: Start) -> None:
    """Its time proves nothing, and what occurred meanwhile is fetched."""
    api_server.fail_next("half_open", on="watch")
    with start(watch_seconds=(1, 1), read_slack_seconds=0.1) as watched:
        api_server.wait_for_requests(2)
        truth = {watched.apply(1), watched.apply(1, 2)}
        watched.wait_for_points(truth)
        watched.wait_for_proof()
    assert watched.reconnects("deadline") == 1
    assert watched.sink.states[0] == "recovered"
    assert watched.sink.spans[0].end - watched.sink.spans[0].start >= timedelta(seconds=1.1)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_is_restarted(api_server: FakeApiServer, start: Start, end: str) -> None:
    """With a clean end or a reset: what occurred while it was away comes when it is back."""
    with start() as watched:
        api_server.wait_for_watches()
        truth = {watched.apply(1)}
        watched.wait_for_points(truth)
        getattr(api_server, end)()
        truth |= {watched.apply(1, 2), watched.apply(2)}
        watched.wait_for(lambda: watched.reconnects("unreachable") > 0)
        api_server.start()
        watched.wait_for_points(truth)
        api_server.wait_for_watches()
        truth.add(watched.apply(3))
        watched.wait_for_points(truth)
    assert sorted(watched.sink.watched) == sorted(truth)
    assert set(watched.sink.states) == {"watched", "recovered"}
    check_coverage(watched)


def test_deleted_events_are_seen_once_more_and_count_nothing(
    api_server: FakeApiServer, start: Start
) -> None:
    """Three events expire with one version; the watch resumes after it."""
    with start() as watched:
        api_server.wait_for_watches()
        truth = {watched.apply(number) for number in range(3)}
        api_server.expire("shop", [name for name, _ in truth])
        watched.wait_for(lambda: len(watched.sink.watched) == 6)
        expired_at = api_server.version
        api_server.reset_connections()
        api_server.wait_for_watches()
        truth.add(watched.apply(7))
        watched.wait_for_points(truth)
    assert watched.sink.points == truth
    assert len(watched.sink.watched) == 7
    assert api_server.requests[-1].query["resourceVersion"] == str(expired_at)


def test_a_version_from_the_future_is_noticed(api_server: FakeApiServer, start: Start) -> None:
    """A backup is restored: a watch from the old version would be silent for ever."""
    with start() as watched:
        api_server.wait_for_watches()
        kept = watched.apply(1)
        version = api_server.version
        watched.apply(2)
        watched.wait_for(lambda: len(watched.sink.points) == 2)
        api_server.restore(version)
        watched.wait_for(lambda: watched.reconnects("future") == 1)
        api_server.wait_for_watches()
        new = watched.apply(9)
        watched.wait_for_points({kept, new})
    assert watched.sink.missed == 0
    check_coverage(watched)


def test_a_stored_version_from_the_future(api_server: FakeApiServer, start: Start) -> None:
    """After a restart the LIST tells: the watch begins at what the server has."""
    with start() as before:
        api_server.wait_for_watches()
        before.apply(1)
        api_server.advance(500)
        before.apply(2)
        before.wait_for(lambda: len(before.sink.points) == 2)
    api_server.restore(2)
    with start(resume=before.sink.marks[-1], sink=before.sink) as after:
        api_server.wait_for_watches()
        new = after.apply(3)
        after.wait_for_points({new})
    assert after.sink.missed == 0
    assert api_server.requests[-1].query["resourceVersion"] == "2"


def test_a_restart_resumes_from_the_stored_version(api_server: FakeApiServer, start: Start) -> None:
    """What occurred and was deleted meanwhile comes by the watch, and nothing is missed."""
    with start() as before:
        api_server.wait_for_watches()
        old = before.apply(1)
        before.wait_for_points({old})
    mark = before.sink.marks[-1]
    gone = before.apply(2)
    api_server.delete("shop", gone[0])
    with start(resume=mark, sink=before.sink) as after:
        after.wait_for_points({old, gone})
    assert [is_watch(one) for one in api_server.requests[-2:]] == [False, True]
    assert api_server.requests[-1].query["resourceVersion"] == mark.resource_version
    assert ("recovered", mark.proved) in [(one.state, one.start) for one in after.sink.spans]
    assert after.sink.missed == 0
    check_coverage(after)


def test_a_restart_after_the_ttl_leaves_a_gap(api_server: FakeApiServer, start: Start) -> None:
    """Stopped for three hours: two are a gap, the last is recovered by the LIST."""
    with start() as before:
        api_server.wait_for_watches()
        before.wait_for_points({before.apply(1)})
    mark = before.sink.marks[-1]
    api_server.compact()
    api_server.advance()
    watched = start(resume=mark)
    watched.clock.skip(timedelta(hours=3))
    with watched:
        api_server.wait_for_watches()
        watched.wait_for_points({watched.apply(2)})
    gap, recovered = watched.sink.spans[:2]
    assert (gap.state, gap.start, recovered.state) == ("gap", mark.proved, "recovered")
    assert recovered.end - recovered.start == timedelta(hours=1)
    assert gap.end - gap.start > timedelta(minutes=119)


def test_an_event_that_the_watch_hides_is_counted_as_missed_once(
    api_server: FakeApiServer, start: Start
) -> None:
    """The LIST shows it: the audit counts one, stores it, and counts no more."""
    with start(watch_seconds=(1, 1)) as watched:
        api_server.wait_for_watches()
        seen = watched.apply(1)
        watched.wait_for_points({seen})
        hidden = watched.event(2)
        hidden["metadata"]["resourceVersion"] = str(api_server.version)
        api_server.log.load([hidden], api_server.version)
        watched.wait_for_points({seen, (hidden["metadata"]["name"], 1)})
        api_server.wait_for_requests(len(api_server.requests) + 3)
        watched.wait_for_proof()
    assert watched.sink.missed == 1
    assert hidden["metadata"]["name"] not in dict(watched.sink.watched)


def test_what_a_list_brings_before_the_watch_is_not_missed(
    api_server: FakeApiServer, start: Start
) -> None:
    """Its version is later than what was delivered: nobody could have brought it."""
    with start() as watched:
        api_server.wait_for_watches()
        watched.wait_for_points({watched.apply(1)})
        api_server.fail_next("gone", on="watch")
        api_server.stop()
        late = watched.apply(2)
        api_server.start()
        watched.wait_for_points({late})
        api_server.wait_for_watches()
    assert watched.sink.missed == 0


@pytest.mark.parametrize("api", ["core/v1", "events.k8s.io/v1"])
def test_both_api_groups_give_the_same_points(
    api_server: FakeApiServer, start: Start, api: Any
) -> None:
    """By LIST and by watch."""
    listed = pod_event(1, 3)
    api_server.apply(listed)
    with start(stream=Stream(cluster="lab", api=api)) as watched:
        api_server.wait_for_watches()
        truth = {(listed["metadata"]["name"], 3), watched.apply(1, 4), watched.apply(2)}
        watched.wait_for_points(truth)
    assert watched.sink.points == truth
    paths = {"core/v1": "/api/v1/events", "events.k8s.io/v1": "/apis/events.k8s.io/v1/events"}
    assert {one.path for one in api_server.requests} == {paths[api]}


def test_a_namespace_needs_its_own_right_only(api_server: FakeApiServer, start: Start) -> None:
    """All other paths are forbidden, and the events of other namespaces do not come."""
    api_server.forbid("/api/v1/events")
    api_server.forbid("/api/v1/namespaces/other")
    with start(stream=Stream(cluster="lab", namespace="shop")) as watched:
        api_server.wait_for_watches()
        other = watched.event(8)
        other["metadata"]["namespace"] = other["involvedObject"]["namespace"] = "other"
        api_server.apply(other)
        seen = watched.apply(9)
        watched.wait_for_points({seen})
    assert watched.sink.points == {seen}
    assert {one.path for one in api_server.requests} == {"/api/v1/namespaces/shop/events"}


def test_a_field_selector_is_the_server_s(api_server: FakeApiServer, start: Start) -> None:
    """What it leaves out comes neither by LIST nor by watch; leaving it is no occurrence."""
    api_server.apply_all([pod_event(1), pod_event(2, type="Normal")])
    with start(stream=Stream(cluster="lab", field_selector="type=Warning")) as watched:
        api_server.wait_for_watches()
        watched.apply(3, type="Normal")
        seen = watched.apply(4)
        watched.wait_for_points({seen})
    assert watched.sink.points == {("web-1.1800000000000001", 1), seen}
    assert all(one.query["fieldSelector"] == "type=Warning" for one in api_server.requests)


def test_no_right_at_the_start_ends_it_with_the_rule(
    api_server: FakeApiServer, start: Start
) -> None:
    """Waiting does not help; somebody else may decide to try again."""
    api_server.forbid("/api/v1/events")
    with start() as watched:
        watched.wait_for(lambda: watched.error is not None)
        error = watched.error
    assert error is not None
    assert (error.cause, error.is_permanent) == ("forbidden", True)
    assert "events" in error.rule
    assert len(api_server.requests) == 1


def test_a_right_that_is_taken_away_is_waited_for(api_server: FakeApiServer, start: Start) -> None:
    """A watcher that has worked goes on when it may again."""
    with start() as watched:
        api_server.wait_for_watches()
        api_server.forbid("/api/v1/events")
        api_server.reset_connections()
        api_server.wait_for_requests(6)
        assert "403" in watched.stream.trouble
        api_server.allow("/api/v1/events")
        seen = watched.apply(1)
        watched.wait_for_points({seen})
        assert watched.stream.trouble == ""
    assert watched.error is None


def test_a_full_mailbox_blocks_the_watch_and_loses_nothing(
    api_server: FakeApiServer, start: Start
) -> None:
    """The writer stands still; the version stays behind what has not been put."""
    with start(capacity=5) as watched:
        api_server.wait_for_watches()
        watched.wait_for(lambda: bool(watched.sink.marks))
        watched.is_writing.clear()
        truth = {watched.apply(number) for number in range(40)}
        while len(watched.mailbox) < 5:
            watched.clock.wait(1)
        reached = int(watched.stream.progress.version)
        assert reached <= len(watched.mailbox) + 1 + len(watched.sink.points)
        watched.is_writing.set()
        watched.wait_for_points(truth)
    assert watched.sink.points == truth
    assert len(watched.sink.watched) == 40


@pytest.mark.parametrize("where", ["watch", "list", "waiting", "full"])
def test_it_stops_wherever_it_is(api_server: FakeApiServer, start: Start, where: str) -> None:
    """In an open watch, in a LIST that does not answer, between attempts, before a full mailbox."""
    if where == "list":
        api_server.pause()
    if where == "waiting":
        api_server.fail_next("status", on="list", code=500, times=1000)
    with start(capacity=1) as watched:
        api_server.wait_for_requests(1)
        if where == "full":
            watched.is_writing.clear()
            for number in range(5):
                watched.apply(number)
        if where in ("watch", "full"):
            api_server.wait_for_watches()
    assert watched.error is None

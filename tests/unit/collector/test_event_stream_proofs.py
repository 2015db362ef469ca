"""What a watcher takes for a proof, told second by second."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from collector.api_server import ApiServer
from collector.errors import ApiError
from collector.event_stream import EventStream, WatchSettings
from collector.mailbox import Mailbox
from collector.metrics import Metrics
from collector.progress import Mark, Stream
from tests.api_server.event_shapes import Json, pod_event

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
Step = Callable[[], bytes | None]


class Script:
    """An API server that says what is written, and the time at which it is read."""

    def __init__(self) -> None:
        self.elapsed_seconds = 0.0
        self.version = 1
        self.watches: list[list[Step]] = []
        self.requests = 0
        self.waits: list[float] = []

    def now(self) -> datetime:
        """Return the time of day."""
        return NOON + timedelta(seconds=self.elapsed_seconds)

    def wait(self, seconds: float) -> bool:
        """Let the time pass; stop when nothing is written any more."""
        if seconds:
            self.waits.append(seconds)
        self.elapsed_seconds += seconds
        return not self.watches

    def list_page(self, stream: Stream, **query: Any) -> bytes:
        """Return a list without events."""
        self.requests += 1
        metadata = {"resourceVersion": str(self.version)}
        return json.dumps({"kind": "EventList", "metadata": metadata, "items": []}).encode()

    @contextmanager
    def watch(self, stream: Stream, **query: Any) -> Iterator[Iterator[bytes]]:
        """Play the next watch."""
        self.requests += 1
        yield self._played(self.watches.pop(0))

    def _played(self, steps: list[Step]) -> Iterator[bytes]:
        for step in steps:
            chunk = step()
            if chunk is not None:
                yield chunk

    # the steps of a watch

    def after(self, seconds: float, *frames: bytes) -> Step:
        """Wait so long, and let frames come in one chunk, of a version each; without any, end."""

        def step() -> bytes | None:
            self.elapsed_seconds += seconds
            self.version += len(frames)
            return b"".join(frames) if frames else None

        return step

    def cut(self, seconds: float) -> Step:
        """Wait so long, and break."""

        def step() -> bytes | None:
            self.elapsed_seconds += seconds
            raise ApiError("cut", cause="cut")

        return step


class Blocking(Mailbox):
    """A mailbox whose puts may take long, as while the database is away."""

    def __init__(self, script: Script) -> None:
        super().__init__(capacity=1000, batch=1000)
        self._script = script
        self.blocks: list[float] = []  # seconds of the puts to come

    def put(self, *arguments: Any, **named: Any) -> None:
        """Put after a while."""
        super().put(*arguments, **named)
        if self.blocks:
            self._script.elapsed_seconds += self.blocks.pop(0)


def frame(version: int, time: datetime | None = None, kind: str = "ADDED") -> bytes:
    """Return a frame of an event with this time."""
    event: Json = pod_event(version)
    if time is not None:
        event["lastTimestamp"] = time.isoformat().replace("+00:00", "Z")
    event["metadata"]["resourceVersion"] = str(version)
    return json.dumps({"type": kind, "object": event}).encode() + b"\n"


def error(code: int) -> bytes:
    """Return an ERROR frame."""
    return json.dumps({"type": "ERROR", "object": {"code": code}}).encode() + b"\n"


def seconds(number: float) -> datetime:
    """Return a time after noon."""
    return NOON + timedelta(seconds=number)


def follow(script: Script, *watches: list[Step], blocks: list[float] | None = None) -> Mark:
    """Follow the watches, and return a mark with the last word on every span."""
    script.watches = list(watches)
    mailbox = Blocking(script)
    mailbox.blocks = blocks or []
    stream = EventStream(
        Stream(cluster="lab"),
        cast("ApiServer", script),
        mailbox,
        metrics=Metrics(version="1", now=script.now),
        wait=script.wait,
        settings=WatchSettings(watch_seconds=(100, 100)),
        now=script.now,
        monotonic=lambda: script.elapsed_seconds,
    )
    stream.run()
    parcel = mailbox.take(0)
    assert parcel is not None
    return parcel.marks[0]


def grown(mark: Mark) -> list[tuple[str, float, float]]:
    """Return the spans that have a length, in seconds after noon."""
    return [
        (span.state, (span.start - NOON).total_seconds(), (span.end - NOON).total_seconds())
        for span in sorted(mark.spans, key=lambda span: span.start)
        if span.end > span.start
    ]


def test_a_frame_that_was_waited_for_proves_when_it_came() -> None:
    """Its own time may be anything: 30 s and 70 s after noon count, not what the events claim."""
    script = Script()
    mark = follow(script, [script.after(30, frame(2)), script.after(40, frame(3)), script.cut(20)])
    assert (mark.proved, mark.resource_version) == (seconds(70), "3")
    assert grown(mark) == [("watched", 0, 70)]


def test_frames_that_lay_in_a_buffer_prove_when_they_were_written() -> None:
    """The reader stood still for an hour: the frame that lay ready was written after 35 s."""
    script = Script()
    late = frame(3, seconds(35))
    watch = [script.after(30, frame(2)), script.after(0, late), script.cut(0)]
    mark = follow(script, watch, blocks=[0, 3600])
    assert (mark.proved, mark.resource_version) == (seconds(35), "3")
    assert grown(mark) == [("watched", 0, 35)]


def test_a_time_from_the_future_in_a_buffer_proves_nothing() -> None:
    """Any tenant may write any time into an event."""
    script = Script()
    late = frame(3, seconds(10**6)), frame(4, seconds(32))
    watch = [script.after(30, frame(2)), script.after(0, *late), script.cut(0)]
    mark = follow(script, watch, blocks=[0, 3600])
    assert (mark.proved, mark.resource_version) == (seconds(32), "4")


def test_an_end_that_lay_in_a_buffer_proves_nothing() -> None:
    """The watch ended while nobody read for three hours: what follows is a break, with a gap."""
    script = Script()
    first = [script.after(30, frame(2)), script.after(0)]
    second = [script.after(20, frame(3)), script.cut(0)]
    mark = follow(script, first, second, blocks=[0, 10_800])
    assert grown(mark) == [
        ("watched", 0, 30),
        ("gap", 30, 7230),
        ("recovered", 7230, 10_830),
        ("watched", 10_830, 10_850),
    ]


def test_an_end_that_was_waited_for_is_a_proof() -> None:
    """An idle watch ends after 100 s."""
    script = Script()
    mark = follow(script, [script.after(100)])
    assert grown(mark) == [("watched", 0, 100)]


def test_an_expired_version_proves_nothing() -> None:
    """The 410 of a watch that was opened after a break of 50 s says what is not delivered."""
    script = Script()
    first = [script.after(30, frame(2)), script.cut(50)]
    mark = follow(script, first, [script.after(5, error(410))])
    assert (mark.proved, mark.resource_version) == (seconds(30), "2")
    assert grown(mark) == [("watched", 0, 30)]


def test_a_server_that_always_says_expired_is_left_in_peace() -> None:
    """Each 410 leads to a LIST and a watch, and not before a wait that grows."""
    script = Script()
    watches = [[script.after(0.01, frame(2 + n), error(410))] for n in range(12)]
    follow(script, *watches)
    assert script.requests <= script.elapsed_seconds
    assert script.waits[-1] == 30


def test_a_version_that_has_grown_old_is_listed_at_once() -> None:
    """Expired after 95 s of quiet: nobody waits, and nobody is warned."""
    script = Script()
    follow(script, [script.after(95, error(410))], [script.after(100)])
    assert script.waits == []


def test_a_server_that_answers_with_an_older_version_is_listed_anew() -> None:
    """A restored backup, and no refusal: the watch from version 3 would be silent for ever."""
    script = Script()

    def restore() -> None:
        script.version = 1

    first = [script.after(30, frame(2), frame(3)), restore, script.cut(1)]
    mark = follow(script, first, [script.after(50)])
    assert mark.resource_version == "1"


def test_a_watch_that_drips_is_given_up() -> None:
    """A blank line now and then is no sign of life: 140 s after a start for 100 s it is over."""
    script = Script()

    def drip() -> bytes:
        script.elapsed_seconds += 20
        return b"\n"

    mark = follow(script, [drip] * 100, [script.after(50, frame(2))])
    assert script.elapsed_seconds < 400
    assert ("watched", 0.0, 140.0) not in grown(mark)


def test_a_failure_of_our_own_is_followed_by_a_list() -> None:
    """What the stream held may be wrong: everything is read again, and the break is one."""
    script = Script()
    stream = EventStream(
        Stream(cluster="lab"),
        cast("ApiServer", script),
        Mailbox(capacity=1000, batch=1000),
        metrics=Metrics(version="1", now=script.now),
        wait=script.wait,
        settings=WatchSettings(watch_seconds=(100, 100)),
        now=script.now,
        monotonic=lambda: script.elapsed_seconds,
    )
    script.watches = [[script.after(50, frame(2))]]
    stream.run()
    requests = script.requests
    stream.start_over()
    script.watches = [[script.after(50, frame(3))]]
    stream.run()
    assert script.requests - requests == 2
    assert stream.progress.version == "3"

"""A watcher against the API server of the tests, with a store-like sink and time that flies."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from collector.api_server import ApiServer
from collector.errors import ApiError
from collector.event_stream import EventStream, WatchSettings
from collector.kubeconfig import targets
from collector.mailbox import Closed, Mailbox, Parcel
from collector.metrics import Metrics
from collector.observation import Observation
from collector.progress import Mark, Span, Stream
from tests.api_server.event_shapes import Json, pod_event
from tests.api_server.server import FakeApiServer

Point = tuple[str, int]  # name of the event, cumulative count
SETTINGS = WatchSettings(watch_seconds=(60, 60), read_slack_seconds=5.0)
SPEED = 200.0  # a wait of one second takes 5 ms
PATIENCE_SECONDS = 20.0


class FlyingClock:
    """Real time, plus all that was only pretended to be waited for."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.waits: list[float] = []
        self._skipped = 0.0

    def monotonic(self) -> float:
        """Return seconds."""
        return time.monotonic() + self._skipped

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.now(UTC) + timedelta(seconds=self._skipped)

    def wait(self, seconds: float) -> bool:
        """Let the time pass; tell whether to stop."""
        if seconds:
            self.waits.append(seconds)
        is_stopped = self.stop.wait(seconds / SPEED)
        self._skipped += seconds
        return is_stopped

    def skip(self, elapsed: timedelta) -> None:
        """Let the time pass at once."""
        self._skipped += elapsed.total_seconds()


class Sink:
    """What a store would hold."""

    def __init__(self) -> None:
        self.points: set[Point] = set()
        self.watched: list[Point] = []  # in order, as often as the watch brought them
        self.deliveries: list[Observation] = []
        self.missed = 0
        self.rejections = 0
        self.marks: list[Mark] = []
        self._spans: dict[tuple[str, datetime], Span] = {}

    def take(self, parcel: Parcel) -> None:
        """Do as the writer does: first what is new, then the audit."""
        self.watched += map(point, parcel.observations)
        self.deliveries += parcel.observations
        self.points.update(map(point, parcel.observations + parcel.listed))
        audited = set(map(point, parcel.audited))
        self.missed += len(audited - self.points)
        self.points |= audited
        self.rejections += len(parcel.rejections)
        for mark in parcel.marks:
            self.marks.append(mark)
            for span in mark.spans:
                self._spans[span.state, span.start] = span

    @property
    def spans(self) -> list[Span]:
        """Return what is known of time, without the spans that never grew."""
        found = (span for span in self._spans.values() if span.end > span.start)
        return sorted(found, key=lambda span: span.start)

    @property
    def states(self) -> list[str]:
        """Return the states of the spans, in their order."""
        return [span.state for span in self.spans]


class WatchedStream:
    """A watcher and a writer in threads of their own; a context manager."""

    def __init__(
        self,
        server: FakeApiServer,
        folder: Path,
        *,
        stream: Stream | None = None,
        resume: Mark | None = None,
        sink: Sink | None = None,
        capacity: int = 10_000,
        **settings: Any,
    ) -> None:
        self.server = server
        self.clock = FlyingClock()
        self.sink = sink or Sink()
        self.truth: set[Point] = set()  # all that was applied
        self.error: ApiError | None = None
        self.is_writing = threading.Event()
        self.is_writing.set()
        self.metrics = Metrics(version="1", now=self.clock.now)
        self.mailbox = Mailbox(capacity=capacity, batch=5000)
        [target] = targets(str(server.kubeconfig(folder)))
        self._api = ApiServer(target, read_timeout_seconds=2.0)
        self.stream = EventStream(
            stream or Stream(cluster="lab"),
            self._api,
            self.mailbox,
            metrics=self.metrics,
            wait=self.clock.wait,
            settings=replace(SETTINGS, **settings),
            resume=resume,
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            rng=random.Random(1),
        )
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._watch, name="watch"),
            threading.Thread(target=self._write, name="write"),
        ]

    def __enter__(self) -> WatchedStream:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.clock.stop.set()
        self._api.interrupt()
        self.mailbox.close()
        self.is_writing.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        self._api.close()
        assert not any(thread.is_alive() for thread in self._threads)

    def event(self, number: int, count: int = 1, **over: Any) -> Json:
        """Return an event whose last occurrence is now."""
        seen = self.clock.now().isoformat().replace("+00:00", "Z")
        return pod_event(number, count, lastTimestamp=seen, **over)

    def apply(self, number: int, count: int = 1, **over: Any) -> Point:
        """Let an event occur now; return its point."""
        stored = self.server.apply(self.event(number, count, **over))
        self.truth.add((stored["metadata"]["name"], count))
        return stored["metadata"]["name"], count

    def wait_for(self, happened: Callable[[], bool], what: str = "") -> None:
        """Wait until it has happened."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._changed:
            while not happened():
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{what or 'it'} has not come: {self.stream.trouble}")
                self._changed.wait(0.01)

    def wait_for_points(self, expected: set[Point]) -> None:
        """Wait until the sink holds them."""
        self.wait_for(lambda: expected <= self.sink.points, f"{len(expected)} points")

    def wait_for_proof(self) -> None:
        """Wait for a mark that proves a time after this call."""
        start = self.clock.now()
        self.wait_for(
            lambda: bool(self.sink.marks) and self.sink.marks[-1].proved >= start, "proof"
        )

    def wait_for_watching(self) -> None:
        """Wait until a watch has been proved to be alive, by events that occur until then."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        proved = self.sink.marks[-1].proved
        while self.sink.marks[-1].proved == proved or self.sink.states[-1] != "watched":
            if time.monotonic() > deadline:
                raise TimeoutError(f"the watch is not proved: {self.stream.trouble}")
            self.apply(99, 1 + len(self.truth))
            self.clock.wait(1)

    def reconnects(self, cause: str) -> int:
        """Return how often it connected anew for this cause."""
        labels = {"cluster": "lab", "cause": cause}
        name = "kubedigest_reconnects_total"
        return int(self.metrics.registry.get_sample_value(name, labels) or 0)

    def _watch(self) -> None:
        try:
            self.stream.run()
        except Closed:
            return
        except ApiError as error:
            self.error = error

    def _write(self) -> None:
        while True:
            self.is_writing.wait()
            parcel = self.mailbox.take(0.005)
            if parcel is None:
                return
            with self._changed:
                self.sink.take(parcel)
                self._changed.notify_all()


def point(one: Observation) -> Point:
    """Return what identifies a point among made-up events."""
    return one.name, one.cumulative

"""The bounded hand-over from the watchers to the writer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from collector.observation import Observation, Rejection
from collector.progress import Mark

CHARACTERS_AS_HEAVY_AS_A_RECORD = 4096


@dataclass(slots=True)
class Parcel:
    """What watchers have delivered since the last one: all of it belongs in one transaction."""

    observations: list[Observation] = field(default_factory=list)  # from a watch
    listed: list[Observation] = field(default_factory=list)  # from a LIST
    # from a LIST, and the watch should have brought them before
    audited: list[Observation] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    missed: dict[str, int] | None = None  # points that the audit found missing, by cluster

    def __len__(self) -> int:
        return len(self.observations) + len(self.listed) + len(self.audited) + len(self.rejections)

    def __bool__(self) -> bool:
        """Tell whether there is anything to store; a mark alone is a proof."""
        return bool(self.marks) or len(self) > 0


class Closed(Exception):  # noqa: N818 - ends a watcher, and is nobody's error
    """The writer takes no more."""


class HasMark(Protocol):
    """How far a stream has come."""

    def mark(self) -> Mark:
        """Return it, with the spans that are new since the last call."""
        ...


class Mailbox:
    """Parcels of any number of watchers for one writer.

    A watcher that finds `capacity` records waiting waits itself: it stops reading from its socket,
    and memory stays bounded however long the database is away. A record with a long text weighs as
    much as several.
    """

    def __init__(
        self,
        *,
        capacity: int,
        batch: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacity = capacity
        self._batch = batch
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._has_room = threading.Condition(self._lock)
        self._has_mail = threading.Condition(self._lock)
        self._parcel = Parcel()
        self._moved: dict[HasMark, None] = {}  # streams that have come further
        self._weight = 0
        self._first: float | None = None  # when the oldest of the parcel came
        self._closed = False

    def __len__(self) -> int:
        """Return how many records wait."""
        return len(self._parcel)

    def put(
        self,
        observations: Sequence[Observation] = (),
        rejections: Sequence[Rejection] = (),
        *,
        listed: Sequence[Observation] = (),
        audited: Sequence[Observation] = (),
        progress: HasMark | None = None,
        step: Callable[[], None] | None = None,
    ) -> None:
        """Add what a watcher has read; raise Closed where nobody will take it any more.

        *step* moves *progress* past these records, in one go with adding them: whoever takes the
        parcel gets a mark that speaks of all it holds and of no more.
        """
        with self._lock:
            while self._weight >= self._capacity and not self._closed:
                self._has_room.wait()
            if self._closed:
                raise Closed
            self._parcel.observations += observations
            self._parcel.rejections += rejections
            self._parcel.listed += listed
            self._parcel.audited += audited
            if step is not None:
                step()
            if progress is not None:
                self._moved[progress] = None
            self._weight += sum(map(_weight, (observations, listed, audited)))
            self._weight += _weight_of([len(one.raw) for one in rejections])
            if self._first is None:
                self._first = self._monotonic()
                self._has_mail.notify()
            elif self._weight >= self._batch:
                self._has_mail.notify()

    def change(self, step: Callable[[], None]) -> None:
        """Run *step* where it cannot meet somebody who takes a mark."""
        with self._lock:
            step()

    def take(self, age_seconds: float, *, patience_seconds: float | None = None) -> Parcel | None:
        """Wait until a batch is full or its oldest part *age_seconds* old; None when closed.

        A parcel is empty where nothing came for *patience_seconds*.
        """
        with self._lock:
            while not self._is_due(age_seconds):
                if self._closed:
                    return None
                if self._first is None and patience_seconds is not None:
                    if not self._has_mail.wait(patience_seconds):
                        return Parcel()
                else:
                    self._has_mail.wait(self._remaining_seconds(age_seconds))
            return self._pick_up()

    def close(self) -> None:
        """Refuse what comes from now on; what waits can still be taken."""
        with self._lock:
            self._closed = True
            self._has_room.notify_all()
            self._has_mail.notify_all()

    def _is_due(self, age_seconds: float) -> bool:
        if self._first is None:
            return False
        is_old = self._monotonic() - self._first >= age_seconds
        return is_old or self._closed or self._weight >= self._batch

    def _remaining_seconds(self, age_seconds: float) -> float | None:
        if self._first is None:
            return None
        return max(0.0, age_seconds - (self._monotonic() - self._first))

    def _pick_up(self) -> Parcel:
        parcel = self._parcel
        parcel.marks = [progress.mark() for progress in self._moved]
        self._parcel, self._moved, self._weight, self._first = Parcel(), {}, 0, None
        self._has_room.notify_all()
        return parcel


def _weight(observations: Sequence[Observation]) -> int:
    return _weight_of([len(one.message) + len(one.labels) for one in observations])


def _weight_of(characters: list[int]) -> int:
    return len(characters) + sum(characters) // CHARACTERS_AS_HEAVY_AS_A_RECORD

"""What part of time one stream has proved: watched, recovered or gap.

A span grows only on proof: a frame, a clean end of the watch, a complete LIST. The time after the
last proof belongs to no span until the next one says what became of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from collector.progress import Span

HAND_OVER = timedelta(seconds=10)  # from one watch to the next; what takes longer is a break
CLOCK_STEP = timedelta(hours=1)  # what time services correct is far less


def bridge(proved: datetime, listed: datetime, event_ttl: timedelta) -> list[Span]:
    """Return what is known of a break that a complete LIST has ended."""
    held = max(proved, listed - event_ttl)
    spans = [Span("gap", proved, held), Span("recovered", held, listed)]
    return [span for span in spans if span.end > span.start]


class CoverageClock:
    """The spans of one stream; give it the last proof that an earlier run has stored.

    `event_ttl` is how long the API server keeps an event after its last update: a LIST within it
    finds everything that can be counted.
    """

    def __init__(self, *, proved: datetime | None = None, event_ttl: timedelta) -> None:
        self.proved = proved
        self._event_ttl = event_ttl
        self._watched_since: datetime | None = None  # start of the span that grows
        self._resumed: datetime | None = None  # a watch was opened after a break
        self._has_grown = False
        self._is_new = False  # the span that grows is the stream's first: it is noted at once
        self._closed: list[Span] = []  # spans that are new and will not grow

    def relisted(self, at: datetime) -> None:
        """Take a complete LIST, asked for at *at*, as proof of what led up to it."""
        at = self._not_before(at)
        if self.proved is None:
            self._begin(at)
            self._is_new = True
        elif self._watched_since is not None and at - self.proved <= HAND_OVER:
            self._extend(at)
        else:
            self._close_watched()
            self._closed += bridge(self.proved, at, self._event_ttl)
            self._begin(at)

    def resumed(self, at: datetime) -> None:
        """Note that a watch was opened at *at* from the last version; it has proved nothing yet."""
        at = self._not_before(at)
        if self.proved is not None and at - self.proved > HAND_OVER:
            self.lost()
        self._resumed = at

    def prove(self, at: datetime) -> None:
        """Take a frame or a clean end, received at *at*, as proof that the watch was alive.

        What was written before the watch was opened proves nothing of the watch.
        """
        if self.proved is not None:  # *at* may be an event's time: of any day, and no clock's fault
            at = max(at, self.proved)
        if self._watched_since is None:
            opened = self._resumed or at
            if at < opened:
                return
            if self.proved is not None and opened > self.proved:
                self._closed.append(Span("recovered", self.proved, opened))
            self._begin(opened)
        self._extend(at)

    def lost(self) -> None:
        """Note that the watch broke; what follows the last proof is open."""
        self._close_watched()
        self._watched_since = None
        self._resumed = None

    def take(self) -> tuple[Span, ...]:
        """Return the spans that are new or have grown since the last call."""
        self._close_watched()
        taken = tuple(self._closed)
        self._closed.clear()
        return taken

    def _begin(self, at: datetime) -> None:
        self._close_watched()
        self._watched_since = at
        self._extend(at)

    def _extend(self, at: datetime) -> None:
        self.proved = at
        self._has_grown = True

    def _close_watched(self) -> None:
        if self._has_grown and self._watched_since is not None and self.proved is not None:
            if self.proved > self._watched_since or self._is_new:
                self._closed.append(Span("watched", self._watched_since, self.proved))
            self._is_new = False
        self._has_grown = False

    def _not_before(self, at: datetime) -> datetime:
        """Keep a clock that was set back a little from taking back what is proved.

        Set back by much, it was wrong before: what it has proved counts for nothing.
        """
        if self.proved is None:
            return at
        if self.proved - at > CLOCK_STEP:
            self._watched_since = self._resumed = None
            self._has_grown = False
            self.proved = at
        return max(at, self.proved)

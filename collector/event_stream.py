"""LIST, then WATCH, for ever: one stream of one cluster into the mailbox.

The rules come from what API servers do with events: no bookmarks, versions that are compacted
within minutes, a version from the future that stays silent, answers that are empty, cut or mad
(docs/collecting.md).
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from collector.api_server import ApiServer
from collector.backoff import Backoff
from collector.errors import ApiError
from collector.frames import Failed, FrameDecoder, Observed, Page, Refused
from collector.line_buffer import LineBuffer
from collector.mailbox import Mailbox
from collector.metrics import Metrics
from collector.observation import Observation, Rejection
from collector.owners import Owners
from collector.progress import Mark, Stream
from collector.stream_progress import Progress

PAGE_ITEMS = 500
SMALL_PAGE_BYTES = 2 << 20
LONGEST_LINE_BYTES = 8 << 20  # an object that etcd takes has 1.5 MB
GONE = 410
EMPTY_WATCH_SECONDS = 1.0  # client-go calls it a very short watch
STEADY_WATCH_SECONDS = 30.0  # a watch that lasted so long ends a row of failures
FRESH_SECONDS = 0.1  # what took longer to come had not been lying in a buffer
NEEDS_LIST = frozenset({"gone", "future", "malformed", "empty"})
# what a server also says to a version that it cannot read: then only a LIST helps
REFUSALS = frozenset({"server_error", "bad_request"})
PATIENCE_REFUSALS = 3
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """The times of a watch."""

    event_ttl: timedelta = timedelta(hours=1)  # --event-ttl of the API server
    audit_interval: timedelta = timedelta(minutes=15)
    watch_seconds: tuple[int, int] = (120, 240)
    read_slack_seconds: float = 30.0  # an idle watch says nothing until its server ends it
    first_delay_seconds: float = 1.0


class EventStream:
    """One watcher; `run` it in a thread of its own."""

    def __init__(
        self,
        stream: Stream,
        server: ApiServer,
        mailbox: Mailbox,
        *,
        metrics: Metrics,
        wait: Callable[[float], bool],
        settings: WatchSettings,
        resume: Mark | None = None,
        owners: Owners | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        """Begin where *resume* ends; *wait* sleeps and tells whether to stop."""
        self.stream = stream
        self.progress = Progress(stream, resume, settings.event_ttl, began=now())
        self.trouble = "has not connected yet"  # "" while the watch is open
        self.has_succeeded = False
        self._server = server
        self._mailbox = mailbox
        self._metrics = metrics
        self._wait = wait
        self._settings = settings
        self._owners = owners
        self._now = now
        self._monotonic = monotonic
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._backoff = Backoff(first_seconds=settings.first_delay_seconds, rng=self._rng)
        self._decoder = FrameDecoder(cluster=stream.cluster)
        self._must_list = resume is None
        self._listed_at: datetime | None = None
        self._page_items = PAGE_ITEMS
        self._largest_page_bytes = 0  # of the last LIST
        self._last_list_seconds = float("-inf")  # when it was tried
        self._refusals = 0  # in a row

    # -- the loop

    def run(self) -> None:
        """Follow the stream until told to stop; raise ApiError where there is no hope at first."""
        while not self._wait(0):
            try:
                self._list_if_due()
                self._watch()
            except ApiError as error:
                if error.cause == "interrupted":
                    continue
                self._mailbox.change(self.progress.coverage.lost)
                if error.is_permanent and not self.has_succeeded:
                    self.trouble = str(error)
                    raise
                self._recover(error)

    def start_over(self) -> None:
        """Trust nothing of what came last, after a failure of our own."""
        self._mailbox.change(self.progress.coverage.lost)
        self._must_list = True

    def _recover(self, error: ApiError) -> None:
        """Wait as long as the failure asks for; after some failures the version is worthless."""
        self._metrics.reconnected(self.stream, cause=error.cause)
        self._refusals += error.cause in REFUSALS
        if error.cause in NEEDS_LIST or self._refusals >= PATIENCE_REFUSALS:
            self._must_list = True
        if error.cause == "gone" and self._has_grown_old():
            return  # nobody's failure: the LIST follows at once
        delay_seconds = self._backoff.next_seconds(error.retry_after_seconds or 0.0)
        if str(error) != self.trouble:
            extra = {"cluster": self.stream.cluster, "cause": error.cause}
            LOG.warning("%s; trying again in %.0f s", error, delay_seconds, extra=extra)
        self.trouble = str(error)
        self._wait(delay_seconds)

    def _has_grown_old(self) -> bool:
        """Tell whether a version may have expired as versions do, within minutes of quiet."""
        return self._monotonic() - self._last_list_seconds >= STEADY_WATCH_SECONDS

    def _succeeded(self) -> None:
        if self.trouble:
            again = " again" if self.has_succeeded else ""
            LOG.info("connected%s", again, extra={"cluster": self.stream.cluster})
        self.has_succeeded = True
        self.trouble = ""

    # -- LIST

    def _list_if_due(self) -> None:
        listed_at, interval = self._listed_at, self._settings.audit_interval
        if self._must_list or listed_at is None or self._now() - listed_at >= interval:
            self.list_all()
        else:
            self._check_version()

    def list_once(self) -> None:
        """Read everything the API server holds, and go on from there."""
        self._must_list = True
        self.list_all()

    def list_all(self) -> None:
        """Read everything the API server holds; what the watch should have brought is audited.

        After a watch that brought something the version stays: resuming from it also brings what
        was deleted in between.
        """
        asked_at = self._now()
        progress = self.progress
        pages = self._pages()
        page = next(pages)
        delivered = self._delivered_version(page)
        version = page.resource_version if self._must_list else progress.version
        while page.continue_token:
            listed, audited = self._told_apart(page, delivered)
            self._mailbox.put((), page.rejections, listed=listed, audited=audited)
            page = next(pages)
        listed, audited = self._told_apart(page, delivered)
        self._mailbox.put(
            (),
            page.rejections,
            listed=listed,
            audited=audited,
            progress=progress,
            step=partial(progress.relisted, version, asked_at),
        )
        self._must_list = False
        self._listed_at = asked_at
        if self._largest_page_bytes < SMALL_PAGE_BYTES:
            self._page_items = min(2 * self._page_items, PAGE_ITEMS)
        if delivered is not None:
            self._metrics.audited(self.stream, at=asked_at)

    def _delivered_version(self, page: Page) -> int | None:
        """Return up to where the watch has delivered; None where versions were taken back."""
        ours, theirs = _number(self.progress.version), _number(page.resource_version)
        if ours is not None and theirs is not None and theirs < ours:
            LOG.warning(
                "the API server's version went back from %d to %d: was a backup restored?",
                ours,
                theirs,
                extra={"cluster": self.stream.cluster},
            )
            self._must_list = True
            return None
        return ours

    def _pages(self) -> Iterator[Page]:
        """Yield the pages of a LIST; one whose token has expired goes on with a fresh one.

        What changed meanwhile is not lost: the watch starts from the version of the first page.
        """
        self._last_list_seconds = self._monotonic()
        self._largest_page_bytes = 0
        token = ""
        is_renewed = False  # since the last page
        while True:
            try:
                page = self._page(token)
            except ApiError as error:
                if error.cause == "too_large" and self._page_items > 1:
                    self._page_items //= 2
                    continue
                if not error.continue_token or is_renewed:
                    raise
                token = error.continue_token
                is_renewed = True
                continue
            self._succeeded()
            yield page
            if not page.continue_token:
                return
            if page.continue_token == token:
                raise ApiError("a LIST of the API server has no end", cause="malformed")
            token = page.continue_token
            is_renewed = False

    def _page(self, token: str) -> Page:
        self._metrics.requested(cluster=self.stream.cluster, verb="list")
        body = self._server.list_page(self.stream, limit=self._page_items, continue_token=token)
        self._largest_page_bytes = max(self._largest_page_bytes, len(body))
        return self._decoder.page(body, self._now())

    def _told_apart(
        self, page: Page, delivered: int | None
    ) -> tuple[list[Observation], list[Observation]]:
        """Return what may be new, and what a watch up to *delivered* has brought before."""
        self._count(len(page.observed), len(page.rejections))
        listed: list[Observation] = []
        audited: list[Observation] = []
        for one in page.observed:
            number = _number(one.resource_version)
            is_known = delivered is not None and number is not None and number <= delivered
            (audited if is_known else listed).append(one.observation)
        return self._with_owners(listed), audited

    def _check_version(self) -> None:
        """Compare versions: a watch from one that the server has not reached stays silent."""
        ours = self.progress.version
        self._metrics.requested(cluster=self.stream.cluster, verb="list")
        body = self._server.list_page(
            self.stream, limit=1, resource_version=ours, resource_version_match="NotOlderThan"
        )
        theirs = self._decoder.page(body, self._now()).resource_version
        if (_number(theirs) or 0) < (_number(ours) or 0):
            raise ApiError(f"the API server is only at version {theirs}", cause="future")

    # -- WATCH

    def _watch(self) -> None:
        """Follow one watch to its end; an end that proves nothing is an error."""
        seconds = self._rng.randint(*self._settings.watch_seconds)
        started = self._monotonic()
        self._metrics.requested(cluster=self.stream.cluster, verb="watch")
        try:
            with self._server.watch(
                self.stream,
                resource_version=self.progress.version,
                timeout_seconds=seconds,
                read_timeout_seconds=seconds + self._settings.read_slack_seconds,
            ) as chunks:
                self._mailbox.change(partial(self.progress.coverage.resumed, self._now()))
                self._succeeded()
                until = started + seconds + self._settings.read_slack_seconds
                frames, is_fresh = self._read(chunks, until)
        finally:
            lasted_seconds = self._monotonic() - started
            if lasted_seconds >= min(STEADY_WATCH_SECONDS, 0.9 * seconds):
                self._backoff.reset()
        self._ended(frames, lasted_seconds, asked_seconds=seconds, is_fresh=is_fresh)

    def _read(self, chunks: Iterator[bytes], until: float) -> tuple[int, bool]:
        """Deliver what comes; return how many frames it was, and whether the end is fresh."""
        lines = LineBuffer()
        frames = 0
        waiting_since = self._monotonic()
        for chunk in chunks:
            is_fresh = self._is_fresh(waiting_since)
            whole = lines.feed(chunk)
            if len(lines.rest) > LONGEST_LINE_BYTES:
                raise ApiError("a line of the watch has no end", cause="malformed")
            if whole:
                self._deliver(whole, is_fresh=is_fresh)
                frames += len(whole)
            elif self._monotonic() > until:
                raise ApiError("the watch neither ends nor says anything", cause="deadline")
            waiting_since = self._monotonic()
        if lines.rest:
            raise ApiError("the watch ended in the middle of a line", cause="cut")
        return frames, self._is_fresh(waiting_since)

    def _is_fresh(self, waiting_since: float) -> bool:
        return self._monotonic() - waiting_since >= FRESH_SECONDS

    def _deliver(self, lines: list[bytes], *, is_fresh: bool) -> None:
        """Put the events of *lines* into the mailbox; raise what an ERROR frame says."""
        received = self._now()
        observations: list[Observation] = []
        rejections: list[Rejection] = []
        version = self.progress.version
        failure: ApiError | None = None
        for line in lines:
            frame = self._decoder.frame(line, received)
            if isinstance(frame, Failed):
                failure = _refusal(frame)
                break
            version = frame.resource_version or version
            if isinstance(frame, Observed):
                observations.append(frame.observation)
            elif isinstance(frame, Refused):
                rejections.append(frame.rejection)
                if not frame.is_whole:
                    failure = ApiError(
                        "a line of the watch cannot be read (kubedigest db rejected has it)",
                        cause="malformed",
                    )
                    break
        observations = self._with_owners(observations)
        self._count(len(observations), len(rejections))
        proof = received if is_fresh else _newest(observations, received)
        self._mailbox.put(
            observations,
            rejections,
            progress=self.progress,
            step=partial(self.progress.moved, version, None if failure else proof),
        )
        if failure is not None:
            raise failure
        self._refusals = 0

    def _with_owners(self, observations: list[Observation]) -> list[Observation]:
        """Apply what is known of owners, and have the rest looked up."""
        owners = self._owners
        if owners is None:
            return observations
        for one in observations:
            owners.ask(one)
        return [owners.known(one) for one in observations]

    def _count(self, events: int, rejections: int) -> None:
        self._metrics.received(self.stream, events=events + rejections)
        if rejections:
            self._metrics.rejected(self.stream, records=rejections)

    def _ended(
        self, frames: int, lasted_seconds: float, *, asked_seconds: int, is_fresh: bool
    ) -> None:
        """Take a clean end as a proof, but for one that comes at once and empty.

        One that lay in a buffer while nobody read proves nothing of now either.
        """
        if not frames and lasted_seconds < min(EMPTY_WATCH_SECONDS, 0.9 * asked_seconds):
            raise ApiError("the API server ends the watch at once, without an event", cause="empty")
        self._metrics.reconnected(self.stream, cause="end")
        progress = self.progress
        step = partial(progress.moved, progress.version, self._now() if is_fresh else None)
        self._mailbox.put(progress=progress, step=step)
        self._refusals = 0
        self._must_list = not frames  # a version that nothing moves grows old
        if lasted_seconds < 0.9 * asked_seconds:
            self._wait(self._backoff.next_seconds())


def _refusal(frame: Failed) -> ApiError:
    """Return what an ERROR frame means; its text differs from server to server."""
    if frame.code == GONE or frame.reason in ("Expired", "Gone"):
        return ApiError("the version of the watch has expired", cause="gone")
    said = frame.message or frame.reason or "no reason given"
    return ApiError(f"the API server ends the watch: {said}", cause="server_error")


def _newest(observations: list[Observation], received: datetime) -> datetime | None:
    """Return a time that the API server had reached when it wrote these.

    They may have lain in a buffer for as long as the database was away, so that receiving them
    proves nothing of now. A time from the future is somebody's invention.
    """
    return max((one.time for one in observations if one.time <= received), default=None)


def _number(version: str) -> int | None:
    """Read a resource version, which the API has declared comparable since 1.35."""
    return int(version) if version.isascii() and version.isdigit() else None

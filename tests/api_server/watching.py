"""WATCH of events: what was there, what was missed, and what happens."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.api_server import event_shapes, field_selector, listing, statuses
from tests.api_server.connection import TICK_SECONDS
from tests.api_server.event_log import CompactedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.api_server.event_log import EventLog, Version
    from tests.api_server.event_shapes import Group
    from tests.api_server.faults import Fault
    from tests.api_server.field_selector import FieldSelector
    from tests.api_server.response import Response

_FRAMES_AT_ONCE = 500
_EXPIRED = b'{"type":"ERROR","object":' + event_shapes.encode(statuses.expired_watch()) + b"}\n"


class _CleanEndError(Exception):
    """The watch is over, without an error."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the client wants to watch."""

    group: Group
    namespace: str
    selector: FieldSelector
    version: int  # 0: begin with all there is
    sends_initial: bool  # with the bookmark at their end, if bookmarks are allowed
    allows_bookmarks: bool
    timeout_seconds: float


def read_query(
    query: Mapping[str, str], group: Group, namespace: str, *, default_seconds: float
) -> Asked:
    """Return what is asked for, or raise the Status that refuses it."""
    _check_options(query)
    text = query.get("resourceVersion", "")
    if text and not text.isdecimal():
        problem = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        message = f'resourceVersion: Invalid value: "{text}": {problem}'
        raise statuses.RefusalError(statuses.failure(500, message))
    return Asked(
        group=group,
        namespace=namespace,
        selector=field_selector.parse(query.get("fieldSelector", ""), group),
        version=int(text or 0),
        sends_initial=is_true(query.get("sendInitialEvents")),
        allows_bookmarks=is_true(query.get("allowWatchBookmarks")),
        timeout_seconds=float(query.get("timeoutSeconds") or default_seconds),
    )


def is_true(text: str | None) -> bool:
    """Say what a flag of a query means."""
    return text is not None and text.lower() not in ("", "0", "false")


def watch(log: EventLog, asked: Asked, response: Response, fault: Fault | None) -> None:
    """Answer with the frames of a watch until its time is over."""
    response.start_stream()
    writer = _FrameWriter(response, fault)
    deadline = time.monotonic() + asked.timeout_seconds
    try:
        writer.write([])
        _watch(log, asked, writer, deadline)
    except CompactedError:
        writer.write([_EXPIRED])
    except _CleanEndError:
        pass
    response.end_stream()


def stay_silent(response: Response, timeout_seconds: float) -> None:
    """Hold a watch open without a word, until its time is over or the server ends."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline and response.connection.order == "serve":
        response.connection.check()
        response.connection.check_client()
        time.sleep(TICK_SECONDS)


def _check_options(query: Mapping[str, str]) -> None:
    match = query.get("resourceVersionMatch", "")
    if "sendInitialEvents" in query and match != "NotOlderThan":
        message = (
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        )
        raise statuses.RefusalError(statuses.invalid_option(message))
    if match and "sendInitialEvents" not in query:
        message = (
            "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents"
            " is provided"
        )
        raise statuses.RefusalError(statuses.invalid_option(message))
    if match not in ("", "NotOlderThan"):
        listing.check_options(query)


def _watch(log: EventLog, asked: Asked, writer: _FrameWriter, deadline: float) -> None:
    if asked.sends_initial or asked.version == 0:
        position, after = _write_initial(log, asked, writer)
    else:
        position, after = log.position_after(asked.version), asked.version
    connection, missed = writer.response.connection, log.end
    # What the client missed always comes whole, however little time it gave.
    while position < missed or (time.monotonic() < deadline and connection.order == "serve"):
        wait_seconds = max(0.0, min(TICK_SECONDS, deadline - time.monotonic()))
        versions = log.since(position, limit=_FRAMES_AT_ONCE, timeout_seconds=wait_seconds)
        position += len(versions)
        connection.check()
        connection.check_client()
        shown = (_frame(version, asked) for version in versions if version.number > after)
        writer.write(frame for frame in shown if frame is not None)


def _write_initial(log: EventLog, asked: Asked, writer: _FrameWriter) -> tuple[int, int]:
    snapshot, position = log.snapshot_and_position()
    prefix = f"{asked.namespace}/" if asked.namespace else ""
    items = (snapshot.items[key] for key in snapshot.keys if key.startswith(prefix))
    chosen = (item for item in items if asked.selector.matches(item))
    writer.write(event_shapes.frame(asked.group, "ADDED", item) for item in chosen)
    if asked.sends_initial and asked.allows_bookmarks:
        writer.write([event_shapes.initial_events_end(asked.group, snapshot.number)])
    return position, max(snapshot.number, asked.version)


def _frame(version: Version, asked: Asked) -> bytes | None:
    if asked.namespace and not version.key.startswith(f"{asked.namespace}/"):
        return None
    kind = _kind_for(version, asked.selector) if asked.selector else version.kind
    if kind is None:
        return None
    item = version.item
    if kind == "DELETED" and version.kind != "DELETED" and version.previous is not None:
        old = event_shapes.decode(version.previous)
        metadata = old["metadata"] | {"resourceVersion": str(version.number)}
        item = event_shapes.encode(old | {"metadata": metadata})
    return event_shapes.frame(asked.group, kind, item)


def _kind_for(version: Version, selector: FieldSelector) -> str | None:
    """Return what happened to the objects selected: one may come and go by being changed."""
    is_in = version.kind != "DELETED" and selector.matches(version.item)
    was_in = version.previous is not None and selector.matches(version.previous)
    if is_in:
        return "MODIFIED" if was_in else "ADDED"
    return "DELETED" if was_in else None


class _FrameWriter:
    """Writes frames, and lets the fault strike after as many as it wants."""

    def __init__(self, response: Response, fault: Fault | None) -> None:
        self.response = response
        strikes = fault is not None and fault.kind in ("eof", "garbage", "gone")
        self._fault = fault if strikes else None
        self._left = self._fault.after_frames if self._fault is not None else 0

    def write(self, frames: Iterable[bytes]) -> None:
        """Send frames, a chunk each."""
        if self._fault is None:
            waiting = list(frames)
            if waiting:
                self.response.write_all(waiting)
            return
        self._strike_when_due(self._fault)
        for frame in frames:
            self.response.write(frame)
            self._left -= 1
            self._strike_when_due(self._fault)

    def _strike_when_due(self, fault: Fault) -> None:
        if self._left != 0:
            return
        self._left = -1
        if fault.kind == "garbage":
            self.response.write(fault.line)
            return
        if fault.kind == "gone":
            self.response.write(_EXPIRED)
        raise _CleanEndError

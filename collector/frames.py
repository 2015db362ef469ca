"""What the API server sends -> observations: frames of a watch and pages of a list.

What looks as the API server writes it takes a fast way; all else goes through `normalize`, and
the fast way gives exactly what `normalize` would.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from msgspec import DecodeError, Struct

from collector.errors import ApiError, Unreadable
from collector.frame_observations import observation_of
from collector.frame_shapes import Event, decode_event, decode_frame, decode_list
from collector.normalize import normalize
from collector.observation import RAW_LIMIT_CHARACTERS, Observation, Rejection, Source
from collector.redaction import clean

_EVENT_FRAMES = ("ADDED", "MODIFIED", "DELETED")
_FOREIGN_CHARACTERS = 256
_FAST_BYTES = 4096  # the texts of a longer record would fill the caches
_NOT_DECODED = (DecodeError, UnicodeDecodeError, RecursionError)
_NOT_JSON = (ValueError, RecursionError)
_NOTHING: Mapping[str, object] = {}


class Observed(Struct, frozen=True, gc=False):
    """An event that was added, modified or deleted."""

    observation: Observation
    resource_version: str  # "" if it has none


class Refused(Struct, frozen=True, gc=False):
    """What should have been an event and cannot be counted."""

    rejection: Rejection
    resource_version: str  # "" if none could be read
    is_whole: bool  # False for what is no frame at all: nobody knows what it was


class Failed(Struct, frozen=True, gc=False):
    """The API server ends the watch; its HTTP status is 200 all the same."""

    code: int  # 410 for a version that has expired; 0 if it has none
    reason: str
    message: str


class Skipped(Struct, frozen=True, gc=False):
    """A frame without an event: a bookmark, or one of a type unknown today."""

    resource_version: str  # of a bookmark, else ""


class Page(Struct, frozen=True, kw_only=True, gc=False):
    """One page of a list."""

    observed: list[Observed]
    rejections: list[Rejection]
    resource_version: str  # of the list
    continue_token: str  # "" on the last page


class FrameDecoder:
    """Reads what the API server of one cluster sends."""

    def __init__(self, *, cluster: str, source: Source = "watch") -> None:
        self._cluster = cluster
        self._source: Source = source

    def frame(self, line: bytes, received: datetime) -> Observed | Refused | Failed | Skipped:
        """Read one line of a watch; whatever its bytes are, nothing is raised."""
        if len(line) <= _FAST_BYTES and (line.isascii() or _is_utf8(line)):
            try:
                event = decode_frame(line).object
            except _NOT_DECODED:
                pass
            else:
                observed = self._observed(event, received)
                if observed is not None:
                    return observed
        return self._odd_frame(line, received)

    def page(self, body: bytes, received: datetime) -> Page:
        """Read one page of a list; raise ApiError where the body is none."""
        try:
            page = decode_list(body)
        except _NOT_DECODED:
            return self._odd_page(body, received)
        _check_is_list(page.kind)
        read = [self._item(bytes(raw), received) for raw in page.items or ()]
        return _page(read, page.metadata.resource_version, page.metadata.continue_token)

    def _observed(self, event: Event, received: datetime) -> Observed | None:
        version = event.metadata.resource_version
        observation = observation_of(event, self._cluster, received, self._source)
        if observation is None or not version.isprintable():
            return None
        return Observed(observation, version)

    def _item(self, raw: bytes, received: datetime) -> Observed | Refused:
        if len(raw) <= _FAST_BYTES and (raw.isascii() or _is_utf8(raw)):
            try:
                event = decode_event(raw)
            except _NOT_DECODED:
                pass
            else:
                observed = self._observed(event, received)
                if observed is not None:
                    return observed
        text = raw.decode(errors="replace")
        try:
            value = json.loads(raw)
        except _NOT_JSON:
            return self._refused("the list", "an item cannot be read", text, received)
        return self._normalized(value, "the list", text, received)

    def _odd_frame(self, line: bytes, received: datetime) -> Observed | Refused | Failed | Skipped:
        text = line.decode(errors="replace")
        try:
            frame = json.loads(line)
        except _NOT_JSON:
            if not text.strip():
                return Skipped("")
            return self._refused("the watch", "the line is no JSON", text, received, is_whole=False)
        frame_type = frame.get("type") if isinstance(frame, dict) else None
        if not isinstance(frame_type, str):
            reason = "the line is no frame of a watch"
            return self._refused("the watch", reason, text, received, is_whole=False)
        if frame_type in _EVENT_FRAMES:
            return self._normalized(frame.get("object"), "the watch", text, received)
        if frame_type == "ERROR":
            return _failed(_mapping(frame.get("object")))
        return Skipped(_version(frame.get("object")) if frame_type == "BOOKMARK" else "")

    def _odd_page(self, body: bytes, received: datetime) -> Page:
        try:
            page = _mapping(json.loads(body))
        except _NOT_JSON:
            raise _malformed("what is no JSON") from None
        _check_is_list(page.get("kind"))
        items = page.get("items")
        if not isinstance(items, list | None):
            raise _malformed("a list whose items are none")
        read = [
            self._normalized(item, "the list", _as_text(item), received) for item in items or ()
        ]
        token = _mapping(page.get("metadata")).get("continue")
        return _page(read, _version(page), token if isinstance(token, str) else "")

    def _normalized(
        self, value: object, origin: str, text: str, received: datetime
    ) -> Observed | Refused:
        version = _version(value)
        place = f"{origin}, resource version {version}" if version else origin
        if not isinstance(value, Mapping):
            return self._refused(place, "the record is no object", text, received)
        try:
            observation = normalize(
                value, cluster=self._cluster, received=received, source=self._source
            )
        except Unreadable as error:
            return self._refused(place, f"the record {error}", text, received, version)
        return Observed(observation, version)

    def _refused(
        self,
        place: str,
        reason: str,
        text: str,
        received: datetime,
        version: str = "",
        *,
        is_whole: bool = True,
    ) -> Refused:
        rejection = Rejection(
            cluster=self._cluster,
            source=self._source,
            place=place,
            reason=reason,
            raw=clean(text)[:RAW_LIMIT_CHARACTERS],
            received=received,
        )
        return Refused(rejection, version, is_whole)


def _is_utf8(raw: bytes) -> bool:
    """Tell it of everything; msgspec does not look into what it skips."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _page(read: list[Observed | Refused], version: str, token: str) -> Page:
    return Page(
        observed=[one for one in read if isinstance(one, Observed)],
        rejections=[one.rejection for one in read if isinstance(one, Refused)],
        resource_version=version if version.isprintable() else "",
        continue_token=token,
    )


def _check_is_list(kind: object) -> None:
    if not isinstance(kind, str) or not kind.endswith("List"):
        raise _malformed(f"a {_foreign(kind)}" if kind else "what has no kind")


def _malformed(found: str) -> ApiError:
    sentence = f"The API server answered a request for the list of events with {found}."
    return ApiError(sentence, cause="malformed")


def _failed(status: Mapping[str, object]) -> Failed:
    code = status.get("code")
    return Failed(
        code if type(code) is int else 0,
        _foreign(status.get("reason")),
        _foreign(status.get("message")),
    )


def _foreign(value: object) -> str:
    """Return a text that may stand in a message: short, without secrets, on one line."""
    text = clean(value)[:_FOREIGN_CHARACTERS] if isinstance(value, str) else ""
    return "".join(character if character.isprintable() else " " for character in text)


def _version(value: object) -> str:
    """Return an object's resourceVersion."""
    version = _mapping(_mapping(value).get("metadata")).get("resourceVersion")
    return version if isinstance(version, str) and version.isprintable() else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else _NOTHING


def _as_text(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""

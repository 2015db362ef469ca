"""LIST of events: pages of one snapshot, and every way to ask for another version."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from tests.api_server import field_selector, statuses
from tests.api_server.event_log import CompactedError
from tests.api_server.event_shapes import encode, item_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.api_server.event_log import EventLog, Snapshot
    from tests.api_server.event_shapes import Group, Json
    from tests.api_server.field_selector import FieldSelector

_MATCHES = ("Exact", "NotOlderThan", "")


class Token(NamedTuple):
    """What a continue token says."""

    number: int  # -1: of now
    start: str  # the first key of the page, without the namespace where one is asked for

    def encoded(self) -> str:
        """Return it as the server hands it out."""
        content = {"v": "meta.k8s.io/v1", "rv": self.number, "start": self.start}
        text = json.dumps(content, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def list_events(log: EventLog, query: Mapping[str, str], group: Group, namespace: str) -> bytes:
    """Return the body of a list, or raise the Status that refuses it."""
    check_options(query)
    selector = field_selector.parse(query.get("fieldSelector", ""), group)
    limit = int(query.get("limit") or 0)
    prefix = f"{namespace}/" if namespace else ""
    if query.get("continue"):
        token = _token(query["continue"])
        snapshot = _continued(log, token)
    else:
        token = Token(0, "")
        snapshot = _asked_for(log, query, limit)
    return _page(snapshot, group, selector, limit=limit, prefix=prefix, start=token.start)


def check_options(query: Mapping[str, str]) -> None:
    """Refuse options that do not go together."""
    match, version = query.get("resourceVersionMatch", ""), query.get("resourceVersion", "")
    if match not in _MATCHES:
        message = f'Unsupported value: "{match}": supported values: "Exact", "NotOlderThan", ""'
        _refuse(message, reason="FieldValueNotSupported")
    if match and query.get("continue"):
        _refuse("Forbidden: resourceVersionMatch is forbidden for continue")
    if match and not version:
        _refuse("Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")
    if match == "Exact" and version == "0":
        _refuse('Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    if query.get("continue") and version not in ("", "0"):
        message = "specifying resource version is not allowed when using continue"
        raise statuses.RefusalError(statuses.bad_request(message))


def fresh_token(text: str) -> str:
    """Return the token of the rest of a list at the version of now."""
    return _token(text)._replace(number=-1).encoded()


def _refuse(message: str, *, reason: str = "FieldValueForbidden") -> None:
    raise statuses.RefusalError(statuses.invalid_option(message, reason=reason))


def _asked_for(log: EventLog, query: Mapping[str, str], limit: int) -> Snapshot:
    text, match = query.get("resourceVersion", ""), query.get("resourceVersionMatch", "")
    version = _number(text) if text else 0
    if version > log.version:
        raise statuses.RefusalError(statuses.too_large_version(version, log.version))
    is_exact = match == "Exact" or (not match and limit > 0 and version > 0)
    try:
        return log.snapshot(version if is_exact else None)
    except CompactedError as error:
        raise statuses.RefusalError(statuses.expired_list()) from error


def _number(text: str) -> int:
    if not text.isdecimal():
        problem = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        message = f'resourceVersion: Invalid value: "{text}": {problem}'
        raise statuses.RefusalError(statuses.bad_request(f"invalid resource version: {message}"))
    return int(text)


def _continued(log: EventLog, token: Token) -> Snapshot:
    try:
        return log.snapshot(None if token.number < 0 else token.number)
    except CompactedError as error:
        fresh = token._replace(number=-1).encoded()
        raise statuses.RefusalError(statuses.expired_continue(fresh)) from error


def _token(text: str) -> Token:
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        _refuse_token("illegal base64 data at input byte 0")
    try:
        fields = json.loads(content)
        return Token(fields["rv"], fields["start"])
    except (ValueError, KeyError, TypeError):
        first = content[:1].decode("latin-1")
        shown = first if first.isascii() else f"\\x{ord(first):02x}"
        _refuse_token(f"invalid character '{shown}' looking for beginning of value")
    raise AssertionError


def _refuse_token(problem: str) -> None:
    message = f"invalid continue token: continue key is not valid: {problem}"
    raise statuses.RefusalError(statuses.bad_request(message))


def _page(
    snapshot: Snapshot,
    group: Group,
    selector: FieldSelector,
    *,
    limit: int,
    prefix: str,
    start: str,
) -> bytes:
    keys = snapshot.keys
    place, end = bisect_left(keys, prefix + start), bisect_left(keys, prefix + "\U0010ffff")
    items: list[bytes] = []
    while place < end and not (limit and len(items) >= limit):
        item = snapshot.items[keys[place]]
        place += 1
        if selector.matches(item):
            items.append(item_in(group, item))
    metadata: Json = {"resourceVersion": str(snapshot.number)}
    if place < end:
        after = keys[place - 1].removeprefix(prefix) + "\0"
        metadata["continue"] = Token(snapshot.number, after).encoded()
        if not selector:
            metadata["remainingItemCount"] = end - place
    head = {"kind": "EventList", "apiVersion": group, "metadata": metadata}
    return encode(head)[:-1] + b',"items":[' + b",".join(items) + b"]}\n"

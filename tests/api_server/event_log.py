"""The store behind the API server: the objects, and every version that led to them."""

from __future__ import annotations

import threading
import uuid
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.api_server.event_shapes import core_shape, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.api_server.event_shapes import Json

_SNAPSHOTS = 8
_UIDS = uuid.UUID("00000000-0000-4000-8000-000000000000")


class CompactedError(Exception):
    """The version asked for is older than what the store has kept."""


@dataclass(frozen=True, slots=True)
class Version:
    """One write: several may carry one number, where events expired together."""

    number: int
    kind: str  # ADDED, MODIFIED, DELETED
    key: str  # namespace/name
    item: bytes  # the object as stored; of a deletion the last one, under the deletion's number
    previous: bytes | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All objects at one version, in the order of their keys."""

    number: int
    keys: list[str]
    items: dict[str, bytes]


class EventLog:
    """Objects and history, as etcd keeps them; safe to use from several threads."""

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.version = 1
        self.compacted = 0
        self._clock = clock
        self._changed = threading.Condition()  # of an RLock: snapshot() is called within
        self._objects: dict[str, bytes] = {}
        self._base: dict[str, bytes] = {}  # the objects before the first version of the history
        self._history: list[Version] = []
        self._dropped = 0  # versions that the history once began with
        self._snapshots: OrderedDict[int, Snapshot] = OrderedDict()

    # writing

    def load(self, items: Iterable[Json], version: int) -> None:
        """Take objects in that were there from the beginning, at this version."""
        with self._changed:
            for item in items:
                event = core_shape(item)
                self._objects[_key(event)] = self._base[_key(event)] = encode(event)
            self.version = self.compacted = max(version, self.version)
            self._snapshots.clear()

    def apply(self, events: Sequence[Json]) -> list[Json]:
        """Create or replace each event; a version it names is kept where it is a later one."""
        with self._changed:
            stored = [self._put(core_shape(event)) for event in events]
            self._changed.notify_all()
        return stored

    def delete(self, namespace: str, names: Iterable[str], *, number: int = 0) -> None:
        """Delete events under one number, as events do that expire with one lease."""
        with self._changed:
            self.version = max(number, self.version if number else self.version + 1)
            for name in names:
                self._remove(f"{namespace}/{name}")
            self._changed.notify_all()

    def advance(self, versions: int) -> None:
        """Count writes to other objects than events."""
        with self._changed:
            self.version += versions

    def compact(self) -> None:
        """Forget how the objects of now came about."""
        with self._changed:
            self._base = dict(self._objects)
            self._dropped += len(self._history)
            self._history.clear()
            self._snapshots.clear()
            self.compacted = self.version
            self._changed.notify_all()

    def restore(self, version: int) -> None:
        """Go back to an older version; what was written since has never been."""
        with self._changed:
            self._objects = self._objects_at(version)
            del self._history[bisect_right(self._history, version, key=_number) :]
            self.version = version
            self._snapshots.clear()

    def wake(self) -> None:
        """Let everybody who waits for a version look around."""
        with self._changed:
            self._changed.notify_all()

    # reading

    def snapshot(self, version: int | None = None) -> Snapshot:
        """Return the objects at *version*, None for now."""
        with self._changed:
            number = self.version if version is None else version
            if number not in self._snapshots:
                items = self._objects_at(number)
                self._snapshots[number] = Snapshot(number, sorted(items), items)
                while len(self._snapshots) > _SNAPSHOTS:
                    self._snapshots.popitem(last=False)
            return self._snapshots[number]

    def snapshot_and_position(self) -> tuple[Snapshot, int]:
        """Return the objects of now and where the versions after them begin."""
        with self._changed:
            return self.snapshot(), self.end

    @property
    def end(self) -> int:
        """Return where the next version will be."""
        return self._dropped + len(self._history)

    def position_after(self, version: int) -> int:
        """Return where the versions after *version* begin."""
        with self._changed:
            if version < self.compacted:
                raise CompactedError
            return self._dropped + bisect_right(self._history, version, key=_number)

    def since(self, position: int, *, limit: int, timeout_seconds: float) -> list[Version]:
        """Return versions from *position* on, waiting for the first at most so long."""
        with self._changed:
            if self.end <= position:
                self._changed.wait(timeout_seconds)
            start = position - self._dropped
            if start < 0:
                raise CompactedError
            return self._history[start : start + limit]

    def _put(self, event: Json) -> Json:
        metadata = event["metadata"] = dict(event.get("metadata") or {})
        metadata.setdefault("namespace", "default")
        metadata.pop("managedFields", None)
        key = _key(event)
        previous = self._objects.get(key)
        self._number_next(metadata.get("resourceVersion"))
        self._complete(metadata, key, previous)
        item = self._objects[key] = encode(event)
        kind = "ADDED" if previous is None else "MODIFIED"
        self._history.append(Version(self.version, kind, key, item, previous))
        return event

    def _number_next(self, named: str | None) -> None:
        number = int(named) if named else 0
        self.version = number if number > self.version else self.version + 1

    def _complete(self, metadata: Json, key: str, previous: bytes | None) -> None:
        old = decode(previous)["metadata"] if previous else {}
        created = old.get("creationTimestamp") or self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        uid = old.get("uid") or str(uuid.uuid5(_UIDS, f"{key} {self.version}"))
        ordered = {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata.get("uid") or uid,
            "resourceVersion": str(self.version),
            "creationTimestamp": metadata.get("creationTimestamp") or created,
        }
        rest = {name: value for name, value in metadata.items() if name not in ordered}
        metadata.clear()
        metadata.update(ordered | rest)

    def _remove(self, key: str) -> None:
        previous = self._objects.pop(key)
        event = decode(previous)
        metadata = event["metadata"] | {"resourceVersion": str(self.version)}
        item = encode(event | {"metadata": metadata})
        self._history.append(Version(self.version, "DELETED", key, item, previous))

    def _objects_at(self, version: int) -> dict[str, bytes]:
        if version < self.compacted:
            raise CompactedError
        if version >= self.version:
            return dict(self._objects)
        objects = dict(self._base)
        for write in self._history[: bisect_right(self._history, version, key=_number)]:
            if write.kind == "DELETED":
                objects.pop(write.key, None)
            else:
                objects[write.key] = write.item
        return objects


def _key(event: Json) -> str:
    metadata = event["metadata"]
    return f"{metadata.get('namespace', 'default')}/{metadata['name']}"


def _number(version: Version) -> int:
    return version.number

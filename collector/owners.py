"""Who owns a pod, a replica set or a job, asked of the API server where only the name is known.

Events never wait for it: they are stored with the workload that their name suggests, and once more
when the answer has come. A look-up outranks the name in the store, so the order does not matter.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec

from collector import redaction
from collector.api_objects import OwnedKind, OwnerReference
from collector.backoff import Backoff
from collector.errors import ApiError
from collector.observation import Observation
from collector.token_bucket import TokenBucket
from collector.workload import workload_of

REQUESTS_PER_SECOND = 5.0
BURST_REQUESTS = 20
LONG_CHARACTERS = 2048  # of a message that is not kept waiting
MAX_WAITING = 2000  # observations, 3 MB
MAX_CACHED = 10_000  # objects, 3 MB
FOUND_SECONDS = 3600.0  # an owner does not change, but a name may be used again
MISSING_SECONDS = 300.0
FAILED_SECONDS = 60.0
FORBIDDEN_SECONDS = 3600.0
MAX_NAME_CHARACTERS = 253
LOG = logging.getLogger(__name__)

Key = tuple[OwnedKind, str, str]  # kind, namespace, name
Workload = tuple[str, str]  # kind, name
_KINDS: dict[str, OwnedKind] = {"Pod": "Pod", "ReplicaSet": "ReplicaSet", "Job": "Job"}
_CHAINED = {"ReplicaSet": "apps", "Job": "batch"}  # owners that are owned themselves, and groups
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


class KnowsOwners(Protocol):
    """What is asked: an ApiServer."""

    def owner_references(
        self, kind: OwnedKind, namespace: str, name: str
    ) -> tuple[OwnerReference, ...]:
        """Return the object's ownerReferences, or raise ApiError."""
        ...


class Owners:
    """Answers from a bounded cache at once, and from the API server later.

    `improved` gets every observation that was asked for and can be told better, in the thread of
    the look-ups.
    """

    def __init__(
        self,
        server: KnowsOwners,
        improved: Callable[[Observation], None],
        *,
        cluster: str = "",
        count: Callable[..., None] = lambda **_: None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._server = server
        self._improved = improved
        self._cluster = cluster
        self._count = count
        self._backoff = Backoff(first_seconds=1.0)
        self._said = ""
        self._clock = clock
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._bucket = TokenBucket(REQUESTS_PER_SECOND, BURST_REQUESTS, clock)
        self._lock = threading.Lock()
        self._has_work = threading.Condition(self._lock)
        self._cache: OrderedDict[Key, tuple[float, Workload | None]] = OrderedDict()
        self._waiting: OrderedDict[Key, dict[tuple[datetime, str], Observation]] = OrderedDict()
        self._waiting_count = 0
        self._forbidden_until: dict[OwnedKind, float] = {}
        self.thread = threading.Thread(target=self._run, name="owners", daemon=True)

    def start(self) -> None:
        """Begin to ask the API server."""
        self.thread.start()

    def stop(self) -> None:
        """Ask no more; what waits keeps the workload that its name suggests."""
        self._stop.set()
        with self._lock:
            self._has_work.notify_all()

    def known(self, observation: Observation) -> Observation:
        """Return the observation with its looked-up workload, where that is known already."""
        key = _key(observation)
        if key is None:
            return observation
        with self._lock:
            entry = self._cached(key)
        return _improve(observation, entry[1]) if entry and entry[1] else observation

    def ask(self, observation: Observation) -> None:
        """Have the workload looked up, unless it needs no look-up or too many wait; never waits."""
        key = _key(observation)
        if key is None:
            return
        with self._lock:
            if self._cached(key) or self._is_forbidden(key[0]):
                return
            if self._waiting_count >= MAX_WAITING or len(observation.message) > LONG_CHARACTERS:
                self._count(result="dropped")
                return
            events = self._waiting.setdefault(key, {})
            before = len(events)
            events[(observation.birth, observation.name)] = observation
            self._waiting_count += len(events) - before
            self._has_work.notify()

    def answer_next(self) -> bool:
        """Look up one object and improve what waits for it; False where nothing waits."""
        with self._lock:
            if not self._waiting:
                return False
            key, events = self._waiting.popitem(last=False)
            self._waiting_count -= len(events)
        try:
            workload = self._look_up(key)
        except ApiError as error:
            self._count(result="failed")
            self._remember(key, None, FAILED_SECONDS)
            self._pause(error)
            return True
        self._backoff.reset()
        self._said = ""
        if workload:
            for observation in events.values():
                self._improved(_improve(observation, workload))
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            if self.answer_next():
                continue
            with self._lock:
                while not self._waiting and not self._stop.is_set():
                    self._has_work.wait()

    def _pause(self, error: ApiError) -> None:
        if error.cause == "interrupted":
            self._stop.set()
        elif error.cause != "malformed":  # which one odd object may be
            if str(error) != self._said:
                LOG.warning("owners cannot be looked up: %s", error, extra=self._extra())
            self._said = str(error)
            self._wait(self._backoff.next_seconds(error.retry_after_seconds or 0.0))

    def _extra(self) -> dict[str, str]:
        return {"cluster": self._cluster}

    def _look_up(self, key: Key) -> Workload | None:
        """Return the workload, or None where the object is gone or may not be read."""
        with self._lock:
            entry = self._cached(key)
            if entry or self._is_forbidden(key[0]):
                return entry[1] if entry else None
        self._wait(self._bucket.take())
        try:
            references = self._server.owner_references(*key)
        except ApiError as error:
            if error.cause == "forbidden":
                self._count(result="forbidden")
                self._forbid(key[0], error)
            elif error.cause == "not_found":
                self._count(result="absent")
                self._remember(key, None, MISSING_SECONDS)
            else:
                raise
            return None
        self._count(result="found")
        workload = self._workload(key, references)
        self._remember(key, workload, FOUND_SECONDS)
        return workload

    def _workload(self, key: Key, references: tuple[OwnerReference, ...]) -> Workload:
        owner = _controller(references)
        if owner is None:
            return key[0], key[2]
        kind = _KINDS.get(owner.kind)
        group = owner.api_version.partition("/")[0]
        if kind is None or _CHAINED.get(kind) != group or key[0] != "Pod":
            return _text(owner.kind), _text(owner.name)
        behind = self._look_up((kind, key[1], owner.name)) if _is_name(owner.name) else None
        return behind or workload_of(kind, _text(owner.name))[:2]

    def _remember(self, key: Key, workload: Workload | None, seconds: float) -> None:
        with self._lock:
            self._cache[key] = (self._clock() + seconds, workload)
            self._cache.move_to_end(key)
            if len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)

    def _cached(self, key: Key) -> tuple[float, Workload | None] | None:
        entry = self._cache.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            del self._cache[key]
            return None
        self._cache.move_to_end(key)
        return entry

    def _is_forbidden(self, kind: OwnedKind) -> bool:
        return self._clock() < self._forbidden_until.get(kind, float("-inf"))

    def _forbid(self, kind: OwnedKind, error: ApiError) -> None:
        """Ask again in an hour, and say it once for all kinds: one rule allows them together."""
        is_news = not self._forbidden_until
        with self._lock:
            self._forbidden_until[kind] = self._clock() + FORBIDDEN_SECONDS
        if is_news:
            sentence = f"owners are told from names alone: {error}; to allow it:\n{error.rule}"
            LOG.warning("%s", sentence, extra=self._extra())


def _key(observation: Observation) -> Key | None:
    """Return what to look up; names that no object can have are a tenant's invention."""
    if observation.workload_by != "name":
        return None
    kind = _KINDS.get(observation.kind)
    namespace, name = observation.object_namespace, observation.object
    if kind is None or not (_is_name(namespace) and _is_name(name)):
        return None
    return kind, namespace, name


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _controller(references: tuple[OwnerReference, ...]) -> OwnerReference | None:
    """Return the owner that manages the object, else one that does not say it does not."""
    for wanted in (True, None):
        for reference in references:
            if reference.controller is wanted:
                return reference
    return None


def _text(given: str) -> str:
    """Tenants write ownerReferences: treat their text as that of events."""
    return redaction.clean(given[:MAX_NAME_CHARACTERS])


def _improve(observation: Observation, workload: Workload) -> Observation:
    kind, name = workload
    return msgspec.structs.replace(
        observation, workload_kind=kind, workload=name, workload_by="lookup"
    )

"""Seeded watch frames of two clusters, as their API servers would have sent them."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from kubedigest.demo_scene import Emitter, Restart, Scene, Sighting, Subject
from kubedigest.demo_story import Outage, tell_production, tell_staging

# client-go's event recorder and the API server's default, see tools/record/events_cache.go
EVENT_TTL = timedelta(hours=1)
SPAM_BURST = 25
SPAM_REFILL = timedelta(seconds=300)
SERIES_IDLE = timedelta(minutes=6)
COMBINED = "(combined from similar events): "

_SERIES_ACTIONS = {"Scheduled": "Binding", "FailedScheduling": "Scheduling"}
_API_VERSIONS = {
    "CronJob": "batch/v1",
    "DaemonSet": "apps/v1",
    "Deployment": "apps/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Job": "batch/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_Key = tuple[Emitter, Subject, str, str]


@dataclass(frozen=True)
class Demo:
    """Watch frames of several clusters, and what a store that counts right must say of them."""

    clusters: tuple[str, ...]
    outages: tuple[tuple[str, Outage], ...]  # stretches of a cluster without a single frame
    expected: dict[tuple[str, str], int]  # true occurrences per (cluster, reason)
    _frames: dict[str, list[bytes]]

    @property
    def expected_total(self) -> int:
        """Occurrences in all: the sum of every event's last cumulative count."""
        return sum(self.expected.values())

    def frames(self, cluster: str) -> Iterator[bytes]:
        """Yield the cluster's watch frames, oldest first, each one line of JSON."""
        return iter(self._frames[cluster])


def make_demo(now: datetime, *, seed: int = 1, weeks: int = 5) -> Demo:
    """Return the frames of *weeks* weeks up to *now*, the same for the same arguments.

    Days, nights and weekends are those of the zone of *now*, which must be aware.
    """
    if now.tzinfo is None:
        raise ValueError("the demo's `now` needs a time zone")
    expected: Counter[tuple[str, str]] = Counter()
    frames, outages = {}, []
    for cluster, tell in (("prod-eu", tell_production), ("staging", tell_staging)):
        rng = random.Random(f"{seed} {cluster}")  # noqa: S311 - a story, not a secret
        scene, gaps = tell(rng, now, weeks)
        server = _ApiServer(rng, now.astimezone(UTC), gaps)
        frames[cluster] = server.replay(scene)
        expected.update({(cluster, reason): n for reason, n in server.shown_counts().items()})
        outages += [(cluster, gap) for gap in gaps]
    return Demo(tuple(frames), tuple(outages), dict(expected), frames)


@dataclass(slots=True)
class _Life:
    """One event across its updates and re-creations."""

    name: str
    first: Sighting
    latest: Sighting
    heard: datetime = _EPOCH  # time of the last occurrence
    count: int = 0  # as the component knows it
    shown: int = 0  # as the API server knows it
    uid: str = ""
    created: datetime = _EPOCH
    expires: datetime = _EPOCH


@dataclass(slots=True)
class _Frame:
    """A change of one event, and what the event was like after it."""

    time: datetime
    type: str
    state: _Life


class _ApiServer:
    """Turns what components notice into what a watch delivers.

    Components count, but send no more than a burst of 25 about one object and then one in five
    minutes; the server forgets an event an hour after its last update, and its component then
    creates it again under the same name, with the same birth and the next count.
    """

    def __init__(self, rng: random.Random, now: datetime, outages: tuple[Outage, ...]) -> None:
        self._rng = rng
        self._now = now
        self._outages = outages
        self._remembered: dict[_Key, _Life] = {}
        self._lives: list[_Life] = []
        self._tokens: dict[tuple[Emitter, Subject], tuple[float, datetime]] = {}
        self._frames: list[_Frame] = []

    def replay(self, scene: Scene) -> list[bytes]:
        """Return the frames that a watch over the whole scene would have delivered."""
        ends = [Restart(end) for _, end in self._outages]
        restarts = sorted([*scene.restarts, *ends], key=attrgetter("time"), reverse=True)
        for sighting in self._audible(scene.sightings):
            while restarts and restarts[-1].time <= sighting.time:
                self._forget(restarts.pop())
            self._note(sighting)
        for life in self._lives:
            self._expire(life)
        return list(self._encoded())

    def shown_counts(self) -> Counter[str]:
        """Return the occurrences that the server was told of, per reason."""
        counts: Counter[str] = Counter()
        for life in self._lives:
            counts[life.first.reason] += life.shown
        return +counts  # without the reasons that never got through

    def _audible(self, sightings: Iterable[Sighting]) -> list[Sighting]:
        heard = [s for s in sightings if s.time <= self._now and not self._down(s.time)]
        return sorted(heard, key=attrgetter("time"))

    def _down(self, time: datetime) -> bool:
        return any(start <= time < end for start, end in self._outages)

    def _forget(self, restart: Restart) -> None:
        wanted = {restart.component, restart.host} - {""}
        for key in list(self._remembered):
            if wanted <= {key[0].component, key[0].host}:
                del self._remembered[key]

    def _note(self, sighting: Sighting) -> None:
        life = self._life_of(sighting)
        life.count += 1
        if self._may_send(sighting):
            self._send(life, sighting)
        life.heard = sighting.time

    def _life_of(self, sighting: Sighting) -> _Life:
        serial = sighting.reason in _SERIES_ACTIONS
        combined = sighting.message.startswith(COMBINED)
        message = "" if serial else COMBINED if combined else sighting.message
        key = (sighting.emitter, sighting.subject, sighting.reason, message)
        life = self._remembered.get(key)
        if life is None or (serial and sighting.time - life.heard > SERIES_IDLE):
            microseconds = (sighting.time - _EPOCH) // _MICROSECOND
            nanoseconds = microseconds * 1000 + len(self._lives) % 1000  # no two names are equal
            life = _Life(f"{sighting.subject.name}.{nanoseconds:x}", sighting, sighting)
            self._remembered[key] = life
            self._lives.append(life)
        return life

    def _may_send(self, sighting: Sighting) -> bool:
        if sighting.reason in _SERIES_ACTIONS:
            return True
        key = (sighting.emitter, sighting.subject)
        tokens, since = self._tokens.get(key, (float(SPAM_BURST), sighting.time))
        tokens = min(float(SPAM_BURST), tokens + (sighting.time - since) / SPAM_REFILL)
        self._tokens[key] = (tokens - 1 if tokens >= 1 else tokens, sighting.time)
        return tokens >= 1

    def _send(self, life: _Life, sighting: Sighting) -> None:
        time, change = sighting.time, "MODIFIED"
        if life.expires <= time:
            self._expire(life)
            change, life.uid, life.created = "ADDED", self._uid(), time
        life.latest, life.shown = sighting, life.count
        life.expires = time + EVENT_TTL * self._rng.uniform(1.0, 1.05)  # leases are shared
        self._frames.append(_Frame(time, change, replace(life)))

    def _uid(self) -> str:
        bits = f"{self._rng.getrandbits(128):032x}"
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"

    def _expire(self, life: _Life) -> None:
        if life.shown and life.expires <= self._now and not self._down(life.expires):
            self._frames.append(_Frame(life.expires, "DELETED", replace(life)))

    def _encoded(self) -> Iterator[bytes]:
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        version = self._rng.randrange(48_000_000, 52_000_000)
        for frame in sorted(self._frames, key=attrgetter("time")):
            version += self._rng.randint(1, 60)
            body = {"type": frame.type, "object": _event(frame.state, version)}
            yield encode(body).encode() + b"\n"


def _event(state: _Life, version: int) -> dict[str, object]:
    subject, latest = state.first.subject, state.latest
    event: dict[str, object] = {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {
            "name": state.name,
            "namespace": subject.namespace or "default",
            "uid": state.uid,
            "resourceVersion": str(version),
            "creationTimestamp": _to_seconds(state.created),
        },
        "involvedObject": _involved(subject),
        "reason": latest.reason,
        "message": latest.message,
    }
    event |= _series_fields(state) if latest.reason in _SERIES_ACTIONS else _legacy_fields(state)
    return event


def _involved(subject: Subject) -> dict[str, str]:
    fields = {
        "kind": subject.kind,
        "namespace": subject.namespace,
        "name": subject.name,
        "uid": subject.uid,
        "apiVersion": _API_VERSIONS.get(subject.kind, "v1"),
        "resourceVersion": subject.resource_version,
        "fieldPath": subject.field_path,
    }
    return {name: text for name, text in fields.items() if text}


def _legacy_fields(state: _Life) -> dict[str, object]:
    emitter = state.latest.emitter
    source = {"component": emitter.component}
    if emitter.host:
        source["host"] = emitter.host
    combined = state.latest.message.startswith(COMBINED)
    return {
        "source": source,
        "firstTimestamp": _to_seconds(state.first.time),
        "lastTimestamp": _to_seconds(state.latest.time),
        "count": state.shown,
        "type": state.latest.type,
        "eventTime": None,
        "reportingComponent": "" if combined else emitter.component,
        "reportingInstance": emitter.host,
    }


def _series_fields(state: _Life) -> dict[str, object]:
    fields: dict[str, object] = {
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "type": state.latest.type,
        "eventTime": _to_microseconds(state.first.time),
    }
    if state.shown > 1:
        observed = _to_microseconds(state.latest.time)
        fields["series"] = {"count": state.shown, "lastObservedTime": observed}
    fields |= {
        "action": _SERIES_ACTIONS[state.latest.reason],
        "reportingComponent": state.latest.emitter.component,
        "reportingInstance": f"{state.latest.emitter.component}-control-plane-1",
    }
    return fields


def _to_seconds(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def _to_microseconds(time: datetime) -> str:
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")

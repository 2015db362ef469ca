"""Owners by look-up, without making events wait."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from collector import owners as module
from collector.api_objects import OwnedKind, OwnerReference
from collector.errors import ApiCause, ApiError
from collector.observation import Observation
from collector.owners import Owners
from tests.factories import observe

Key = tuple[OwnedKind, str, str]


@dataclass
class FakeServer:
    """Answers from a table, fails from another, and notes what it was asked."""

    owners: dict[Key, tuple[OwnerReference, ...]] = field(default_factory=dict)
    failures: dict[str, ApiError] = field(default_factory=dict)
    asked: list[Key] = field(default_factory=list)

    def owner_references(
        self, kind: OwnedKind, namespace: str, name: str
    ) -> tuple[OwnerReference, ...]:
        """Answer like an API server."""
        self.asked.append((kind, namespace, name))
        if kind in self.failures:
            raise self.failures[kind]
        if (kind, namespace, name) not in self.owners:
            raise failure("not_found")
        return self.owners[kind, namespace, name]


@dataclass
class Bench:
    """Owners over a fake server, with a clock that only waiting moves."""

    server: FakeServer = field(default_factory=FakeServer)
    improved: list[Observation] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    time: float = 0.0

    def __post_init__(self) -> None:
        self.owners = Owners(
            self.server,
            self.improved.append,
            count=lambda result: self.results.append(result),
            clock=lambda: self.time,
            wait=self.wait,
        )

    def wait(self, seconds: float) -> bool:
        """Let the time pass."""
        self.waits.append(seconds)
        self.time += seconds
        return False

    def drain(self) -> None:
        """Answer everything that waits."""
        while self.owners.answer_next():
            pass


def failure(cause: ApiCause, **over: float | str) -> ApiError:
    """Return an error of the API server."""
    return ApiError(f"it is {cause}", cause=cause, **over)  # type: ignore[arg-type]


def owner(
    kind: str, name: str, api: str = "apps/v1", controller: bool | None = True
) -> OwnerReference:
    """Return an ownerReference."""
    return OwnerReference(kind=kind, name=name, api_version=api, controller=controller)


def told(observation: Observation) -> tuple[str, str, str]:
    """Return what an observation says of its workload."""
    return observation.workload_kind, observation.workload, observation.workload_by


def pod(object_name: str = "web-7c9f6b5d4c-x2x7k", /, **over: Any) -> Observation:
    """Return an event of a pod whose owner was guessed from its name."""
    return observe(object=object_name, workload_kind="Deployment", workload="web", **over)


def test_pod_to_its_deployment() -> None:
    """A pod's replica set is followed to the workload behind it, whatever the names suggest."""
    bench = Bench()
    replica_set = owner("ReplicaSet", "web-7c9f6b5d4c")
    bench.server.owners = {
        ("Pod", "shop", "web-7c9f6b5d4c-x2x7k"): (replica_set,),
        ("ReplicaSet", "shop", "web-7c9f6b5d4c"): (owner("Rollout", "web", "argoproj.io/v1"),),
    }
    bench.owners.ask(pod())
    bench.drain()
    assert [told(one) for one in bench.improved] == [("Rollout", "web", "lookup")]
    assert told(bench.owners.known(pod())) == ("Rollout", "web", "lookup")


def test_one_request_an_object() -> None:
    """Pods of one replica set ask for it once, events of one pod ask for that once."""
    bench = Bench()
    bench.server.owners[("ReplicaSet", "shop", "web-7c9f6b5d4c")] = (owner("Deployment", "web"),)
    for name in ("web-7c9f6b5d4c-aaaaa", "web-7c9f6b5d4c-bbbbb"):
        key: Key = ("Pod", "shop", name)
        bench.server.owners[key] = (owner("ReplicaSet", "web-7c9f6b5d4c"),)
        for event in ("e1", "e2"):
            bench.owners.ask(pod(name, name=event))
    bench.drain()
    assert len(bench.server.asked) == 3
    assert [one.name for one in bench.improved] == ["e1", "e2", "e1", "e2"]


def test_latest_sighting_of_an_event_is_kept() -> None:
    """An event that repeats while it waits is improved once, as it was seen last."""
    bench = Bench()
    bench.server.owners["Pod", "shop", "web-7c9f6b5d4c-x2x7k"] = ()
    for cumulative in (1, 2, 3):
        bench.owners.ask(pod(cumulative=cumulative))
    bench.drain()
    assert [one.cumulative for one in bench.improved] == [3]


def test_object_without_an_owner_is_its_own_workload() -> None:
    """The look-up knows better than a name that looks generated."""
    bench = Bench()
    bench.server.owners["Pod", "shop", "my-pod-abcde"] = ()
    bench.owners.ask(pod("my-pod-abcde"))
    bench.drain()
    assert told(bench.improved[0]) == ("Pod", "my-pod-abcde", "lookup")


def test_replica_set_that_is_gone() -> None:
    """What the pod says of its replica set is sure; the rest is read from that name."""
    bench = Bench()
    bench.server.owners["Pod", "shop", "web-7c9f6b5d4c-x2x7k"] = (
        owner("ReplicaSet", "web-7c9f6b5d4c"),
    )
    bench.owners.ask(pod())
    bench.drain()
    assert told(bench.improved[0]) == ("Deployment", "web", "lookup")


def test_foreign_kind_of_the_same_name_is_not_followed() -> None:
    """A Job of another API group is the workload itself."""
    bench = Bench()
    bench.server.owners["Pod", "shop", "train-0"] = (owner("Job", "train", "batch.volcano.sh/v1"),)
    bench.owners.ask(pod("train-0"))
    bench.drain()
    assert told(bench.improved[0]) == ("Job", "train", "lookup")
    assert len(bench.server.asked) == 1


@pytest.mark.parametrize(
    ("references", "workload"),
    [
        ((owner("A", "a", "x/v1", None), owner("B", "b", "x/v1")), ("B", "b")),
        ((owner("A", "a", "x/v1", False), owner("B", "b", "x/v1", None)), ("B", "b")),
        ((owner("A", "a", "x/v1", False),), ("Pod", "web-0")),
    ],
)
def test_controller_is_the_owner(
    references: tuple[OwnerReference, ...], workload: tuple[str, str]
) -> None:
    """Of several owners the controller counts; who says it is none does not."""
    bench = Bench()
    bench.server.owners["Pod", "shop", "web-0"] = references
    bench.owners.ask(pod("web-0"))
    bench.drain()
    assert told(bench.improved[0])[:2] == workload


@pytest.mark.parametrize(
    "over",
    [
        {"workload_by": "ownerReferences"},
        {"kind": "Node"},
        {"object": "../../secrets"},
        {"object": ".."},
        {"object_namespace": ""},
        {"object": ""},
    ],
)
def test_what_is_not_asked(over: dict[str, Any]) -> None:
    """What is known, has no owner or cannot exist costs no request."""
    bench = Bench()
    observation = observe(**over)
    bench.owners.ask(observation)
    bench.drain()
    assert bench.server.asked == []
    assert bench.owners.known(observation) is observation


def test_missing_object_is_not_asked_for_again_soon() -> None:
    """A pod that is gone keeps the workload of its name, and is asked for again after 5 minutes."""
    bench = Bench()
    for seconds in (0.0, module.MISSING_SECONDS - 1, 1.0):
        bench.time += seconds
        bench.owners.ask(pod())
        bench.drain()
    assert len(bench.server.asked) == 2
    assert bench.improved == []
    assert bench.owners.known(pod()) == pod()


def test_forbidden_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """Without the right it says so once, with the rule, and asks again after an hour."""
    bench = Bench()
    bench.server.failures["Pod"] = failure("forbidden", rule="kind: ClusterRole")
    with caplog.at_level(logging.INFO):
        for name in ("web-0", "web-1", "web-2"):
            bench.owners.ask(pod(name))
        bench.drain()
        bench.owners.ask(pod("web-3"))
        bench.drain()
        assert len(bench.server.asked) == 1
        bench.time += module.FORBIDDEN_SECONDS
        bench.owners.ask(pod("web-3"))
        bench.drain()
    assert len(bench.server.asked) == 2
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "kind: ClusterRole" in caplog.text


def test_requests_are_limited() -> None:
    """Twenty at once, then five a second: 30 requests take two seconds."""
    bench = Bench()
    for number in range(30):
        bench.server.owners["Pod", "shop", f"web-{number}"] = ()
        bench.owners.ask(pod(f"web-{number}"))
    bench.drain()
    assert bench.waits[:20] == [0.0] * 20
    assert sum(bench.waits) == pytest.approx(2.0)


def test_throttling_is_obeyed() -> None:
    """A server that asks for patience gets it, and the object is not asked for at once."""
    bench = Bench()
    bench.server.failures["Pod"] = failure("throttled", retry_after_seconds=7.0)
    bench.owners.ask(pod())
    bench.drain()
    assert bench.waits == [0.0, 7.0]
    bench.owners.ask(pod())
    assert not bench.owners.answer_next()


def test_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What finds the queue full is counted and stays as it is."""
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    bench = Bench()
    for number in range(5):
        bench.owners.ask(pod(name=f"event-{number}"))
    assert bench.results == ["dropped", "dropped"]


def test_cache_is_bounded_and_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """The object that was used longest ago goes first; an answer holds for an hour."""
    monkeypatch.setattr(module, "MAX_CACHED", 2)
    bench = Bench()
    for name in ("a", "b", "c"):
        bench.server.owners["Pod", "shop", name] = ()
        bench.owners.ask(pod(name))
        bench.drain()
        bench.owners.known(pod("a"))
    assert told(bench.owners.known(pod("a")))[2] == "lookup"
    assert told(bench.owners.known(pod("b")))[2] == "name"
    bench.time += module.FOUND_SECONDS
    assert told(bench.owners.known(pod("a")))[2] == "name"


def test_owner_text_is_inert() -> None:
    """A tenant's ownerReference brings neither NUL nor a secret nor a novel into the store."""
    bench = Bench()
    name = "\0" + "x" * 1000
    bench.server.owners["Pod", "shop", "web-0"] = (owner("Thing", name, "x/v1"),)
    bench.owners.ask(pod("web-0"))
    bench.drain()
    assert bench.improved[0].workload == "\ufffd" + "x" * 252


def test_thread_answers_and_ends() -> None:
    """The thread looks up what is asked while it runs, and stop ends it."""
    server = FakeServer(owners={("Pod", "shop", "web-0"): ()})
    done = threading.Event()
    owners = Owners(server, lambda _: done.set())
    owners.start()
    owners.ask(pod("web-0"))
    assert done.wait(10)
    owners.stop()
    owners.thread.join(10)
    assert not any(thread.name == "owners" for thread in threading.enumerate())


def test_interrupted_server_ends_the_thread() -> None:
    """When the API server's client is interrupted, nobody is asked any more."""
    server = FakeServer(failures={"Pod": failure("interrupted")})
    owners = Owners(server, lambda _: None)
    owners.ask(pod())
    owners.start()
    owners.thread.join(10)
    assert not owners.thread.is_alive()

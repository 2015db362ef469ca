"""What stands on the demo's stage: the objects of a cluster, and what components say of them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kubedigest.demo_cast import Workload

SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # Kubernetes draws generated suffixes from it
_HASH_DIGITS = str.maketrans("0123456789", "456789bcdf")  # how it spells a hash's decimal digits


@dataclass(frozen=True, slots=True)
class Subject:
    """The object that an event is about; a text that the event does not carry is ``""``."""

    kind: str
    name: str
    namespace: str = ""  # "" for cluster-scoped objects
    uid: str = ""
    resource_version: str = ""
    field_path: str = ""


@dataclass(frozen=True, slots=True)
class Emitter:
    """The component that reports; ``host`` is set where it runs once a node."""

    component: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One occurrence, as the component noticed it."""

    time: datetime
    emitter: Emitter
    subject: Subject
    type: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Restart:
    """Components that lose their memory of earlier events; an empty field stands for all."""

    time: datetime
    component: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod on its node."""

    subject: Subject
    workload: Workload
    owner: str  # name of the replica set, stateful set, daemon set or job
    node: str
    ip: str

    @property
    def container(self) -> Subject:
        """The pod's one container, named like the workload."""
        return replace(self.subject, field_path=f"spec.containers{{{self.workload.name}}}")

    @property
    def crash(self) -> str:
        """What the kubelet says while it waits to restart the container."""
        name, place = self.subject.name, self.subject.namespace
        return (
            f"Back-off restarting failed container {self.workload.name} in pod "
            f"{name}_{place}({self.subject.uid})"
        )


SCHEDULER = Emitter("default-scheduler")
DEPLOYMENTS = Emitter("deployment-controller")
NODES = Emitter("node-controller")
TAINTS = Emitter("taint-eviction-controller")
JOBS = Emitter("job-controller")
CRON_JOBS = Emitter("cronjob-controller")
AUTOSCALER = Emitter("horizontal-pod-autoscaler")
VOLUMES = Emitter("persistentvolume-controller")
ATTACHMENTS = Emitter("attachdetach-controller")
_POD_OWNERS = {
    "Deployment": ("ReplicaSet", Emitter("replicaset-controller")),
    "StatefulSet": ("StatefulSet", Emitter("statefulset-controller")),
    "DaemonSet": ("DaemonSet", Emitter("daemonset-controller")),
    "CronJob": ("Job", JOBS),
}


def seconds(count: float) -> timedelta:
    """Return that many seconds."""
    return timedelta(seconds=count)


def every(start: datetime, spacing_seconds: float, count: int) -> Iterator[datetime]:
    """Yield *count* evenly spaced times."""
    return (start + seconds(spacing_seconds * number) for number in range(count))


def _present(image: str) -> str:
    return f'Container image "{image}" already present on machine and can be accessed by the pod'


class Scene:
    """One cluster: its nodes, its pods, and everything its components have said so far."""

    def __init__(self, rng: random.Random, nodes: tuple[str, ...]) -> None:
        self.rng = rng
        self.nodes = nodes
        self.sightings: list[Sighting] = []
        self.restarts: list[Restart] = []
        self._subjects: dict[tuple[str, str, str], Subject] = {}
        self._pods: dict[tuple[str, str], list[Pod]] = {}

    def uid(self) -> str:
        """Return a fresh random UUID."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def suffix(self) -> str:
        """Return the five letters that end a generated name."""
        return "".join(self.rng.choices(SUFFIX_ALPHABET, k=5))

    def template_hash(self) -> str:
        """Return a pod-template hash: the decimal digits of 32 bits, each spelled as a letter."""
        return str(self.rng.getrandbits(32)).translate(_HASH_DIGITS)

    def subject(self, kind: str, name: str, namespace: str = "") -> Subject:
        """Return the object of that name, the same at every call."""
        key = (kind, namespace, name)
        if key not in self._subjects:
            version = "" if kind == "Node" else str(self.rng.randrange(40_000_000, 48_000_000))
            self._subjects[key] = Subject(kind, name, namespace, self.uid(), version)
        return self._subjects[key]

    def object_of(self, workload: Workload) -> Subject:
        """Return the workload itself as the object of an event."""
        return self.subject(workload.kind, workload.name, workload.namespace)

    def pods_of(self, workload: Workload) -> list[Pod]:
        """Return the pods that the workload has now; at the first call they come into being."""
        key = (workload.namespace, workload.name)
        if key not in self._pods:
            self._pods[key] = self._first_pods(workload)
        return self._pods[key]

    def all_pods(self) -> list[Pod]:
        """Return every pod of every workload."""
        return [pod for pods in self._pods.values() for pod in pods]

    def _first_pods(self, workload: Workload) -> list[Pod]:
        owner, ordinals = workload.name, range(workload.replicas)
        if workload.kind == "DaemonSet":
            return [self.new_pod(workload, owner, node=node) for node in self.nodes]
        if workload.kind == "StatefulSet":
            return [self.new_pod(workload, owner, name=f"{owner}-{n}") for n in ordinals]
        replica_set = f"{owner}-{self.template_hash()}"
        return [self.new_pod(workload, replica_set) for _ in ordinals]

    def new_pod(self, workload: Workload, owner: str, *, name: str = "", node: str = "") -> Pod:
        """Return a pod of *owner*, by default with a generated name on a random node."""
        node = node or self.rng.choice(self.nodes)
        version = str(self.rng.randrange(48_000_000, 52_000_000))
        name = name or f"{owner}-{self.suffix()}"
        subject = Subject("Pod", name, workload.namespace, self.uid(), version)
        ip = f"10.244.{self.nodes.index(node) + 1}.{self.rng.randrange(2, 250)}"
        return Pod(subject, workload, owner, node, ip)

    def say(
        self, time: datetime, emitter: Emitter, subject: Subject, reason: str, message: str
    ) -> None:
        """Note a Normal event."""
        self.sightings.append(Sighting(time, emitter, subject, "Normal", reason, message))

    def warn(
        self, time: datetime, emitter: Emitter, subject: Subject, reason: str, message: str
    ) -> None:
        """Note a Warning."""
        self.sightings.append(Sighting(time, emitter, subject, "Warning", reason, message))

    def warn_of_container(
        self, times: Iterable[datetime], pod: Pod, reason: str, message: str
    ) -> None:
        """Note the kubelet's warning about a container, once for each of *times*."""
        kubelet, container = Emitter("kubelet", pod.node), pod.container
        text = message.replace("{ip}", pod.ip)
        for time in times:
            self.warn(time, kubelet, container, reason, text)

    def create_pod(self, time: datetime, pod: Pod, *, pull: bool = True) -> None:
        """Note all that is said when a pod is created, scheduled and started."""
        self.announce_pod(time, pod)
        self.schedule_pod(time + seconds(0.1), pod)
        kubelet, container = Emitter("kubelet", pod.node), pod.container
        pulled = self._pull(time + seconds(1), pod) if pull else _present(pod.workload.image)
        time += seconds(4.2 if pull else 1.2)
        self.say(time, kubelet, container, "Pulled", pulled)
        self.say(time + seconds(0.2), kubelet, container, "Created", "Container created")
        self.say(time + seconds(0.5), kubelet, container, "Started", "Container started")

    def _pull(self, time: datetime, pod: Pod) -> str:
        image, took_ms = pod.workload.image, self.rng.randrange(300, 3000)
        kubelet = Emitter("kubelet", pod.node)
        self.say(time, kubelet, pod.container, "Pulling", f'Pulling image "{image}"')
        return (
            f'Successfully pulled image "{image}" in {took_ms}ms ({took_ms}ms including waiting). '
            f"Image size: {self.rng.randrange(18_000_000, 240_000_000)} bytes."
        )

    def announce_pod(self, time: datetime, pod: Pod) -> None:
        """Note the owner's event about its new pod."""
        kind, controller = _POD_OWNERS[pod.workload.kind]
        owner = self.subject(kind, pod.owner, pod.workload.namespace)
        text = f"Created pod: {pod.subject.name}"
        if kind == "StatefulSet":
            text = f"Create Pod {pod.subject.name} in StatefulSet {pod.owner} successful"
        self.say(time, controller, owner, "SuccessfulCreate", text)

    def schedule_pod(self, time: datetime, pod: Pod) -> None:
        """Note the scheduler's success."""
        place = f"{pod.workload.namespace}/{pod.subject.name}"
        text = f"Successfully assigned {place} to {pod.node}"
        self.say(time, SCHEDULER, pod.subject, "Scheduled", text)

    def stop_pod(self, time: datetime, pod: Pod) -> None:
        """Note all that is said when a controller takes a pod away."""
        kind, controller = _POD_OWNERS[pod.workload.kind]
        owner = self.subject(kind, pod.owner, pod.workload.namespace)
        text = f"Deleted pod: {pod.subject.name}"
        self.say(time, controller, owner, "SuccessfulDelete", text)
        kubelet, name = Emitter("kubelet", pod.node), pod.workload.name
        self.say(
            time + seconds(0.3), kubelet, pod.container, "Killing", f"Stopping container {name}"
        )

    def scale(self, time: datetime, workload: Workload, owner: str, old: int, new: int) -> None:
        """Note that a Deployment resizes one of its replica sets."""
        text = f"Scaled {'up' if new > old else 'down'} replica set {owner} from {old} to {new}"
        self.say(time, DEPLOYMENTS, self.object_of(workload), "ScalingReplicaSet", text)

    def roll_out(self, time: datetime, workload: Workload) -> None:
        """Replace the pods of a Deployment by pods of a new replica set, one after the other."""
        old, new_owner = self.pods_of(workload), f"{workload.name}-{self.template_hash()}"
        new = [self.new_pod(workload, new_owner) for _ in old]
        for done, (before, after) in enumerate(zip(old, new, strict=True)):
            self.scale(time, workload, new_owner, done, done + 1)
            self.create_pod(time + seconds(0.05), after)
            time += seconds(self.rng.uniform(20, 45))
            self.scale(time, workload, before.owner, len(old) - done, len(old) - done - 1)
            self.stop_pod(time + seconds(0.05), before)
        self._pods[workload.namespace, workload.name] = new

    def move_pod(self, time: datetime, pod: Pod, nodes: tuple[str, ...]) -> None:
        """Start a replacement for a lost pod on one of *nodes*."""
        stateful = pod.workload.kind == "StatefulSet"
        name = pod.subject.name if stateful else ""
        new = self.new_pod(pod.workload, pod.owner, name=name, node=self.rng.choice(nodes))
        self.create_pod(time, new)
        pods = self.pods_of(pod.workload)
        pods[pods.index(pod)] = new

    def run_job(self, time: datetime, cron: Workload, *, fails: bool = False) -> None:
        """Note one run of a CronJob, from its creation to its end."""
        job = f"{cron.name}-{int(time.timestamp()) // 60}"
        schedule, running = self.object_of(cron), self.subject("Job", job, cron.namespace)
        self.say(time, CRON_JOBS, schedule, "SuccessfulCreate", f"Created job {job}")
        self.create_pod(time + seconds(0.2), self.new_pod(cron, job), pull=False)
        end = time + seconds(self.rng.uniform(40, 400))
        if fails:
            text = "Job has reached the specified backoff limit"
            self.warn(end, JOBS, running, "BackoffLimitExceeded", text)
        else:
            self.say(end, JOBS, running, "Completed", "Job completed")
        ending = f"Saw completed job: {job}, condition: {'Failed' if fails else 'Complete'}"
        self.say(end + seconds(0.1), CRON_JOBS, schedule, "SawCompletedJob", ending)

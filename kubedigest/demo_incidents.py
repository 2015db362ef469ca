"""The demo's incidents: each tells a scene what happens from a moment on."""

from __future__ import annotations

from datetime import datetime, timedelta

from kubedigest.demo_cast import (
    CHECKOUT,
    INGRESS,
    INVOICE_RUN,
    LEDGER,
    LOAD_TEST,
    PRICE_IMPORT,
    SEARCH_INDEX,
    TIMESERIES,
)
from kubedigest.demo_scene import (
    ATTACHMENTS,
    AUTOSCALER,
    CRON_JOBS,
    DEPLOYMENTS,
    NODES,
    SCHEDULER,
    TAINTS,
    VOLUMES,
    Emitter,
    Pod,
    Restart,
    Scene,
    every,
    seconds,
)


def wait_for_room(time: datetime, scene: Scene, pods: int) -> None:
    """Let invoices wait until the nightly load has gone."""
    job = f"{INVOICE_RUN.name}-{int(time.timestamp()) // 60}"
    cron, text = (
        scene.object_of(INVOICE_RUN),
        (
            "0/8 nodes are available: 3 node(s) had untolerated taint(s), 5 Insufficient cpu. "
            "no new claims to deallocate, preemption: 0/8 nodes are available: 3 Preemption is not "
            "helpful for scheduling, 5 No preemption victims found for incoming pod."
        ),
    )
    scene.say(time, CRON_JOBS, cron, "SuccessfulCreate", f"Created job {job}")
    for index in range(pods):
        pod = scene.new_pod(INVOICE_RUN, job)
        scene.announce_pod(time + seconds(0.2 + index / 50), pod)
        tries = scene.rng.randint(2, 5)
        for tried in every(time + seconds(0.4 + index / 40), 301.7, tries):
            scene.warn(tried, SCHEDULER, pod.subject, "FailedScheduling", text)
        scene.schedule_pod(time + seconds(tries * 301.7), pod)


def run_out_of_memory(time: datetime, scene: Scene, killed: bool) -> None:
    """Crash a database that needs more memory than it may have."""
    pod = scene.pods_of(TIMESERIES)[1]
    if killed:
        text = (
            f"Memory cgroup out of memory: Killed process {scene.rng.randrange(9000, 99000)} "
            "(timeseries) total-vm:9437184kB, anon-rss:8388012kB, file-rss:0kB, shmem-rss:0kB"
        )
        node = scene.subject("Node", pod.node)
        scene.warn(time, Emitter("kernel-monitor", pod.node), node, "OOMKilling", text)
    times = (time + seconds(60), time + seconds(360))
    scene.warn_of_container(times, pod, "BackOff", pod.crash)


def lose_node(time: datetime, scene: Scene) -> None:
    """Lose the fullest node for forty minutes; its pods are moved elsewhere."""
    homes = [pod.node for pod in scene.all_pods()]
    node = max(scene.nodes, key=homes.count)
    lost = scene.subject("Node", node)
    scene.say(time, NODES, lost, "NodeNotReady", f"Node {node} status is now: NodeNotReady")
    others = tuple(name for name in scene.nodes if name != node)
    for number, pod in enumerate([pod for pod in scene.all_pods() if pod.node == node]):
        offset = seconds(number / 7)
        scene.warn(time + offset, NODES, pod.subject, "NodeNotReady", "Node is not ready")
        if pod.workload.kind != "DaemonSet":
            _evict(time + seconds(300) + offset, scene, pod, others)
    back = time + timedelta(minutes=40)
    boot = f"Node {node} has been rebooted, boot id: {scene.uid()}"
    start_kubelet(back, scene, node)
    scene.warn(back + seconds(0.6), Emitter("kubelet", node), lost, "Rebooted", boot)


def _evict(time: datetime, scene: Scene, pod: Pod, others: tuple[str, ...]) -> None:
    text = f"Marking for deletion Pod {pod.subject.namespace}/{pod.subject.name}"
    scene.say(time, TAINTS, pod.subject, "TaintManagerEviction", text)
    scene.move_pod(time + seconds(2), pod, others)


def start_kubelet(time: datetime, scene: Scene, node: str) -> None:
    """Start a kubelet, which remembers nothing of the events before."""
    scene.restarts.append(Restart(time, "kubelet", node))
    kubelet, subject = Emitter("kubelet", node), scene.subject("Node", node)
    scene.say(time, kubelet, subject, "Starting", "Starting kubelet.")
    states = ("HasSufficientMemory", "HasNoDiskPressure", "HasSufficientPID", "Ready")
    for number, state in enumerate(states, 1):
        text = f"Node {node} status is now: Node{state}"
        scene.say(time + seconds(number / 10), kubelet, subject, f"Node{state}", text)


def start_all_kubelets(time: datetime, scene: Scene) -> None:
    """End an upgrade: one node after the other comes back."""
    for number, node in enumerate(scene.nodes):
        start_kubelet(time + seconds(41 * number), scene, node)


def restart_controllers(time: datetime, scene: Scene) -> None:
    """Restart controllers, which then count their events from one again."""
    for emitter in (AUTOSCALER, NODES, VOLUMES, ATTACHMENTS, DEPLOYMENTS):
        scene.restarts.append(Restart(time, emitter.component))


def fill_disk(time: datetime, scene: Scene, node: str) -> None:
    """Let a node run out of disk, evict the culprit and recover."""
    kubelet, subject = Emitter("kubelet", node), scene.subject("Node", node)
    for tried in every(time, 30, 4):
        text = "Attempting to reclaim ephemeral-storage"
        scene.warn(tried, kubelet, subject, "EvictionThresholdMet", text)
    for later, state in ((8, "NodeHasDiskPressure"), (330, "NodeHasNoDiskPressure")):
        text = f"Node {node} status is now: {state}"
        scene.say(time + seconds(later), kubelet, subject, state, text)
    text = (
        "The node was low on resource: ephemeral-storage. Threshold quantity: 4295967539, "
        "available: 3817712Ki. Container price-import was using 9221140Ki, request is 0, has "
        "larger consumption of ephemeral-storage. "
    )
    pod = scene.new_pod(PRICE_IMPORT, f"price-import-{int(time.timestamp()) // 60}", node=node)
    scene.warn(time + seconds(31), kubelet, pod.subject, "Evicted", text)


def lose_volume(time: datetime, scene: Scene, until: datetime) -> None:
    """Let a pod wait for its volume, and wait still when the story ends."""
    pod, volume = scene.pods_of(SEARCH_INDEX)[2], f"pvc-{scene.uid()}"
    text = (
        f'Multi-Attach error for volume "{volume}" Volume is already exclusively attached to one '
        "node and can't be attached to another"
    )
    scene.warn(time, ATTACHMENTS, pod.subject, "FailedAttachVolume", text)
    text = (
        f'MountVolume.WaitForAttach failed for volume "{volume}" : '
        "timed out waiting for the condition"
    )
    retries = int((until - time) / seconds(150))
    for tried in every(time + seconds(122), 150, retries):
        scene.warn(tried, Emitter("kubelet", pod.node), pod.subject, "FailedMount", text)


def storm_of_probes(time: datetime, scene: Scene) -> None:
    """Fail probes every two seconds for eleven minutes, more than a kubelet may report."""
    text = 'Readiness probe failed: Get "http://{ip}:15021/healthz/ready": EOF'
    for pod in scene.pods_of(INGRESS)[:2]:
        scene.warn_of_container(every(time, 2, 330), pod, "Unhealthy", text)


def lose_metrics(time: datetime, scene: Scene) -> None:
    """Leave an autoscaler without metrics for twenty minutes."""
    scaler = scene.subject("HorizontalPodAutoscaler", "storefront", "shop")
    cause = (
        "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch "
        "metrics from resource metrics API: the server is currently unable to handle the request "
        "(get pods.metrics.k8s.io)"
    )
    effect = f"invalid metrics (1 invalid out of 1), first error is: {cause}"
    for tried in every(time, 15, 84):
        scene.warn(tried, AUTOSCALER, scaler, "FailedGetResourceMetric", cause)
        noticed = tried + seconds(scene.rng.uniform(-0.1, 0.1))
        scene.warn(noticed, AUTOSCALER, scaler, "FailedComputeMetricsReplicas", effect)


def release_missing_image(time: datetime, scene: Scene) -> None:
    """Release an image that does not exist, and take it back after an hour and a half."""
    owner, old = f"{CHECKOUT.name}-{scene.template_hash()}", scene.pods_of(CHECKOUT)[0].owner
    end = time + timedelta(minutes=91)
    scene.scale(time, CHECKOUT, owner, 0, 2)
    for _ in range(2):
        pod = scene.new_pod(CHECKOUT, owner)
        scene.announce_pod(time + seconds(0.1), pod)
        scene.schedule_pod(time + seconds(0.2), pod)
        _pull_in_vain(time + seconds(1), scene, pod)
        scene.stop_pod(end + seconds(1), pod)
    scene.scale(end, CHECKOUT, owner, 2, 0)
    scene.scale(end + seconds(0.4), CHECKOUT, old, 3, 4)


def _pull_in_vain(time: datetime, scene: Scene, pod: Pod) -> None:
    image = CHECKOUT.image.replace(CHECKOUT.tag, "2.32.0")
    missing = (
        f'Failed to pull image "{image}": rpc error: code = NotFound desc = failed to pull and '
        f'unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
    )
    kubelet, container = Emitter("kubelet", pod.node), pod.container
    for wait in (0, 15, 42, 94, 189, 359, *range(670, 5400, 310)):
        tried = time + seconds(wait)
        scene.say(tried, kubelet, container, "Pulling", f'Pulling image "{image}"')
        scene.warn(tried + seconds(0.8), kubelet, container, "Failed", missing)
        scene.warn(tried + seconds(0.9), kubelet, container, "Failed", "Error: ErrImagePull")
    for tried in every(time + seconds(2), 13.4, 405):
        scene.say(tried, kubelet, container, "BackOff", f'Back-off pulling image "{image}"')
        noticed = tried + seconds(scene.rng.uniform(-0.1, 0.1))
        scene.warn(noticed, kubelet, container, "Failed", "Error: ImagePullBackOff")


def release_crashing_version(time: datetime, scene: Scene) -> None:
    """Release a version that fails its probe and crashes; take it back after 84 minutes."""
    scene.roll_out(time, LEDGER)
    probe = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    for pod in scene.pods_of(LEDGER):
        kubelet = Emitter("kubelet", pod.node)
        scene.warn_of_container(every(time + seconds(60), 10, 480), pod, "Unhealthy", probe)
        scene.warn_of_container(every(time + seconds(95), 14, 330), pod, "BackOff", pod.crash)
        for started in every(time + seconds(90), 320, 15):
            scene.say(started, kubelet, pod.container, "Started", "Container started")
    scene.roll_out(time + timedelta(minutes=84), LEDGER)


def exceed_quota(time: datetime, scene: Scene) -> None:
    """Let a load test ask for more than its namespace may use."""
    owner = scene.pods_of(LOAD_TEST)[0].owner
    subject = scene.subject("ReplicaSet", owner, LOAD_TEST.namespace)
    controller = Emitter("replicaset-controller")
    for number, tried in enumerate(every(time, 8, scene.rng.randint(25, 60))):
        combined = "(combined from similar events): " if number > 9 else ""
        text = (
            f'{combined}Error creating: pods "{owner}-{scene.suffix()}" is forbidden: exceeded '
            "quota: compute, requested: limits.cpu=2, used: limits.cpu=16, limited: limits.cpu=16"
        )
        scene.warn(tried, controller, subject, "FailedCreate", text)


def claim_unknown_storage(time: datetime, scene: Scene) -> None:
    """Claim a storage class that does not exist, until somebody deletes the claim."""
    claim = scene.subject("PersistentVolumeClaim", "storefront-preview-cache", "shop")
    text = 'storageclass.storage.k8s.io "fast-nvme" not found'
    for tried in every(time, 15, 140):
        scene.warn(tried, VOLUMES, claim, "ProvisioningFailed", text)

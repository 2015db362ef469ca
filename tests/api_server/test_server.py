"""The test double beyond the recordings: namespaces, rights, objects, stopping and time."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.api_server.client import CORE, EVENTS, get, opened, refused, watch
from tests.api_server.event_shapes import pod_event
from tests.api_server.server import FakeApiServer

if TYPE_CHECKING:
    from pathlib import Path

PARTIAL = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}


def names(frames: list[dict[str, dict[str, dict[str, str]]]]) -> list[str]:
    """Return the pods that frames speak of."""
    return [frame["object"]["involvedObject"]["name"] for frame in frames]


def test_a_watch_delivers_what_happens_while_it_is_open(api_server: FakeApiServer) -> None:
    """First seen, seen again, deleted: three frames with rising versions."""
    query = {"watch": "1", "resourceVersion": api_server.version, "timeoutSeconds": 10}
    with opened(api_server.url, CORE, query, {}) as response:
        api_server.wait_for_watches()
        api_server.apply(pod_event(1))
        api_server.apply(pod_event(1, count=2))
        api_server.delete("shop", pod_event(1)["metadata"]["name"])
        frames = [json.loads(response.readline()) for _ in range(3)]
    assert [frame["type"] for frame in frames] == ["ADDED", "MODIFIED", "DELETED"]
    assert [frame["object"]["metadata"]["resourceVersion"] for frame in frames] == ["2", "3", "4"]
    assert len({frame["object"]["metadata"]["uid"] for frame in frames}) == 1
    api_server.wait_for_watches(0)


def test_namespaces_are_kept_apart(api_server: FakeApiServer) -> None:
    """A namespace is not the beginning of another one's name."""
    api_server.apply(pod_event(1))
    api_server.apply(pod_event(2) | {"metadata": {"name": "b", "namespace": "shop-2"}})
    path = "/api/v1/namespaces/shop/events"
    listed = get(api_server.url, path, limit=1).json
    assert listed["metadata"] == {"resourceVersion": "3"}
    assert [item["involvedObject"]["name"] for item in listed["items"]] == ["web-1"]
    assert names(watch(api_server.url, path, timeoutSeconds=0)) == ["web-1"]


def test_events_of_the_new_shape_are_stored_in_core_shape(api_server: FakeApiServer) -> None:
    """What is written in one API group is read in both."""
    api_server.apply({"metadata": {"name": "a"}, "regarding": {"kind": "Node"}, "note": "x"})
    (core,) = get(api_server.url, CORE).json["items"]
    (event,) = get(api_server.url, EVENTS).json["items"]
    assert (core["involvedObject"], core["message"]) == ({"kind": "Node"}, "x")
    assert (event["regarding"], event["note"]) == ({"kind": "Node"}, "x")
    assert core["metadata"] == event["metadata"]


def test_field_selectors_follow_changes(api_server: FakeApiServer) -> None:
    """An event that stops to match is deleted for the watch, one that begins to is added."""
    for kind in ("Warning", "Normal", "Warning"):
        api_server.apply(pod_event(1, type=kind))
    frames = watch(
        api_server.url,
        resourceVersion=1,
        timeoutSeconds=0,
        fieldSelector="type=Warning,involvedObject.kind!=Node",
    )
    assert [frame["type"] for frame in frames] == ["ADDED", "DELETED", "ADDED"]


def test_a_restored_backup_is_older(api_server: FakeApiServer) -> None:
    """Versions begin again where the backup was made; a later one is from the future."""
    for number in (1, 2, 3):
        api_server.apply(pod_event(number))
    api_server.restore(2)
    assert [i["involvedObject"]["name"] for i in get(api_server.url, CORE).json["items"]] == [
        "web-1"
    ]
    assert get(api_server.url, CORE, resourceVersion=4).status == 504
    api_server.apply(pod_event(9))
    assert names(watch(api_server.url, resourceVersion=2, timeoutSeconds=0)) == ["web-9"]
    assert watch(api_server.url, resourceVersion=4, timeoutSeconds=0) == []


def test_rights_are_needed_per_path_and_verb(api_server: FakeApiServer) -> None:
    """Who may list need not be allowed to watch."""
    api_server.forbid("/api/v1/namespaces/shop", "watch")
    path = "/api/v1/namespaces/shop/events"
    assert get(api_server.url, path).status == 200
    answer = get(api_server.url, path, watch="true")
    assert answer.status == 403
    assert answer.json["message"] == (
        'events is forbidden: User "nobody" cannot watch resource "events" in API group ""'
        ' in the namespace "shop"'
    )


def test_a_token_is_asked_for(api_server: FakeApiServer) -> None:
    """The right one is let in, a wrong one is 401, none at all is 403."""
    api_server.token = "right"
    statuses = [
        get(api_server.url, CORE, headers=headers).status
        for headers in (
            {"Authorization": "Bearer right"},
            {"Authorization": "bearer right"},  # as clients in a pod write it
            {"Authorization": "Bearer x"},
            {},
        )
    ]
    assert statuses == [200, 200, 401, 403]


def test_metadata_of_owners_and_of_the_cluster(api_server: FakeApiServer) -> None:
    """Owner references of the objects that were named, 404 for others, kube-system's uid."""
    owner = {"kind": "Deployment", "name": "web", "controller": True}
    api_server.owners["ReplicaSet", "shop", "web-5d9c7b6f4"] = [owner]
    path = "/apis/apps/v1/namespaces/shop/replicasets/"
    found = get(api_server.url, f"{path}web-5d9c7b6f4", headers=PARTIAL).json
    assert found["kind"] == "PartialObjectMetadata"
    assert found["metadata"]["ownerReferences"] == [owner]
    missing = get(api_server.url, f"{path}other", headers=PARTIAL)
    assert (missing.status, missing.json["details"]["group"]) == (404, "apps")
    cluster = get(api_server.url, "/api/v1/namespaces/kube-system").json
    assert cluster["metadata"]["uid"] == api_server.uid


def test_requests_are_kept(api_server: FakeApiServer) -> None:
    """Method, path, query and headers can be asserted."""
    get(api_server.url, CORE, headers={"X-Test": "1"}, limit=5)
    (request,) = api_server.requests
    assert (request.method, request.path, request.query) == ("GET", CORE, {"limit": "5"})
    assert request.headers["x-test"] == "1"


def test_a_large_list_is_compressed_for_who_takes_it(api_server: FakeApiServer) -> None:
    """From 128 KiB on, and only then."""
    gzip = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in get(api_server.url, CORE, headers=gzip).headers
    api_server.apply_all([pod_event(number) for number in range(500)])
    assert get(api_server.url, CORE, headers=gzip).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in get(api_server.url, CORE).headers


def test_a_stop_ends_watches_cleanly_and_the_port_comes_back(api_server: FakeApiServer) -> None:
    """Between stop and start nobody listens; the address and the store stay."""
    url = api_server.url
    with opened(url, CORE, {"watch": "true"}, {}) as response:
        api_server.wait_for_watches()
        api_server.apply(pod_event(1))
        api_server.stop()
        assert len(response.read().splitlines()) == 1
    assert refused(url)
    api_server.start()
    assert api_server.url == url
    assert len(get(url, CORE).json["items"]) == 1


def test_a_kill_resets_watches(api_server: FakeApiServer) -> None:
    """The client sees a reset in the middle of the body."""
    with opened(api_server.url, CORE, {"watch": "true"}, {}) as response:
        api_server.wait_for_watches()
        api_server.kill()
        with pytest.raises(ConnectionResetError):
            response.read()
    assert refused(api_server.url)
    api_server.wait_for_watches(0)


def test_a_pause_delays_the_answer(api_server: FakeApiServer) -> None:
    """A paused server takes the request, and answers when it goes on."""
    answered: list[int] = []
    api_server.pause()
    client = threading.Thread(target=lambda: answered.append(get(api_server.url, CORE).status))
    client.start()
    api_server.wait_for_requests(1)
    client.join(0.1)
    assert answered == []
    api_server.resume()
    client.join(10)
    assert answered == [200]


def test_hundreds_of_clients_leave_no_thread_behind() -> None:
    """200 watches that vanish, with frames on the way, and the server ends with nothing left."""
    before = set(threading.enumerate())
    with FakeApiServer() as server:
        for number in range(200):
            with opened(server.url, CORE, {"watch": "true"}, {}):
                server.apply(pod_event(number))
        server.wait_for_watches(0)
        assert len(server.requests) == 200
    assert set(threading.enumerate()) == before


def test_prepared_frames_are_one_watch(api_server: FakeApiServer) -> None:
    """They come once, in order and whole; the next watch is a usual one."""
    frames = [b'{"number":%d}\n' % number for number in range(20_000)]
    api_server.serve_frames(frames)
    with opened(api_server.url, CORE, {"watch": "true", "timeoutSeconds": "0"}, {}) as response:
        assert response.read() == b"".join(frames)
    assert watch(api_server.url, timeoutSeconds=0) == []


def test_the_kubeconfig_names_server_and_token(api_server: FakeApiServer, tmp_path: Path) -> None:
    """The official client finds its way with it."""
    from kubernetes import client, config

    api_server.token = "right"
    configuration = client.Configuration()
    path = api_server.kubeconfig(tmp_path, cluster="prod", context="admin")
    config.load_kube_config(str(path), context="admin", client_configuration=configuration)
    with client.ApiClient(configuration) as api:
        answer = client.CoreV1Api(api).list_event_for_all_namespaces(_preload_content=False)
        assert json.loads(answer.data)["kind"] == "EventList"
    began = time.monotonic()
    assert api_server.requests[0].time <= began
    assert api_server.requests[0].headers["authorization"] == "Bearer right"

"""Which request gets which answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, cast

from tests.api_server import listing, statuses, watching
from tests.api_server.event_shapes import encode
from tests.api_server.response import Response

if TYPE_CHECKING:
    from tests.api_server.connection import Connection, Request
    from tests.api_server.event_shapes import Group, Json
    from tests.api_server.faults import Fault, Verb
    from tests.api_server.server import FakeApiServer

_EVENTS = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>events\.k8s\.io/v1))"
    r"(?:/namespaces/(?P<namespace>[^/]+))?/events"
)
_OBJECT = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"/namespaces/(?P<namespace>[^/]+)(?:/(?P<resource>[^/]+)/(?P<name>[^/]+))?"
)
_KINDS = {
    "pods": "Pod",
    "replicasets": "ReplicaSet",
    "jobs": "Job",
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
    "daemonsets": "DaemonSet",
    "cronjobs": "CronJob",
}
_SECONDS_OF_A_SILENT_WATCH = 1e9


class Target(NamedTuple):
    """What the path of a request means."""

    verb: Verb
    resource: str
    group: str  # "" for core
    api_version: str
    namespace: str
    name: str


def handle(server: FakeApiServer, connection: Connection, request: Request) -> bool:
    """Answer one request; say whether the connection may be used again."""
    target = _target(request)
    fault = server.faults.take(target.verb) if target is not None else None
    response = Response(connection, request, fault)
    try:
        if fault is None or not _strikes_at_once(fault, request, target, response):
            _answer(server, request, target, response, fault)
    except statuses.RefusalError as refusal:
        response.answer(refusal.status["code"], encode(refusal.status) + b"\n")
    return request.headers.get("connection", "").lower() != "close"


def _answer(
    server: FakeApiServer,
    request: Request,
    target: Target | None,
    response: Response,
    fault: Fault | None,
) -> None:
    if request.method not in ("GET", "HEAD"):
        message = "the server does not allow this method on the requested resource"
        raise statuses.RefusalError(statuses.failure(405, message, reason="MethodNotAllowed"))
    server.check_rights(request, target)
    if target is None:
        _answer_without_object(request, response)
    elif target.verb == "watch":
        _watch(server, request, target, response, fault)
    elif target.verb == "list":
        group = cast("Group", target.api_version)
        body = listing.list_events(server.log, request.query, group, target.namespace)
        response.answer(200, body)
    else:
        response.answer(200, encode(_object(server, request, target)) + b"\n")


def _target(request: Request) -> Target | None:
    events = _EVENTS.fullmatch(request.path)
    if events:
        verb: Verb = "watch" if watching.is_true(request.query.get("watch")) else "list"
        group = "" if events["core"] else "events.k8s.io"
        version = events["core"] or events["group"]
        return Target(verb, "events", group, version, events["namespace"] or "", "")
    found = _OBJECT.fullmatch(request.path)
    if not found:
        return None
    group, namespace = found["group"] or "", found["namespace"]
    version = f"{group}/{found['version']}" if group else "v1"
    if not found["resource"]:
        return Target("get", "namespaces", group, version, namespace, namespace)
    return Target("get", found["resource"], group, version, namespace, found["name"])


def _strikes_at_once(
    fault: Fault, request: Request, target: Target | None, response: Response
) -> bool:
    """Let a fault strike that leaves nothing of the answer."""
    is_watch = target is not None and target.verb == "watch"
    if fault.kind == "status":
        _answer_status(fault, response)
    elif fault.kind == "reset":
        response.reset()
    elif fault.kind == "empty":
        _answer_empty(response, is_watch=is_watch)
    elif fault.kind == "half_open":
        response.start_stream()
        watching.stay_silent(response, _SECONDS_OF_A_SILENT_WATCH)
    elif fault.kind == "gone" and not is_watch:
        token = request.query.get("continue")
        gone = statuses.expired_continue(listing.fresh_token(token)) if token else None
        raise statuses.RefusalError(gone or statuses.expired_list())
    elif fault.kind == "garbage" and not is_watch:
        response.answer(200, fault.line)
    else:
        return False
    return True


def _answer_status(fault: Fault, response: Response) -> None:
    headers = {}
    if fault.retry_after_seconds is not None:
        headers["Retry_After"] = str(fault.retry_after_seconds)
    if fault.code == 429:  # of the queue in front of the API: plain text, no Status
        headers.setdefault("Retry_After", "1")
        headers["Content_Type"] = "text/plain; charset=utf-8"
        body = b"Too many requests, please try again later.\n"
        return response.answer(429, body, **headers)
    status = statuses.expired_list() if fault.code == 410 else statuses.of_code(fault.code)
    return response.answer(fault.code, encode(status) + b"\n", **headers)


def _answer_empty(response: Response, *, is_watch: bool) -> None:
    if is_watch:
        response.start_stream()
        response.end_stream()
    else:
        response.answer(200, b"")


def _watch(
    server: FakeApiServer,
    request: Request,
    target: Target,
    response: Response,
    fault: Fault | None,
) -> None:
    group = cast("Group", target.api_version)
    asked = watching.read_query(
        request.query, group, target.namespace, default_seconds=server.watch_seconds
    )
    with server.counted_watch():
        prepared = server.take_prepared()
        if prepared is None:
            return watching.watch(server.log, asked, response, fault)
        response.start_stream()
        for block in prepared:
            response.connection.send(block)
        watching.stay_silent(response, asked.timeout_seconds)
        return response.end_stream()


def _answer_without_object(request: Request, response: Response) -> None:
    if request.path in ("/healthz", "/readyz", "/livez"):
        return response.answer(200, b"ok", Content_Type="text/plain; charset=utf-8")
    if request.path == "/version":
        return response.answer(200, encode({"major": "1", "minor": "36", "gitVersion": "v1.36.2"}))
    return response.answer(404, b"404 page not found\n", Content_Type="text/plain; charset=utf-8")


def _object(server: FakeApiServer, request: Request, target: Target) -> Json:
    metadata: Json = {"name": target.name}
    if target.resource == "namespaces":
        kind, uid = "Namespace", server.uid if target.name == "kube-system" else None
        if uid is None:
            raise statuses.RefusalError(statuses.not_found("namespaces", target.name))
        metadata["uid"] = uid
    else:
        kind = _KINDS.get(target.resource, "")
        owners = server.owners.get((kind, target.namespace, target.name))
        if owners is None:
            missing = statuses.not_found(target.resource, target.name, group=target.group)
            raise statuses.RefusalError(missing)
        metadata["namespace"] = target.namespace
        if owners:
            metadata["ownerReferences"] = owners
    if "as=PartialObjectMetadata" in request.headers.get("accept", ""):
        head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
        return {**head, "metadata": metadata}
    return {"kind": kind, "apiVersion": target.api_version, "metadata": metadata, "spec": {}}

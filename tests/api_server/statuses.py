"""The Status bodies a real API server answers with, word for word where it was recorded."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_EXPIRED_CONTINUE = (
    "The provided continue parameter is too old to display a consistent list result. You can"
    " start a new list without the continue parameter, or use the continue token in this"
    " response to retrieve the remainder of the results. Continuing with the provided token"
    " results in an inconsistent list - objects that were created, modified, or deleted between"
    " the time the first chunk was returned and now may show up in the list."
)
_BY_CODE = {
    401: ("Unauthorized", "Unauthorized"),
    403: ("Forbidden", 'events is forbidden: User "nobody" cannot list resource "events"'),
    500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "Timeout: request did not complete within the allotted timeout"),
}


class RefusalError(Exception):
    """The request is answered with this Status."""

    def __init__(self, status: Json) -> None:
        super().__init__(status["message"])
        self.status = status


def failure(code: int, message: str, *, reason: str = "", details: Json | None = None) -> Json:
    """Return a Status, with the optional parts only where they are given."""
    status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    status["message"] = message
    if reason:
        status["reason"] = reason
    if details is not None:
        status["details"] = details
    return {**status, "code": code}


def of_code(code: int) -> Json:
    """Return what a server in trouble says with this code."""
    reason, message = _BY_CODE.get(code, ("", f"the server answered {code}"))
    return failure(code, message, reason=reason)


def unauthorized() -> Json:
    """Return the answer to a wrong token."""
    return of_code(401)


def forbidden(
    user: str, verb: str, resource: str, *, group: str = "", namespace: str = "", name: str = ""
) -> Json:
    """Return the answer to somebody without the right."""
    qualified = f"{resource}.{group}" if group else resource
    named = f'{qualified} "{name}"' if name else qualified
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    message = (
        f'{named} is forbidden: User "{user}" cannot {verb} resource "{resource}"'
        f' in API group "{group}" {where}'
    )
    details = {"name": name, "group": group, "kind": resource}
    details = {key: value for key, value in details.items() if value}
    return failure(403, message, reason="Forbidden", details=details)


def not_found(resource: str, name: str, *, group: str = "") -> Json:
    """Return the answer for an object that does not exist."""
    qualified = f"{resource}.{group}" if group else resource
    details = {"name": name, "group": group, "kind": resource}
    details = {key: value for key, value in details.items() if value}
    return failure(404, f'{qualified} "{name}" not found', reason="NotFound", details=details)


def bad_request(message: str) -> Json:
    """Return the answer to what the server cannot read."""
    return failure(400, message, reason="BadRequest")


def expired_watch() -> Json:
    """Return the object of the ERROR frame of a watch from a compacted version."""
    message = "The resourceVersion for the provided watch is too old."
    return failure(410, message, reason="Expired")


def expired_list() -> Json:
    """Return the answer to a list of exactly a compacted version."""
    message = "The resourceVersion for the provided list is too old."
    return failure(410, message, reason="Expired")


def expired_continue(token: str) -> Json:
    """Return the answer to a continue token of a compacted version, with one to go on with."""
    status = failure(410, _EXPIRED_CONTINUE, reason="Expired")
    return {**status, "metadata": {"continue": token}}


def too_large_version(asked: int, current: int) -> Json:
    """Return the answer to a list of a version that the store has not reached."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return failure(504, message, reason="Timeout", details={"causes": [cause]})


def invalid_option(message: str, *, reason: str = "FieldValueForbidden") -> Json:
    """Return the answer to options that do not go together."""
    field = "resourceVersionMatch"
    cause = {"reason": reason, "message": message, "field": field}
    details = {"group": "meta.k8s.io", "kind": "ListOptions", "causes": [cause]}
    message = f'ListOptions.meta.k8s.io "" is invalid: {field}: {message}'
    return failure(422, message, reason="Invalid", details=details)

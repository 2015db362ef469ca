"""Errors of the collector.

CollectorError
├── InputError      a file or stream that cannot be read as events
│   └── ForeignError       it can be read, and holds other objects
├── Unreadable      one record that cannot become an observation
├── TemplateError   a template or layout of webhook bodies cannot be used: the user's to put right
├── KubeconfigError no cluster can be found as asked for: the user's to put right
├── ListenError     the address to listen on cannot be used
├── SpoolError      what waits cannot be kept on disk
│   └── SpoolFull          not now: the limit would be passed
├── ApiError        the API server cannot be reached, refuses, or answers what cannot be used
└── StoreError      the database refuses
    ├── UnreachableError   no connection
    ├── SchemaError        the schema is missing, newer, changed, or may not be changed
    └── AddressError       the database URL cannot be used

None of the messages holds a password or more than 256 characters of foreign text.
"""

from __future__ import annotations

from typing import Literal

ApiCause = Literal[
    "gone",  # the version or the continue token has expired
    "future",  # the version is later than the server's: a backup was restored
    "unauthorized",
    "forbidden",
    "not_found",
    "bad_request",
    "throttled",
    "server_error",
    "unavailable",
    "unreachable",  # no connection
    "tls",
    "cut",  # the connection ended in the middle
    "deadline",  # silence for longer than agreed
    "empty",  # 200, and nothing
    "malformed",  # 200, and something else
    "too_large",
    "interrupted",  # by ourselves
]


class CollectorError(Exception):
    """The collector cannot go on."""


class InputError(CollectorError):
    """The input cannot be read as Kubernetes events."""


class ForeignError(InputError):
    """The input is whole and holds other objects than events."""


class Unreadable(CollectorError):  # noqa: N818 - names the record's state, and is never the user's error
    """The record is not a Kubernetes event that can be counted."""


class TemplateError(CollectorError):
    """The template of webhook bodies, or the layout, cannot be used to read them."""


class KubeconfigError(CollectorError):
    """The kubeconfig, or the pod's service account, does not lead to a cluster."""


class ListenError(CollectorError):
    """The address to listen on cannot be used."""


class SpoolError(CollectorError):
    """The spool cannot be used."""


class SpoolFull(SpoolError):  # noqa: N818 - a state that passes
    """The spool would grow beyond its limit."""


class ApiError(CollectorError):
    """A request to the API server failed.

    `is_permanent`: waiting does not help, somebody has to change something. `rule`: the RBAC rule
    that is missing, ready to be applied. `continue_token`: goes on with a LIST that took too long.
    """

    def __init__(
        self,
        sentence: str,
        *,
        cause: ApiCause,
        is_permanent: bool = False,
        retry_after_seconds: float | None = None,
        continue_token: str = "",
        rule: str = "",
    ) -> None:
        super().__init__(sentence)
        self.cause = cause
        self.is_permanent = is_permanent
        self.retry_after_seconds = retry_after_seconds
        self.continue_token = continue_token
        self.rule = rule


class StoreError(CollectorError):
    """The database refused."""


class UnreachableError(StoreError):
    """The database cannot be reached."""


class SchemaError(StoreError):
    """The database schema does not fit this version."""


class AddressError(StoreError):
    """The database URL cannot be used."""

"""How far a watch has come: what is stored in the transaction of the events it speaks of."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Api = Literal["core/v1", "events.k8s.io/v1"]
State = Literal["watched", "recovered", "gap"]


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """What one watch follows."""

    cluster: str
    namespace: str = ""  # "" for all
    api: Api = "core/v1"
    field_selector: str = ""  # as the API server takes it, "" for none


class Span(msgspec.Struct, frozen=True):
    """What is known of the time from `start` to `end`."""

    state: State
    start: datetime
    end: datetime


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of `stream` up to `resource_version` is in this batch or was stored before."""

    stream: Stream
    resource_version: str  # opaque; the watch resumes from it
    proved: datetime  # the last proof that nothing was missed
    spans: tuple[Span, ...] = ()  # new ones, and the ones that grew

"""The one type between a reader of events and the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

Source = Literal["watch", "file", "webhook"]
Counting = Literal["exact", "requests", "approximate"]
WorkloadBy = Literal["object", "ownerReferences", "lookup", "nodes", "name"]


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One sighting of one Kubernetes event: "at ``time`` its cumulative count was ``cumulative``".

    Every text is already free of NUL and lone surrogates and redacted; a text that the source
    did not give is ``""``. Every time is aware, in UTC, in whole microseconds.
    """

    # identity: (birth, cluster, namespace, name); never the uid, which a re-created event changes
    cluster: str
    namespace: str
    name: str
    birth: datetime  # eventTime, else firstTimestamp, else creationTimestamp

    cumulative: int  # max(1, count, series.count, 2 if a series is present)
    time: datetime  # as claimed; the store reads a time far ahead of `received` as `received`
    received: datetime  # when this process got it
    source: Source  # provenance only, never part of the identity
    counting: Counting = "exact"

    type: str = ""
    reason: str = ""
    message: str = ""
    kind: str = ""  # of the involved object
    object_namespace: str = ""
    object: str = ""  # name of the involved object
    workload_kind: str = ""
    workload: str = ""
    workload_by: WorkloadBy = "object"  # how the workload was found; better ways win on merge
    component: str = ""
    host: str = ""
    labels: str = ""  # canonical JSON object with sorted keys, or "" for none
    redaction: int = 0  # version of the redaction rules that were applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One record that could not become an observation, kept with its reason."""

    cluster: str
    source: Source
    place: str  # where it stood: "events.json, record 3 (line 120)"
    reason: str  # one sentence
    raw: str  # the record as text, redacted, cut to RAW_LIMIT_CHARACTERS
    received: datetime


RAW_LIMIT_CHARACTERS = 65_536

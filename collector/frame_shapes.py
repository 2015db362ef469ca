"""What is read of a watch frame and of a list, as msgspec decodes it; all else is skipped.

The types are those that the API server writes, and what it hardly ever writes is empty. Whatever
deviates from them is no such shape, and is read in full elsewhere.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field
from msgspec.json import Decoder


class Empty(Struct, forbid_unknown_fields=True, gc=False):
    """An object that may be there, and has no members."""


EmptyList = Annotated[list[Raw], Meta(max_length=0)]


class Metadata(Struct, rename="camel", gc=False):
    """Of an event."""

    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    labels: Empty | None = None


class Involved(Struct, rename="camel", gc=False):
    """The object that an event is about."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    labels: Empty | None = None
    owner_references: EmptyList | None = None


class Origin(Struct, gc=False):
    """Who wrote an event."""

    component: str = ""
    host: str = ""


class Series(Struct, rename="camel", gc=False):
    """How often an event was seen, as the newer recorders count."""

    count: int = 0
    last_observed_time: str | None = None


class Event(Struct, rename="camel", gc=False):
    """Of both API groups; the fields of core/v1 come first, in the order in which it has them."""

    metadata: Metadata
    involved_object: Involved | None = None
    reason: str = ""
    message: str = ""
    source: Origin | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    count: int = 0
    type: str = ""
    event_time: str | None = None
    series: Series | None = None
    reporting_component: str = ""
    reporting_instance: str = ""
    reporting_controller: str = ""
    note: str = ""
    regarding: Involved | None = None
    deprecated_source: Origin | None = None
    deprecated_first_timestamp: str | None = None
    deprecated_last_timestamp: str | None = None
    deprecated_count: int = 0
    # members of other formats of events
    kubernetes: Empty | None = None
    metricbeat: Raw | UnsetType = field(default=UNSET, name="involved_object")


class Frame(Struct, gc=False):
    """One line of a watch that carries an event."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Event


class ListMetadata(Struct, rename="camel", gc=False):
    """Of one page of a list."""

    resource_version: str = ""
    continue_token: str = field(default="", name="continue")


class EventList(Struct, gc=False):
    """One page of a list; its items are decoded one by one, so that an odd one stays alone."""

    kind: str
    metadata: ListMetadata
    items: list[Raw] | None = None


decode_frame = Decoder(Frame).decode
decode_event = Decoder(Event).decode
decode_list = Decoder(EventList).decode

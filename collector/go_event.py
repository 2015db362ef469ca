"""core/v1.Event as Go has it: what a template can say after a dot, and of which type it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EVENT = "Event"
TIME_METHODS = ("Time", "UTC", "Local", "String")  # which print a time again

_META = {
    **dict.fromkeys(
        ("Name", "GenerateName", "Namespace", "SelfLink", "UID", "ResourceVersion", "ClusterName"),
        "string",
    ),
    "Generation": "int",
    "CreationTimestamp": "time",
    "Labels": "map",
    "Annotations": "map",
}
_TYPE = {"Kind": "string", "APIVersion": "string"}

# by type: fields and their types; those of ObjectMeta and TypeMeta are promoted
STRUCTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        EVENT: {
            **_META,
            **_TYPE,
            "ObjectMeta": "ObjectMeta",
            "TypeMeta": "TypeMeta",
            "InvolvedObject": "ObjectReference",
            "Reason": "string",
            "Message": "string",
            "Source": "EventSource",
            "FirstTimestamp": "time",
            "LastTimestamp": "time",
            "Count": "int",
            "Type": "string",
            "EventTime": "time",
            "Series": "EventSeries",
            "Action": "string",
            "Related": "ObjectReference",
            "ReportingController": "string",
            "ReportingInstance": "string",
        },
        "ObjectMeta": _META,
        "TypeMeta": _TYPE,
        "ObjectReference": dict.fromkeys(
            ("Kind", "Namespace", "Name", "UID", "APIVersion", "ResourceVersion", "FieldPath"),
            "string",
        ),
        "EventSource": {"Component": "string", "Host": "string"},
        "EventSeries": {"Count": "int", "LastObservedTime": "time"},
    }
)


def _paths() -> dict[str, str]:
    """Return the type of every path from an event, as it is written without ObjectMeta."""
    paths: dict[str, str] = {}
    for name, kind in STRUCTS[EVENT].items():
        if kind in ("ObjectMeta", "TypeMeta"):
            continue
        paths[name] = kind
        paths |= {f"{name}.{inner}": type_ for inner, type_ in STRUCTS.get(kind, {}).items()}
    return paths


PATHS: Mapping[str, str] = MappingProxyType(_paths())

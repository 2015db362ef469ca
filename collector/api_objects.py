"""What is read of objects other than events: owners, and the texts of ConfigMaps."""

from __future__ import annotations

from typing import Literal

import msgspec

OwnedKind = Literal["Pod", "ReplicaSet", "Job"]
COLLECTIONS: dict[OwnedKind, tuple[str, str]] = {
    "Pod": ("/api/v1", "pods"),
    "ReplicaSet": ("/apis/apps/v1", "replicasets"),
    "Job": ("/apis/batch/v1", "jobs"),
}


class OwnerReference(msgspec.Struct, frozen=True, rename="camel"):
    """One of an object's ownerReferences."""

    kind: str
    name: str
    api_version: str = ""
    controller: bool | None = None


class ObjectMetadata(msgspec.Struct, rename="camel"):
    """What is read of an object's metadata."""

    uid: str = ""
    owner_references: tuple[OwnerReference, ...] = ()


class PartialObject(msgspec.Struct):
    """An object without all that is not asked for."""

    metadata: ObjectMetadata


class ConfigMap(msgspec.Struct):
    """The texts of a ConfigMap; None where it has none."""

    data: dict[str, str] | None = None

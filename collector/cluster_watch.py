"""What to follow of one cluster."""

from __future__ import annotations

from dataclasses import dataclass

from collector.api_server import ApiServer
from collector.progress import Api, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterWatch:
    """One cluster and what to follow of it."""

    cluster: str
    server: ApiServer
    namespaces: tuple[str, ...] = ()  # () for all
    api: Api = "core/v1"
    field_selector: str = ""
    looks_up_owners: bool = False

    def streams(self) -> list[Stream]:
        """Return a stream for each namespace, or one for all."""
        return [
            Stream(
                cluster=self.cluster,
                namespace=namespace,
                api=self.api,
                field_selector=self.field_selector,
            )
            for namespace in self.namespaces or ("",)
        ]

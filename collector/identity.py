"""Whether a cluster is known to the store by another name, found out beside the work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine

from collector.api_server import ApiServer
from collector.errors import ApiError, StoreError
from collector.resume import note_identity

LOG = logging.getLogger(__name__)


class IdentityCheck:
    """Compares the uid of each cluster with those that the store knows, once."""

    def __init__(
        self,
        engine: Engine,
        servers: Sequence[tuple[str, ApiServer]],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._servers = list(servers)
        self._now = now
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Ask in threads of their own; call it when database and API server both work."""
        servers, self._servers = self._servers, []
        for cluster, server in servers:
            thread = threading.Thread(
                target=self._compare,
                args=[cluster, server],
                name=f"identify {cluster}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    def threads(self) -> list[threading.Thread]:
        """Return the threads that were begun."""
        return list(self._threads)

    def _compare(self, cluster: str, server: ApiServer) -> None:
        extra = {"cluster": cluster}
        try:
            uid = server.cluster_uid()
            if uid is None:
                return
            for odd in note_identity(self._engine, cluster=cluster, uid=uid, now=self._now()):
                LOG.warning("%s", odd, extra=extra)
        except (ApiError, StoreError) as error:
            if not (isinstance(error, ApiError) and error.cause == "interrupted"):
                LOG.info("the cluster's uid was not compared: %s", error, extra=extra)

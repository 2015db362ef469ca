"""A receiver that runs: its server, its spool and its drain."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from collector.bodies import Templates, read_body
from collector.body_drain import BodyDrain
from collector.body_log import LIMIT_BYTES, BodyLog
from collector.gated_server import GatedServer, Limits
from collector.health import health_pages, listen_on, written
from collector.metrics import Metrics
from collector.receiver_front import Front
from collector.receiver_metrics import ReceiverMetrics
from collector.receiver_page import openapi_page
from collector.receiver_routes import ReceiverRoute, Routes
from collector.rejected import trim_rejected
from collector.store import Store

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSettings:
    """How to receive."""

    listen: str
    routes: Sequence[ReceiverRoute]
    spool: Path
    templates: Templates = field(default_factory=Templates)
    spool_limit_bytes: int = LIMIT_BYTES
    limits: Limits = field(default_factory=Limits)
    per_second: float = 1000.0  # of one peer
    tls: ssl.SSLContext | None = None
    has_pages: bool = True  # health and metrics on the same port


class Receiver:
    """Receives until it is closed; what was answered 200 is stored, now or by the next start."""

    def __init__(
        self,
        engine: Engine,
        settings: ReceiverSettings,
        *,
        metrics: Metrics,
        prepare: Callable[[], None] = lambda: None,
        send_statistical: Callable[[], None] | None = None,
    ) -> None:
        """Begin.

        Raises
        ------
        ListenError
            The address cannot be listened on.
        SpoolError
            The folder of the spool cannot be used.
        """
        listening = listen_on(settings.listen)
        self.address = written(listening)
        self._log: BodyLog | None = None
        try:
            self._log = log = BodyLog(settings.spool, limit_bytes=settings.spool_limit_bytes)
            counts = ReceiverMetrics(metrics.registry)
            self._drain = BodyDrain(
                log,
                Store(engine),
                partial(read_body, templates=settings.templates),
                metrics=metrics,
                counts=counts,
                prepare=prepare,
                trim=partial(trim_rejected, engine),
            )
            pages: dict[str, WSGIApplication] = {"/openapi.json": openapi_page}
            if settings.has_pages:
                pages |= health_pages(metrics, self)
            front = Front(
                log,
                Routes(settings.routes),
                counts=counts,
                limits=settings.limits,
                per_second=settings.per_second,
                pages=pages,
                send_statistical=send_statistical,
            )
            self._server = GatedServer(
                front.application, front, listening, limits=settings.limits, tls=settings.tls
            )
        except BaseException:
            listening.close()
            if self._log is not None:
                self._log.close()
            raise
        counts.watch(
            waiting=lambda: log.waiting,
            size_bytes=lambda: log.size_bytes,
            oldest_age_seconds=lambda: log.oldest_age_seconds(datetime.now(UTC)),
            connections=lambda: self._server.connections,
        )
        self._drain.start()

    def close(self, *, patience_seconds: float = 30.0) -> int:
        """Answer what has come, store what the database takes; return how many bodies wait on."""
        log = self._log
        if log is None:
            return 0
        self._server.close()
        self._drain.end(patience_seconds=patience_seconds)
        log.finish()
        waiting = log.waiting
        log.close()
        self._log = None
        return waiting

    def alive(self) -> list[str]:
        """Return which threads have died."""
        threads = {"receiver": self._server.is_alive, "body drain": self._drain.is_alive}
        return [f"the {name} has died" for name, lives in threads.items() if not lives]

    def ready(self) -> list[str]:
        """Return why bodies are not stored; they are taken all the same while there is room."""
        return [*self.alive(), *([self._drain.trouble] if self._drain.trouble else [])]

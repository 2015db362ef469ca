"""The version and the coverage of a stream, moved in step with what its mailbox holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from collector.coverage_clock import CoverageClock
from collector.progress import Mark, Stream


class Progress:
    """How far a stream has come; changed and read under the mailbox's lock."""

    def __init__(
        self, stream: Stream, resume: Mark | None, event_ttl: timedelta, *, began: datetime
    ) -> None:
        """Go on from *resume*; what it claims of the time after *began* was a wrong clock's."""
        self.stream = stream
        self.version = resume.resource_version if resume else ""
        self.coverage = CoverageClock(
            proved=min(resume.proved, began) if resume else None, event_ttl=event_ttl
        )

    def moved(self, version: str, proof: datetime | None) -> None:
        """Go on to *version*; *proof* is when a frame or a clean end showed the watch alive."""
        self.version = version
        if proof is not None:
            self.coverage.prove(proof)

    def relisted(self, version: str, at: datetime) -> None:
        """Go on from a complete LIST."""
        self.version = version
        self.coverage.relisted(at)

    def mark(self) -> Mark:
        """Return what a transaction notes of the stream."""
        proved = self.coverage.proved
        if proved is None:
            raise RuntimeError(f"{self.stream} has moved without a proof")
        return Mark(
            stream=self.stream,
            resource_version=self.version,
            proved=proved,
            spans=self.coverage.take(),
        )

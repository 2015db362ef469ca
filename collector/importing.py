"""Reader -> store, batch by batch, with a summary that adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from collector.envelopes import A_LOG_LINE, Ignored
from collector.files import Observed, Rejected
from collector.observation import Observation, Rejection
from collector.store import BATCH_OBSERVATIONS, Store

TOO_OLD = "older than the retention horizon"
BATCH_REJECTIONS = 200  # each may hold 64 KiB of raw text


@dataclass(slots=True, kw_only=True)
class Summary:
    """What became of every input record; read = stored + repeated + rejected + ignored."""

    read: int = 0
    stored: int = 0  # added or changed a point
    repeated: int = 0  # changed nothing
    rejected: int = 0  # cannot be counted, or older than the horizon
    ignored: int = 0  # frames that carry no event
    log_lines: int = 0  # of the ignored
    reasons: Counter[str] = field(default_factory=Counter)  # why rejected

    def add(self, other: Summary) -> None:
        """Add the figures of another input."""
        self.read += other.read
        self.stored += other.stored
        self.repeated += other.repeated
        self.rejected += other.rejected
        self.ignored += other.ignored
        self.log_lines += other.log_lines
        self.reasons += other.reasons

    def counts(self) -> dict[str, int]:
        """Return the five figures."""
        return {
            "read": self.read,
            "stored": self.stored,
            "repeated": self.repeated,
            "rejected": self.rejected,
            "ignored": self.ignored,
        }


def import_items(
    items: Iterable[Observed | Rejected | Ignored],
    store: Store,
    summary: Summary,
    *,
    progress: Callable[[Summary], None] | None = None,
) -> None:
    """Store every observation of *items*, keep every rejection, and add to *summary*.

    A batch is one transaction: interrupted anywhere, what was stored is whole, and reading the
    same input again adds only the rest. Where *items* raises, what came before it is stored.
    """
    batch: list[Observation] = []
    refused: list[Rejection] = []
    try:
        for item in items:
            summary.read += 1
            match item:
                case Observed(observation=observation):
                    batch.append(observation)
                case Rejected(rejection=rejection):
                    refused.append(rejection)
                case Ignored():
                    summary.ignored += 1
                    summary.log_lines += item is A_LOG_LINE
            if len(batch) >= BATCH_OBSERVATIONS or len(refused) >= BATCH_REJECTIONS:
                _flush(store, batch, refused, summary)
                if progress is not None:
                    progress(summary)
    finally:
        _flush(store, batch, refused, summary)


def _flush(
    store: Store, batch: list[Observation], refused: list[Rejection], summary: Summary
) -> None:
    result = store.write(batch)
    store.reject(refused)
    summary.stored += result.stored
    summary.repeated += result.repeated
    summary.rejected += result.rejected + result.too_old + len(refused)
    summary.reasons.update(rejection.reason for rejection in refused)
    if result.too_old:
        summary.reasons[TOO_OLD] += result.too_old
    if result.rejected:
        summary.reasons["the database cannot hold it"] += result.rejected
    batch.clear()
    refused.clear()

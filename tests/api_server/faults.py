"""Scripted faults: what the next requests meet instead of an answer."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "status",  # `code` and its Status, with Retry-After where `retry_after_seconds` is given
    "empty",  # 200 and nothing
    "half_open",  # 200 and its headers, then silence until the client or the server ends
    "cut",  # a reset after `after_bytes` of the body
    "eof",  # a watch that ends cleanly after `after_frames`
    "garbage",  # `line` after `after_frames` of a watch, which goes on; as the body of a list
    "gone",  # 410: as a frame after `after_frames` of a watch, as the answer to a list
    "reset",  # a reset instead of an answer
    "slow",  # `bytes_per_second`
]
Verb = Literal["watch", "list", "get", "connect"]
On = Literal["watch", "list", "any", "get", "connect"]

GARBAGE = b'{"type":"ADDED","object":{"kind":"Event","metadata":{"name":"a\xff\xfe\n'


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault; `on="any"` strikes a list or a watch of events, whichever comes first."""

    kind: Kind
    on: On = "any"
    code: int = 500
    retry_after_seconds: int | None = None
    after_bytes: int = 0
    after_frames: int = 0
    bytes_per_second: int = 1_024
    line: bytes = GARBAGE

    def strikes(self, verb: Verb) -> bool:
        """Say whether a request of this kind meets it."""
        return self.on == verb or (self.on == "any" and verb in ("watch", "list"))


class FaultPlan:
    """The faults to come, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, fault: Fault, times: int) -> None:
        """Let so many more requests meet the fault."""
        with self._lock:
            self._faults.extend([fault] * times)

    def take(self, verb: Verb) -> Fault | None:
        """Return what this request meets, once."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.strikes(verb):
                    return self._faults.pop(place)
        return None

    def clear(self) -> None:
        """Let no more request meet a fault."""
        with self._lock:
            self._faults.clear()

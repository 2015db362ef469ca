"""What became of one message, as far as the answer tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# sent: the service has it; not sent: it surely has not, and may later; refused: it surely has not,
# and would not the next time; unclear: it may have it
State = Literal["sent", "not sent", "refused", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What an answer, or none, means for one message."""

    state: State
    reason: str  # one sentence of printable text, without a secret
    code: str = ""  # the service's own, such as 310000
    hint: str = ""  # what a person can do about it
    retry_after_seconds: float | None = None  # of "not sent": what the service asked for

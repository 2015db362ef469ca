"""Worktile incoming services, in the shape that users of the hook proxy know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.channels.defusing import defused
from reports.channels.http_channel import HttpChannel, json_message
from reports.channels.markup import cut
from reports.channels.plain import plain_text
from reports.channels.reading import reading
from reports.channels.statuses import answered_code, by_status, excerpt
from reports.failure_table import failure_lines
from reports.shortening import fitting
from reports.transport import Answer

MOST_BYTES = 16_000  # of a message; Worktile names no limit
COLOR = "#51bcb6"
TABLE_COLOR = "#DC143C"
TABLE_TITLE = "Kubernetes Event Daily statistical"

_HINT = "Is the address that of an incoming service which is switched on?"
_GOOD_CODES = frozenset({"0", "200"})
_LINE_COLUMNS = 200


class WorktileChannel(HttpChannel):
    """A channel of Worktile.

    The digest comes first. A daily one with failures is followed by the table of the hook proxy.
    """

    usual_per_minute = 20  # not documented

    def compose(self, letter: Letter) -> tuple[Message, ...]:
        """Return the digest, and the table of a day with failures, each as lines of text."""
        writers = [_digest]
        if letter.digest.report == "daily" and letter.digest.rows:
            writers.append(_table)
        return tuple(
            replace(json_message({}), body=self._fitted(letter, write)) for write in writers
        )

    def _fitted(self, letter: Letter, write: Callable[[Letter], dict[str, str]]) -> bytes:
        return fitting(
            letter.digest,
            lambda digest: json_message({"attachment": write(replace(letter, digest=digest))}).body,
            MOST_BYTES,
            rows=self.settings.top,
        )

    def classify(self, answer: Answer) -> Conclusion:
        """Return what a whole answer means: a code in the body other than 0 and 200 is an error."""
        address = self.settings.url.get_secret_value()
        if (found := by_status(answer, secret=address, hints={404: _HINT})) is not None:
            return found
        code = answered_code(answer.body)
        if code and code not in _GOOD_CODES:
            said = excerpt(answer.body, address)
            reason = f"Worktile answered {answer.status}, but says: {said}"
            return Conclusion(state="refused", reason=reason, code=code, hint=_HINT)
        return Conclusion(state="sent", reason=f"Worktile answered {answer.status}")


def _digest(letter: Letter) -> dict[str, str]:
    read = reading(letter)
    return {
        "fallback": read.headline,
        "color": COLOR,
        "title": read.headline,
        "text": plain_text(read, headline=False),
    }


def _table(letter: Letter) -> dict[str, str]:
    """Return the table as lines: in a proportional font no column would stand straight."""
    read = reading(letter)
    lines = [cut(defused(line), _LINE_COLUMNS) for line in failure_lines(letter.digest)]
    parts = [*([read.marks] if read.marks else []), *lines, "", read.footer]
    return {
        "fallback": TABLE_TITLE,
        "color": TABLE_COLOR,
        "title": TABLE_TITLE,
        "text": "\n".join(parts),
    }

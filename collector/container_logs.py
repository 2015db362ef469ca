"""``kubectl cluster-info dump``: documents, and between them the logs of all containers."""

from __future__ import annotations

import re

from collector.json_stream import SupportsRead

_START = re.compile(r"^==== START logs for ", re.MULTILINE)
_END = re.compile(r"^==== END logs for [^\n]*", re.MULTILINE)
_MARK_CHARACTERS = 1000


class WithoutContainerLogs:
    """The text without its logs; as many line ends stand in their place."""

    def __init__(self, stream: SupportsRead) -> None:
        self._stream = stream
        self._unfinished_line = ""
        self._is_log = False

    def read(self, size: int, /) -> str:
        """Return the next text; an empty string is the end."""
        while True:
            more = self._stream.read(size)
            text = self._unfinished_line + more
            self._unfinished_line = ""
            last_line = text.rfind("\n") + 1
            if more and len(text) - last_line < _MARK_CHARACTERS:
                self._unfinished_line = text[last_line:]
                text = text[:last_line]
            kept = self._without_logs(text)
            if kept or not more:
                return kept

    def _without_logs(self, text: str) -> str:
        if not self._is_log and "==== START" not in text:
            return text
        kept: list[str] = []
        at = 0
        while mark := (_END if self._is_log else _START).search(text, at):
            end = mark.end() if self._is_log else mark.start()
            kept.append(self._kept(text[at:end]))
            at = end
            self._is_log = not self._is_log
        return "".join([*kept, self._kept(text[at:])])

    def _kept(self, text: str) -> str:
        return "\n" * text.count("\n") if self._is_log else text

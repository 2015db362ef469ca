"""Progress on standard error: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from collector.files import EventReader
from collector.importing import Summary


class ByteProgress:
    """A bar over the bytes of one input; unknown sizes show what was read."""

    def __init__(self, name: str, size: int | None) -> None:
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TextColumn("{task.fields[records]:,} records"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task(name, total=size, records=0)

    def __enter__(self) -> ByteProgress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def of(self, reader: EventReader) -> Callable[[Summary], None]:
        """Return what shows how far *reader* has come, to be called after each batch."""

        def update(so_far: Summary) -> None:
            self._bar.update(self._task, completed=reader.bytes_read, records=so_far.read)

        return update

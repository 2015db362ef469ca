"""Bodies on disk before they are answered: files that only grow, and one sync for many bodies.

A body that `keep` has returned from survives a kill and a power cut. What is stored elsewhere is
not struck out: a file goes when all of it is stored. After a kill the bodies of at most one file
more than necessary are stored again, which changes nothing, since their receipts are kept too.
"""

from __future__ import annotations

import logging
import os
import threading
from datetime import datetime
from pathlib import Path

from collector.body_file import SUFFIX, BodyFile, KeptBody, record_of
from collector.errors import SpoolError, SpoolFull
from collector.folder_lock import lock_folder

LOG = logging.getLogger(__name__)
LIMIT_BYTES = 1 << 30
FILE_BYTES = 4 << 20  # then the next file begins
TAKEN_BODIES = 500
TAKEN_BYTES = 1 << 20
_LOCK = "receiver.lock"
_TRIAL = "trial"


class _Ticket:
    """A body that waits for the next sync."""

    __slots__ = ("error", "is_settled", "record")

    def __init__(self, record: bytes) -> None:
        self.record = record
        self.is_settled = False
        self.error: SpoolError | None = None


class BodyLog:
    """The bodies that wait in *folder*; `keep` is for any thread, `take` and `release` for one."""

    def __init__(
        self, folder: Path, *, limit_bytes: int = LIMIT_BYTES, file_bytes: int = FILE_BYTES
    ) -> None:
        self.folder = folder
        self.waiting = 0  # bodies that are not released
        self._limit_bytes = limit_bytes
        self._file_bytes = file_bytes
        self._pending: list[_Ticket] = []
        self._pending_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._changed = threading.Condition()  # guards the files and the count
        self._files: list[BodyFile] = []
        self._active: BodyFile | None = None
        self._taken: list[KeptBody] = []
        self._lock_descriptor = lock_folder(folder, _LOCK)
        try:
            for path in sorted(folder.glob(f"*{SUFFIX}")):
                self._files.append(BodyFile(path, is_new=False))
            self._next_number = 1 + max((int(one.path.stem) for one in self._files), default=0)
            self.waiting = sum(one.count() for one in self._files)
            self._try_out()
        except (OSError, ValueError) as error:
            self.close()
            reason = error.strerror if isinstance(error, OSError) else "foreign files are in it"
            raise SpoolError(
                f"the spool {folder} cannot be used ({reason}): check its disk and permissions"
            ) from error

    def close(self) -> None:
        """Let another process have the folder; what waits stays."""
        for one in self._files:
            one.close()
        self._files, self._active = [], None
        if self._lock_descriptor >= 0:
            os.close(self._lock_descriptor)
            self._lock_descriptor = -1

    @property
    def size_bytes(self) -> int:
        """What the files take up."""
        with self._changed:
            return sum(one.end for one in self._files)

    def oldest_age_seconds(self, now: datetime) -> float:
        """Return how long the body has waited that is being stored; 0 where none is."""
        taken = self._taken
        return max(0.0, (now - taken[0].receipt.received).total_seconds()) if taken else 0.0

    # -- in

    def keep(self, kept: KeptBody) -> None:
        """Keep a body; it is on disk when this returns.

        Whoever comes first syncs for all who have come by then; the others wait, and come together
        in the next sync.

        Raises
        ------
        SpoolFull
            The limit would be passed; the body is not kept.
        SpoolError
            The disk is full or fails; the body is not kept.
        """
        ticket = _Ticket(record_of(kept))
        with self._pending_lock:
            self._pending.append(ticket)
        with self._commit_lock:
            if not ticket.is_settled:
                self._commit()
        if ticket.error is not None:
            raise ticket.error

    def _commit(self) -> None:
        with self._pending_lock:
            group, self._pending = self._pending, []
        error: SpoolError | None = None
        try:
            self._write(b"".join(ticket.record for ticket in group), len(group))
        except SpoolError as failed:
            error = failed
        except OSError as failed:
            self._active = None  # what the disk has made of the file is not known
            error = SpoolError(
                f"the spool {self.folder} cannot be written to ({failed.strerror}): check its disk"
            )
        for ticket in group:
            ticket.error = error
            ticket.is_settled = True

    def _write(self, records: bytes, count: int) -> None:
        if self.size_bytes + len(records) > self._limit_bytes:
            raise SpoolFull(
                f"the spool in {self.folder} has reached its limit of "
                f"{self._limit_bytes / 2**20:,.0f} MiB: it takes more once the database has taken "
                "what waits in it"
            )
        file = self._active
        if file is None or file.end >= self._file_bytes:
            file = BodyFile(self.folder / f"{self._next_number:016d}{SUFFIX}", is_new=True)
            self._next_number += 1
            with self._changed:
                self._files.append(file)
                self._active = file
        end = file.append(records)
        with self._changed:
            file.end = end
            self.waiting += count
            self._changed.notify_all()

    # -- out

    def wait(self, seconds: float) -> bool:
        """Wait until a body waits; tell whether one does."""
        with self._changed:
            return self._changed.wait_for(self._has_more, seconds)

    def _has_more(self) -> bool:
        return bool(self._taken) or not all(one.is_read for one in self._files)

    def take(self) -> list[KeptBody]:
        """Return the bodies that have waited longest, the same ones until they are released.

        Raises
        ------
        SpoolError
            The disk cannot be read.
        """
        if self._taken:
            return self._taken
        with self._changed:
            file = next((one for one in self._files if not one.is_read), None)
        if file is None:
            return []
        skipped = file.skipped_bytes
        try:
            self._taken = file.read(most=TAKEN_BODIES, most_bytes=TAKEN_BYTES)
        except OSError as error:
            raise SpoolError(f"the spool {file.path} cannot be read ({error.strerror})") from error
        if file.skipped_bytes > skipped:
            LOG.warning(
                "%d bytes in %s are no body: it was cut off before it was answered, or the disk "
                "has damaged it; the file is kept beside the others",
                file.skipped_bytes - skipped,
                file.path,
            )
        return self._taken

    def release(self) -> None:
        """Forget the bodies that were taken: they are stored."""
        with self._changed:
            self.waiting -= len(self._taken)
            self._taken = []
            for file in self._files:
                file.released_to = file.read_to
            if not self._has_more() or self.waiting < 0:
                self.waiting = 0  # what was damaged was counted too
        self._remove_done()

    def finish(self) -> None:
        """Remove the last file too, where all of it is stored; nothing is kept from now on."""
        with self._commit_lock:
            self._active = None
        self._remove_done()

    def _remove_done(self) -> None:
        with self._changed:
            done = [
                one for one in self._files if one.released_to >= one.end and one is not self._active
            ]
            self._files = [one for one in self._files if one not in done]
        for file in done:
            try:
                file.remove()
            except OSError as error:
                LOG.warning("%s cannot be removed (%s)", file.path, error.strerror)

    def _try_out(self) -> None:
        """Find out now whether there are rights and room for a body."""
        path = self.folder / _TRIAL
        path.unlink(missing_ok=True)
        file = BodyFile(path, is_new=True)
        try:
            file.append(bytes(4096))
        finally:
            file.remove()

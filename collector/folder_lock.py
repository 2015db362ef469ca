"""A folder that belongs to one process at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from collector.errors import SpoolError


def lock_folder(folder: Path, name: str) -> int:
    """Make the folder this process's own, for as long as the descriptor that is returned is open.

    Raises
    ------
    SpoolError
        The folder cannot be written to, or another process has it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SpoolError(
            f"the spool {folder} is not a folder that can be written to ({error.strerror}): name "
            "another one"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise SpoolError(
            f"the spool folder {folder} is in use by another process: give each process a folder "
            "of its own"
        ) from error
    return descriptor


def sync_folder(folder: Path) -> None:
    """Make names that were given or taken in *folder* survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

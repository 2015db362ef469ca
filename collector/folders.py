"""Folders and archives walked for the files in them that hold events.

Nothing is unpacked to disk. A file is looked at before it is read: its beginning must hold a sign
of an event, so that the logs and manifests of a support bundle cost next to nothing.
"""

from __future__ import annotations

import lzma
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import IO, BinaryIO, cast

from collector.errors import InputError

LOOKED_AT_BYTES = 1 << 18

_SIGN = re.compile(
    rb"involvedObject|involved_object|[\"']?regarding[\"']?:|EventList|LAST ?SEEN"
    rb"|[\"']?kind[\"']?: ?[\"']?Event\b|\"specversion\":"
)
_JSON_OBJECT = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*\{")
_LIST = re.compile(rb'"kind"\s*:\s*"List"')
_LIST_OF_OTHERS = re.compile(rb'"kind"\s*:\s*"[A-Z]\w*List"')
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
_ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")
_DAMAGES = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that may hold events, open until the next one is asked for."""

    name: str  # as messages call it
    stream: BinaryIO
    size: int | None  # in bytes, where known
    modified: datetime


@dataclass(slots=True)
class Skipped:
    """How many files were looked at and hold no events, and which archives are damaged."""

    files: int = 0
    damages: list[str] = field(default_factory=list)  # a sentence each


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is an archive of many."""
    return path.name.lower().endswith(_ARCHIVE_SUFFIXES)


def walk_folder(folder: Path, skipped: Skipped) -> Iterator[FoundFile]:
    """Yield the files with events below a folder in the order of their names; links are skipped."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if is_archive(path) and path.is_file() and not path.is_symlink():
                yield from _archive(path, skipped)
            else:
                yield from _file(path, skipped)


def _archive(path: Path, skipped: Skipped) -> Iterator[FoundFile]:
    """Yield what can be read of an archive among other files."""
    try:
        yield from walk_archive(path, skipped)
    except InputError as error:
        skipped.damages.append(str(error))


def _file(path: Path, skipped: Skipped) -> Iterator[FoundFile]:
    try:
        status = path.lstat()
        if not S_ISREG(status.st_mode):  # a link, a pipe, a device
            skipped.files += 1
            return
        with path.open("rb") as stream:
            if _holds_events(stream.read(LOOKED_AT_BYTES)):
                stream.seek(0)
                yield FoundFile(str(path), stream, status.st_size, _time(status.st_mtime))
            else:
                skipped.files += 1
    except OSError:
        skipped.files += 1


def walk_archive(path: Path, skipped: Skipped) -> Iterator[FoundFile]:
    """Yield the files with events of a tar archive, packed or not, as they come."""
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is None:
                    continue
                head = stream.read(LOOKED_AT_BYTES)
                if not _holds_events(head):
                    skipped.files += 1
                    continue
                name = f"{path}:{member.name}"
                whole = cast("BinaryIO", _Rejoined(name, head, stream))
                yield FoundFile(name, whole, member.size, _time(member.mtime))
    except _DAMAGES as error:
        raise InputError(f"{path} is damaged or no tar archive: {error}.") from None


class _Rejoined:
    """What has been looked at already, and the rest."""

    def __init__(self, name: str, head: bytes, rest: IO[bytes]) -> None:
        self._name = name
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        if self._head:
            block, self._head = self._head[:size], self._head[size:]
            return block
        try:
            return self._rest.read(size)
        except _DAMAGES:
            raise InputError(f"{self._name}: the archive is damaged from here on.") from None


def _holds_events(head: bytes) -> bool:
    is_whole = len(head) < LOOKED_AT_BYTES
    if head.startswith(_GZIP_MAGIC):
        try:
            head = zlib.decompressobj(_GZIP_WINDOW).decompress(head, LOOKED_AT_BYTES)
        except zlib.error:
            return False
        is_whole = is_whole and len(head) < LOOKED_AT_BYTES
    head = head.replace(b"\0", b"")  # UTF-16 is full of NUL
    return _SIGN.search(head) is not None or (not is_whole and _is_mixed_list(head))


def _is_mixed_list(head: bytes) -> bool:
    """Tell whether this begins a list of any objects, events perhaps further on."""
    if not _JSON_OBJECT.match(head):
        return False
    return _LIST.search(head) is not None or (
        b'"items"' in head and not _LIST_OF_OTHERS.search(head)
    )


def _time(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)

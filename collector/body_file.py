"""One file of bodies that wait: records one after the other, each with its checksum."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from pathlib import Path

import msgspec

from collector.bodies import Receipt
from collector.folder_lock import sync_folder

SUFFIX = ".bodies"
_DAMAGED_SUFFIX = ".damaged"
_HEAD = struct.Struct("<4sII")  # mark, length and checksum of the content
_MARK = b"KDB1"
_BLOCK_BYTES = 65_536


class KeptBody(msgspec.Struct, array_like=True, frozen=True):
    """A body without its transfer and content encodings, and what is known of it."""

    receipt: Receipt
    body: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(KeptBody).decode


def record_of(kept: KeptBody) -> bytes:
    """Return what `BodyFile.append` takes."""
    content = _encode(kept)
    return _HEAD.pack(_MARK, len(content), zlib.crc32(content)) + content


class BodyFile:
    """A file that grows up to `end`, is read up to `read_to` and done with up to `released_to`."""

    def __init__(self, path: Path, *, is_new: bool) -> None:
        self.path = path
        self.read_to = self.released_to = 0
        self.skipped_bytes = 0  # that are no record
        self._descriptor = os.open(path, os.O_RDWR | (os.O_CREAT | os.O_EXCL) * is_new, 0o600)
        try:
            if is_new:
                sync_folder(path.parent)
            self.end = os.fstat(self._descriptor).st_size
        except OSError:
            self.close()
            raise

    @property
    def is_read(self) -> bool:
        """Whether nothing is left to be read."""
        return self.read_to >= self.end

    def append(self, records: bytes) -> int:
        """Put records on disk and return the `end` to set; where it raises, they are gone."""
        at = self.end
        try:
            while at < self.end + len(records):
                at += os.pwrite(self._descriptor, records[at - self.end :], at)
            os.fdatasync(self._descriptor)
        except OSError:
            with contextlib.suppress(OSError):  # nobody was told that they are kept
                os.ftruncate(self._descriptor, self.end)
            raise
        return at

    def read(self, *, most: int, most_bytes: int) -> list[KeptBody]:
        """Return the next bodies, at least one where one is left."""
        found: list[KeptBody] = []
        start = self.read_to
        while not self.is_read and len(found) < most and self.read_to - start < most_bytes:
            kept, after = self._record(self.read_to)
            if kept is None:
                self.skipped_bytes += after - self.read_to
            else:
                found.append(kept)
            self.read_to = after
        return found

    def count(self) -> int:
        """Return how many bodies there are, by their lengths alone."""
        at = count = 0
        while self._content_end(at) is not None:
            at = self._content_end(at) or self.end
            count += 1
        return count

    def remove(self) -> None:
        """Close the file and remove it; one in which bytes were skipped is kept beside."""
        self.close()
        if self.skipped_bytes:
            self.path.rename(self.path.with_suffix(_DAMAGED_SUFFIX))
        else:
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; what waits stays."""
        os.close(self._descriptor)

    def _record(self, at: int) -> tuple[KeptBody | None, int]:
        """Return the body at *at* and where it ends; None, and where to look next."""
        after = self._content_end(at)
        if after is not None:
            record = os.pread(self._descriptor, after - at, at)
            _, length, checksum = _HEAD.unpack_from(record)
            content = record[_HEAD.size :]
            if len(content) == length and zlib.crc32(content) == checksum:
                with contextlib.suppress(msgspec.DecodeError):
                    return _decode(content), after
        return None, self._next_mark(at + 1)

    def _content_end(self, at: int) -> int | None:
        head = os.pread(self._descriptor, _HEAD.size, at)
        if len(head) < _HEAD.size or not head.startswith(_MARK):
            return None
        after = at + _HEAD.size + int(_HEAD.unpack(head)[1])
        return after if after <= self.end else None

    def _next_mark(self, at: int) -> int:
        while at < self.end:
            block = os.pread(self._descriptor, _BLOCK_BYTES, at)
            found = block.find(_MARK)
            if found >= 0:
                return at + found
            at += max(1, len(block) - len(_MARK) + 1)
        return self.end

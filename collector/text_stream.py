"""The text of a file or pipe, whatever it is packed and encoded in."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from collector.errors import InputError

BLOCK_BYTES = 1 << 16
INFLATE_BYTES = 1 << 20  # at a time, so that a bomb stays small

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's number for "with a gzip header"
_SNIFFED_BYTES = 3
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # what PowerShell's > writes
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class TextStream:
    """Text with gzip opened, the encoding by its byte order mark, and U+FFFD for invalid bytes."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.bytes_read = 0  # before decompression
        self.is_blank = True
        self.damage = ""  # why the text ends earlier than it was meant to
        self._name = name
        self._stream = stream
        self._blocks = self._unpacked()
        self._decoder: codecs.IncrementalDecoder | None = None
        self._ended = False

    def read(self, size: int, /) -> str:
        """Return the text of the next block; an empty string is the end."""
        text = ""
        while not text and not self._ended:
            block = next(self._blocks, b"")
            self._ended = not block
            if self._decoder is None:
                block += self._rest_of_mark(block)
                self._decoder = self._decoder_for(block)
            text = self._decoder.decode(block, final=self._ended)
        if self.is_blank and text.strip():
            self.is_blank = False
        return text

    def _rest_of_mark(self, block: bytes) -> bytes:
        """Read on where a pipe cuts the byte order mark."""
        rest = b""
        while 0 < len(block + rest) < _SNIFFED_BYTES and (more := next(self._blocks, b"")):
            rest += more
        return rest

    def _decoder_for(self, block: bytes) -> codecs.IncrementalDecoder:
        encoding = next((name for mark, name in _ENCODINGS if block.startswith(mark)), "utf-8")
        if encoding != "utf-16" and b"\x00" in block:
            raise InputError(
                f"{self._name} is not text; events are read as JSON in UTF-8, "
                "or in UTF-16 with a byte order mark."
            )
        return codecs.getincrementaldecoder(encoding)(errors="replace")

    def _unpacked(self) -> Iterator[bytes]:
        block = self._block()
        while 0 < len(block) < len(_GZIP_MAGIC) and (more := self._block()):
            block += more
        if block.startswith(_GZIP_MAGIC):
            yield from self._inflated(block)
            return
        while block:
            yield block
            block = self._block()

    def _inflated(self, block: bytes) -> Iterator[bytes]:
        """Yield the content of any number of gzip members, as far as they are whole."""
        inflater = zlib.decompressobj(_GZIP_WINDOW)
        while block:
            try:
                content = inflater.decompress(block, INFLATE_BYTES)
            except zlib.error:
                self.damage = "the gzip data is damaged from here on"
                return
            if content:
                yield content
            if not inflater.eof:
                block = inflater.unconsumed_tail or self._block()
                continue
            block = inflater.unused_data.lstrip(b"\x00")  # members may be padded
            while not block and (more := self._block()):
                block = more.lstrip(b"\x00")
            if block:
                inflater = zlib.decompressobj(_GZIP_WINDOW)
        if not inflater.eof:
            self.damage = "the gzip data is cut off here"

    def _block(self) -> bytes:
        read = getattr(self._stream, "read1", self._stream.read)
        try:
            block: bytes = read(BLOCK_BYTES)
        except OSError as error:
            raise InputError(f"{self._name} cannot be read: {error.strerror}.") from None
        self.bytes_read += len(block)
        return block

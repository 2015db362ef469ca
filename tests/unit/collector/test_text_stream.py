"""Text of packed, encoded, cut and binary streams."""

from __future__ import annotations

import gzip
import io
from typing import BinaryIO, cast

import pytest

from collector.errors import InputError
from collector.text_stream import TextStream

TEXT = '[{"message": "naïve 容器 \U0001f600"}]\n' * 3


class Drops(io.RawIOBase):
    """Bytes that arrive one by one."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def read(self, size: int = -1, /) -> bytes:
        """Return the next byte."""
        byte, self._left = self._left[:1], self._left[1:]
        return byte


class Failing(io.RawIOBase):
    """A disk that fails."""

    def read(self, size: int = -1, /) -> bytes:
        """Fail."""
        raise OSError(5, "Input/output error")


def read_all(content: bytes, *, slowly: bool = False) -> tuple[str, TextStream]:
    """Return the whole text, and the stream for its state."""
    source = cast("BinaryIO", Drops(content)) if slowly else io.BytesIO(content)
    stream = TextStream("x.json", source)
    return "".join(iter(lambda: stream.read(1), "")), stream


@pytest.mark.parametrize("slowly", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings(encoding: str, packed: bool, slowly: bool) -> None:
    """The text is the same in every encoding, packed or not, however it arrives."""
    content = TEXT.encode(encoding)
    content = gzip.compress(content) if packed else content
    text, stream = read_all(content, slowly=slowly)
    assert text == TEXT
    assert (stream.bytes_read, stream.damage, stream.is_blank) == (len(content), "", False)


def test_utf_16_of_the_other_end() -> None:
    """Big-endian UTF-16 with a mark is read too."""
    assert read_all(b"\xfe\xff" + TEXT.encode("utf-16-be"))[0] == TEXT


def test_invalid_bytes() -> None:
    """A byte that is no UTF-8 costs itself only."""
    assert read_all(b'{"a":"\xff\xc3"}')[0] == '{"a":"\ufffd\ufffd"}'


def test_binary_is_refused() -> None:
    """NUL bytes without a byte order mark are no text, also inside gzip."""
    for content in (b"\x7fELF\x00\x00", gzip.compress(b"a\x00b"), TEXT.encode("utf-16-le")):
        with pytest.raises(InputError, match=r"x\.json is not text"):
            read_all(content)


def test_gzip_members() -> None:
    """Members follow each other, padded with NUL or not."""
    content = gzip.compress(b"[1") + gzip.compress(b",2]") + b"\x00" * 9 + gzip.compress(b"[3]")
    assert read_all(content)[0] == "[1,2][3]"


def test_damaged_gzip_keeps_what_came_before() -> None:
    """A cut or damaged file yields what it held, and says so."""
    packed = gzip.compress(TEXT.encode() * 2000, mtime=0)
    text, stream = read_all(packed[:-200])
    assert (TEXT * 2000).startswith(text)
    assert len(text) > 100
    assert stream.damage == "the gzip data is cut off here"
    _, stream = read_all(packed + b"trailing")
    assert stream.damage == "the gzip data is damaged from here on"


def test_blank() -> None:
    """Nothing, or nothing but blanks, is blank."""
    assert read_all(b"")[1].is_blank
    assert read_all(b" \n\xef\xbb\xbf"[:2])[1].is_blank


def test_failing_disk() -> None:
    """An error of the system is one sentence."""
    with pytest.raises(InputError, match=r"^x\.json cannot be read: Input/output error\.$"):
        TextStream("x.json", cast("BinaryIO", Failing())).read(1)

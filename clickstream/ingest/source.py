"""The bytes of a file: gunzipped where they are gzipped, without a byte-order mark, kept up to where they break."""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from clickstream.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_CHUNK = 1 << 18
_GZIP_OR_ZLIB = 31


class Source(io.RawIOBase):
    """Reads to the end or to the damage, which `fault` then names instead of an exception: what came before is kept.

    `taken` is how many bytes of the file itself were used (compressed ones of a gzip file), out of `size`, which is
    None where nobody knows; `told` hears it whenever it grows. After `most_bytes`, unpacked, the rest is left out.
    """

    def __init__(self, stream: BinaryIO, size: int | None, most_bytes: int | None = None) -> None:
        super().__init__()
        self.size = size
        self.told: Callable[[int], None] | None = None
        self._left = most_bytes
        self.taken = 0
        self.fault: str | None = None
        self._stream = stream
        self._pending = self._take()
        if len(self._pending) == 1:
            self._pending += self._take()
        self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB) if self._pending.startswith(GZIP_MAGIC) else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        wanted = len(view) if self._left is None else min(len(view), self._left)
        data = self._gunzip(wanted) if self._inflate else self._plain(wanted)
        if self._left is not None:
            self._left -= len(data)
            if not self._left and not self.fault:
                self.fault = "The file unpacks to more than is taken; the rest was left out."
        view[: len(data)] = data
        return len(data)

    def _take(self) -> bytes:
        chunk = self._stream.read(_CHUNK)
        self.taken += len(chunk)
        if self.told:
            self.told(self.taken)
        return chunk

    def _plain(self, size: int) -> bytes:
        pending = self._pending or self._take()
        self._pending = pending[size:]
        return pending[:size]

    def _gunzip(self, size: int) -> bytes:
        while self._inflate and not self.fault:
            if self._inflate.eof and not self._next_member():
                break
            pending = self._pending or self._take()
            try:
                data = self._inflate.decompress(pending, size) if pending else self._inflate.flush()
            except zlib.error:
                self.fault = "The gzip data are damaged; everything up to there was read."
                break
            self._pending = self._inflate.unconsumed_tail
            if data:
                return data
            if not pending:
                self.fault = "The gzip data end too early; everything up to there was read."
        return b""

    def _next_member(self) -> bool:
        """Whether another gzip file follows in the same file (zeros may pad the end)."""
        assert self._inflate
        rest = self._inflate.unused_data.lstrip(b"\0")
        while not rest and (chunk := self._take()):
            rest = chunk.lstrip(b"\0")
        if len(rest) == 1:
            rest += self._take()
        if rest.startswith(GZIP_MAGIC):
            self._pending, self._inflate = rest, zlib.decompressobj(_GZIP_OR_ZLIB)
            return True
        if rest:
            self.fault = "Something that is not gzip follows the gzip data; it was left out."
        return False


@contextmanager
def open_source(path: str, most_bytes: int | None = None) -> Iterator[tuple[Source, io.BufferedReader]]:
    """The source and a buffered reader of it; `-` is standard input. Raises NotFound or InvalidInput in one sentence."""
    if path == "-":
        yield _buffered(Source(sys.stdin.buffer, None))
        return
    try:
        stream = open(path, "rb")  # noqa: SIM115 - closed below; only opening may fail with these causes
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
    with stream:
        yield _buffered(Source(stream, os.fstat(stream.fileno()).st_size, most_bytes))


def _buffered(source: Source) -> tuple[Source, io.BufferedReader]:
    stream: io.BufferedReader = io.BufferedReader(source, _CHUNK)
    start = stream.peek(3)[:3]
    if start.startswith(_UTF16_BOMS):
        raise InvalidInput("The file is in UTF-16; save it as UTF-8.")
    if start == _BOM:
        stream.read(3)
    return source, stream

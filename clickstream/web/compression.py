"""gzip in both directions: bodies that come in (with a cap: a small body can be a bomb) and texts that go out."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from clickstream.errors import InvalidInput

_GZIP = 31  # zlib's window bits for a gzip wrapper
_LEVEL = 6
_TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml", "application/x-ndjson")
_CHUNK_BYTES = 64 * 1024


def is_text(media_type: str) -> bool:
    return media_type.startswith(_TEXT) and not media_type.startswith("text/event-stream")


def compress(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether this Accept-Encoding value allows gzip.

    >>> [accepts_gzip(value) for value in ("gzip, br", "br", "gzip;q=0", "*;q=0.5", "")]
    [True, False, False, True, False]
    """
    weights = dict(_weight(part) for part in accept_encoding.lower().split(","))
    return weights.get("gzip", weights.get("*", False))


def _weight(part: str) -> tuple[str, bool]:
    coding, _, weight = part.partition(";")
    return coding.strip(), weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")


class Gunzipped:
    """A readable over a gzip-compressed one; never inflates more than asked for."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._inflate = zlib.decompressobj(_GZIP)
        self._packed = b""

    def read(self, limit: int) -> bytes:
        """At most `limit` bytes, empty only at the end; InvalidInput when it is not whole, valid gzip."""
        while True:
            out = self._inflated(limit)
            if out:
                return out
            if not self._inflate.eof:
                self._packed = self._more()
            elif not self._next_member():
                return b""

    def _inflated(self, limit: int) -> bytes:
        if self._inflate.eof:
            return b""
        try:
            out = self._inflate.decompress(self._packed, limit)
        except zlib.error as error:
            raise InvalidInput("The body is not valid gzip.", code="malformed") from error
        self._packed = self._inflate.unconsumed_tail
        return out

    def _more(self) -> bytes:
        packed = self._read(_CHUNK_BYTES)
        if not packed:
            raise InvalidInput("The gzip body is cut off.", code="malformed")
        return packed

    def _next_member(self) -> bool:
        self._packed = self._inflate.unused_data or self._read(_CHUNK_BYTES)
        self._inflate = zlib.decompressobj(_GZIP) if self._packed else self._inflate
        return bool(self._packed)

"""Server-sent events, read as bytes.

Lines end at LF, CR or CRLF and nowhere else: splitting decoded text would also split at U+2028 and U+0085, which JSON
strings may hold, and decoding piecewise would break characters that arrive in halves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_END_OF_LINE = re.compile(rb"\r\n|\n|\r(?!\Z)")


class SseParser:
    """Bytes in, the data of whole events out. Comments and other fields are skipped."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The events that `chunk` completes. A CR at its end waits for what follows, which may be its LF."""
        self._rest += chunk
        if b"\n" not in chunk and b"\r" not in chunk:
            return
        *lines, rest = _END_OF_LINE.split(self._rest)
        self._rest = bytearray(rest)
        for line in lines:
            yield from self._line(bytes(line))

    def close(self) -> Iterator[bytes]:
        """The event that the end of the stream completes, for servers that leave out the last blank line."""
        yield from self.feed(b"\n\n")

    def _line(self, line: bytes) -> Iterator[bytes]:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        elif not line and self._data:
            yield b"\n".join(self._data)
            self._data = []

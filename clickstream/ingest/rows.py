"""What every reader of files yields, and lines by their number."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader

from clickstream.ingest.limits import Refused

MAX_ROW_BYTES = 1 << 20

Row = tuple[int, object]
"""Where it stands (line of the file, or place in a JSON list, from 1) and the raw event there, or the Refused of it."""


def unreadable(code: str, reason: str) -> Refused:
    """A row that cannot become an event; no field is to blame but the whole of it."""
    return Refused(code, {"": reason})


def too_long(max_bytes: int = MAX_ROW_BYTES) -> Refused:
    return unreadable("too_large", f"is longer than {max_bytes >> 20} MiB")


def cut_off() -> Refused:
    return unreadable("cut_off", "is cut off: the file ends in the middle of it")


def numbered_lines(stream: BufferedReader) -> Iterator[tuple[int, bytes | Refused]]:
    """Each line with its number, from 1; of one that is too long only the fact."""
    number = 0
    while line := stream.readline(MAX_ROW_BYTES + 1):
        number += 1
        if len(line) > MAX_ROW_BYTES:
            _skip_line(stream, line)
            yield number, too_long()
        else:
            yield number, line


def _skip_line(stream: BufferedReader, start: bytes) -> None:
    piece = start
    while piece and not piece.endswith(b"\n"):
        piece = stream.readline(MAX_ROW_BYTES)
